#!/bin/sh
# Claims this node, as agents from 2.0 are: writes claim.conf and tells the agent, which does the rest. Installed as netdata-claim.sh.
# %%NEW_CLAIMING_METHOD%%: installers tell by these words that this is no script that claims by itself.
set -eu

main() {
  printf 'WARNING: this script is deprecated. Write %s instead.\n' "$directory/claim.conf" >&2
  reload=yes
  for option in "$@"; do
    case $option in
      -token=*) token=${option#*=} ;;
      -rooms=*) rooms=${option#*=} ;;
      -url=*) url=${option#*=} ;;
      -proxy=*) proxy=${option#*=} ;;
      -noproxy) proxy=none ;;
      -insecure) insecure=yes ;;
      -noreload | --noreload) reload=no ;;
      -verbose | -daemon-not-running) ;;
      -id=* | -hostname=* | -user=*) printf 'WARNING: %s is ignored: the agent decides this.\n' "${option%%=*}" >&2 ;;
      *) printf 'WARNING: %s is ignored: it is not known.\n' "$option" >&2 ;;
    esac
  done
  [ -n "$token" ] || fail 1 'Claim token must be specified'
  [ -w "$directory" ] || fail 32 "Script must be run by a user with write access to $directory."
  write_configuration
  [ "$reload" = no ] || "${NETDATA_CLAIM_NETDATACLI_PATH:-$root/usr/sbin/netdatacli}" reload-claiming-state
}

# Whole or not at all, and never for others to read.
write_configuration() {
  temporary=$directory/claim.conf.tmp
  rm -f "$temporary"
  (
    umask 0027
    set -C
    {
      printf '[global]\n    url = %s\n    token = %s\n' "$url" "$token"
      [ -z "$rooms" ] || printf '    rooms = %s\n' "$rooms"
      [ -z "$proxy" ] || printf '    proxy = %s\n' "$proxy"
      [ -z "$insecure" ] || printf '    insecure = %s\n' "$insecure"
    } >"$temporary"
  )
  chgrp "${NETDATA_CLAIM_CONFIG_GROUP:-netdata}" "$temporary" 2>/dev/null ||
    printf 'WARNING: the group of claim.conf stays as it is; the agent must be able to read the file.\n' >&2
  mv "$temporary" "$directory/claim.conf"
}

fail() {
  printf 'ERROR: %s\n' "$2" >&2
  exit "$1"
}

root=$(cd -- "$(dirname -- "$0")/../.." && pwd)
root=${root%/}
directory=${NETDATA_CLAIM_CONFIG_DIR:-$root/etc/netdata}
token=${NETDATA_CLAIM_TOKEN-}
rooms=${NETDATA_CLAIM_ROOMS-}
url=${NETDATA_CLAIM_URL:-https://app.netdata.cloud/}
proxy=${NETDATA_CLAIM_PROXY-}
insecure=${NETDATA_CLAIM_INSECURE-}
main "$@"
