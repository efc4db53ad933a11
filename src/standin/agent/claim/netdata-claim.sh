#!/bin/sh
# Claims this node. The stand-in agent brings no claiming code of its own: kickstart does the claim, and knows the options of this script.
set -eu

program=$(basename -- "$0")

main() {
  command -v kickstart >/dev/null 2>&1 || refuse 3 "This is the stand-in agent of kickstart, and kickstart is not on PATH."
  # Each option goes from the front to the end, once; the token goes through the environment, because arguments are for everyone to see.
  left=$#
  while [ "$left" -gt 0 ]; do
    option=$1
    shift
    left=$((left - 1))
    case $option in
      -token=*) export NETDATA_CLAIM_TOKEN="${option#-token=}" ;;
      --claim-token=*) export NETDATA_CLAIM_TOKEN="${option#--claim-token=}" ;;
      --claim-token)
        [ "$left" -gt 0 ] || refuse 1 "Unknown argument $option"
        export NETDATA_CLAIM_TOKEN="$1"
        shift
        left=$((left - 1))
        ;;
      *) set -- "$@" "$option" ;;
    esac
  done
  root=$(cd -- "$(dirname -- "$0")/../.." && pwd)
  # kickstart means the directory above: the agent is in PREFIX/netdata.
  [ "$root" = / ] || set -- "$@" --install "$(dirname -- "$root")"
  exec kickstart claim --script-exit-codes "$@"
}

refuse() {
  printf '%s\n' "$2" >&2
  printf 'Use: %s -token=TOKEN -rooms=ROOM,ROOM -url=URL [--ca-file=FILE]\n' "$program" >&2
  exit "$1"
}

main "$@"
