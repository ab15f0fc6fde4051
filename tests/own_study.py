"""The smallest study of one's own, as a TOML file: one term, one model, rows and printed table beside it."""

STUDY = """name = "own"
title = "Own"
[printed]
study = "Own"
table = "T1"
file = "printed.csv"
[sample]
reader = "csv"
file = "rows.csv"
unit = "ccode"
label = "iso2"
time = "year"
[outcome]
column = "y"
unit = "u"
headline_term = "x"
[terms]
x = { column = "x", printed = "X" }
[[models]]
name = "M1"
estimator = "ols"
terms = ["x"]
"""
