"""Priors of the pooled model of coalitions, as declared in a spec."""

from __future__ import annotations

from pydantic import Field

from data.common.declared import Declared, Level, Scale


class CoalitionPriors(Declared):
    """Priors on the log-odds scale; predictors are in standard deviations over the rows."""

    slope_sd: Scale = Field(1.0, description="SD of every coefficient")
    level_mean: Level = Field(-2.0, description="mean of a group's level; -2 is 12 % of states")
    level_sd: Scale = Field(1.5, description="SD of a group's level")
    gap_median: Scale = Field(1.0, description="median of delta")
    gap_log_sd: Scale = Field(0.75, description="SD of log delta")
    spread_median: Scale = Field(0.7, description="median of the SDs of states, targets, operations")
    slope_spread_median: Scale = Field(0.25, description="median of the SD of breadth's slope")
    spread_log_sd: Scale = Field(0.6, description="SD of the logarithms of all these lognormal SDs")
    anchor_loading_median: Scale = Field(0.6, description="median of the loading of joint memberships")
    anchor_loading_log_sd: Scale = Field(0.4, description="SD of its logarithm")
    loading_mean: Level = Field(0.4, description="mean of the other loadings")
    loading_sd: Scale = Field(0.4, description="SD of the other loadings")
    uniqueness_median: Scale = Field(0.7, description="median of the variances that breadth leaves")
    uniqueness_log_sd: Scale = Field(0.5, description="SD of their logarithms")
