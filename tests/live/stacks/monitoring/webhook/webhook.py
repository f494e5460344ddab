"""Logs every alert that Alertmanager posts."""
import json
from http.server import BaseHTTPRequestHandler, HTTPServer


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        length = int(self.headers.get("Content-Length", 0))
        payload = json.loads(self.rfile.read(length) or b"{}")
        for alert in payload.get("alerts", []):
            print(alert.get("status"), alert.get("labels"), flush=True)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args):
        pass


if __name__ == "__main__":
    print("webhook receiver on :5001", flush=True)
    HTTPServer(("0.0.0.0", 5001), Handler).serve_forever()
