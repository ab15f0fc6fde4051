"""The Military Balance as transcribed: deployments by operation, and active armed forces."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from data.names.states import ccodes_of_names
from data.readers.layout import note, read


def deployments(path: Path | str) -> pd.DataFrame:
    """Deployments by state, operation and edition.

    Parameters
    ----------
    path : path
        ``iiss_deployment`` as rds or csv.

    Returns
    -------
    DataFrame
        Index ``line``. Columns of the table ``iiss.deployments`` and

        - ``year`` : calendar year described, the edition minus one;
        - ``ccode`` : Int64, missing where no state is named;
        - ``personnel`` : persons, the printed total or, where UN missions have none, troops plus observers;
        - ``problem`` : what was odd about the row, empty for most.

    Raises
    ------
    InputError
        For a fault of the file or a name that matches no state.
    """
    frame = read(path, "iiss.deployments")
    frame["year"] = frame["edition"] - 1
    frame["ccode"] = ccodes_of_names(frame["state_name"], frame["year"], "iiss", file=path, column="country")
    parts = frame[["un_troops", "un_observers"]].sum(axis=1, min_count=1)
    frame["personnel"] = frame["troops"].fillna(parts)
    note(frame, frame["ccode"].isna(), "no state is named")
    note(frame, frame["operation"].isna() & frame["operation_name"].isna(), "no operation is named")
    return frame


def armed_forces(path: Path | str) -> pd.DataFrame:
    """Active armed forces by state and edition.

    Returns
    -------
    DataFrame
        Index ``line``. Columns of the table ``iiss.troops``, ``year`` (the edition minus one), ``ccode``
        (Int64, missing for entities that are no states) and ``problem``. Rows that share state and edition
        under two names, one of them without numbers, are kept: take those with ``armed_forces``.
    """
    frame = read(path, "iiss.troops")
    frame["year"] = frame["edition"] - 1
    frame["ccode"] = ccodes_of_names(frame["state_name"], frame["year"], "iiss", file=path, column="country")
    note(frame, frame["ccode"].isna(), "no state of the system")
    return frame
