"""The estimands on a fit made elsewhere: brms, Stan, or whatever writes a table of draws.

What is needed of a model are its expected shares for the reference rows, as they are and with potential one step
higher, draw by draw; for a hurdle also the probability of taking part. Both come from the other program, so that
nothing need be known here of its likelihood.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from data.common.errors import InputError
from models.outcomes.share import OUTCOME
from workflows.draws.summary import summarise
from workflows.estimands.headline import AVERAGE_ARMED_FORCES
from workflows.judge.gate import convergence
from workflows.published.headline import COLUMNS

#: An element of a vector in a table of draws: mu.3 (Stan), mu[3] (posterior, ArviZ).
_ELEMENT = r"{}(?:\.(\d+)|\[(\d+)\])"


def read_draws(path: str | Path, variable: str | None = None) -> np.ndarray:
    """Read a matrix of draws from a CSV file.

    Parameters
    ----------
    path : path
        One line a draw, one column a row of the data: what ``write.csv(posterior_epred(fit))`` writes (a column of
        line numbers without a name is left out), or a CSV file of CmdStan (lines that begin with # are left out).
    variable : str, optional
        Take the columns ``variable.1, variable.2, ...`` or ``variable[1], ...``, in the order of their numbers;
        all columns by default.

    Returns
    -------
    ndarray, shape (draw, row)

    Raises
    ------
    InputError
        If the file is no such table; the message names line and column.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"a file that cannot be read ({error})", "a CSV file of draws", file=path) from error
    lines = [
        (n, line) for n, line in enumerate(text.splitlines(), 1) if line.strip() and not line.startswith("#")
    ]
    if len(lines) < 2:
        raise InputError("no draws", "a header and one line a draw", file=path)
    names = next(csv.reader([lines[0][1]]))
    wanted = _columns(names, variable, path)
    out = np.empty((len(lines) - 1, len(wanted)))
    for k, (number, line) in enumerate(lines[1:]):
        cells = next(csv.reader([line]))
        if len(cells) != len(names):
            raise InputError(f"{len(cells)} cells", f"{len(names)}, as in the header", file=path, row=number)
        for j, column in enumerate(wanted):
            try:
                out[k, j] = float(cells[column])
            except ValueError:
                where = {"file": path, "row": number, "column": names[column]}
                raise InputError(repr(cells[column]), "a number", **where) from None
    return out


def _columns(names: list[str], variable: str | None, path: Path) -> list[int]:
    if variable is None:
        return [k for k, name in enumerate(names) if k or name.strip()]
    pattern = re.compile(_ELEMENT.format(re.escape(variable)))
    found = {}
    for k, name in enumerate(names):
        if match := pattern.fullmatch(name.strip()):
            found[int(match[1] or match[2])] = k
    if not found:
        some = ", ".join(names[:6])
        raise InputError(
            f"columns {some}, ...", f"{variable}.1, {variable}.2, ...", file=path, column=variable
        )
    return [found[number] for number in sorted(found)]


def effects_of_draws(
    share: np.ndarray,
    share_after: np.ndarray,
    *,
    step: float,
    participation: np.ndarray | None = None,
    participation_after: np.ndarray | None = None,
    operation: np.ndarray | None = None,
    weights: np.ndarray | None = None,
    chains: int = 1,
) -> xr.Dataset:
    """Headline effect, and effects on taking part, on size and overall, from draws of expected shares.

    ``H = 111,976 x mean over rows of (E[share | U + s] - E[share | U])``, as
    `workflows.estimands.effects.headline_effect`.

    Parameters
    ----------
    share, share_after : ndarray, shape (draw, row)
        Expected share of the armed forces (0 to 1) of each reference row, and the same with potential higher by
        `step`. Draws of several chains stand under one another, chain by chain.
    step : float
        The change of potential, for the record.
    participation, participation_after : ndarray, shape (draw, row), optional
        Probability of taking part, for both.
    operation : ndarray of str, shape (row,), optional
        Effects are then given by operation as well.
    weights : ndarray, shape (row,), optional
        Weights of rows in the mean, such as armed forces or population.
    chains : int
        Number of chains.

    Returns
    -------
    Dataset
        Dims (chain, draw[, operation]): ``headline_all_rows``, ``headline_operation`` (troops per year), ``share``
        and, where given, ``participation_probability`` and ``share_given_participation``. `workflows.estimands.effects`'s
        ``summarise`` gives medians and intervals, `workflows.judge.gate.convergence` R-hat and ESS.

    Raises
    ------
    InputError
        If shapes differ, draws do not divide into chains, or a value is impossible; the message names the argument.
    """
    given = {
        "share": share,
        "share_after": share_after,
        "participation": participation,
        "participation_after": participation_after,
    }
    draws = {name: _checked(name, values) for name, values in given.items() if values is not None}
    shapes = {values.shape for values in draws.values()}
    if len(shapes) > 1:
        raise InputError(
            ", ".join(f"{name} {values.shape}" for name, values in draws.items()),
            "one shape (draw, row)",
            column="share",
        )
    if (participation is None) != (participation_after is None):
        raise InputError(
            "one of participation and participation_after", "both or none", column="participation"
        )
    length, rows = shapes.pop()
    if chains < 1 or length % chains:
        raise InputError(f"{length} draws in {chains} chains", "chains of one length", column="chains")
    if (operation is not None and len(operation) != rows) or (weights is not None and len(weights) != rows):
        raise InputError(
            "another number of operations or weights", f"one for each of {rows} rows", column="weights"
        )
    weight = np.ones(rows) if weights is None else np.asarray(weights, float)
    if not (np.isfinite(weight).all() and (weight >= 0).all() and weight.sum() > 0):
        raise InputError(
            "weights that are missing, negative or all zero", "weights of rows", column="weights"
        )
    changes = {"share": draws["share_after"] - draws["share"]}
    if participation is not None:
        before, after = draws["participation"], draws["participation_after"]
        if (np.minimum(before, after) <= 0).any():
            raise InputError(
                "a probability of zero", "above zero: size is the share given it", column="participation"
            )
        changes["participation_probability"] = after - before
        changes["share_given_participation"] = draws["share_after"] / after - draws["share"] / before
    groups = (
        None if operation is None else pd.Categorical(operation, categories=pd.unique(pd.Series(operation)))
    )
    out = xr.Dataset(coords={"chain": np.arange(chains), "draw": np.arange(length // chains)})
    for name, change in changes.items():
        out[name] = (("chain", "draw"), _mean(change, weight).reshape(chains, -1))
        if groups is not None:
            each = [
                _mean(change[:, groups.codes == k], weight[groups.codes == k])
                for k in range(len(groups.categories))
            ]
            out[f"{name}_by_operation"] = (
                ("chain", "draw", "operation"),
                np.stack(each, -1).reshape(chains, -1, len(each)),
            )
    out["headline_all_rows"] = AVERAGE_ARMED_FORCES * out["share"]
    if groups is not None:
        out = out.assign_coords(operation=groups.categories.to_numpy(dtype=str))
        out["headline_operation"] = AVERAGE_ARMED_FORCES * out["share_by_operation"]
        out = out.drop_vars("share_by_operation")
    order = sorted(map(str, out.data_vars), key=lambda n: (not n.startswith("headline"), n))
    return out[order].assign_attrs(step=step, units=OUTCOME.unit, average_armed_forces=AVERAGE_ARMED_FORCES)


def _mean(change: np.ndarray, weight: np.ndarray) -> np.ndarray:
    return change @ (weight / weight.sum()) if weight.sum() else np.full(len(change), np.nan)


def _checked(name: str, values: np.ndarray) -> np.ndarray:
    values = np.asarray(values, float)
    if values.ndim != 2:
        raise InputError(f"an array of shape {values.shape}", "shape (draw, row)", column=name)
    bad = ~((values >= 0) & (values <= 1))
    if bad.any():
        draw, row = map(int, np.argwhere(bad)[0])
        where = f"draw {draw + 1}, row {row + 1}"
        raise InputError(
            f"{values[draw, row]:g}", "an expected share or a probability, 0 to 1", row=where, column=name
        )
    return values


def headline_table(effects: xr.Dataset, label: str, *, rows: int, states: int | None = None) -> pd.DataFrame:
    """Rows of the comparison for a fit made elsewhere, with R-hat and ESS.

    Parameters
    ----------
    effects : Dataset
        As `effects_of_draws` returns it.
    label : str
        What the fit is called.
    rows, states : int
        Of the reference sample.

    Returns
    -------
    DataFrame
        `workflows.estimands.headline.COLUMNS` and `r_hat, ess_bulk, ess_tail`; group ``elsewhere``, interval ``eti_95``.
    """
    draws = effects[[name for name in effects.data_vars if str(name).startswith("headline")]]
    table = pd.concat([summarise(draws), convergence(draws)[["r_hat", "ess_bulk", "ess_tail"]]], axis=1)
    where = table["label"].where(table["label"] != "", "All rows")
    table = table.assign(
        id="elsewhere:" + where, label=where + f": {label}", group="elsewhere", parent="", headline=table["median"],
        rows=rows, states=states, step=effects.attrs["step"], similarity_held=None, note="",
    )  # fmt: skip
    return table[[*COLUMNS, "r_hat", "ess_bulk", "ess_tail"]]
