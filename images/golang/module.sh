#!/bin/sh
# module.sh SOURCES MODULE VERSION PROXY: lays a module out as Go's module proxy protocol wants it in the folder PROXY.
set -eu
sources=$1 module=$2 version=$3 out=$4/$2/@v
mkdir -p "$out" "zip/$module@$version"
cp -R "$sources/." "zip/$module@$version/"
(cd zip && zip -qrD "../module.zip" "$module@$version")
mv module.zip "$out/$version.zip"
cp "$sources/go.mod" "$out/$version.mod"
printf '{"Version":"%s"}\n' "$version" >"$out/$version.info"
printf '%s\n' "$version" >"$out/list"
