#!/bin/sh
# One dump a day; dumps older than KEEP_DAYS are removed.
set -e

while true; do
    file="/backups/inventory-$(date +%Y%m%d-%H%M%S).sql.gz"
    pg_dump | gzip >"$file"
    echo "wrote $file"
    find /backups -name '*.sql.gz' -mtime "+${KEEP_DAYS:-7}" -delete
    sleep 86400
done
