"""The application layer: answers on port 8000, behind nginx, and talks to PostgreSQL."""

import os
import socket

import psycopg
from fastapi import FastAPI, Response, status

DATABASE = {
    "host": os.environ["DB_HOST"],
    "port": os.environ["DB_PORT"],
    "dbname": os.environ["DB_NAME"],
    "user": os.environ["DB_USER"],
    "password": os.environ["DB_PASSWORD"],
    "connect_timeout": 2,
}

app = FastAPI(title="Multi-Container FastAPI Application")


@app.get("/")
def root() -> dict[str, str]:
    """Root endpoint; `instance` tells the replicas apart when the backend is scaled."""
    return {"message": "FastAPI is running behind Nginx", "instance": socket.gethostname()}


@app.get("/health")
def health(response: Response) -> dict[str, str]:
    """Application health: only as good as the connection to the database."""
    try:
        query("SELECT 1")
    except psycopg.Error:
        response.status_code = status.HTTP_503_SERVICE_UNAVAILABLE
        return {"status": "unhealthy", "database": "unavailable"}
    return {"status": "healthy", "database": "connected"}


@app.get("/db")
def db(response: Response) -> dict[str, str]:
    """Database connectivity test: what the server says of itself."""
    try:
        name, version = query("SELECT current_database(), current_setting('server_version')")
    except psycopg.Error:
        response.status_code = status.HTTP_503_SERVICE_UNAVAILABLE
        return {"database": "unavailable"}
    return {"database": "connected", "name": name, "version": version}


def query(sql: str) -> tuple:
    with psycopg.connect(**DATABASE) as connection:
        return connection.execute(sql).fetchone()
