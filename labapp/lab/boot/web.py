"""The Flask app as a service of the lab, behind a production server, never the debugger."""

from __future__ import annotations

import errno
import os
import signal
import socket
from typing import Any

from labapp.lab.boot.child import Report, ServiceError
from labapp.lab.boot.load import flask_app
from labapp.lab.boot.ports import bind_quiet

#: At least as many as browsers keep connections open at once: with fewer, waitress stalls.
THREADS = 64
#: Bytes that wait for one client: a stream's reader that stops reading costs kilobytes.
BUFFER = 64 * 1024


def main(command: dict[str, Any], report: Report) -> None:
    """Bind a loopback port, load the app, serve until told to stop.

    The port is bound first, so that a port in use is said before anything heavy is imported.
    """
    listener = _bind(command["port"])
    port = listener.getsockname()[1]
    if not command["stock"]:
        from labapp.lab.boot import telling

        telling.install()
    server = make_server(flask_app(command["app"]), listener)
    signal.signal(signal.SIGTERM, _leave)
    print(f"Serving {command['app']} on http://127.0.0.1:{port} with waitress, {THREADS} threads.")
    report.send(listening=port)
    server.run()


def make_server(app: Any, listener: socket.socket) -> Any:
    """The server of a WSGI app on a socket that listens already; `run()` serves."""
    from waitress.server import create_server

    # The system's own buffers grow to megabytes; what a slow reader finds in them is old.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
    return create_server(
        app,
        sockets=[listener],
        threads=THREADS,
        ident=None,
        outbuf_overflow=BUFFER,
        outbuf_high_watermark=BUFFER,
        inbuf_overflow=BUFFER,
        # Reading ahead is how waitress hears that the client of a long answer has gone.
        channel_request_lookahead=1,
        max_request_body_size=4 * 1024 * 1024,
    )


def _bind(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if port:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", port))
        else:
            bind_quiet(listener)
        listener.listen(1024)
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise
        why = "is taken by another program" if error.errno == errno.EADDRINUSE else "needs rights"
        raise ServiceError(
            f"Port {port} on 127.0.0.1 {why}. Choose another, or leave web_port= (--port) out: "
            "the lab takes a free one."
        ) from None
    return listener


def _leave(*_: Any) -> None:
    # Nothing of a request survives its server; the answer to a client is already a broken pipe.
    os._exit(0)
