#!/bin/sh
# The reference of scripts/bench-claim.mjs: claims an agent that keeps its claim in cloud.d with openssl and curl, and leaves the same files.
# It has no receipt and no undo, and takes every refusal for the end. The token is in $NETDATA_CLAIM_TOKEN.
# Words: ROOT URL ROOM,… ID OWNER [PORT]. With PORT it tells the agent, and waits until the agent says that it is online.
set -eu

root=$1 url=$2 rooms=$3 id=$4 owner=$5 port=${6-}
directory=$root/var/lib/netdata/cloud.d
guid=$(cat "$root/var/lib/netdata/registry/netdata.public.unique.id")

umask 027
mkdir -p "$directory"
chmod 770 "$directory"
cd "$directory"
if [ ! -e private.pem ]; then
  openssl genrsa -out private.pem 2048
  openssl rsa -in private.pem -pubout -out public.pem
  chmod 600 private.pem
fi

json_rooms=$(printf '%s' "$rooms" | sed 's/,/","/g')
json_key=$(sed 's/$/\\n/' public.pem | tr -d '\n')
# Through a pipe: arguments can be read by every user.
status=$(
  printf '{"node":{"id":"%s","hostname":"%s"},"token":"%s","rooms":["%s"],"publicKey":"%s","mGUID":"%s"}' \
    "$id" "$(uname -n)" "$NETDATA_CLAIM_TOKEN" "$json_rooms" "$json_key" "$guid" |
    curl -sS -X PUT -H 'Content-Type: application/json' --data-binary @- --max-time 30 \
      -o /dev/null -w '%{http_code}' "$url/api/v1/spaces/nodes/$id"
)
if [ "$status" != 204 ]; then
  echo "The Cloud answered with status $status." >&2
  exit 1
fi

printf '[global]\n    enabled = yes\n    cloud base url = %s\n' "$url" > cloud.conf
printf '%s' "$rooms" > rooms
printf '%s' "$id" > claimed_id
chown -R "$owner" .
[ -n "$port" ] || exit 0

netdatacli=$root/usr/sbin/netdatacli
"$netdatacli" write-config 'cloud|global|enabled|yes'
"$netdatacli" write-config "cloud|global|cloud base url|$url"
"$netdatacli" reload-claiming-state
tries=0
until curl -sS "http://127.0.0.1:$port/api/v1/info" | grep -q '"aclk-available": *true'; do
  tries=$((tries + 1))
  [ "$tries" -lt 300 ] || exit 1
  sleep 0.1
done
