"""What comes only after a stack has been up for a while, and what turns slowly."""

from tests.live.running import Lab

LATE = """
services:
  turns:
    image: busybox:1.36
    user: "1000"
    restart: unless-stopped
    command: [sh, -c, "sleep 40; exit 1"]
  roots:
    image: python:3.11-slim
    restart: unless-stopped
    user: "1000:1000"
    init: true
    command:
      - python
      - -c
      - |
        import subprocess, time
        time.sleep(20)
        asks = subprocess.Popen(["su"], stdin=subprocess.PIPE)
        time.sleep(5)
        asks.kill()
        asks.wait()
        time.sleep(600)
  listens:
    image: python:3.11-slim
    restart: unless-stopped
    user: "1000"
    expose: ["8000"]
    command:
      - python
      - -c
      - |
        import socket, time
        known = socket.create_server(("", 8000))
        time.sleep(25)
        late = socket.create_server(("", 9999))
        time.sleep(600)
  answers:
    image: python:3.11-slim
    restart: unless-stopped
    user: "1000"
    ports: ["8000:8000"]
    healthcheck:
      test: ["CMD", "python", "-c", "import os; assert not os.path.exists('/tmp/asked')"]
      interval: 2s
      retries: 2
    command:
      - python
      - -c
      - |
        import http.server, pathlib
        class Once(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                pathlib.Path("/tmp/asked").touch()
                self.send_response(200)
                self.end_headers()
        http.server.HTTPServer(("", 8000), Once).serve_forever()
"""
CONTROLS = (
    "no-restart-loop", "effective-uid-nonroot", "only-needed-ports-published", "container-healthy",
    "published-port-reachable",
)  # fmt: skip


def test_what_comes_late_is_seen(lab: Lab) -> None:
    """A slow loop, a root process, a listener, and a check that fails after it was asked from outside."""
    ended = lab.check(lab.stack("late", LATE), "--select", ",".join(CONTROLS), "--fail-on", "low")
    rows = [row for row in ended.results["outcomes"] if row["outcome"] == "fail"]
    failed = {(row["service"], row["control"]) for row in rows}

    assert failed == {
        ("turns", "no-restart-loop"),
        ("roots", "effective-uid-nonroot"),
        ("listens", "only-needed-ports-published"),
        ("answers", "container-healthy"),
    }, ended.output
