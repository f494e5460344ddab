#!/bin/sh
# Refuses a container in which stackproof would look at the wrong place: the engine mounts folders of its host, and
# ports of sandboxes listen on its host's loopback. Both must be the same here.
set -eu
mountinfo=${MOUNTINFO:-/proc/self/mountinfo}

refuse() {
  printf 'stackproof: %s\n  fix: %s\n' "$1" "$2" >&2
  exit 2
}

# The engine's own name of this container: its files are mounted here.
own_id() {
  sed -n 's|^.*/containers/\([0-9a-f]\{64\}\)/hostname .*$|\1|p' "$mountinfo" | head -n 1
}

# Whether a folder lies in one of the mounts that have the same path here and on the host.
is_same() {
  while IFS= read -r mount; do
    case "$1/" in "${mount:-//}"/*) return 0 ;; esac
  done <<END
$same
END
  return 1
}

check() {
  id=$(own_id)
  [ -n "$id" ] || refuse "cannot tell which container this is" "run it with Docker, or without a container"
  network=$(docker inspect --format '{{.HostConfig.NetworkMode}}' "$id") \
    || refuse "the engine does not answer, or it is another one than this container runs on" \
      "mount its socket: -v /var/run/docker.sock:/var/run/docker.sock"
  [ "$network" = host ] || refuse "ports of sandboxes listen on the host's loopback, and this container has another" \
    "--network host"
  same=$(docker inspect --format \
    '{{range .Mounts}}{{if eq .Source .Destination}}{{println .Destination}}{{end}}{{end}}' "$id")
  # shellcheck disable=SC2016 # the reader's shell expands it
  is_same "$PWD" || refuse "$PWD has another path on the host, or is not there" '-v "$PWD:$PWD" -w "$PWD"'
  # shellcheck disable=SC2016
  is_same "${XDG_CACHE_HOME:-}" || refuse "copies of what a stack may write would not be seen by the engine" \
    '-e XDG_CACHE_HOME="$PWD/.stackproof-cache"'
}

case "${1:-}" in
  check | init) check ;;
esac
exec stackproof "$@"
