#!/bin/sh
# Claims this node. The stand-in agent brings no claiming code of its own: kickstart does the claim.
set -eu

program=$(basename -- "$0")

main() {
  rooms=
  url=
  ca_file=
  for option in "$@"; do
    case $option in
      # Through the environment: the arguments of a process are for everyone to see.
      -token=*) NETDATA_CLAIM_TOKEN=${option#-token=} ;;
      -rooms=*) rooms=${option#-rooms=} ;;
      -url=*) url=${option#-url=} ;;
      --ca-file=*) ca_file=${option#--ca-file=} ;;
      *) refuse 1 "Unknown argument $option" ;;
    esac
  done
  command -v kickstart >/dev/null 2>&1 || refuse 3 "This is the stand-in agent of kickstart, and kickstart is not on PATH."
  root=$(cd -- "$(dirname -- "$0")/../.." && pwd)
  set --
  [ -z "$rooms" ] || set -- "$@" --claim-rooms "$rooms"
  [ -z "$url" ] || set -- "$@" --claim-url "$url"
  [ -z "$ca_file" ] || set -- "$@" --ca-file "$ca_file"
  # kickstart means the directory above: the agent is in PREFIX/netdata.
  [ "$root" = / ] || set -- "$@" --install "$(dirname -- "$root")"
  export NETDATA_CLAIM_TOKEN="${NETDATA_CLAIM_TOKEN:-unknown}"
  exec kickstart install "$@"
}

refuse() {
  printf '%s\n' "$2" >&2
  printf 'Use: %s -token=TOKEN -rooms=ROOM,ROOM -url=URL [--ca-file=FILE]\n' "$program" >&2
  exit "$1"
}

main "$@"
