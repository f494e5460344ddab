import os
from contextlib import closing

import psycopg2
from flask import Flask, jsonify, request

app = Flask(__name__)


def connect():
    return closing(psycopg2.connect(os.environ["DATABASE_URL"], connect_timeout=3))


@app.get("/health")
def health():
    try:
        with connect() as connection, connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except psycopg2.Error as error:
        app.logger.warning("health: %s", error)
        return jsonify(status="database unavailable"), 503
    return jsonify(status="ok")


@app.get("/items")
def items():
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT sku, name, quantity FROM items ORDER BY sku")
        rows = cursor.fetchall()
    return jsonify([{"sku": sku, "name": name, "quantity": quantity} for sku, name, quantity in rows])


@app.put("/items/<sku>")
def put_item(sku):
    data = request.get_json()
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO items (sku, name, quantity) VALUES (%s, %s, %s) "
            "ON CONFLICT (sku) DO UPDATE SET name = excluded.name, quantity = excluded.quantity",
            (sku, data["name"], data.get("quantity", 0)),
        )
        connection.commit()
    return "", 204
