"""Applies the files in migrations/ in the order of their names, each once."""

import os
import sys
from pathlib import Path

import psycopg2

FOLDER = Path(__file__).parent / "migrations"


def main():
    connection = psycopg2.connect(os.environ["DATABASE_URL"], connect_timeout=5)
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE IF NOT EXISTS schema_migrations "
            "(name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())"
        )
        cursor.execute("SELECT name FROM schema_migrations")
        done = {name for (name,) in cursor.fetchall()}
    for path in sorted(FOLDER.glob("*.sql")):
        if path.name in done:
            print(f"skip  {path.name}")
            continue
        with connection, connection.cursor() as cursor:
            cursor.execute(path.read_text())
            cursor.execute("INSERT INTO schema_migrations (name) VALUES (%s)", (path.name,))
        print(f"apply {path.name}")
    connection.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
