#!/bin/bash
# Runs the R and Stan programs that fit the same two measurement models on the same 492 alliances.
#   PEERS=folder-of-peer-scripts DATA=folder-of-research-data bash benchmarks/depth/peers.sh WORK
# Results go to WORK/peers/results; only steps without a result are run, so that it can be resumed.
set -u
WORK="${1:?a scratch folder}"
mkdir -p "$WORK"
[ -d "$WORK/peers" ] || cp -r "${PEERS:?}" "$WORK/peers"
[ -e "$WORK/data" ] || ln -s "${DATA:?}" "$WORK/data"
export PEERS="$WORK/peers" OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 VARIANTS="marginal"
cd "$PEERS" && mkdir -p logs results
Rscript scripts/00_versions.R > results/versions.txt 2>&1
step() { # result id, script
  [ -s "results/row_$1.csv" ] && return
  echo "$(date +%T) $1"
  timeout 5400 Rscript "scripts/$2" > "logs/$1.log" 2>&1 || tail -5 "logs/$1.log"
}
step gauss_stan_marginal 30_stan_gauss.R
step ord_stan_marginal 40_stan_ord.R
step gauss_mcmcpack 10_mcmcpack_gauss.R
step ord_mcmcpack 42_mcmcpack_ord.R
