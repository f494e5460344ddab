import os

import psycopg2
import redis
from flask import Flask, jsonify

app = Flask(__name__)


def secret(name):
    with open(os.environ[name + "_FILE"], encoding="utf-8") as handle:
        return handle.read().strip()


def database():
    return psycopg2.connect(
        host=os.environ["DB_HOST"],
        dbname=os.environ["DB_NAME"],
        user=os.environ["DB_USER"],
        password=secret("DB_PASSWORD"),
        connect_timeout=3,
    )


def cache():
    return redis.Redis(
        host=os.environ["REDIS_HOST"],
        password=secret("REDIS_PASSWORD"),
        socket_timeout=3,
        socket_connect_timeout=3,
    )


@app.get("/healthz")
def healthz():
    return "ok\n"


@app.get("/api/visits")
def visits():
    connection = database()
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute("INSERT INTO visits DEFAULT VALUES")
            cursor.execute("SELECT count(*) FROM visits")
            total = cursor.fetchone()[0]
    finally:
        connection.close()
    return jsonify(visits=total, hits=cache().incr("hits"))


@app.errorhandler(psycopg2.OperationalError)
@app.errorhandler(redis.RedisError)
def unavailable(error):
    app.logger.warning("dependency: %s", error)
    return jsonify(error="temporarily unavailable"), 503
