"""The covariates of a simulated panel: states, treaties, similarity and controls, but no troops.

Sizes and spreads are those of the real panels: a third of the states have a treaty with
the leader, one large treaty binds most of those, potential (on a depth scale of four SD) varies by about 0.33 between
states and 0.065 within them. States carry real codes, because a Panel asks for them, and
invented names, because nothing here is about them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import xarray as xr
from scipy.special import ndtr

from data.assembly.schema import SCHEMA
from data.facts import BUNDLED
from models.items import PROVISIONS

LEADER = 2
#: Loading on depth, and normal scores of the shares of treaties that reach each category.
ITEMS: Mapping[str, tuple[float, tuple[float, ...]]] = {
    "military_contact": (1.2, (0.3,)),
    "common_defence_policy": (1.0, (0.9,)),
    "integrated_command": (1.4, (0.9,)),
    "military_aid": (0.7, (0.8,)),
    "bases": (1.3, (0.6,)),
    "specific_contributions": (0.6, (1.0,)),
    "organisation": (1.1, (0.2, 0.9)),
    "economic_aid": (0.5, (0.9,)),
    "secrecy": (0.4, (1.0,)),
}


@dataclass(frozen=True)
class Size:
    """How large a simulated panel is.

    Attributes
    ----------
    states : int
    operations : mapping of str to (int, int)
        First and last year of each operation; years may overlap.
    treaties : int
        Treaties in force in the panel, at least 3.
    other_treaties : int
        Treaties that bind nobody in the panel and inform the measurement alone.
    similarity_sd : float
        Standard error of the similarity on the panel; 0 means that it has none.
    leaders : tuple of int
        Codes of the leaders of the operations, in their order and over again; treaties and similarity are the
        same with each.
    """

    states: int = 170
    operations: Mapping[str, tuple[int, int]] = field(
        default_factory=lambda: {
            "Alder": (1996, 1998),
            "Birch": (1999, 2001),
            "Cedar": (2002, 2005),
            "Dogwood": (2003, 2005),
        }
    )
    treaties: int = 12
    other_treaties: int = 48
    similarity_sd: float = 0.0
    leaders: tuple[int, ...] = (LEADER,)


SMALL = Size(
    states=40, operations={"Alder": (2001, 2002), "Birch": (2004, 2005)}, treaties=5, other_treaties=10
)


def _membership(size: Size, years: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Which treaty binds which state in which year, shape (state, year, treaty), boolean."""
    members = np.zeros((size.states, years.size, size.treaties), bool)
    for treaty, portion in enumerate((0.15, 0.12, 0.05)):
        count = max(2, round(portion * size.states))
        members[rng.choice(size.states, count, replace=False), :, treaty] = True
    for treaty in range(3, size.treaties):
        members[rng.integers(size.states), :, treaty] = True
    # One in eight members of the largest treaty joins during the panel: depth varies within states too.
    insiders = np.flatnonzero(members[:, 0, 0])
    for state in rng.choice(insiders, max(1, insiders.size // 8), replace=False):
        members[state, : rng.integers(1, years.size) if years.size > 1 else 0, 0] = False
    return members


def _provisions(depth: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, dict[str, xr.DataArray]]:
    """Draw provisions, shape (treaty, provision), from the graded probit model; return the truth too."""
    table = np.empty((depth.size, len(PROVISIONS)))
    for column, name in enumerate(PROVISIONS):
        loading, thresholds = ITEMS[name]
        cuts = np.array(thresholds) * np.sqrt(1 + loading**2)
        at_least = ndtr(loading * depth[:, None] - cuts)
        table[:, column] = (rng.random((depth.size, 1)) < at_least).sum(1)
    cuts = {f"{name}>={k + 1}": t for name, (_, ts) in ITEMS.items() for k, t in enumerate(ts)}
    loadings = [ITEMS[name][0] for name in PROVISIONS]
    return table, {
        "loading": xr.DataArray(loadings, {"provision_informative": list(PROVISIONS)}),
        "threshold": xr.DataArray(list(cuts.values()), {"threshold_cut": list(cuts)}),
    }


def covariates(
    size: Size, rng: np.random.Generator, depth: np.ndarray | None = None
) -> tuple[xr.Dataset, dict[str, xr.DataArray]]:
    """Simulate a panel without an outcome (troops are zero everywhere).

    Parameters
    ----------
    size : Size
    rng : numpy.random.Generator
    depth : ndarray, shape (treaties,), optional
        Depth of each treaty that binds somebody; standard normal draws by default, as for all others.

    Returns
    -------
    panel : Dataset
        In the format of ``data.panel``.
    truth : dict of DataArray
        ``treaty_depth`` of the treaties that bind somebody, ``loading``, ``threshold`` and the
        ``similarity`` without its error.
    """
    codes = pd.read_csv(BUNDLED / "states.csv")["ccode"].to_numpy()
    codes = np.sort(rng.choice(codes[~np.isin(codes, size.leaders)], size.states, replace=False))
    names = np.array([f"State {code:03d}" for code in codes])
    calendar = np.unique(np.concatenate([np.arange(a, b + 1) for a, b in size.operations.values()]))
    members = _membership(size, calendar, rng)
    total = size.treaties + size.other_treaties
    drawn = rng.standard_normal(total)
    own = drawn[: size.treaties] if depth is None else np.asarray(depth, float)
    depth = np.concatenate([own, drawn[size.treaties :]])
    provisions, truth = _provisions(depth, rng)

    allied = members.any((1, 2))
    typical = 0.5 + 0.08 * allied + 0.32 * rng.standard_normal(size.states)
    trend = np.cumsum(0.04 * rng.standard_normal((size.states, calendar.size)), axis=1)
    moving = typical[:, None] + trend + 0.05 * rng.standard_normal((size.states, calendar.size))
    similar = np.clip(moving, 0.02, 0.98)
    seen = np.clip(similar + size.similarity_sd * rng.standard_normal(similar.shape), 0.0, 1.0)
    gdp = 10.5 + 2.0 * rng.standard_normal(size.states)
    forces = np.exp(10.4 + 0.5 * (gdp - 10.5) + 1.2 * rng.standard_normal(size.states)).clip(300, 3e6)
    democracy = np.clip(4 + 6 * rng.standard_normal(size.states), -10, 10).round()

    leader = np.resize(size.leaders, len(size.operations))
    parts = []
    for number, (first, last) in enumerate(size.operations.values()):
        distance = rng.normal(8.5, 0.6, size.states)
        for year in range(first, last + 1):
            at = int(np.searchsorted(calendar, year))
            parts.append(
                pd.DataFrame(
                    {
                        "state": np.arange(size.states),
                        "operation": number,
                        "year": year,
                        "at": at,
                        "armed_forces": (forces * np.exp(0.05 * rng.standard_normal(size.states))).round(),
                        "log_gdp": gdp + 0.03 * at,
                        "democracy": democracy,
                        "log_distance": distance,
                    }
                )
            )
    rows = pd.concat(parts, ignore_index=True)
    state, at = rows["state"].to_numpy(), rows["at"].to_numpy()
    in_force = np.zeros((len(rows), total), np.int8)
    in_force[:, : size.treaties] = members[state, at]
    treaty = np.array([f"S{k:04d}" for k in range(1, total + 1)])
    controls = ["log_gdp", "democracy", "log_distance"]
    empty = np.zeros(len(rows))
    error = np.full(len(rows), size.similarity_sd if size.similarity_sd > 0 else np.nan)
    panel = xr.Dataset(
        {
            "troops": ("row", empty),
            "armed_forces": ("row", rows["armed_forces"].to_numpy(float)),
            "share": ("row", empty),
            "similarity": ("row", seen[state, at]),
            "similarity_sd": ("row", error),
            "casualties": ("row", empty),
            "casualties_lagged": ("row", empty),
            "alliance": ("row", in_force.any(1).astype(np.int8)),
            "in_force": (("row", "treaty"), in_force),
            "provisions": (("treaty", "provision"), provisions),
            "controls": (("row", "control"), rows[controls].to_numpy(float)),
        },
        coords={
            "row": np.arange(len(rows)),
            "row_state": ("row", names[state]),
            "row_ccode": ("row", codes[state]),
            "row_operation": ("row", np.array(list(size.operations))[rows["operation"].to_numpy()]),
            "row_year": ("row", rows["year"].to_numpy()),
            "row_leader": ("row", leader[rows["operation"].to_numpy()]),
            "state": names,
            "state_ccode": ("state", codes),
            "operation": np.array(list(size.operations)),
            "operation_leader": ("operation", leader),
            "treaty": treaty,
            "treaty_name": ("treaty", np.array([f"Simulated treaty {k}" for k in range(1, total + 1)])),
            "treaty_in_panel": ("treaty", np.arange(total) < size.treaties),
            "provision": np.array(PROVISIONS),
            "control": np.array(controls),
        },
    )
    for name, declared in SCHEMA.items():
        panel[name].attrs = {"units": declared.units, "long_name": declared.about, "source": "simulated"}
    ledger = [{"step": "simulated rows", "reason": "kept", "rows": len(rows)}]
    panel.attrs = {
        "provenance": "[]",
        "ledger": json.dumps(ledger),
        "spec": json.dumps({"source": "simulated"}),
    }
    truth["treaty_depth"] = xr.DataArray(own, {"treaty": treaty[: size.treaties]})
    truth["similarity"] = xr.DataArray(similar[state, at], dims="row")
    return panel, truth
