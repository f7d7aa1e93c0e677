"""A made signing device on loopback: it signs, is slow, answers wrongly, or is gone, as a test says."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

Reply = Callable[[dict[str, Any]], object]


def signs(facts: dict[str, Any]) -> dict[str, str]:
    """What a device in order answers."""
    proof = str(facts["hash"])
    return {"hash": proof, "signature": f"SIG-{facts.get('number', 0)}-{proof[:8]}", "qr": f"V0;{proof[:12]}", "device": "TSE 7"}


class SigningDevice:
    """Listens while it is entered; `reply` gives the body of the next answers (bytes go out as they are)."""

    def __init__(self, reply: Reply = signs) -> None:
        self.reply = reply
        self.asked: list[dict[str, Any]] = []
        self.status = 200
        self.release = threading.Event()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                facts = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                owner.asked.append(facts)
                made = owner.reply(facts)
                body = made if isinstance(made, bytes) else json.dumps(made).encode()
                self.send_response(owner.status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Nothing is said."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def address(self) -> str:
        """As a till's settings have it."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/sign"

    def __enter__(self) -> SigningDevice:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.release.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
