"""A model's log density, gradient and variables as functions of machine code, kept on disk as a whole.

Numba alone keeps what it compiles operator by operator: a process that finds all of them there still rewrites the
graph, links and optimises for ten seconds and more. Here a program is found by a digest of the graph as the model
wrote it (`graph`), so that the second process does none of that; and a log density that is a sum is compiled as two
functions, on two cores (`function`, `aside`).
"""
