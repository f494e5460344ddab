#!/bin/sh
# Runs once, when the data directory is empty: the role that the app logs in with. It is no superuser.
set -e

psql -v ON_ERROR_STOP=1 -v user="$APP_USER" -v password="$APP_PASSWORD" -v database="$POSTGRES_DB" \
  --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
CREATE ROLE :"user" LOGIN PASSWORD :'password' NOSUPERUSER NOCREATEDB NOCREATEROLE;
GRANT CONNECT ON DATABASE :"database" TO :"user";
GRANT USAGE, CREATE ON SCHEMA public TO :"user";
SQL
