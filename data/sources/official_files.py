"""Which version of which table gives which variable, and what the controls of a panel from them mean."""

from __future__ import annotations

from functools import cache

from data.sources.registry import Control, registry

LISTS = {
    "iiss": ("iiss.deployments", "Aug 2018 csv"),
    "nato": ("placemats.dated", ""),
    "un": ("ipi.contributions", ""),
}
"""Tables of contributors, by the name under which a spec asks for their lists."""
ARMED_FORCES = ("iiss.troops", "Sep 2018 csv")
WDI = {"gdp": ("wdi.long", "2024"), "population": ("wdi.long", "2025")}
CASUALTIES = {
    "ISAF": ("casualties.annual", "2018"),
    "Afghanistan": ("casualties.annual", "2018"),
    "Iraq": ("casualties.annual", "2018 Iraq"),
}


@cache
def declared() -> dict[str, Control]:
    """The controls that a source declares: a column of a table with one row a state and year."""
    return {name: control for source in registry().values() for name, control in source.controls.items()}


@cache
def controls() -> dict[str, tuple[str, str]]:
    """Unit and meaning of every control."""
    return {
        "log_gdp": ("log(current USD)", "log of GDP"),
        "log_gdppc": ("log(current USD)", "log of GDP per head"),
        "log_population": ("log(persons)", "log of population"),
        "cinc": ("share", "Composite Index of National Capability"),
        "log_cinc": ("log(share)", "log of the Composite Index of National Capability"),
        "log_distance": (
            "log(km)",
            "log of the great-circle distance between the capitals of state and theatre",
        ),
        **{name: (one.unit, one.about) for name, one in declared().items()},
        "agreement": ("0-1", "share of UN votes equal to the leader's"),
        "joint_igos": (
            "organisations",
            "joint memberships with the leader in intergovernmental organisations",
        ),
        "embeddedness": (
            "ties",
            "joint memberships in intergovernmental organisations plus treaties in force",
        ),
        "similarity": ("0-1", "the panel's similarity, as a control"),
        "log1p_casualties": ("log(1 + deaths)", "log of one plus deaths in the year"),
        "log1p_casualties_lagged": ("log(1 + deaths)", "log of one plus deaths in the year before"),
    }
