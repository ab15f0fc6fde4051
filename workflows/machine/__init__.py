"""How PyTensor's graphs become machine code here: roundings, large constants, functions of rows, blocks of rows.

Of `compiling` anything may ask; the other modules load Numba.
"""
