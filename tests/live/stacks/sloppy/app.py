import os

import psycopg2
import redis
from flask import Flask, jsonify, request

app = Flask(__name__)
app.config["SECRET_KEY"] = os.environ.get("SECRET_KEY", "dev")

r = redis.from_url(os.environ["REDIS_URL"])


def db():
    conn = psycopg2.connect(os.environ["DATABASE_URL"])
    conn.autocommit = True
    cur = conn.cursor()
    cur.execute("CREATE TABLE IF NOT EXISTS orders (id serial PRIMARY KEY, item text)")
    return cur


@app.route("/")
def index():
    return "it works"


@app.route("/orders", methods=["GET", "POST"])
def orders():
    if request.method == "POST":
        r.rpush("orders", request.form["item"])
        return "queued"
    cur = db()
    cur.execute("SELECT id, item FROM orders WHERE item LIKE '%" + request.args.get("q", "") + "%'")
    return jsonify(cur.fetchall())


if __name__ == "__main__":
    app.run(host="0.0.0.0", port=5000, debug=True)
