#!/bin/sh
# /etc/nginx/templates/X.template becomes /etc/nginx/conf.d/X, with the variables of the environment filled in.
set -e
suffix=${NGINX_ENVSUBST_TEMPLATE_SUFFIX:-.template} out=${NGINX_ENVSUBST_OUTPUT_DIR:-/etc/nginx/conf.d}
templates=${NGINX_ENVSUBST_TEMPLATE_DIR:-/etc/nginx/templates}
[ -d "$templates" ] || exit 0
# Only variables that exist: nginx's own $host and the like must stay as they are.
# shellcheck disable=SC2016
defined=$(env | cut -d= -f1 | grep -E "${NGINX_ENVSUBST_FILTER:-.}" | sed 's/.*/${&}/' | tr '\n' ' ')
find "$templates" -follow -type f -name "*$suffix" | while read -r template; do
  target=$out/${template#"$templates/"}
  target=${target%"$suffix"}
  mkdir -p "$(dirname "$target")"
  envsubst "$defined" <"$template" >"$target"
done
