# Sourced by the commands beside it, from the top of the tree.

# tocsin_build PRESET [TARGET ...]: configures and builds; says more only if something is wrong.
tocsin_build() {
  local preset=$1 log=build/$1.log
  shift
  mkdir -p build
  if ! cmake --preset "$preset" >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    echo "configuring '$preset' failed (above); the whole output is in $log" >&2
    return 1
  fi
  echo "building '$preset' in build/$preset"
  # On a terminal ninja rewrites its one line; elsewhere its lines go to the log.
  if [ -t 1 ]; then
    ninja -C "build/$preset" "$@"
  elif ! ninja -C "build/$preset" "$@" >"$log" 2>&1; then
    grep -vE '^\[[0-9]+/[0-9]+\] ' "$log" | head -n 200 >&2
    echo "building '$preset' failed (above); the whole output is in $log" >&2
    return 1
  fi
}
