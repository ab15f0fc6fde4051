"""Which official file gives which variable, and what the controls of a panel from them mean."""

from __future__ import annotations

FILES = {
    "states": "isaf_gannon_kent/states2016.csv",
    "jun2024": "unga_voeten/IdealpointestimatesAll_Jun2024.csv",
    "jul2025": "unga_voeten/IdealpointsJuly2025.dta",
    "votes": "unga_voeten/UNVotes1-72full.RData",
    "iiss": "isaf_gannon_kent/iiss_troops.csv",
    "nmc 5.0": "cow/NMC_5_0.csv",
    "nmc 6.0": "cow/NMC-60-abridged.csv",
    "nmc 7.0": "peacesciencer_csv/cow_nmc.csv",
    "gdp": "worldbank/gdp.csv",
    "population": "worldbank/population.csv",
    "pwt": "pwt/pwt10.01__core_columns.csv.gz",
    "polity": "polity/p5v2018.csv",
    "bmr": "democracyData_rda/bmr.csv.gz",
    "vdem": "democracyData_rda/vdem_simple__1945on_core_columns.csv.gz",
    "igo": "peacesciencer_csv/cow_igo_ndy__us_dyads.csv",
}
CASUALTIES = {
    "ISAF": "isaf_gannon_kent/afghan_casualties.csv",
    "Afghanistan": "isaf_gannon_kent/afghan_casualties.csv",
    "Iraq": "isaf_gannon_kent/iraq_casualties.xlsx",
}
CONTROLS = {
    "log_gdp": ("log(current USD)", "log of GDP"),
    "log_gdppc": ("log(current USD)", "log of GDP per head"),
    "log_population": ("log(persons)", "log of population"),
    "cinc": ("share", "Composite Index of National Capability"),
    "log_cinc": ("log(share)", "log of the Composite Index of National Capability"),
    "log_distance": ("log(km)", "log of the great-circle distance between the capitals of state and theatre"),
    "polity2": ("-10 to 10", "Polity5 score"),
    "democracy": ("0/1", "democracy (Boix, Miller & Rosato)"),
    "polyarchy": ("index 0-1", "electoral democracy (V-Dem)"),
    "agreement": ("0-1", "share of UN votes equal to the leader's"),
    "joint_igos": ("organisations", "joint memberships with the leader in intergovernmental organisations"),
    "embeddedness": ("ties", "joint memberships in intergovernmental organisations plus treaties in force"),
    "similarity": ("0-1", "the panel's similarity, as a control"),
    "log1p_casualties": ("log(1 + deaths)", "log of one plus deaths in the year"),
    "log1p_casualties_lagged": ("log(1 + deaths)", "log of one plus deaths in the year before"),
}
