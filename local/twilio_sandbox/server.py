"""Werkzeug's threaded server in a daemon thread of this process."""

from __future__ import annotations

import threading

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

HOST = "127.0.0.1"
_STOP_POLL_SECONDS = 0.05


class _Handler(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Print nothing: the journal has it."""

    def connection_dropped(self, error: BaseException, environ: object = None) -> None:
        """Read no further request from a connection that is gone, or was reset on purpose."""
        self.close_connection = True


class LoopbackServer:
    """Serves an application on 127.0.0.1 until stopped."""

    def __init__(self, app: Flask, port: int, name: str = "twilio-sandbox") -> None:
        """Bind to a port (0: a free one); connections are accepted from here on."""
        self._server = make_server(HOST, port, app, threaded=True, request_handler=_Handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(_STOP_POLL_SECONDS,), name=name, daemon=True
        )
        self.url = f"http://{HOST}:{self._server.port}"

    def start(self) -> None:
        """Start to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Stop answering and free the port."""
        self._server.shutdown()
        self._thread.join()
