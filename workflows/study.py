"""A published study declared in one TOML file: sample, outcome, terms, estimators, printed table."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from data.errors import InputError
from data.gannon_kent import read_merged
from data.published import printed_table
from workflows.variant import Engine, Errors, ReportedCorrelation, Variant

STUDIES = Path(__file__).resolve().parent / "studies"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Term(_Strict):
    """A predictor: the column it comes from, its transformation and its name in print."""

    column: str
    printed: str
    transform: Literal["none", "log", "log1p"] = "none"


class Outcome(_Strict):
    """What is explained, and the term whose headline effect is reported."""

    column: str
    unit: str
    transform: Literal["none", "log", "log1p"] = "none"
    headline_term: str | None = None
    headline_step: float | None = None


class Sample(_Strict):
    """Where rows come from and which are left out.

    ``series`` names the columns that, beside unit and time, tell rows apart: an operation, say.
    """

    reader: Literal["gannon-kent", "panel", "csv"]
    file: str | None = None
    leave_out: dict[str, list[int | str]] = Field(default_factory=dict)
    infinite_is_missing: bool = True
    drop_collinear: bool = False
    unit: str
    label: str
    time: str
    series: list[str] = Field(default_factory=list)


class Printed(_Strict):
    """Which table of which study; ``file`` names a CSV beside the TOML, the bundled one by default."""

    study: str
    table: str
    file: str | None = None


class ModelSpec(_Strict):
    """One column of the table; ``few_clusters`` clusters by a column of fewer than ten values."""

    name: str
    estimator: Engine
    terms: list[str]
    errors: Errors = "classical"
    cluster: str | None = None
    few_clusters: bool = False
    complete_on: list[str] = Field(default_factory=list)
    outcome: str | None = None
    constant: str = "Intercept"
    options: dict[str, Any] = Field(default_factory=dict)


class Study(_Strict):
    """A study: everything that its replication needs."""

    name: str
    title: str
    printed: Printed
    sample: Sample
    outcome: Outcome
    outcomes: dict[str, Outcome] = Field(default_factory=dict)
    terms: dict[str, Term]
    models: list[ModelSpec]
    differs: list[str] = Field(default_factory=list)
    absent: dict[str, str] = Field(default_factory=dict)
    robustness: dict[str, Variant] = Field(default_factory=dict)
    correlations: list[ReportedCorrelation] = Field(default_factory=list)
    alternative: str | None = None
    folder: Path = STUDIES

    @model_validator(mode="after")
    def _terms_are_declared(self) -> Study:
        for model in self.models:
            for term in (*model.terms, *model.complete_on):
                if term not in self.terms:
                    raise ValueError(f"model {model.name!r} uses the undeclared term {term!r}")
        head = self.outcome.headline_term
        if head is not None and head not in self.terms:
            raise ValueError(f"the headline term {head!r} is not declared")
        return self

    @model_validator(mode="after")
    def _variants_fit(self) -> Study:
        models = [model.name for model in self.models]
        for name, variant in self.robustness.items():
            for model in variant.models:
                if model not in models:
                    raise ValueError(f"variant {name!r} names the unknown model {model!r}")
            for term in (*variant.add, *variant.drop, *variant.show):
                if term not in self.terms:
                    raise ValueError(f"variant {name!r} uses the undeclared term {term!r}")
        for pair in self.correlations:
            for term in pair.terms:
                if term not in self.terms and term not in self.absent:
                    raise ValueError(f"the correlation of {term!r}, neither a term nor absent")
        return self

    @property
    def reproduces(self) -> bool:
        """Whether the study's own data are used, so that printed numbers can be asked for to the digit."""
        return self.sample.reader != "panel" and self.alternative is None

    def printed_names(self) -> dict[str, str]:
        """Term to its name in print, the constants and the inflation part included."""
        names = {name: term.printed for name, term in self.terms.items()}
        inflate = {}
        for name, term in self.terms.items():
            bare = term.printed.removesuffix(" _{t-1}")
            inflate[f"inflate:{name}"] = f"Inflate ({bare})"
        constants = {"intercept": self.models[0].constant, "inflate:intercept": "Inflate constant"}
        return names | inflate | constants

    def with_estimator(self, name: str) -> Study:
        """The same study with another estimator in every model, its options dropped."""
        models = [
            ModelSpec.model_validate(
                {**m.model_dump(), "estimator": name, "options": {}, "cluster": self.sample.unit}
            )
            for m in self.models
        ]
        return self.model_copy(update={"models": models})

    def with_outcome(self, name: str) -> Study:
        """The same study with one of its alternative outcomes, for which nothing is printed.

        Raises
        ------
        InputError
            Where the study declares no such outcome.
        """
        if name not in self.outcomes:
            known = ", ".join(self.outcomes) or "none"
            raise InputError(f"outcome {name!r}", f"an outcome that {self.name} declares: {known}")
        head = self.outcome.headline_term
        chosen = self.outcomes[name].model_copy(update={"headline_term": head})
        return self.model_copy(update={"outcome": chosen, "alternative": name})

    def printed_rows(self) -> pd.DataFrame:
        """The printed numbers of this study's table, none for an alternative outcome.

        Columns as in ``data.published.published_results``.
        """
        file = self.folder / self.printed.file if self.printed.file else None
        rows = printed_table(self.printed.study, self.printed.table, file)
        return rows if self.alternative is None else rows.iloc[:0]

    def rows(self, raw: pd.DataFrame) -> pd.DataFrame:
        """Rows of the declared sample, with one column per term name and ``outcome``.

        Parameters
        ----------
        raw : DataFrame
            The source table, columns as the study's file names them.

        Returns
        -------
        DataFrame
            The raw columns, plus one per term under its name here and ``outcome``; not yet complete rows.
        """
        columns = [t.column for t in self.terms.values()]
        for name in [self.outcome.column, self.sample.unit, self.sample.time, *columns]:
            if name not in raw.columns:
                raise InputError(
                    "no such column", "a column of the study's data", file=self.name, column=name
                )
        out = raw
        for column, values in self.sample.leave_out.items():
            out = out[~out[column].isin(values)]
        if self.sample.infinite_is_missing:
            out = out.replace([np.inf, -np.inf], np.nan)
        new = {name: _transformed(out[term.column], term.transform) for name, term in self.terms.items()}
        new["outcome"] = _transformed(out[self.outcome.column], self.outcome.transform)
        kept = out[[name for name in out.columns if name not in new]]
        return pd.concat([kept, pd.DataFrame(new, index=out.index)], axis=1)

    def read(self, data: str | Path | None, panel: str | Path = "bundled") -> pd.DataFrame:
        """The raw table that the sample is drawn from.

        Parameters
        ----------
        data : path
            The data folder.
        panel : str or path
            For studies that run on a panel built here: a panel's name or TOML file.

        Raises
        ------
        InputError
            Where no data folder is given or the file is absent.
        """
        if data is None:
            raise InputError("no data folder", f"--data with the files of {self.name}")
        if self.sample.reader == "gannon-kent":
            return read_merged(data)
        if self.sample.reader == "panel":
            from data.panel import build_panel
            from data.participants import participants

            return participants(build_panel(panel, data if panel != "bundled" else None), data)
        file = Path(data) / (self.sample.file or "")
        if not file.is_file():
            raise InputError("no such file", "the CSV named by the study's sample", file=file)
        return pd.read_csv(file)


def load_study(name: str | Path) -> Study:
    """A bundled study by name, or one's own TOML file by path.

    Raises
    ------
    InputError
        Unknown name, malformed TOML, or a key or term that does not fit.
    """
    path = Path(name) if str(name).endswith(".toml") else STUDIES / f"{name}.toml"
    if not path.exists():
        known = ", ".join(sorted(p.stem for p in STUDIES.glob("*.toml")))
        raise InputError(f"no study {str(name)!r}", f"a TOML file or one of: {known}")
    try:
        content: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        return Study.model_validate({**content, "folder": path.resolve().parent})
    except tomllib.TOMLDecodeError as error:
        raise InputError(str(error), "a TOML file", file=path) from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(first["msg"], "a study as documented", file=path, column=where or None) from None


def _transformed(values: pd.Series, transform: str) -> pd.Series:
    if transform == "none":
        return values.astype(float)
    shift = 1.0 if transform == "log1p" else 0.0
    positive = values + shift > 0
    return np.log((values + shift).where(positive)).astype(float)
