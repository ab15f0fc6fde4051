"""One command in this process, up to where work would begin: what it answered, and whether that is an answer.

A case holds files and the words of a command line. `answer` writes the files, carries the command out with everything
that samples fenced off, and says what came of it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import io
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest

from data.common.errors import InputError

Kind = Literal["accepted", "refused", "machine", "traceback", "wordy", "hang"]
GOOD: tuple[Kind, ...] = ("accepted", "refused", "machine")
SECONDS = 60
"""No command may take longer to answer, or to begin its work."""


class Began(BaseException):
    """Work begins: the command took what it was given. No `Exception`, so that nothing takes it for a fault."""


class Hung(BaseException):
    """A command that neither answers nor begins."""


@dataclasses.dataclass(frozen=True)
class Case:
    """One command line on some files.

    Attributes
    ----------
    group, name : str
    words : tuple of str
        The command line; ``{folder}`` stands for the folder that holds the files.
    files : dict
        Name to text or bytes.
    absurd : bool
        Whether only a refusal is an answer.
    says : tuple of str
        What the one line has to contain.
    prepare : callable, optional
        Called with the folder, once its files are there.
    call : callable, optional
        Called with the folder in place of the command line.
    """

    group: str
    name: str
    words: tuple[str, ...]
    files: dict[str, str | bytes] = dataclasses.field(default_factory=dict)
    absurd: bool = False
    says: tuple[str, ...] = ()
    prepare: Callable[[Path], object] | None = None
    call: Callable[[Path], object] | None = None


@dataclasses.dataclass(frozen=True)
class Answer:
    """What came of a case: its kind, and the one line or the end of a traceback."""

    kind: Kind
    line: str
    out: str = ""

    def wrong(self, case: Case) -> str:
        """What is wrong with it, in words; empty where nothing is."""
        if self.kind not in GOOD:
            return f"{self.kind}: {self.line}"
        if self.kind == "accepted" and case.absurd:
            return "accepted"
        missing = [word for word in case.says if word not in self.line]
        return f"does not say {missing[0]!r}: {self.line}" if missing and self.kind == "refused" else ""


def answer(case: Case, folder: Path) -> Answer:
    """Carry out a case in `folder`, inside a `fence`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in case.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content)
    if case.prepare is not None:
        case.prepare(folder)
    if case.call is not None:
        return _said([], lambda: _called(case.call, folder))
    from workflows.cli import main

    return _said([word.replace("{folder}", str(folder)) for word in case.words], main)


def _called(call: Callable[[Path], object], folder: Path) -> None:
    try:
        call(folder)
    except InputError as error:
        sys.stderr.write(f"error: {error}\n")
        sys.exit(2)


def _said(words: list[str], main: Callable[[], object]) -> Answer:

    out, err = io.StringIO(), io.StringIO()
    argv, sys.argv = sys.argv, ["coalition", *words]
    signal.signal(signal.SIGALRM, _hang)
    signal.alarm(SECONDS)
    code: object = 0
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            main()
    except Began:
        return Answer("accepted", "work began", out.getvalue())
    except Hung:
        return Answer("hang", f"no answer in {SECONDS} s")
    except SystemExit as end:
        code = end.code
    except BaseException as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        said = f"{type(error).__name__}: {str(error)[:160]} ({Path(where.filename).name}:{where.lineno})"
        return Answer("traceback", " ".join(said.split()))
    finally:
        signal.alarm(0)
        sys.argv = argv
    return _kind(code, out.getvalue(), err.getvalue())


def _hang(*_: object) -> None:
    raise Hung


def _kind(code: object, out: str, err: str) -> Answer:
    lines = err.strip().splitlines()
    told = [line for line in lines if line.startswith("error: ")]
    if code in (0, None, 3):
        return Answer("accepted", lines[-1] if lines else "", out)
    if "Traceback" in err:
        return Answer("traceback", lines[-1], out)
    if code not in (1, 2) or len(told) != 1 or lines[-1] != told[0]:
        return Answer("wordy", f"exit {code}, {len(lines)} lines: {' | '.join(lines)[:300]}", out)
    return Answer("refused" if code == 2 else "machine", told[0], out)


@contextlib.contextmanager
def fence(cache: Path) -> Iterator[None]:
    """Nothing samples, no process is started, nothing is fetched; panels without own data are built once each."""
    import data.panel

    built: dict[str, object] = {}
    build = data.panel.build_panel

    def remembered(spec, folder=None, **more):
        if folder is not None or not hasattr(spec, "model_dump_json") or spec.source != "bundled":
            return build(spec, folder, **more)
        key = spec.model_dump_json()
        if key not in built:
            built[key] = build(spec, folder, **more)
        return built[key]

    def begin(*_: object, **__: object) -> None:
        raise Began

    with pytest.MonkeyPatch.context() as patch:
        for target in STARTS:
            patch.setattr(target, begin)
        patch.setattr("workflows.run.ahead.Ahead.ask", lambda *_: False)
        patch.setattr("data.panel.build_panel", remembered)
        patch.setenv("COALITION_CACHE", str(cache))
        patch.delenv("COALITION_DATA", raising=False)
        yield


STARTS = (
    "workflows.native.program.compiled",
    "nutpie.sample",
    "pymc.sample",
    "numpyro.infer.MCMC",
    "workflows.estimands.checks.prior_draws",
    "workflows.store.fan_out._here",
    "workflows.store.fan_out._dask",
    "workflows.run.doctor._tiny_sample",
    "data.sources.fetch.fetch",
    "workflows.depth.sbc.calibrate",
    "workflows.sampling.program.Program.sample",
)
"""Where the work of some command begins."""
