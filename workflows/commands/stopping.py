"""Ctrl-C and SIGTERM end a command with everything that it started, at once or after a few seconds.

The signal becomes an exception where Python code runs, so that everything is left in order. But Python code may not
run for minutes, while a compiler or a sampler is at work, and a worker cannot be asked to leave in the middle of a
fit. So the system's own handler also wakes a thread, which ends all that is left after `GRACE` seconds.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psutil

SIGNALS = (signal.SIGINT, signal.SIGTERM)
GRACE = 4.0
"""Seconds in which a command may leave everything in order."""
SAID = "interrupted: what was finished is kept, the same command continues\n"

_received: list[int] = []


@contextmanager
def stoppable() -> Iterator[None]:
    """Within it, a signal ends the process with one line and 128 plus its number: 130 and 143."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    awake, asleep = socket.socketpair()
    asleep.setblocking(False)
    for number in SIGNALS:
        signal.signal(number, _interrupt)
    signal.set_wakeup_fd(asleep.fileno(), warn_on_full_buffer=False)
    sys.unraisablehook = _once_more(sys.unraisablehook)
    threading.Thread(target=_watch, args=(awake,), daemon=True).start()
    try:
        yield
    except BaseException:
        # Typer turns an interruption into an exit of its own, without a word; what is cut short may raise anything.
        if not _received:
            raise
        end(_received[-1])


def dask_setup(_worker: object) -> None:
    """Leave Ctrl-C to the command whose worker this process is; Dask calls it when one starts."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _interrupt(number: int, _frame: object) -> None:
    _received.append(number)
    raise KeyboardInterrupt


def _once_more(
    said: Callable[[sys.UnraisableHookArgs], object],
) -> Callable[[sys.UnraisableHookArgs], object]:
    """What is done with an exception that nobody can catch: an interruption comes again, all others are printed.

    One that is raised where Python frees an object is lost there, and nothing would be left in order.
    """

    def say(lost: sys.UnraisableHookArgs) -> None:
        if not (_received and lost.exc_type is KeyboardInterrupt):
            said(lost)
            return
        main = threading.main_thread().ident
        # A little later, and to this thread: raised in here it would be lost again.
        again = threading.Timer(0.05, lambda: signal.pthread_kill(main or 0, _received[-1]))
        again.daemon = True
        again.start()

    return say


def _watch(awake: socket.socket) -> None:
    """Wait for a signal of those that end a command; then give it time, and end what is left."""
    while (number := awake.recv(1)) and number[0] not in SIGNALS:
        pass
    if number:
        time.sleep(GRACE)
        end(number[0])


def end(number: int) -> None:
    """End this process and those that it started, without waiting for anything."""
    trackers = _end_children()
    if threading.current_thread() is threading.main_thread():
        with suppress(OSError, ValueError):
            sys.stdout.flush()
    with suppress(OSError):
        os.write(2, SAID.encode())
    # Last of all: whoever lives on and frees a semaphore starts another, which knows of none and says so at length.
    _kill(trackers)
    # Threads of a sampler may still be at work; there is nothing left to wait for.
    os._exit(128 + number)


def _end_children() -> list[psutil.Process]:
    """End all processes that descend from this one but those that keep account of semaphores, which are returned."""
    import psutil

    children: list[psutil.Process] = []
    with suppress(psutil.Error):
        children = psutil.Process().children(recursive=True)
    trackers = [child for child in children if _is_tracker(child)]
    _kill([child for child in children if child not in trackers])
    return trackers


def _is_tracker(process: psutil.Process) -> bool:
    """Whether it is multiprocessing's own, which tells of what was not freed unless it is ended too."""
    import psutil

    with suppress(psutil.Error):
        return any("multiprocessing.resource_tracker" in word for word in process.cmdline())
    return False


def _kill(processes: list[psutil.Process]) -> None:
    """End processes at once, those that are still there."""
    import psutil

    for process in processes:
        with suppress(psutil.Error):
            process.kill()
