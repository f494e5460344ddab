"""The backend: reports whether Redis and PostgreSQL answer, and goes on without them."""

import logging
import os
from contextlib import closing

import psycopg2
import redis
from flask import Flask, jsonify

TIMEOUT = 2  # seconds: a missing dependency may slow an answer down, not hold it up

app = Flask(__name__)
log = logging.getLogger(__name__)
cache = redis.Redis(host=os.environ["REDIS_HOST"], socket_connect_timeout=TIMEOUT, socket_timeout=TIMEOUT)


@app.route("/")
def index():
    return jsonify(message="Hello from the backend", **redis_status(), **postgres_status())


@app.route("/health")
def health():
    """The app's own health: it says nothing of Redis or PostgreSQL, which have health checks of their own."""
    return jsonify(status="ok")


def redis_status():
    try:
        return {"redis": "ok", "hits": cache.incr("hits")}
    except redis.RedisError as error:
        log.warning("redis: %s", error)
        return {"redis": "unavailable", "hits": None}


def postgres_status():
    try:
        with closing(connect()) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT current_user")
            return {"db": "ok", "db_user": cursor.fetchone()[0]}
    except psycopg2.Error as error:
        log.warning("postgres: %s", error)
        return {"db": "unavailable", "db_user": None}


def connect():
    return psycopg2.connect(
        host=os.environ["POSTGRES_HOST"],
        dbname=os.environ["POSTGRES_DB"],
        user=os.environ["POSTGRES_USER"],
        password=os.environ["POSTGRES_PASSWORD"],
        connect_timeout=TIMEOUT,
    )


if __name__ == "__main__":
    app.run(host="0.0.0.0", port=5000)
