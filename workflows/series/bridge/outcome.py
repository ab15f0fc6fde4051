"""Carry out a bridge: every rung, twins, the test of Poast, figure and page."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from data.common.disk import whole_files
from data.common.text import read_csv, write_csv
from data.panel import open_panel
from figures import bridge as picture
from figures.style import to_png, to_svg
from workflows.judge.identification import identification
from workflows.published.twins import twin_table
from workflows.run.listener import Listener
from workflows.series.bridge.bridge import Bridge
from workflows.series.bridge.fan_out import sample_rungs
from workflows.series.bridge.page import Contents, page
from workflows.series.bridge.poast import poast_test
from workflows.series.bridge.table import bridge_table, drawn
from workflows.spec.run import RunSpec
from workflows.store.store import write_json


@dataclass
class BridgeOutcome:
    """What a bridge came to.

    Attributes
    ----------
    folder : Path
        ``OUT/<spec>/bridge``: ``bridge.html``, ``bridge.csv``, ``bridge.png`` and ``bridge.svg``, and the
        tables of the page's other sections.
    table, twins, poast : DataFrame
    seconds : float
    """

    folder: Path
    table: pd.DataFrame
    twins: pd.DataFrame
    poast: pd.DataFrame
    seconds: float

    @property
    def page(self) -> Path:
        """The page to read."""
        return self.folder / "bridge.html"

    @property
    def failed(self) -> list[str]:
        """Rungs and other models that failed the gate."""
        names = list(dict.fromkeys(self.table[self.table["passed"].eq(False)]["rung"]))
        for frame, column, kind in ((self.twins, "model", "twin"), (self.poast, "propensity", "poast")):
            if len(frame):
                names += [f"{kind}: {n}" for n in dict.fromkeys(frame[~frame["passed"]][column])]
        return names

    @property
    def passed(self) -> bool:
        """Whether every sampled model passed the gate."""
        return not self.failed


def carry_out(
    spec: RunSpec,
    out: Path = Path("results"),
    data: Path | None = None,
    listener: Listener | None = None,
    *,
    chains: int | None = None,
    draws: int | None = None,
    workers: int = 1,
    scheduler: str = "local",
) -> BridgeOutcome:
    """Compute what is not on disk, and write tables, figure and page.

    Parameters
    ----------
    spec : RunSpec
    out : Path
    data : Path, optional
    listener : Listener, optional
    chains, draws : int, optional
        Override ``[bridge.sampling]``.
    workers, scheduler
        Where joint rungs, and the models of Poast's test, are sampled; see `workflows.store.fan_out`. Workers
        elsewhere must see `out` and `data`.
    """
    started = time.perf_counter()
    bridge = Bridge(spec, out, data, listener, chains=chains, draws=draws)
    folder = bridge.store.folder
    with bridge.store.lock(bridge.listener.waiting):
        if workers > 1 or scheduler != "local":
            sample_rungs(bridge, out, {"chains": chains, "draws": draws}, workers, scheduler)
        table = bridge_table(bridge)
        read = [(study, study.read(data)) for study in bridge.twin_studies]
        twins = twin_table(bridge.store, read, bridge.sampling("twins"))
        test = poast_test(bridge)
        poast = pd.DataFrame() if test is None else test.table
        shown = drawn(table)
        figure = picture.bridge(shown)
        png = to_png(figure)
        contents = Contents(
            title=f"The bridge: {spec.title or spec.name}",
            table=table,
            figure=png,
            caption=picture.caption(shown),
            twins=twins,
            poast=poast,
            absent=_absent(bridge),
            added=_added(bridge),
            command=_command(bridge),
            notes=identification(bridge.base_model),
        )
        if bridge.data is not None and spec.study is not None:
            contents.corrections = read_csv(bridge.study_stage / "corrections.csv")
            contents.changed = read_csv(bridge.study_stage / "changed.csv")
        with whole_files(folder) as place:
            if len(contents.corrections):
                write_csv(contents.corrections, place / "corrections.csv")
                write_csv(contents.changed, place / "changed.csv")
            for name, frame in (("bridge", table), ("twins", twins), ("poast", poast)):
                write_csv(frame, place / f"{name}.csv")
            (place / "bridge.png").write_bytes(png)
            (place / "bridge.svg").write_text(to_svg(figure), encoding="utf-8")
            (place / "bridge.html").write_text(page(contents), encoding="utf-8")
        found = BridgeOutcome(folder, table, twins, poast, time.perf_counter() - started)
        record = {"spec": spec.describe(), "passed": found.passed, "failed": found.failed}
        record["rungs"] = json.loads(table.to_json(orient="records"))
        write_json(folder / "bridge.json", record)
    return found


def _absent(bridge: Bridge) -> dict[str, str]:
    """Why a section has nothing to show."""
    if bridge.data is None:
        need = "needs --data with the official files"
        return {
            "corrections": f"The study's own data are not given, so that nothing is estimated again: this {need}.",
            "twins": f"A twin is fitted to the study's own rows: this {need}.",
            "poast": f"Memberships in organisations and records of peacekeeping come from official files: this {need}.",
        }
    return {}


def _added(bridge: Bridge) -> str:
    """Which rows the last rung adds, in words."""
    if "operations" not in bridge.tree:
        return ""

    panel = open_panel(bridge.pooled_stage / "panel.nc")
    own = set(bridge.panel["operation"].values)
    lines = []
    for name in panel["operation"].values:
        if name not in own:
            mine = panel.isel(row=panel["row_operation"].values == name)
            years = mine["row_year"].values
            lines.append(
                f"{name}, {years.min()} to {years.max()} ({mine.sizes['row']} rows, "
                f"{len(set(mine['row_ccode'].values))} states, {int((mine['troops'] > 0).sum())} with troops)"
            )
    sources = "; ".join(
        f"{spec.source}: outcome {', '.join(spec.outcome or ('as the source has it',))}"
        for spec in bridge.settings.pooled
    )
    words = f" Added rows come from {sources}." if sources else ""
    return f"The rung “more operations” adds {'; '.join(lines)}. H stays that of {', '.join(sorted(own))}.{words}"


def _command(bridge: Bridge) -> str:
    data = " --data DIR" if bridge.data is not None else ""
    sampling = bridge.sampling()
    return (
        f"coalition bridge {bridge.spec.name}{data} --seed {sampling.seed} --chains {sampling.chains} "
        f"--draws {sampling.draws}"
    )
