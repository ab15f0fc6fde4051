"""A published study declared in one TOML file: sample, outcome, terms, estimators, printed table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from pydantic import Field, ValidationError, model_validator

from data.common.declared import Declared, Name, is_file, read_toml
from data.common.errors import InputError, shown
from data.common.faults import first_fault
from data.common.near import one_of
from data.facts.published import printed_table
from data.studies.gannon_kent import read_merged
from data.tables.study_table import matching
from workflows.published import engines
from workflows.published.columns import of_models, of_sample, of_variants, refuse_absent, refuse_hidden
from workflows.published.sample import Sample
from workflows.published.variant import Engine, Errors, ReportedCorrelation, Variant, refuse_options
from workflows.spec.run import STUDIES, study_names


class Term(Declared):
    """A predictor: the column it comes from, its transformation and its name in print."""

    column: Name
    printed: Name
    transform: Literal["none", "log", "log1p"] = "none"


class StudyOutcome(Declared):
    """What is explained, and the term whose headline effect is reported."""

    column: Name
    unit: str
    transform: Literal["none", "log", "log1p"] = "none"
    headline_term: Name | None = None
    headline_step: Annotated[float, Field(gt=0)] | None = None


class Printed(Declared):
    """Which table of which study; ``file`` names a CSV beside the TOML, the bundled one by default."""

    study: Name
    table: Name
    file: Name | None = None


class StudyModel(Declared):
    """One column of the table; ``few_clusters`` clusters by a column of fewer than ten values."""

    name: Name
    estimator: Engine
    terms: list[Name]
    errors: Errors = "classical"
    cluster: Name | None = None
    few_clusters: bool = False
    complete_on: list[Name] = Field(default_factory=list)
    outcome: Name | None = None
    constant: Name = "Intercept"
    options: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _options_of_the_estimator(self) -> StudyModel:
        refuse_options(self.estimator, self.options)
        return self


class Study(Declared):
    """A study: everything that its replication needs; its name is also that of a folder."""

    name: str = Field(pattern=r"^[^/\\.][^/\\]{0,79}$")
    title: str
    printed: Printed
    sample: Sample
    outcome: StudyOutcome
    outcomes: dict[Name, StudyOutcome] = Field(default_factory=dict)
    terms: dict[Name, Term]
    models: list[StudyModel]
    differs: list[str] = Field(default_factory=list)
    absent: dict[str, str] = Field(default_factory=dict)
    robustness: dict[str, Variant] = Field(default_factory=dict)
    correlations: list[ReportedCorrelation] = Field(default_factory=list)
    alternative: str | None = None
    folder: Path = STUDIES

    @model_validator(mode="after")
    def _terms_are_declared(self) -> Study:
        names = [model.name for model in self.models]
        for place, model in enumerate(self.models):
            key = f"models.{model.name!r}"
            if model.name in names[:place]:
                raise InputError("a second model of this name", "each name once", key=key)
            for part in ("terms", "complete_on"):
                for term in getattr(model, part):
                    self._refuse_undeclared(term, f"{key}.{part}")
            for term in model.options.get("inflate") or ():
                self._refuse_undeclared(term, f"{key}.options.inflate")
        head = self.outcome.headline_term
        if head is not None and head not in self.terms:
            raise InputError(
                f"{head!r} is not declared", one_of(head, self.terms), key="outcome.headline_term"
            )
        refuse_hidden(self)
        return self

    @model_validator(mode="after")
    def _rows_in_print_differ(self) -> Study:
        """One printed name stands for one row of a model: two terms in one row would hide each other."""
        for model in self.models:
            inflated = [f"inflate:{name}" for name in ("intercept", *(model.options.get("inflate") or ()))]
            seen: dict[str, str] = {}
            for term in ("intercept", *model.terms, *inflated):
                printed = self.printed_names(model.name).get(term, term)
                if term in seen.values():
                    raise InputError(
                        f"the term {term!r} twice", "each term once", key=f"models.{model.name!r}.terms"
                    )
                if printed in seen:
                    raise InputError(
                        f"{seen[printed]!r} and {term!r} both printed {printed!r} in model {model.name!r}",
                        "a printed name of its own for each term",
                        key=f"terms.{term}.printed",
                    )
                seen[printed] = term
        return self

    @staticmethod
    def _refuse_options(model: StudyModel, variant: Variant, key: str) -> None:
        try:
            refuse_options(model.estimator, variant.options)
        except InputError as error:
            raise InputError(error.found, error.expected, key=f"{key}.{error.key}") from None

    def _refuse_undeclared(self, term: str, key: str) -> None:
        if term not in self.terms:
            raise InputError(f"the undeclared term {term!r}", one_of(term, self.terms), key=key)

    @model_validator(mode="after")
    def _variants_fit(self) -> Study:
        models = [model.name for model in self.models]
        for name, variant in self.robustness.items():
            key = f"robustness.{name!r}"
            for model in variant.models:
                if model not in models:
                    raise InputError(
                        f"the unknown model {model!r}", one_of(model, models), key=f"{key}.models"
                    )
            for part in ("add", "drop", "show"):
                for term in getattr(variant, part):
                    self._refuse_undeclared(term, f"{key}.{part}")
            if variant.estimator is None and variant.options:
                for one in self.models:
                    if one.name in variant.models or not variant.models:
                        self._refuse_options(one, variant, key)
        for pair in self.correlations:
            for term in pair.terms:
                if term not in self.terms and term not in self.absent:
                    known = one_of(term, [*self.terms, *self.absent], "a term or a name under [absent]:")
                    raise InputError(f"the correlation of {term!r}", known, key="correlations.terms")
        return self

    @property
    def reproduces(self) -> bool:
        """Whether the study's own data are used, so that printed numbers can be asked for to the digit."""
        return self.sample.reader not in ("panel", "coalitions") and self.alternative is None

    def printed_names(self, model: str | None = None) -> dict[str, str]:
        """Term to its name in print, the constants (of a model, by default the first) and the inflation part."""
        names = {name: term.printed for name, term in self.terms.items()}
        inflate = {}
        for name, term in self.terms.items():
            bare = term.printed.removesuffix(" _{t-1}")
            inflate[f"inflate:{name}"] = f"Inflate ({bare})"
        chosen = next((one for one in self.models if one.name == model), self.models[0])
        constants = {"intercept": chosen.constant, "inflate:intercept": "Inflate constant"}
        return names | inflate | constants

    def with_estimator(self, name: str) -> Study:
        """The same study with another estimator in every model, its options dropped.

        Raises
        ------
        InputError
            Where there is no such estimator.
        """
        if name not in engines.names():
            raise InputError(f"estimator {name!r}", one_of(name, engines.names()), key="--estimator")
        models = [
            StudyModel.model_validate(
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
            known = one_of(name, self.outcomes, f"an outcome that {self.name} declares:")
            raise InputError(f"outcome {name!r}", known)
        head = self.outcome.headline_term
        chosen = self.outcomes[name].model_copy(update={"headline_term": head})
        return self.model_copy(update={"outcome": chosen, "alternative": name})

    def printed_rows(self) -> pd.DataFrame:
        """The printed numbers of this study's table, none for an alternative outcome.

        Columns as in ``data.facts.published.published_results``.

        Raises
        ------
        InputError
            Where the table lacks one of the study's models.
        """
        file = self.folder / self.printed.file if self.printed.file else None
        rows = printed_table(self.printed.study, self.printed.table, file)
        printed = list(dict.fromkeys(rows["model"]))
        for model in self.models:
            if model.name not in printed:
                raise InputError(
                    f"the model {model.name!r}, which {self.printed.table} does not have",
                    one_of(model.name, printed, "a printed model:"),
                    file=self.name,
                    key=f"models.{model.name!r}.name",
                )
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
        refuse_absent(self, of_sample(self), raw)
        refuse_absent(self, of_models(self), raw, ("outcome", *self.terms))
        out = raw
        for column, values in self.sample.leave_out.items():
            out = out[~matching(out[column], values, f"sample.leave_out.{column}")]
        if self.sample.reader == "csv":
            self.sample.refuse_repeated(out)
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
        if self.sample.reader == "coalitions":
            from data.coalitions.us_coalitions import us_coalitions

            return us_coalitions(data).rows
        if self.sample.reader == "panel":
            from data.panel import build_panel
            from data.variables.participants import participants

            return participants(build_panel(panel, data if panel != "bundled" else None), data)
        file = Path(data) / (self.sample.file or "")
        if not is_file(file):
            raise InputError("no such file", "the CSV named by the study's sample", file=file)
        named = [*of_sample(self), *of_models(self), *of_variants(self)]
        return self.sample.read_file(file, named)


def load_study(name: str | Path) -> Study:
    """A bundled study by name, or one's own TOML file by path.

    Raises
    ------
    InputError
        Unknown name, malformed TOML, or a key or term that does not fit.
    """
    path = Path(name) if str(name).endswith(".toml") else STUDIES / f"{name}.toml"
    if not is_file(path):
        known = one_of(str(name), study_names(), "a TOML file or one of")
        raise InputError(f"no study {str(name)!r}", known)
    content = read_toml(path)
    if "folder" in content:
        raise InputError(
            f"an unknown key 'folder' = {shown(content['folder'])}", "keys of a study", file=path
        )
    try:
        return Study.model_validate({**content, "folder": path.resolve().parent})
    except ValidationError as error:
        raise first_fault(error, Study, content, file=path) from None


def _transformed(values: pd.Series, transform: str) -> pd.Series:
    if transform == "none":
        return values.astype(float)
    shift = 1.0 if transform == "log1p" else 0.0
    positive = values + shift > 0
    return np.log((values + shift).where(positive)).astype(float)
