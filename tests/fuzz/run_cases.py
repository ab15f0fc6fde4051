import collections
import importlib
import random
import shutil
import sys
import tempfile
import warnings
from pathlib import Path

from tests.fuzz import harness

mods = sys.argv[1].split(",")
share = float(sys.argv[2])
rng = random.Random(7)


base = Path(tempfile.mkdtemp(dir="/tmp"))
warnings.simplefilter("error")
tally = collections.Counter()
bad = collections.defaultdict(list)
with harness.fence(base / "cache"):
    for m in mods:
        for i, c in enumerate(importlib.import_module(f"tests.fuzz.{m}").cases(rng)):
            if rng.random() > share:
                continue
            f = base / f"{m}{i}"
            a = harness.answer(c, f)
            shutil.rmtree(f, ignore_errors=True)
            tally[c.group, "tried"] += 1
            w = a.wrong(c)
            if w:
                k = w.split(":")[0]
                tally[c.group, k if not k.startswith("does") else "says"] += 1
                bad[k].append((c.name, w))
for k, v in sorted(tally.items()):
    print(k, v)
for k, v in bad.items():
    print("=====", k, len(v))
    for n, w in v:
        print("  ", n, "->", w[:300])
