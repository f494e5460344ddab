#!/usr/bin/env bash
# Makes sure that a Docker engine with Compose v2 answers. One that answers is used untouched.
# With none: on Debian or Ubuntu as root installs one and starts it detached; elsewhere says what to install.
set -euo pipefail

readonly LOG=/var/log/stackproof-dockerd.log LOCK=/run/lock/stackproof-engine.lock DEADLINE=60
export DEBIAN_FRONTEND=noninteractive

say() { printf 'engine: %s\n' "$*"; }
die() { printf 'engine: %s\n' "$@" >&2; exit 1; }
answers() { timeout 20 docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }
has_plugin() { docker "$1" version >/dev/null 2>&1; }
report() { say "$1: engine $(docker version --format '{{.Server.Version}}'), compose $(docker compose version --short)"; }

# The first of the named packages that apt can give. Debian 12 has no Compose v2, so there the packages of Debian 13
# are used, which install on it as they are.
first_available() {
  local package
  for package; do
    if apt-cache show --no-all-versions "$package$SUITE" >/dev/null 2>&1; then echo "$package$SUITE" && return; fi
  done
  die "apt knows none of the packages: $*" "fix: install Docker Engine, its Compose v2 plugin and buildx, then run this again"
}

# Prepares apt. On Debian 12 the second source is the first one with another suite; priority 90 keeps apt from taking
# anything from it that is not asked for.
prepare_apt() {
  apt-get update -qq || die "'apt-get update' failed (message above)" "expected: a package source that answers"
  # shellcheck source=/dev/null
  SUITE='' && . /etc/os-release
  [[ ${VERSION_CODENAME:-} == bookworm ]] || return 0
  SUITE=/trixie
  local keyring=/usr/share/keyrings/debian-archive-keyring.gpg uri
  # shellcheck disable=SC2016 # $(REPO_URI) is apt's own notation, not the shell's
  uri=$(apt-get indextargets --format '$(REPO_URI)' 'Codename: bookworm' 'Label: Debian' 'Created-By: Packages' | sort -u | head -n 1)
  [[ $uri ]] || die "no apt source for Debian 12 found" "expected: one for the suite bookworm in /etc/apt"
  {
    printf '# Written by scripts/engine.sh: the engine and its plugins come from Debian 13.\n'
    printf 'Types: deb\nURIs: %s\nSuites: trixie\nComponents: main\n' "$uri"
    [[ ! -f $keyring ]] || printf 'Signed-By: %s\n' "$keyring"
  } >/etc/apt/sources.list.d/stackproof-engine.sources
  printf 'Package: *\nPin: release n=trixie\nPin-Priority: 90\n' >/etc/apt/preferences.d/stackproof-engine
  apt-get update -qq || die "'apt-get update' failed for the suite trixie (message above)"
}

# Installs what is missing and nothing else: a running engine is never upgraded.
install_missing() {
  local packages=()
  prepare_apt
  [[ $1 == plugins ]] || packages+=("$(first_available docker.io)" iptables)
  command -v docker >/dev/null || packages+=("$(first_available docker-cli docker.io)") # docker.io of Ubuntu holds both
  has_plugin compose || packages+=("$(first_available docker-compose-plugin docker-compose-v2 docker-compose)")
  has_plugin buildx || packages+=("$(first_available docker-buildx-plugin docker-buildx)")
  say "installing ${packages[*]}"
  apt-get install -qq -y --no-install-recommends "${packages[@]}" >"$LOG.apt" 2>&1 \
    || die "apt-get could not install ${packages[*]}:" "$(tail -n 5 "$LOG.apt")"
}

# A killed session leaves pid files behind. Their numbers may belong to other programs by now, and dockerd would take
# those for a running engine.
remove_stale_pid_files() {
  local file name
  for file in /run/docker.pid:dockerd /run/docker/containerd/containerd.pid:containerd; do
    name=${file#*:} file=${file%:*}
    [[ ! -f $file ]] || [[ $(cat "/proc/$(<"$file")/comm" 2>/dev/null) == "$name" ]] || rm -f "$file"
  done
}

start() {
  remove_stale_pid_files
  local server=$$ deadline=$((SECONDS + DEADLINE))
  if [[ ! -f /run/docker.pid ]]; then
    # Without this script's output and lock: dockerd would hold both for as long as it lives.
    setsid dockerd </dev/null >"$LOG" 2>&1 9>&- &
    server=$!
  fi
  until answers; do
    kill -0 "$server" 2>/dev/null || die "dockerd gave up; the end of $LOG:" "$(tail -n 8 "$LOG")"
    ((SECONDS < deadline)) || die "dockerd does not answer after $DEADLINE s; the end of $LOG:" "$(tail -n 8 "$LOG")"
    sleep 0.3
  done
}

if answers && has_plugin compose; then report "used as it is" && exit 0; fi
where=${DOCKER_HOST:-$(docker context show 2>/dev/null || echo default)}
if [[ $where != default ]] && ! answers; then
  die "no engine answers at '$where', which DOCKER_HOST or the docker context names" \
    "fix: start that engine, or unset DOCKER_HOST and 'docker context use default'; no other engine was started"
fi
if [[ $EUID -ne 0 ]] || ! command -v apt-get >/dev/null; then
  die "no Docker engine with Compose v2 answers" "expected: 'docker version' and 'docker compose version' both succeed" \
    "fix: install and start Docker Engine with the Compose v2 plugin and buildx; as root on Debian or Ubuntu this script does it"
fi

exec 9>"$LOCK"
flock 9 # a second call waits here and then finds the engine of the first one
if answers; then
  has_plugin compose || install_missing plugins
else
  { command -v dockerd >/dev/null && has_plugin compose && has_plugin buildx; } || install_missing engine
  start
fi
has_plugin compose || die "'docker compose' still does not work: $(docker compose version 2>&1 | tail -n 1)"
report ready
