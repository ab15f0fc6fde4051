# `coalition` of one checkout, timed on an empty compile cache; for scripts that run two checkouts one after the other.
#   timed CHECKOUT PYTHON NAME WORK ARGUMENTS...
# PYTHON is that of the checkout's own environment. Runs in WORK, where the cache is `cache-NAME` and results belong into
# `out-NAME`, both emptied before; sets `seconds`, and `code` to the exit code.
timed() {
  local checkout="$1" python="$2" name="$3" work="$4" began
  shift 4
  mkdir -p "$work"; rm -rf "$work/cache-$name" "$work/out-$name"
  began=$(date +%s.%N)
  code=0
  (
    cd "$work"
    export PYTENSOR_FLAGS="base_compiledir=$work/cache-$name" PYTHONPATH="$checkout" OMP_NUM_THREADS=1
    "$python" -W ignore -c "import sys; from workflows.entry import main; sys.argv[0]='coalition'; main()" \
      "$@" --out "$work/out-$name" --workers 2
  ) || code=$?
  seconds=$(echo "$(date +%s.%N) - $began" | bc)
}
