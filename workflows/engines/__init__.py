"""One file per family of estimators; all return ``workflows.frequentist.Fit``."""
