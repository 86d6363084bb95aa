"""/healthz, /readyz and /metrics, answered by threads of their own: a busy loop must not look like a dead one."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from digest.errors import UsageError

if TYPE_CHECKING:
    from digest.daemon.health import Health
    from digest.daemon.metrics import Metrics


class Server(ThreadingHTTPServer):
    """Serves three pages to probes."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, listen: str, health: Health, metrics: Metrics) -> None:
        self.health, self.metrics = health, metrics
        host, _, port = listen.rpartition(":")
        try:
            super().__init__((host or "127.0.0.1", int(port)), _Handler)
        except (OSError, ValueError) as error:
            raise UsageError(
                f"daemon.listen: {listen} cannot be listened on: {error}.", "Choose another HOST:PORT."
            ) from error

    @property
    def address(self) -> str:
        """http://host:port."""
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}"

    def start(self) -> None:
        """Serve from a thread."""
        threading.Thread(target=self.serve_forever, args=(0.2,), name="health", daemon=True).start()

    def stop(self) -> None:
        """Serve no more."""
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Server
    timeout = 10

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/healthz":
            alive = self.server.health.alive()
            self._answer(200 if alive else 503, b"alive\n" if alive else b"the loop hangs\n")
        elif path == "/readyz":
            wrong = self.server.health.checks()
            body = json.dumps({"ready": not wrong, "problems": wrong}, ensure_ascii=False).encode() + b"\n"
            self._answer(503 if wrong else 200, body, "application/json")
        elif path == "/metrics":
            self._answer(200, self.server.metrics.text(), "text/plain; version=0.0.4; charset=utf-8")
        else:
            self._answer(404, b"/healthz, /readyz or /metrics\n")

    def _answer(self, status: int, body: bytes, kind: str = "text/plain; charset=utf-8") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Nothing: probes come every few seconds."""
