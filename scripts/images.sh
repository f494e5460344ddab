#!/usr/bin/env bash
# scripts/images.sh [--rebuild] [--for-tests] [IMAGE...]: makes sure that the images that the stacks name are local. An
# image that is missing is pulled; where no registry can be reached its stand-in is built from images/ (see the README
# there). --for-tests adds the images that only our own tests name. --rebuild builds the stand-ins again and never touches
# an official image.
set -euo pipefail

readonly DEFAULT=(postgres:15-alpine postgres:15 redis:7-alpine redis:7 nginx:alpine python:3.11-slim ubuntu:24.04
  alpine:3.18 busybox:1.36)
readonly FOR_TESTS=(debian:bookworm-slim node:18-alpine mariadb:10.11 wordpress:6-apache rabbitmq:3-management haproxy:2.6
  prom/prometheus:v2.42.0 prom/alertmanager:v0.25.0 golang:1.19)
cd "$(dirname "${BASH_SOURCE[0]}")/../images"

say() { printf 'images: %s\n' "$*"; }
die() { printf 'images: %s\n' "$@" >&2; exit 1; }
target_of() { printf '%s' "${1//[:.\/]/-}"; }

# What is local under this name: 'none', 'official' or 'stand-in'.
kind_of() {
  local label
  label=$(docker image inspect --format '{{index .Config.Labels "stackproof.stand-in"}}' "$1" 2>/dev/null) || { echo none && return; }
  if [[ $label ]]; then echo stand-in; else echo official; fi
}

# Decided once: the engine itself asks for the first missing image, and what counts is whether an answer begins to come.
registry_answers() { grep -q 'Pulling from' < <(timeout 10 docker pull "$1" 2>&1); }

rebuild='' wanted=()
for argument; do
  case $argument in
    --rebuild) rebuild=1 ;;
    --for-tests) wanted+=("${DEFAULT[@]}" "${FOR_TESTS[@]}") ;;
    -*) die "unknown option '$argument'" "usage: scripts/images.sh [--rebuild] [--for-tests] [IMAGE...]" ;;
    *) wanted+=("$argument") ;;
  esac
done
((${#wanted[@]})) || wanted=("${DEFAULT[@]}")
docker version >/dev/null 2>&1 || die "no Docker engine answers" "fix: scripts/engine.sh"

# One call at a time in this folder: a second one waits and then finds the images.
exec 9<.
flock 9

missing=() build=() former=()
for image in "${wanted[@]}"; do
  case $(kind_of "$image") in
    none) missing+=("$image") ;;
    stand-in) [[ ! $rebuild ]] || { build+=("$image") && former+=("$(docker image inspect --format '{{.Id}}' "$image")"); } ;;
    official) [[ ! $rebuild ]] || say "$image is the official image and stays" ;;
  esac
done

if ((${#missing[@]})) && registry_answers "${missing[0]}"; then
  for image in "${missing[@]}"; do
    say "pulling $image"
    timeout 600 docker pull --quiet "$image" >/dev/null || build+=("$image")
  done
else
  build+=("${missing[@]}")
fi
((${#build[@]})) || exit 0

targets=()
for image in "${build[@]}"; do
  grep -q "^target \"$(target_of "$image")\" " docker-bake.hcl \
    || die "$image can neither be pulled nor built: there is no stand-in for it in images/" \
      "fix: make an image registry reachable, or 'docker load' the image"
  targets+=("$(target_of "$image")")
done
docker buildx version >/dev/null 2>&1 || die "'docker buildx' does not work, stand-ins are built with it" "fix: install the buildx plugin"

say "building stand-ins (once, a few minutes): ${build[*]}"
if [[ $rebuild ]] || ! docker image inspect stackproof/base:bookworm >/dev/null 2>&1; then base/build.sh; fi
export HTTP_PROXY=${HTTP_PROXY:-${http_proxy:-}} HTTPS_PROXY=${HTTPS_PROXY:-${https_proxy:-}} NO_PROXY=${NO_PROXY:-${no_proxy:-}}
log=$(mktemp)
# The engine's own builder: only that one sees the base, which is local.
docker buildx bake --builder "$(docker context show)" --progress plain -f docker-bake.hcl "${targets[@]}" >"$log" 2>&1 \
  || die "the build failed; the end of $log:" "$(tail -n 25 "$log")"
rm -f "$log"
# What was rebuilt leaves its former self without a name; one that is still in use refuses and stays.
for id in "${former[@]}"; do
  # The same content gives the same id, and then it still has its name.
  [[ $(docker image inspect --format '{{len .RepoTags}}' "$id" 2>/dev/null) != 0 ]] || docker image rm "$id" >/dev/null 2>&1 || true
done
for image in "${build[@]}"; do say "$image is a stand-in"; done
