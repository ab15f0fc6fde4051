#!/usr/bin/env bash
# A worker of a Dask cluster that writes a fit as NetCDF into memory (to send it back, or to put it on disk whole) fails:
# in a worker xarray locks what it writes through the scheduler, under the name of the BytesIO, and the scheduler knows no
# such lock. Alone, and in a worker under dask.config.set(scheduler="synchronous"), the same line works.
# xarray 2026.9.0, distributed 2026.8.0, h5netcdf 1.8.2: the three lines of `want` below.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install -q "xarray==2026.9.0" "distributed==2026.8.0" "dask==2026.8.0" \
    "h5netcdf==1.8.2" "h5py==3.16.0" >&2
cat > "$work/look.py" <<'PY'
import dask
import numpy as np
import xarray as xr
from distributed import Client, LocalCluster


def written(synchronous):
    draws = xr.Dataset({"depth": (("chain", "draw"), np.zeros((2, 3)))})
    try:
        if synchronous:
            with dask.config.set(scheduler="synchronous"):
                return f"{len(draws.to_netcdf(engine='h5netcdf')) > 0}"
        return f"{len(draws.to_netcdf(engine='h5netcdf')) > 0}"
    except Exception as error:
        return f"{type(error).__name__}: {str(error).split('<')[0]}"


if __name__ == "__main__":
    print("alone:", written(False))
    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster) as client:
        print("in a worker:", client.submit(written, False, pure=False).result())
        print("in a worker, synchronous:", client.submit(written, True, pure=False).result())
PY
out=$(cd "$work" && "$work/venv/bin/python" look.py 2>/dev/null)
echo "$out"
want='alone: True
in a worker: RuntimeError: Semaphore or Lock `
in a worker, synchronous: True'
[ "$out" = "$want" ] || { echo "changed: expected" >&2; echo "$want" >&2; exit 1; }
