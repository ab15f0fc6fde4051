#!/usr/bin/env bash
# A call with more than thirty arguments compiles in Numba, and inside a `try` it does not: CPython 3.12 puts the arguments
# of such a call into a list and makes a tuple of it, and the error is that this opcode is unknown. What is generated for a
# program with many data arrays, and turns errors into a status, meets it at the thirtieth array. Tuples that are added
# up, `f(*(a, b) + (c, d))`, compile inside a `try` too.
# Numba 0.68.0, Python 3.12: 31 arguments outside a `try` 465.0, inside UnsupportedError, as added tuples 465.0.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install -q "numba==0.68.0" "numpy==2.5.5" >&2
cat > "$work/look.py" <<'PY'
import numba


def found(count, body):
    names = [f"a{k}" for k in range(count)]
    known = {}
    lines = [
        f"def inner({', '.join(names)}):",
        f"    return {' + '.join(names)}",
        f"def outer({', '.join(names)}):",
        *body(names),
    ]
    exec("\n".join(lines), known)
    known["inner"] = numba.njit(known["inner"])
    try:
        return numba.njit(known["outer"])(*map(float, range(count)))
    except numba.UnsupportedError as error:
        return type(error).__name__


def guarded(call):
    return ["    try:", f"        return inner({call})", "    except Exception:", "        return -1.0"]


def tuples(names):
    return guarded(f"*({', '.join(names[:20])},) + ({', '.join(names[20:])},)")


print("30 inside a try:", found(30, lambda names: guarded(", ".join(names))))
print("31 outside:", found(31, lambda names: [f"    return inner({', '.join(names)})"]))
print("31 inside a try:", found(31, lambda names: guarded(", ".join(names))))
print("31 inside, as added tuples:", found(31, tuples))
PY
out=$(cd "$work" && "$work/venv/bin/python" look.py 2>/dev/null)
echo "$out"
want="30 inside a try: 435.0
31 outside: 465.0
31 inside a try: UnsupportedError
31 inside, as added tuples: 465.0"
[ "$out" = "$want" ] || { echo "this has changed" >&2; exit 1; }
