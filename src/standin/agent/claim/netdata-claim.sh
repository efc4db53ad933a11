#!/bin/sh
# Claims this node. The stand-in agent brings no claiming code of its own: kickstart does the claim.
set -eu

if ! command -v kickstart >/dev/null 2>&1; then
  cat >&2 <<'TEXT'
This is the stand-in agent of kickstart, and kickstart is not on PATH.
Put kickstart on PATH and run this script again, or run: kickstart claim -token=TOKEN -rooms=ROOM,ROOM -url=URL
TEXT
  exit 3
fi

# kickstart speaks long options; an agent's claim script, single-dash ones.
for option in "$@"; do
  shift
  case $option in
    -token=*) set -- "$@" --claim-token "${option#-token=}" ;;
    -rooms=*) set -- "$@" --claim-rooms "${option#-rooms=}" ;;
    -url=*) set -- "$@" --claim-url "${option#-url=}" ;;
    *) set -- "$@" "$option" ;;
  esac
done
exec kickstart claim "$@"
