"""A small Flask app that keeps its visits in PostgreSQL, and counts its hits and keeps its sessions in Redis."""

import os
import re
import secrets
from contextlib import closing

import psycopg2
import redis
from flask import Flask, jsonify, request

CREATE_TABLE = "CREATE TABLE IF NOT EXISTS visits (id serial PRIMARY KEY, visited_at timestamptz NOT NULL DEFAULT now())"
SESSION = re.compile("[0-9a-f]{32}")
SESSION_SECONDS = 3600

app = Flask(__name__)
cache = redis.Redis(host=os.environ["REDIS_HOST"], port=6379, socket_connect_timeout=2, socket_timeout=2)


def connect():
    return closing(
        psycopg2.connect(
            host=os.environ["POSTGRES_HOST"],
            dbname=os.environ["POSTGRES_DB"],
            user=os.environ["POSTGRES_USER"],
            password=os.environ["POSTGRES_PASSWORD"],
            connect_timeout=2,
        )
    )


@app.route("/")
def index():
    with connect() as connection, connection, connection.cursor() as cursor:
        cursor.execute("INSERT INTO visits DEFAULT VALUES")
        cursor.execute("SELECT count(*) FROM visits")
        visits = cursor.fetchone()[0]
    return jsonify(message="Hello from Flask, PostgreSQL and Redis!", visits=visits, hits=cache.incr("hits"))


@app.route("/session", methods=["GET", "POST"])
def session():
    """Who the visitor said to be. The cookie holds a key only, so every container of the app, and its successor, knows it."""
    key = request.cookies.get("session", "")
    if not SESSION.fullmatch(key):
        key = secrets.token_hex(16)
    if request.method == "POST":
        cache.set(f"session:{key}", request.form.get("name", ""), ex=SESSION_SECONDS)
    name = cache.get(f"session:{key}")
    response = jsonify(name=name.decode() if name is not None else None)
    response.set_cookie("session", key, max_age=SESSION_SECONDS, httponly=True, samesite="Lax")
    return response


@app.route("/health")
def health():
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    cache.ping()
    return jsonify(status="healthy")


@app.errorhandler(psycopg2.OperationalError)
def database_unavailable(error):
    return jsonify(error="database unavailable"), 503


@app.errorhandler(redis.RedisError)
def cache_unavailable(error):
    return jsonify(error="cache unavailable"), 503


def create_table():
    with connect() as connection, connection, connection.cursor() as cursor:
        cursor.execute(CREATE_TABLE)


if __name__ == "__main__":
    create_table()
    app.run(host="0.0.0.0", port=5000)
