"""A health check over HTTP, for whoever watches worker processes."""

import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from linda_core.app import Linda


@contextmanager
def served(app: Linda, port: int | None) -> Generator[None]:
    """While this lasts, GET on `port` answers 200 if jobs are being consumed, else 503 and why."""
    if port is None:
        yield
        return

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            health = app.health()
            body = json.dumps({"ok": health.ok, "reason": health.reason}).encode()
            self.send_response(200 if health.ok else 503)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Being asked is no news."""

    with ThreadingHTTPServer(("", port), Handler) as server:
        threading.Thread(target=server.serve_forever, name="linda-health", daemon=True).start()
        try:
            yield
        finally:
            server.shutdown()
