#!/usr/bin/env bash
# A Dataset of NumPy arrays has nothing to do with Dask, and Dask's scheduler "synchronous" nothing with many machines. Where
# dask.distributed is installed, Dataset.to_netcdf loads it all the same, some hundreds of modules: xarray asks Dask which scheduler
# is set, for its locks. Setting the scheduler by its name does not prevent it: Dask looks for a running client before it reads the
# name. Given as a function the scheduler is not looked up, but xarray itself then imports dask.distributed to compare with its client.
# Reading the file back loads none of it.
# xarray 2026.9.0, dask 2026.8.0, distributed 2026.8.0, h5netcdf 1.8.2: the lines of `want` below.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install -q "xarray==2026.9.0" "dask==2026.8.0" "distributed==2026.8.0" "h5netcdf==1.8.2" "h5py==3.16.0" "numpy==2.5.5" "pandas==3.1.1" >&2
cat > "$work/look.py" <<'PY'
import sys

import dask.config
import dask.local
import numpy as np
import xarray as xr

how = sys.argv[1]
data = xr.Dataset({"a": ("x", np.arange(3.0))})
if how == "reading":
    xr.load_dataset("plain.nc", engine="h5netcdf")
else:
    scheduler = {"nothing set": None, "by name": "synchronous", "a function": dask.local.get_sync}[how]
    with dask.config.set({} if scheduler is None else {"scheduler": scheduler}):
        data.to_netcdf("plain.nc", engine="h5netcdf")
print(f"{how}: distributed is loaded: {'distributed' in sys.modules}, more than 50 of its modules:"
      f" {sum(name.startswith('distributed') for name in sys.modules) > 50}")
PY
out=$(cd "$work" && for how in "nothing set" "by name" "a function" "reading"; do "$work/venv/bin/python" look.py "$how"; done)
echo "$out"
want='nothing set: distributed is loaded: True, more than 50 of its modules: True
by name: distributed is loaded: True, more than 50 of its modules: True
a function: distributed is loaded: True, more than 50 of its modules: True
reading: distributed is loaded: False, more than 50 of its modules: False'
[ "$out" = "$want" ] || { echo "changed: expected" >&2; echo "$want" >&2; exit 1; }
