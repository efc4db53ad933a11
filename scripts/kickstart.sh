#!/bin/sh
# Starts kickstart, wherever this file finds itself:
#   in a checkout   makes ready what is missing (Node 24, libraries, the bundle) and runs the bundle;
#   as a release    downloads the file of the release that runs here, verifies it, runs it, and leaves nothing behind.
# POSIX sh. All of it is between braces, and the last byte closes them: of a download that was cut off, wherever it was, nothing runs.
{
set -u

# `scripts/build.mjs` fills these in the released copy; empty here, which is how the two lives are told apart.
stamped_version=''
stamped_url=''
stamped_bundle_sha256=''
stamped_executable_sha256=''

least_node=24
least_glibc_minor=28

main() {
  open_standard_streams
  # Output that nobody reads is no reason to stop in the middle.
  trap '' PIPE
  if [ -n "$stamped_version" ]; then
    run_release "$@"
  elif find_checkout; then
    run_checkout "$@"
  else
    refuse 3 RELEASE_INVALID \
      'This copy of kickstart.sh belongs to no release and to no checkout.' \
      'It has neither the checksums that the build writes into a released copy, nor the sources beside it.' \
      'Take kickstart.sh from a release, or clone the repository and run ./scripts/kickstart.sh there.'
  fi
}

# A file that is opened later must not become a standard stream that was closed. Copied to 3, because dash takes any copy to itself for done.
open_standard_streams() {
  (: 3<&0) 2>/dev/null || exec </dev/null
  (: 3>&1) 2>/dev/null || exec >/dev/null
  (: 3>&2) || exec 2>/dev/null
}

# --- in a checkout ---------------------------------------------------------------------------------------------------

find_checkout() {
  case $0 in
    kickstart.sh | */kickstart.sh) ;;
    *) return 1 ;; # piped: $0 is the shell, or /dev/fd/63
  esac
  root=$(cd -- "$(dirname -- "$0")/.." 2>/dev/null && pwd) || return 1
  [ -f "$root/scripts/kickstart.sh" ] && grep -q '"name": "kickstart"' "$root/package.json" 2>/dev/null
}

run_checkout() {
  if ! packages_are_ready || ! bundle_is_ready; then
    wait_for_other_start
    make_packages_ready
    make_bundle_ready
    exec 9>&-
  fi
  # What kickstart writes into commands that can be pasted.
  export KICKSTART_COMMAND="$root/scripts/kickstart.sh"
  exec "$node" "$root/dist/kickstart/kickstart.cjs" "$@"
}

# Two first starts at once: the second finds everything ready. The kernel gives the lock back when its holder ends, however it ends.
# Without flock (it is not on every BSD) both do the same work.
wait_for_other_start() {
  exec 9<"$root/package.json"
  if command -v flock >/dev/null 2>&1 && ! flock -n 9 9<&9; then
    say 'Waiting for another start of this checkout.'
    flock 9 9<&9
  fi
}

# The stamp is inside node_modules, so that it goes when node_modules goes. It holds the checksum of what was installed,
# and the Node that was seen to run: to try it at every start would be felt.
packages_are_ready() {
  packages_stamp=$root/node_modules/.kickstart-installed
  packages_wanted=$(cat "$root/package.json" "$root/package-lock.json" "$root/.npmrc" | cksum)
  [ -f "$packages_stamp" ] && { read -r installed && read -r node; } <"$packages_stamp" || return 1
  node=${node:-$root/node_modules/.bin/node}
  [ "$installed" = "$packages_wanted" ] && [ -x "$node" ]
}

make_packages_ready() {
  ! packages_are_ready || return 0
  check_host_for_packages
  say "Installing kickstart's own libraries with npm."
  output=$(cd "$root" && NODE_DISABLE_COMPILE_CACHE=1 npm ci --no-progress 2>&1) || fail_with_output "$output" 4 FETCH_FAILED \
    "npm could not install kickstart's libraries into $root/node_modules." \
    'Its output is above.' \
    'Mend what it names (network, proxy or registry settings of npm, disk space), then run this again.'
  # An empty line stands for the Node that npm brought, so that a checkout can be moved or copied.
  if "$root/node_modules/.bin/node" -e 0 2>/dev/null; then
    node=
  else
    node=$(find_own_node) || refuse_without_node
  fi
  printf '%s\n%s\n' "$packages_wanted" "$node" >"$packages_stamp"
  node=${node:-$root/node_modules/.bin/node}
}

# npm brings Node 24 as a package for Linux on x86-64; everywhere else it has to be here already.
check_host_for_packages() {
  if [ "$(uname -s) $(uname -m)" != 'Linux x86_64' ]; then
    find_own_node >/dev/null || refuse_without_node
  fi
  for program in node npm; do
    command -v "$program" >/dev/null 2>&1 || refuse 3 HOST_PROGRAM_MISSING \
      "$program is not here." \
      'A checkout of kickstart fetches its libraries, and on Linux x86-64 its Node as well, with npm.' \
      "Install Node.js with npm ($(how_to_install nodejs npm)), then run this again."
  done
}

# The checksum of all that goes into the bundle is its stamp: times of files say nothing after a git checkout.
bundle_is_ready() {
  bundle_stamp=$root/dist/.built-from
  bundle_wanted=$(cd "$root" && find src scripts/build.mjs scripts/kickstart.sh package.json package-lock.json -type f -exec cksum {} + |
    LC_ALL=C sort | cksum)
  [ -f "$root/dist/kickstart/kickstart.cjs" ] && [ "$(cat "$bundle_stamp" 2>/dev/null)" = "$bundle_wanted" ]
}

make_bundle_ready() {
  ! bundle_is_ready || return 0
  say 'Building kickstart.'
  output=$(cd "$root" && "$node" scripts/build.mjs 2>&1) || fail_with_output "$output" 1 FAULT \
    "kickstart could not be built from $root/src." \
    'The output of the build is above. A clean checkout builds, so something here was changed or is missing.' \
    'See git status; with no changes of your own there, report this with the output above.'
  printf '%s\n' "$bundle_wanted" >"$bundle_stamp"
}

# --- as a release ----------------------------------------------------------------------------------------------------

run_release() {
  url=${KICKSTART_URL:-$stamped_url}
  url=${url%/}
  [ -n "$url" ] || refuse 2 USAGE_MISSING_VALUE \
    'No address to download kickstart from.' \
    'This release was built without one.' \
    'Set KICKSTART_URL to the address of the directory that holds the files of the release, then run this again.'
  choose_files
  choose_tools
  make_place
  if [ "$choice" = executable ]; then
    download kickstart-linux-x64 "$stamped_executable_sha256"
    chmod 700 "$place/kickstart-linux-x64"
    # A C++ library can be missing or too old where the C library is not: the proof is in the running.
    if "$place/kickstart-linux-x64" --version >/dev/null 2>&1; then
      attend "$place/kickstart-linux-x64" "$@"
    fi
    node=$(find_own_node) || refuse_without_node
    say "kickstart-linux-x64 does not start on this machine; taking the bundle and $node instead."
  fi
  download kickstart.tar.gz "$stamped_bundle_sha256"
  (cd "$place" && tar -xzf kickstart.tar.gz) || refuse 4 FETCH_FAILED \
    "kickstart.tar.gz could not be unpacked in $place." \
    'tar says above why; a full file system is the likely cause.' \
    'Make space, or set TMPDIR to a directory with more of it, then run this again.'
  attend "$node" "$place/kickstart/kickstart.cjs" "$@"
}

choose_files() {
  system="$(uname -s) $(uname -m)"
  choice=bundle
  if [ "$system" = 'Linux x86_64' ] && [ -n "$stamped_executable_sha256" ] && has_glibc; then
    choice=executable
    return
  fi
  node=$(find_own_node) || refuse_without_node
}

# musl has neither a getconf that knows GNU_LIBC_VERSION nor an ldd that names glibc.
has_glibc() {
  glibc=$(getconf GNU_LIBC_VERSION 2>/dev/null) || return 1
  glibc=${glibc#glibc }
  case $glibc in
    2.*) glibc=${glibc#2.} && [ "${glibc%%[!0-9]*}" -ge "$least_glibc_minor" ] ;;
    *) return 1 ;;
  esac
}

choose_tools() {
  downloader=$(first_of curl wget) || refuse 3 HOST_PROGRAM_MISSING \
    'Neither curl nor wget is here.' \
    'One of them is needed to download kickstart.' \
    "Install one ($(how_to_install curl)), then run this again."
  hasher=$(first_of sha256sum shasum openssl sha256) || refuse 3 HOST_PROGRAM_MISSING \
    'None of sha256sum, shasum, openssl and sha256 is here.' \
    'Without one the download cannot be verified, and what is not verified is not run.' \
    "Install one ($(how_to_install coreutils)), then run this again."
  if [ "$choice" = bundle ]; then
    for program in tar gzip; do
      command -v "$program" >/dev/null 2>&1 || refuse 3 HOST_PROGRAM_MISSING \
        "$program is not here." \
        'It is needed to unpack kickstart.' \
        "Install it ($(how_to_install "$program")), then run this again."
    done
  fi
}

# A private directory in which programs may run: /tmp is mounted noexec on hardened machines.
make_place() {
  place=
  child=
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  trap leave EXIT
  for above in "${TMPDIR:-/tmp}" /tmp /var/tmp "${HOME:-/root}" "$PWD"; do
    place=$(umask 077 && mktemp -d "$above/kickstart.XXXXXX" 2>/dev/null) || { place= && continue; }
    printf '#!/bin/sh\nexit 0\n' >"$place/probe" && chmod 700 "$place/probe" && "$place/probe" 2>/dev/null && rm -f "$place/probe" && return
    rm -rf "$place"
    place=
  done
  refuse 3 HOST_NO_TEMPORARY_DIRECTORY \
    'There is no directory for temporary files in which programs may run.' \
    "Tried ${TMPDIR:-/tmp}, /tmp, /var/tmp, ${HOME:-/root} and the working directory: each is not writable or is mounted noexec." \
    'Set TMPDIR to a directory that is neither, then run this again.'
}

leave() {
  status=$?
  [ -z "$child" ] || kill "$child" 2>/dev/null
  [ -z "$place" ] || rm -rf "$place"
  exit "$status"
}

# In the background, with the shell waiting: a foreground download would put off the traps until it ends.
download() {
  say "Downloading $1 of kickstart $stamped_version from $url."
  case $downloader in
    */curl) "$downloader" -fsSL --connect-timeout 30 --speed-limit 1 --speed-time 60 -o "$place/$1" "$url/$1" & ;;
    *) "$downloader" -q -O "$place/$1" "$url/$1" & ;; # no -T: with it the wget of Debian 12's busybox 1.35 crashes
  esac
  child=$!
  wait "$child" || refuse 4 FETCH_FAILED \
    "$url/$1 could not be downloaded." \
    "${downloader##*/} ended with exit status $?." \
    'Check the address and the network (https_proxy is heeded), then run this again.'
  child=
  actual=$(sha256_of "$place/$1")
  [ "$actual" = "$2" ] || refuse 4 VERIFY_CHECKSUM \
    "$url/$1 is not the file that was released." \
    "Its SHA-256 is $actual, and that of the release is $2: it was cut off, altered, or belongs to another version." \
    'Do not use it. Take kickstart.sh again from the same place; when that does not help, report it.'
}

sha256_of() {
  case $hasher in
    */shasum) "$hasher" -a 256 <"$1" ;;
    */openssl) "$hasher" dgst -sha256 -r <"$1" ;;
    */sha256) "$hasher" -q <"$1" ;;
    *) "$hasher" <"$1" ;;
  esac | cut -d ' ' -f 1
}

# Runs kickstart, waits for it, and ends with its exit status. Ctrl-C reaches it without us, TERM is passed on;
# either way it gets the time to take its changes back. When we are piped into a shell, it asks its questions at the terminal.
attend() {
  interrupted=
  child=
  early=
  export KICKSTART_COMMAND="bash <(curl -Ss $url/kickstart.sh)"
  exec 3<&0 # a shell gives its background children /dev/null unless told otherwise
  trap 'interrupted=1' HUP INT
  # Between the start of kickstart and the line with $! it runs, and has no name yet.
  trap 'interrupted=1; if [ -n "$child" ]; then kill -TERM "$child"; else early=1; fi' TERM
  case " $* " in
    *' --claim-token-stdin '*) asks= ;; # what is piped in is the token
    *) asks=1 ;;
  esac
  if [ -n "$asks" ] && [ ! -t 0 ] && (: </dev/tty) 2>/dev/null; then
    "$@" </dev/tty 3<&- &
  else
    "$@" <&3 3<&- &
  fi
  child=$!
  [ -z "$early" ] || kill -TERM "$child"
  exec 3<&-
  wait "$child"
  outcome=$?
  while [ -n "$interrupted" ]; do
    interrupted=
    wait "$child"
    again=$?
    [ "$again" -eq 127 ] || outcome=$again # 127: it had ended before the signal came, and its status is known
  done
  child=
  exit "$outcome"
}

# --- both ------------------------------------------------------------------------------------------------------------

find_own_node() {
  own=$(command -v node 2>/dev/null) || return 1
  own_version=$("$own" --version 2>/dev/null) || return 1
  own_version=${own_version#v}
  [ "${own_version%%.*}" -ge "$least_node" ] 2>/dev/null && printf '%s\n' "$own"
}

refuse_without_node() {
  if have=$(node --version 2>/dev/null); then
    have="Node $have is here, and is too old"
  else
    have='No Node is here'
  fi
  refuse 3 HOST_UNSUPPORTED_SYSTEM \
    "kickstart does not run on $(uname -s) $(uname -m) without Node.js $least_node or newer. $have." \
    "The executable that brings its own is for Linux on x86-64 with glibc 2.$least_glibc_minor or newer." \
    "Install Node.js $least_node or newer, then run this again."
}

how_to_install() {
  if first_of apt-get >/dev/null; then
    echo "apt-get install $*"
  elif first_of dnf >/dev/null; then
    echo "dnf install $*"
  elif first_of apk >/dev/null; then
    echo "apk add $*"
  else
    echo "with your package manager"
  fi
}

first_of() {
  for candidate in "$@"; do
    command -v "$candidate" 2>/dev/null && return
  done
  return 1
}

# Everything this file says goes to stderr: what kickstart prints is all there is on stdout.
say() { printf '%s\n' "$1" >&2; }

# STATUS CODE WHAT WHY NEXT
refuse() {
  printf '%s\n%s\n%s\n%s.\n' "$3" "$4" "$5" "$2" >&2
  exit "$1"
}

fail_with_output() {
  printf '%s\n\n' "$1" >&2
  shift
  refuse "$@"
}

main "$@"
}