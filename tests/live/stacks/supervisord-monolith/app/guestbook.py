from html import escape

import redis
from flask import Flask, redirect, request

app = Flask(__name__)
store = redis.Redis(host="127.0.0.1", port=6379, decode_responses=True, socket_timeout=2)

PAGE = """<!doctype html>
<title>Guestbook</title>
<h1>Guestbook</h1>
<p>Visitor no. {hits}</p>
<form method="post" action="/sign"><input name="text"><button>Sign</button></form>
<ul>{entries}</ul>
"""


@app.get("/")
def index():
    hits = store.incr("hits")
    entries = "".join("<li>%s</li>" % escape(e) for e in store.lrange("entries", 0, 49))
    return PAGE.format(hits=hits, entries=entries)


@app.post("/sign")
def sign():
    text = request.form.get("text", "").strip()
    if text:
        store.lpush("entries", text[:500])
    return redirect("/")


@app.get("/health")
def health():
    store.ping()
    return "OK", 200, {"Content-Type": "text/plain"}
