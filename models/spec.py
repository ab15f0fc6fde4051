"""The model half of a run's spec: what is assumed, with every default visible."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationError, field_validator, model_validator

from data.common.declared import Declared, Level, Name, Pair, Scale
from data.common.errors import InputError
from data.common.faults import first_fault
from models.item_priors import DepthPriors, known_items
from models.likelihoods import check, check_priors

Dynamics = Literal["none", "ar1", "random_walk"]


class DepthSpec(Declared):
    """How the depth of a dyad-year follows from its treaties.

    Attributes
    ----------
    aggregate : {"deepest", "latest", "sum"}
        Which treaties in force count.
    baseline : float
        Depth of a state without a treaty, in standard deviations of treaty depth.
        No data speak about it (such a state has no provisions), so it is declared.
    scale : (float, float)
        Depths that become 0 and 1 when depth enters potential; constants, never the
        extremes of a draw.
    measurement : {"joint", "plug-in", "cut"}
        `joint`: provisions and troops in one posterior. `plug-in`: posterior mean of
        depth under measurement alone. `cut`: draws of measurement alone, without feedback.
    imputations : int
        Draws of depth used by `cut`.
    items : {"learned", "known"}
        `learned`: loadings and thresholds from this panel's treaties and `priors` alone.
        `known`: priors of loadings and thresholds from a posterior over all treaties of ATOP 5.1
        (``models/known_items.json``), for panels with too few treaties to learn them.
    priors : DepthPriors
        Priors of loadings and thresholds that are not `known`.
    """

    aggregate: Literal["deepest", "latest", "sum"] = "deepest"
    baseline: Level = -2.0
    scale: Pair[Level] = (-2.0, 3.0)
    measurement: Literal["joint", "plug-in", "cut"] = "joint"
    imputations: int = Field(default=20, ge=2, le=10_000)
    items: Literal["learned", "known"] = "learned"
    priors: DepthPriors = DepthPriors()

    @property
    def item_priors(self) -> DepthPriors:
        """The priors in force."""
        if self.items == "learned":
            return self.priors
        return self.priors.model_copy(update={"items": {**known_items().items, **self.priors.items}})

    @model_validator(mode="after")
    def _ordered(self) -> DepthSpec:
        if not self.scale[0] < self.scale[1]:
            raise ValueError(f"scale {self.scale} must rise")
        return self


class PotentialSpec(Declared):
    """Which operationalisation of unrealized potential is used.

    Attributes
    ----------
    kind : {"difference", "residual"}
        `difference`: similarity minus depth, each on [0, 1] by declared constants.
        `residual`: minus the part of depth that a basis in similarity does not explain.
    basis : {"linear", "spline"}
        Basis of `residual`, over the distinct dyad-years of the panel.
    knots : int
        Degrees of freedom of the spline.
    """

    kind: Literal["difference", "residual"] = "difference"
    basis: Literal["linear", "spline"] = "linear"
    knots: int = Field(default=4, ge=3, le=10)


class ContributionPriors(Declared):
    """Prior scales of the linear predictors.

    All are in the units of a predictor: log odds for participation, log odds of the
    share (beta) or log share (lognormal) for size; for `gaussian` they are multiplied
    by 0.01, a share of one per cent.

    Attributes
    ----------
    slope : float
        SD of the mean slope, per SD of potential on the panel: one SD of potential multiplies the odds by up to
        e at two prior SD.
    slope_spread : float
        Half-normal scale of the spread of slopes between operations (of one leader, where slopes vary by
        leader), per SD of potential: operations may differ from each other as far as their mean does from zero.
    slope_leader_spread : float
        Half-normal scale of the spread of slopes between leaders: as wide as between operations, since
        nothing says that leaders differ more, or less, than their own operations do.
    similarity : float
        SD of the (mean) coefficient of similarity, per SD of similarity on the panel. Twice that of a slope: voting
        goes with regime, wealth and region, so that states one SD apart may well differ by a factor of e in
        their odds, and of e squared at two prior SD. It is held, not interpreted.
    similarity_spread, similarity_leader_spread : float
        Half-normal scales of its spreads between operations and leaders, as those of slopes.
    control : float
        SD of a control's coefficient, per SD of the control.
    control_spread : float
        Half-normal scale of its spread between operations (`controls_vary`).
    state, operation_year : float
        Half-normal scales of the spreads of varying intercepts.
    treaty, treaty_log_sd : float
        Median and SD of the logarithm of the spread of treaties' own intercepts.
    treaty_operation, treaty_operation_log_sd : float
        The same of a treaty's intercepts between operations: members go to their own alliance's operations
        and stay away from others, which can multiply the odds by e in either direction, or by much more.
    state_year : float
        Half-normal scale of the stationary SD of a state's movement over years (`ar1`): with 0.5 a state
        seldom leaves its own level by more than one, less than states differ from one another.
    state_step : float
        Half-normal scale of the SD of a year's step (`random_walk`): with 0.2 a state has moved by 0.6 (SD)
        after ten years, about as far as `state_year` lets it.
    state_autocorrelation : (float, float)
        Beta prior of the correlation of a state's neighbouring years (`ar1`). (4, 2) has mean 2/3, so that half
        of a change is gone in a year or two, well within a term of office, and nine tenths of its mass from 0.34 to
        0.92. It vanishes at 0, where the movement would be noise of single rows, and at 1, where it
        could not be told from the state's own intercept.
    intercept_sd : float
        SD of an operation's intercept around the likelihood's default.
    dispersion_sd : float
        Half-normal scale of the spread of log dispersion between operations, where it varies: 0.7
        lets operations differ by a factor of two either way, seldom of four.
    """

    slope: Scale = 0.5
    slope_spread: Scale = 0.5
    slope_leader_spread: Scale = 0.5
    similarity: Scale = 1.0
    similarity_spread: Scale = 0.5
    similarity_leader_spread: Scale = 0.5
    control: Scale = 0.5
    control_spread: Scale = 0.25
    state: Scale = 1.5
    treaty: Scale = 0.7
    treaty_log_sd: Scale = 0.4
    treaty_operation: Scale = 1.0
    treaty_operation_log_sd: Scale = 0.6
    operation_year: Scale = 0.5
    state_year: Scale = 0.5
    state_step: Scale = 0.2
    state_autocorrelation: Pair[Scale] = (4.0, 2.0)
    intercept_sd: Scale = 1.5
    dispersion_sd: Scale = 0.7
    dispersion: dict[str, Any] = Field(default_factory=dict)


def _some_priors(values: dict[str, Any]) -> dict[str, Any]:
    try:
        ContributionPriors.model_validate(values)
    except ValidationError as error:
        raise first_fault(error, ContributionPriors, values) from None
    return values


SomePriors = Annotated[dict[str, Any], AfterValidator(_some_priors)]
"""Some of the keys of `ContributionPriors`, for a refit that changes them alone."""


class ContributionSpec(Declared):
    """The outcome model: its likelihood, predictors and what varies.

    Attributes
    ----------
    likelihood : str
        A file of ``models/likelihoods``.
    controls : list of str or None
        Names on the panel's `control` dim; None takes all that the panel carries.
    hold_similarity : bool
        Whether similarity enters beside potential. With `difference` potential the
        coefficient of potential is then minus that of depth.
    similarity_error : bool
        Whether similarity is latent around the published one with the panel's `similarity_sd`, inside potential
        and where it is held. Needs a panel from ideal points with intervals. See `models.similarity`.
    state_effects, treaty_effects, operation_year_effects : bool
        Varying intercepts.
    state_dynamics : {"none", "ar1", "random_walk"}
        Whether a state's effect also moves over years (needs `state_effects` and two years): `ar1` around the
        state's own level, with a stationary start; `random_walk` away from its level of the first year. See
        `models.predictor.state_dynamics`.
    treaty_by_operation : bool
        Whether a treaty's intercept also varies by operation. Wanted where operations of several alliances
        and leaders are pooled: members go to their own alliance's operations.
    slope_varies : bool
        Whether the slope of potential varies by operation (needs two operations).
    slope_by_leader : bool
        Whether the slope of potential varies by leader, above operations: an operation's slope lies around its
        leader's. Nothing changes on a panel with a single leader. See `models.predictor.slopes`.
    similarity_varies : bool
        Whether the coefficient of similarity varies with the slope, by operation and by leader. Potential contains
        similarity: with a common coefficient, an operation's slope says how its own similarity departs from that,
        and "similarity held" is not true of it.
    controls_vary : bool
        Whether coefficients of controls vary by operation where slopes do. Potential does not contain a control, so
        that by default they are common; where an operation's slope differs from that of its separate fit, look here.
    dispersion_varies : bool
        Whether the likelihood's dispersion (`precision`, `size_sd`) varies by operation: contingents of a
        small mission differ by other factors than those of a war.
    within_between : bool
        Apart slopes for a state's own deviation and its long-run mean of potential.
    """

    likelihood: str = "hurdle_beta"
    controls: list[Name] | None = None
    hold_similarity: bool = True
    similarity_error: bool = False
    state_effects: bool = True
    treaty_effects: bool = True
    operation_year_effects: bool = True
    state_dynamics: Dynamics = "none"
    treaty_by_operation: bool = False
    slope_varies: bool = True
    slope_by_leader: bool = False
    similarity_varies: bool = True
    controls_vary: bool = False
    dispersion_varies: bool = False
    within_between: bool = False
    priors: ContributionPriors = ContributionPriors()

    @field_validator("likelihood")
    @classmethod
    def _known(cls, name: str) -> str:
        check(name)
        return name

    @field_validator("controls")
    @classmethod
    def _once(cls, names: list[str] | None) -> list[str] | None:
        if names and len(set(names)) < len(names):
            raise InputError(f"{names}: a name occurs twice", "each name once")
        return names

    @model_validator(mode="after")
    def _dispersions_of_the_likelihood(self) -> ContributionSpec:
        try:
            check_priors(self.likelihood, self.priors.dispersion)
        except InputError as error:
            key = f"priors.dispersion.{error.key}"
            raise InputError(error.found, error.expected, key=key) from None
        return self


class ModelSpec(Declared):
    """Everything that defines the generative model, given a panel."""

    depth: DepthSpec = DepthSpec()
    potential: PotentialSpec = PotentialSpec()
    contribution: ContributionSpec = ContributionSpec()
