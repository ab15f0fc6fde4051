"""One line of a study's robustness: what a variant changes in the study's models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, ValidationError, model_validator

from data.common.declared import Declared, Name, Pair
from data.common.errors import InputError
from data.common.faults import first_fault
from data.common.near import one_of
from workflows.published import engines

if TYPE_CHECKING:
    Engine = str
else:  # the names that are found, not those written down
    Engine = Literal[engines.names()]
Errors = Literal["classical", "robust", "clustered"]


def refuse_options(estimator: str | None, options: dict[str, Any]) -> None:
    """Refuse options that an estimator does not take, or cannot take so.

    Parameters
    ----------
    estimator : str or None
        None knows the options of all.

    Raises
    ------
    InputError
    """
    if not options:
        return
    kinds = engines.options(estimator)
    for name in options:
        if name not in kinds.model_fields:
            of = f"the option {name!r} of {estimator}" if estimator else f"the option {name!r}"
            raise InputError(of, one_of(name, kinds.model_fields), key=f"options.{name}")
    try:
        kinds.model_validate(options)
    except ValidationError as error:
        raise first_fault(error, kinds, options, under="options") from None


class Variant(Declared):
    """A change to some of a study's models; what is not named stays as the model has it.

    Attributes
    ----------
    models : list of str
        The models it applies to, by name; all where empty.
    estimator, options
        Another engine with its options. Options without an estimator are added to the model's own.
    errors, cluster
        Another kind of standard errors, another column to cluster by.
    few_clusters : bool
        Cluster by that column though it has few values; a note says so.
    add, drop : list of str
        Declared terms.
    outcome : str
        Another column to explain.
    lagged_outcome : bool
        Adds the outcome of the year before in the same series as a predictor.
    only, leave_out : dict
        Column to the values whose rows are kept, or left out.
    show : list of str
        Terms shown beside the headline term.
    reported : str
        What the paper says of it, in numbers.
    differs : str
        What this variant does otherwise than the paper.
    """

    models: list[Name] = Field(default_factory=list)
    estimator: Engine | None = None
    options: dict[str, Any] = Field(default_factory=dict)
    errors: Errors | None = None
    cluster: Name | None = None
    few_clusters: bool = False
    add: list[Name] = Field(default_factory=list)
    drop: list[Name] = Field(default_factory=list)
    outcome: Name | None = None
    lagged_outcome: bool = False
    only: dict[Name, list[int | str]] = Field(default_factory=dict)
    leave_out: dict[Name, list[int | str]] = Field(default_factory=dict)
    show: list[Name] = Field(default_factory=list)
    reported: str = ""
    differs: str = ""

    @model_validator(mode="after")
    def _changes_something(self) -> Variant:
        said = {"models", "show", "reported", "differs", "few_clusters"}
        if not self.model_fields_set - said:
            raise ValueError("a variant that changes nothing: name an estimator, a cluster, rows or terms")
        refuse_options(self.estimator, self.options)
        return self


class ReportedCorrelation(Declared):
    """A correlation of two terms that the paper gives; a term may be one that is absent here.

    Attributes
    ----------
    terms : tuple of str
        Names of declared terms, or printed names of absent ones.
    printed : str
        As printed.
    """

    terms: Pair[Name]
    printed: str
