"""Many independent tasks through Dask: progress, retries of lost workers, results kept as they come.

A task is a JSON-like value and its result is one, so that neither depends on where it is computed:
results are the same for any number of workers, and a broken-off series goes on where it stopped.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from data.common.disk import REMEDIES, write
from data.common.errors import InputError
from workflows.store.locks import hold
from workflows.store.store import digest

#: Key of a result that says what the machine refused.
MACHINE = "machine"
#: How often a task whose worker was lost is given to another one before it counts as failed.
RETRIES = 3

Task = Mapping[str, Any]
Result = dict[str, Any]


def kept(path: Path) -> dict[str, Result]:
    """Read the results of a series by task name; a line half written, damaged or edited is left out.

    Raises
    ------
    InputError
        If `path` is no file that can be read.
    """
    found: dict[str, Result] = {}
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return found
    except OSError as error:
        raise InputError(f"{error.strerror}", "a file of results; remove it", file=path) from error
    for line in lines:
        try:
            result = json.loads(line)
            if result.pop("digest") == digest(result):
                found[result["task"]] = result
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            continue
    return found


def _line(result: Result) -> str:
    """A result with its digest, as JSON."""
    plain = json.loads(json.dumps(result))
    return json.dumps({**plain, "digest": digest(plain)}) + "\n"


def fan_out(
    one: Callable[[Task], Result],
    tasks: Mapping[str, Task],
    path: Path,
    workers: int = 1,
    scheduler: str = "local",
) -> Iterator[Result]:
    """Carry out tasks that are not in `path` yet; yield every result, old ones first.

    Parameters
    ----------
    one : callable
        A function of a module, so that a worker can import it. What it raises makes the task's
        result ``{"task": name, "error": text}``; it stays so until the file is removed.
    tasks : mapping of name to task
        A name stands for the content of its task.
    path : Path
        File of results, one JSON line each, appended and synced to disk as they come.
    workers : int
        Processes with one thread each. 1 works in this process, without Dask.
    scheduler : str
        ``local``, or the address of a running Dask scheduler (``tcp://host:port``).

    Yields
    ------
    dict
        With the task's name as `task`.

    Notes
    -----
    Two processes never work on one file: the second waits, and finds what the first has done.
    """
    with hold(path.with_name(f".{path.name}.lock"), _waiting):
        yield from _held(one, tasks, path, workers, scheduler)


def _waiting() -> None:
    sys.stderr.write("another process works on this series; waiting for it\n")


def _held(
    one: Callable[[Task], Result], tasks: Mapping[str, Task], path: Path, workers: int, scheduler: str
) -> Iterator[Result]:
    done = {name: result for name, result in kept(path).items() if name in tasks}
    if path.exists():
        write(path, "".join(map(_line, kept(path).values())))
    yield from done.values()
    waiting = {name: task for name, task in tasks.items() if name not in done}
    if not waiting:
        return
    local = workers == 1 and scheduler == "local"
    results = _here(one, waiting) if local else _dask(one, waiting, workers, scheduler)
    with path.open("a", encoding="utf-8") as file:
        for result in results:
            if MACHINE in result:
                # Not kept: with room on the disk the same task goes through.
                raise OSError(*result[MACHINE])
            file.write(_line(result))
            file.flush()
            os.fsync(file.fileno())
            yield result


def attempt(one: Callable[[Task], Result], name: str, task: Task) -> Result:
    """Carry out a task; a fault in it is a result too, but for one of the machine, which ends the series."""
    try:
        return {"task": name, **one(task)}
    except Exception as error:
        said = {"task": name, "error": f"{type(error).__name__}: {error}"[:400]}
        if isinstance(error, OSError) and error.errno in REMEDIES:
            return {**said, MACHINE: [error.errno, error.strerror, error.filename and str(error.filename)]}
        return said


def _here(one: Callable[[Task], Result], tasks: Mapping[str, Task]) -> Iterator[Result]:
    for name, task in tasks.items():
        yield attempt(one, name, task)


@contextmanager
def _client(workers: int, scheduler: str) -> Iterator[Any]:
    """A client of the scheduler; processes of our own where it is ``local``."""
    import dask
    from distributed import Client

    # A fit holds its worker's one thread for minutes: silence is not death.
    settings = {
        "distributed.scheduler.allowed-failures": RETRIES,
        "distributed.scheduler.worker-ttl": None,
        "distributed.admin.tick.limit": "1h",
        "distributed.comm.timeouts.connect": "120s",
        "distributed.worker.profile.enabled": False,
        # On a shared machine nobody else is to look on; see `local_cluster`.
        "distributed.scheduler.http.routes": [],
        "distributed.worker.http.routes": [],
    }
    with dask.config.set(settings):
        if scheduler != "local":
            try:
                client = Client(scheduler, timeout="20s")
            except (OSError, ValueError) as error:
                raise InputError(
                    f"no scheduler answers ({error})",
                    "local, or tcp://host:port of a running one",
                    file=scheduler,
                ) from None
            with client:
                yield client
            return
        with local_cluster(workers) as cluster, Client(cluster) as client:
            yield client


def local_cluster(workers: int) -> Any:
    """Processes of this user's alone: who connects must show a certificate that only this process has.

    Returns
    -------
    distributed.LocalCluster
        With credentials (TLS) made for it and kept in memory.
    """
    from distributed import LocalCluster
    from distributed.security import Security

    return LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        processes=True,
        security=Security.temporary(),
        # Any free port: a second command beside this one must not find its port taken.
        dashboard_address="localhost:0",
        scheduler_kwargs={"dashboard": False},
        memory_limit=0,
        preload=[
            # Ctrl-C reaches every process of a terminal: it is for the command, which ends its workers.
            "workflows.commands.stopping",
            "workflows.store.collect",
            # Where every core has a worker, none begins a process that compiles beside it.
            *(["workflows.native.aside"] if workers >= (os.cpu_count() or 1) else []),
        ],
        silence_logs=50,
        env={"OMP_NUM_THREADS": "1", "MALLOC_TRIM_THRESHOLD_": "65536"},
    )


def _dask(
    one: Callable[[Task], Result], tasks: Mapping[str, Task], workers: int, scheduler: str
) -> Iterator[Result]:
    from distributed import as_completed

    with _client(workers, scheduler) as client:
        futures = {
            client.submit(attempt, one, name, dict(task), key=f"task-{name}", pure=False): name
            for name, task in tasks.items()
        }
        waiting = as_completed(list(futures))
        for future in waiting:
            name = futures.pop(future)
            if future.status == "finished":
                yield future.result()
            else:
                error = future.exception()
                yield {"task": name, "error": f"{type(error).__name__}: {error}"[:400]}
