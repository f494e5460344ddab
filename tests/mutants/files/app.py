"""The app of the sound stack: says whether its database and cache answer, and goes on without them."""

import json
import os
import signal
import socket
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TIMEOUT = 1  # seconds: a missing dependency may slow an answer down, not hold it up
SSL_REQUEST = bytes.fromhex("0000000804d2162f")
LOGIN = f"AUTH {os.environ['CACHE_PASSWORD']}\r\n".encode()


def answers(host: str, port: int, words: bytes) -> str:
    """Say `ok` when somebody answers there."""
    try:
        with socket.create_connection((host, port), timeout=TIMEOUT) as connection:
            connection.sendall(words)
            return "ok" if connection.recv(1) else "unavailable"
    except OSError:
        return "unavailable"


class Handler(BaseHTTPRequestHandler):
    """`/live` speaks for this process alone, `/health` for what it needs too."""

    def do_GET(self) -> None:
        """Answer."""
        if self.path == "/live":
            self.reply("alive\n")
        elif self.path == "/health":
            db = answers(os.environ["DB_HOST"], 5432, SSL_REQUEST)
            cache = answers(os.environ["CACHE_HOST"], 6379, LOGIN)
            self.reply(json.dumps({"db": db, "cache": cache}))
        else:
            self.send_error(404)

    def reply(self, text: str) -> None:
        """Send a page."""
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words: object) -> None:
        """Stay silent: a health check asks every second."""


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda _signum, _frame: sys.exit(0))
    ThreadingHTTPServer(("", 8000), Handler).serve_forever()
