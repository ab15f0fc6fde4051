"""The variables of a panel from official files: similarity, armed forces, controls, casualties."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from data.assembly.schema import Words, control_words, words_of
from data.assembly.spec import PanelSpec
from data.common.errors import InputError
from data.common.ledger import Ledger
from data.facts.bundled import Facts
from data.own.variables import own_variables
from data.readers import un_rollcall, un_voting
from data.readers.cow import with_partner
from data.readers.regime import one_per_state_year
from data.sources.official_files import ARMED_FORCES, CASUALTIES, WDI, controls, declared
from data.sources.registry import file_of
from data.tables.reading import official, place_of

EARTH_RADIUS = 6371.0  # km, mean radius
FEW = 10
"""A leader with dyads to fewer states is in the file as another leader's partner only."""
ECONOMY = ("gdp", "gdppc", "population")
_CELL = ["operation", "ccode", "year"]


class Variables:
    """Reads what a spec asks for, once, and remembers which file gave which variable.

    Parameters
    ----------
    spec : PanelSpec
        A spec of the source ``official``.
    data : Path
        The data folder.
    outcome : DataFrame
        ``operation, leader, ccode, year``.
    theatre : DataFrame
        ``operation, ccode``; the first of an operation gives the distance.
    ledger : Ledger
        Gets the votes of roll calls, where agreement is counted from them.
    """

    def __init__(
        self, spec: PanelSpec, data: Path, outcome: pd.DataFrame, theatre: pd.DataFrame, ledger: Ledger
    ) -> None:
        self.spec, self.data, self.theatre = spec, data, theatre
        self.cells = outcome[["operation", "leader", "ccode", "year"]]
        self.facts = Facts()
        self.used: list[tuple[str, str]] = []
        self.own = own_variables(spec)
        self.own_used: list[tuple[Path, str]] = []
        self.ledger = ledger
        self.counted: dict[int, pd.DataFrame] = {}

    def _read(self, variable: str, table: str, version: str = "") -> pd.DataFrame:
        self.used.append((file_of(table, version).path, variable))
        return official(self.data, table, version)

    def _own(self, name: str, variable: str, key: str, expected: str) -> pd.DataFrame:
        table = self.own.get(name, key, expected)
        self.own_used.append((self.own.files[name], variable))
        return table

    def armed_forces(self) -> pd.DataFrame:
        """Active armed forces, ``ccode, year, armed_forces`` in persons; figures of 0 are left out later.

        IISS editions give the year before; NMC's `milper` is in thousands; the bundled facts count
        paramilitary forces too; "table" is the user's own.
        """
        if self.spec.armed_forces == "iiss":
            table = self._read("armed_forces", *ARMED_FORCES)
            table = table[table["armed_forces"].notna() & table["ccode"].notna()]
        elif self.spec.armed_forces == "nmc":
            table = self._capabilities("armed_forces")
            table = table.assign(armed_forces=table["milper"] * 1000.0)
        elif self.spec.armed_forces == "table":
            expected = "[variables.armed_forces] in a mapping"
            table = self._own("armed_forces", "armed_forces", "armed_forces", expected)
        else:
            table = self.facts("armed_forces").rename(columns={"active_personnel": "armed_forces"})
            table = table[table["ccode"].notna()]
        return table[["ccode", "year", "armed_forces"]].astype(float)

    def similarity(self) -> pd.DataFrame:
        """Similarity with each leader on [0, 1], and its standard error.

        Returns
        -------
        DataFrame
            ``leader, ccode, year, similarity, similarity_sd``. With ideal points x and a span of distances d,
            similarity is ``1 - |x_state - x_leader| / d`` and, by the delta method (its derivatives by both
            points are 1/d in size), ``similarity_sd = sqrt(sd_state^2 + sd_leader^2) / d``. The `sd` are those of
            `data.readers.un_voting.ideal_points`, from the published 5 % and 95 % quantiles; the two points'
            errors are taken as independent. Where both points nearly coincide the distance folds at zero and
            the true deviation is smaller, down to 0.6 of this (that of a half-normal). Agreement
            scores have none: NaN.

        Raises
        ------
        InputError
            If a leader has no ideal point.
        """
        leaders = sorted(set(self.cells["leader"]))
        if self.spec.similarity == "agreement":
            table = self._agreement(leaders, "similarity")
            return table.rename(columns={"agreement": "similarity"}).assign(similarity_sd=np.nan)
        release = f"un_ideal_points.{self.spec.un_release}"
        points = self._read("similarity", release)
        points = points[["ccode", "year", "ideal_point", "ideal_point_sd"]].astype(float)
        span = float(self.spec.similarity_span or np.nan)
        parts = []
        for leader in leaders:
            own = points[points["ccode"] == leader].set_index("year")
            if own.empty:
                found, path = f"no ideal point of leader {leader:g}", place_of(self.data, release)
                raise InputError(found, "a member of the UN", file=path, column="leader")
            apart = (points["ideal_point"] - points["year"].map(own["ideal_point"])).abs()
            error = np.hypot(points["ideal_point_sd"], points["year"].map(own["ideal_point_sd"]))
            part = points[["ccode", "year"]].assign(leader=leader)
            parts.append(part.assign(similarity=1.0 - apart / span, similarity_sd=error / span))
        return pd.concat(parts, ignore_index=True)

    def _agreement(self, leaders: list[float], variable: str = "agreement") -> pd.DataFrame:
        """Agreement with each leader: the release's own scores; for other leaders, counted from roll calls."""
        columns = ["ccode", "year", "leader", "agreement"]
        release = un_voting.agreement(self._read(variable, "un_ideal_points.jun2024"))[columns].astype(float)
        others = [leader for leader in leaders if leader not in set(release["leader"])]
        parts = [release[release["leader"].isin(leaders)]]
        if others:
            votes = self._read(variable, "un_votes.votes")
            for leader in map(int, others):
                if leader not in self.counted:
                    self.counted[leader] = un_rollcall.agreement_with(votes, leader, self.ledger)
                parts.append(self.counted[leader].assign(leader=leader)[columns].astype(float))
        return pd.concat(parts, ignore_index=True)

    def casualties(self) -> pd.DataFrame | None:
        """Deaths by operation, state and year, and a year before; a state without a column had none."""
        parts = []
        for operation, cells in self.cells.groupby("operation"):
            if operation not in CASUALTIES:
                continue
            table = self._read("casualties", *CASUALTIES[str(operation)])
            deaths = table[table["ccode"].notna()].astype({"ccode": float, "year": float, "deaths": float})
            count = deaths.groupby(["ccode", "year"])["deaths"].sum()
            covered = set(deaths["year"])
            part = cells[_CELL].copy()
            for name, lag in (("casualties", 0), ("casualties_lagged", 1)):
                keys = pd.MultiIndex.from_arrays([part["ccode"], part["year"] - lag])
                known = (part["year"] - lag).isin(covered) | (part["year"] - lag < min(covered))
                part[name] = pd.Series(count.reindex(keys).fillna(0.0).to_numpy(), index=part.index).where(
                    known
                )
            parts.append(part)
        return pd.concat(parts, ignore_index=True) if parts else None

    def controls(self, similarity: pd.DataFrame, bound: pd.DataFrame) -> pd.DataFrame:
        """``operation, ccode, year`` and the controls of the spec."""
        table = self.cells.copy()
        for name in self.spec.controls:
            table[name] = self._control(name, similarity, bound)
        return table.drop(columns="leader")

    def _control(self, name: str, similarity: pd.DataFrame, bound: pd.DataFrame) -> np.ndarray:
        cells = self.cells
        dyad = ["leader", "ccode", "year"]
        with np.errstate(divide="ignore", invalid="ignore"):
            if name in self.own.controls():
                own = name if name in self.own.about else name.removeprefix("log_")
                table = self._own(own, name, "controls", f"[variables.{own}] in a mapping")
                values = _look_up(cells, table, ["ccode", "year"], own)
                return values if own == name else np.log(values)
            if name in ("log_gdp", "log_gdppc", "log_population"):
                economy_table = self._economy(name)
                return np.log(_look_up(cells, economy_table, ["ccode", "year"], name.removeprefix("log_")))
            if name in ("cinc", "log_cinc"):
                cinc = _look_up(cells, self._capabilities(name), ["ccode", "year"], "cinc")
                return np.log(cinc) if name == "log_cinc" else cinc
            if name in declared():
                return self._declared(name)
            if name == "log_distance":
                return np.log(self._distance())
            if name == "similarity":
                return _look_up(cells, similarity, dyad, "similarity")
            if name == "agreement":
                return _look_up(cells, self._agreement(sorted(set(cells["leader"]))), dyad, "agreement")
            if name in ("joint_igos", "embeddedness"):
                joint = self._joint_igos(name)
                ties = bound.groupby(dyad)["treaty"].nunique().rename("ties").reset_index()
                return joint + np.nan_to_num(_look_up(cells, ties, dyad, "ties")) * (name == "embeddedness")
        deaths = self.casualties()
        if deaths is None:
            raise InputError(repr(name), f"an operation among {', '.join(CASUALTIES)}", column="controls")
        return np.log1p(_look_up(cells, deaths, _CELL, name.removeprefix("log1p_")))

    def _economy(self, variable: str) -> pd.DataFrame:
        """``ccode, year, gdp, gdppc, population``, joined by ISO codes; PWT's is in 2017 USD, one's own as given."""
        if self.spec.economy == "table":
            return self._own_economy(variable)
        if self.spec.economy == "pwt":
            table = self._read(variable, "pwt.country_year", "10.01 csv")
            table = table[table["ccode"].notna()]
            table = table.assign(gdp=table["rgdpo"] * 1e6, population=table["population"] * 1e6)
        else:
            parts = []
            for series, place in WDI.items():
                part = self._read(variable, *place)
                part = part[part["ccode"].notna()].rename(columns={"value": series})
                parts.append(part[["ccode", "year", series]].astype(float))
            table = parts[0].merge(parts[1], on=["ccode", "year"], how="outer")
        return table.assign(gdppc=table["gdp"] / table["population"])

    def _own_economy(self, variable: str) -> pd.DataFrame:
        """What of the economy the control needs, from the user's table."""
        wanted = variable.removeprefix("log_")
        if wanted == "gdppc" and "gdppc" not in self.own.about:
            expected = "[variables.gdppc], or [variables.gdp] and [variables.population], in a mapping"
            parts = [self._own(name, variable, "economy", expected) for name in ("gdp", "population")]
            table = parts[0].merge(parts[1], on=["ccode", "year"])
            return table.assign(gdppc=table["gdp"] / table["population"])
        return self._own(wanted, variable, "economy", f"[variables.{wanted}] in a mapping")

    def _capabilities(self, variable: str) -> pd.DataFrame:
        return self._read(variable, "cow_nmc.capabilities", str(self.spec.capabilities))

    def _declared(self, name: str) -> np.ndarray:
        """A column of a table that its source declares to be a control."""
        control = declared()[name]
        table = one_per_state_year(self._read(name, control.table, control.version))
        values = _look_up(self.cells, table, ["ccode", "year"], control.column)
        return np.log(values) if control.log else values

    def _joint_igos(self, variable: str) -> np.ndarray:
        dyads = self._read(variable, "cow_igo.dyad")
        leaders = set(self.cells["leader"])
        parts = [with_partner(dyads, int(leader)).assign(leader=leader) for leader in leaders]
        if any(part["ccode"].nunique() < FEW for part in parts):
            path, expected = place_of(self.data, "cow_igo.dyad"), "a file that holds the leader's dyads"
            raise InputError("no dyads of a leader", expected, file=path, column="leader")
        return _look_up(self.cells, pd.concat(parts), ["leader", "ccode", "year"], "joint_igos")

    def _distance(self) -> np.ndarray:
        """Km between capitals, on a sphere; the first theatre state of the operation counts."""
        place = (
            self.facts("capital_distance").set_index("ccode")[["lat", "lon"]].astype(float).apply(np.radians)
        )
        host = self.theatre.drop_duplicates("operation").set_index("operation")["ccode"]
        here = place.reindex(self.cells["ccode"]).to_numpy()
        there = place.reindex(self.cells["operation"].map(host)).to_numpy()
        half = np.sin((there - here) / 2) ** 2
        square = half[:, 0] + np.cos(here[:, 0]) * np.cos(there[:, 0]) * half[:, 1]
        return 2 * EARTH_RADIUS * np.arcsin(np.sqrt(square))

    def words(self) -> Words:
        """``units, long_name, source`` of every variable and control."""
        spec = self.spec
        used = [*self.used, *self.own_used]

        def file_behind(variable: str) -> str:
            files = dict.fromkeys(Path(name).name for name, held in used if held == variable)
            none = "none" if variable == "casualties" else "bundled facts"
            return ", ".join(files) or none

        span = spec.similarity_span
        how = "share of equal votes" if span is None else f"1 - distance of ideal points / {span:g}"
        version, unit, _ = spec.atop
        more = {
            "troops": f" ({spec.rule})",
            "armed_forces": f" ({spec.armed_forces})",
            "similarity": f": {how}",
            "in_force": f" (by {unit})",
            "provisions": f" ({spec.provision_coding} coding of kinds)",
        }
        lists = (Path(str(spec.table)).name if name == "table" else name for name in spec.outcome or ())
        sources = {
            "troops": ", ".join(lists),
            "armed_forces": file_behind("armed_forces"),
            "share": "computed",
            **dict.fromkeys(("similarity", "similarity_sd"), file_behind("similarity")),
            **dict.fromkeys(("in_force", "alliance", "provisions"), f"ATOP {version}"),
            **dict.fromkeys(("casualties", "casualties_lagged"), file_behind("casualties")),
        }
        words = words_of(sources, more)
        if spec.armed_forces == "table":
            words["armed_forces"]["long_name"] = self.own.about["armed_forces"].about
        known = controls() | self.own.controls()
        if spec.economy == "table":
            known = known | self._own_economy_words()
        return words | control_words(known, {name: file_behind(name) for name in spec.controls})

    def _own_economy_words(self) -> dict[str, tuple[str, str]]:
        """Unit and meaning of the economic controls, as the user's mapping gives them."""
        about = self.own.about
        out = {f"log_{n}": (f"log({v.unit})", f"log of: {v.about}") for n, v in about.items() if n in ECONOMY}
        if {"gdp", "population"} <= set(about) and "gdppc" not in about:
            unit = f"log({about['gdp'].unit} a head)"
            out["log_gdppc"] = (
                unit,
                f"log of GDP per head: {about['gdp'].about}; {about['population'].about}",
            )
        return out


def _look_up(cells: pd.DataFrame, table: pd.DataFrame, key: list[str], column: str) -> np.ndarray:
    """Return the table's value for each cell, NaN where it has none."""
    known = table[table[key].notna().all(axis=1)]
    index = pd.MultiIndex.from_frame(known[key].astype({k: float for k in key if k != "operation"}))
    values = pd.Series(known[column].to_numpy(dtype=float), index=index)
    if values.index.has_duplicates:
        raise InputError(
            f"several values of {column} for {values.index[values.index.duplicated()][0]}", "one"
        )
    wanted = pd.MultiIndex.from_frame(cells[key].astype({k: float for k in key if k != "operation"}))
    return values.reindex(wanted).to_numpy(dtype=float)
