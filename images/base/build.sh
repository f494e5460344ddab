#!/usr/bin/env bash
# Imports stackproof/base:bookworm, a minimal Debian 12 on which every stand-in is built. It carries what a build
# needs to reach the package registries from here: the apt sources, certificates and settings of this machine.
set -euo pipefail

readonly IMAGE=stackproof/base:bookworm BUNDLE=/etc/ssl/certs/ca-certificates.crt
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# apt's sandbox user reads the files that the hooks copy.
chmod 755 "$work"

if ! command -v mmdebstrap >/dev/null; then
  if [[ $EUID -ne 0 ]] || ! command -v apt-get >/dev/null; then
    printf 'images: %s\n' "stand-ins are built with mmdebstrap, which is not installed" \
      "fix: install mmdebstrap, or make an image registry reachable" >&2
    exit 1
  fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq && apt-get install -qq -y --no-install-recommends mmdebstrap debian-archive-keyring >/dev/null
fi

# The mirrors that this machine itself uses. Elsewhere than on Debian there is none, and mmdebstrap takes its default.
# shellcheck source=/dev/null
. /etc/os-release
# shellcheck disable=SC2016 # $(REPO_URI) is apt's own notation, not the shell's
mapfile -t sources < <(apt-get indextargets --format '$(REPO_URI) $(CODENAME)' 'Origin: Debian' 'Created-By: Packages' 2>/dev/null \
  | awk -v own="$VERSION_CODENAME" 'index($2, own) == 1 { sub(own, "bookworm", $2); print "deb", $1, $2, "main" }' | sort -u)

# Certificates that Debian does not ship, one file each, as update-ca-certificates wants them: they stay when a stack's
# Dockerfile installs ca-certificates again.
mkdir "$work/certificates"
bundle=${SSL_CERT_FILE:-$BUNDLE}
if [[ -f $bundle ]]; then
  awk -v dir="$work/certificates" '/BEGIN CERT/ { n++ } n { print > sprintf("%s/host-%03d.crt", dir, n) } /END CERT/ { close(sprintf("%s/host-%03d.crt", dir, n)) }' "$bundle"
  for certificate in "$work"/certificates/*.crt; do
    body=$(sed -n 2p "$certificate")
    ! grep -rqsF -- "$body" /usr/share/ca-certificates || rm "$certificate"
  done
fi

# Registries and proxies of the user's own, as files and not as ENV: a running service does not need them.
[[ -z ${PIP_INDEX_URL:-} ]] || printf '[global]\nindex-url = %s\n' "$PIP_INDEX_URL" >"$work/pip.conf"
[[ -z ${NPM_CONFIG_REGISTRY:-} ]] || printf 'registry=%s\n' "$NPM_CONFIG_REGISTRY" >"$work/npmrc"
settings=()
for file in pip.conf npmrc; do [[ ! -f $work/$file ]] || settings+=(--customize-hook="copy-in '$work/$file' /etc"); done
proxy=${http_proxy:-${HTTP_PROXY:-}}
[[ -z $proxy ]] || settings+=(--aptopt="Acquire::http::Proxy \"$proxy\"")

# shellcheck disable=SC2016 # mmdebstrap expands $1, the folder of the new system
mmdebstrap --quiet --variant=minbase --include=ca-certificates \
  --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='force-unsafe-io' \
  --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' \
  --aptopt='Dir::Cache::pkgcache ""' --aptopt='Dir::Cache::srcpkgcache ""' \
  --aptopt='DPkg::Post-Invoke {"rm -f /var/cache/apt/archives/*.deb";}' \
  --customize-hook="copy-in '$work/certificates' /usr/local/share/ca-certificates" \
  --customize-hook='chroot "$1" update-ca-certificates >/dev/null 2>&1' \
  "${settings[@]}" bookworm "$work/base.tar" "${sources[@]}"
former=$(docker image inspect --format '{{.Id}}' "$IMAGE" 2>/dev/null || true)
docker import \
  --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
  --change "ENV SSL_CERT_FILE=$BUNDLE PIP_CERT=$BUNDLE REQUESTS_CA_BUNDLE=$BUNDLE NODE_EXTRA_CA_CERTS=$BUNDLE" \
  --change 'LABEL stackproof.base=bookworm' --change 'CMD ["/bin/bash"]' "$work/base.tar" "$IMAGE" >/dev/null
[[ -z $former ]] || docker image rm "$former" >/dev/null 2>&1 || true
