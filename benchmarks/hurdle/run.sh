#!/bin/bash
# The hurdle lognormal with crossed effects on one simulated data set: ours, hand-written Stan and brms, in one run.
#   bash benchmarks/hurdle/run.sh PEERS_FOLDER [WORK_FOLDER]
# PEERS_FOLDER holds data/hurdle_sim.csv, scripts/ and stan/; it is copied. R with rstan, brms and posterior is needed
# (Debian: r-cran-rstan r-cran-brms r-cran-posterior r-cran-coda r-cran-bh). One process at a time.
set -eu
here="$(cd "$(dirname "$0")" && pwd)"; root="$(cd "$here/../.." && pwd)"; work="${2:-$(mktemp -d)}"
mkdir -p "$work"; cp -r "$1"/data "$1"/scripts "$1"/stan "$1"/Makevars "$work"/; chmod -R u+w "$work"
export PEERS="$work" PEERS_CORES=1 OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
cd "$root"
PYTENSOR_FLAGS="base_compiledir=$work/cache" PYTHONPATH=. "${PYTHON:-.venv/bin/python}" -W ignore "$here/ours.py" "$work" "$work/ours"
(cd "$work" && HURDLE_WARM=500 HURDLE_DRAWS=2000 VARIANTS="split joint" Rscript scripts/52_stan_hurdle.R)
(cd "$work" && HURDLE_WARM=500 HURDLE_DRAWS=1500 VARIANTS=hurdle_lognormal Rscript scripts/53_brms_hurdle.R)
"${PYTHON:-.venv/bin/python}" "$here/compare.py" "$work" "$here"
