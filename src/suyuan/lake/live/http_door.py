"""The door for HTTP: a message a POST; 202 is answered once it is on the disk, and «later» where it cannot be kept.

    POST /…        one message                    202 kept · 422 «kept»: true: aside, since none of it can be read;
                                                  false: not kept, since nothing of it can go into the lake
                                                  429, 503 with Retry-After: later · 401 token · 411, 413 length
    GET  /status   what was done and what waits   200

The standard library's server, one thread a connection, their number bounded. Whoever asks shows a token
(Authorization: Bearer …). Tokens travel as they are: beyond the own machine the door belongs behind something that
speaks TLS.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hmac
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from suyuan.lake.live.cut import understood
from suyuan.lake.live.journal import Record
from suyuan.lake.live.listener import Listener, Offered
from suyuan.lake.live.message import Message
from suyuan.lake.table import now
from suyuan.quantity.finding import Finding, Refused, finding

CONNECTIONS = 64
SECONDS = 30.0
"""How long a connection may be silent, and how long it waits for the disk."""
LATER = 2
"""Seconds after which a sender that is told «later» may come again."""
LOOPBACK = ("127.0.0.1", "::1", "localhost")
_BUSY = {"live.listener.busy": 429}


class HttpDoor(ThreadingHTTPServer):
    """Takes messages by HTTP. address: (host, port), port 0 for a free one; token: that senders must show, «» for none.

    Raises Refused where it would be open to others without a token, and where the address cannot be had.
    """

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, listener: Listener, address: tuple[str, int], token: str = "") -> None:
        host, port = address
        if not token and host not in LOOPBACK:
            raise Refused(finding("live.http.open", f"{host}:{port}"))
        self.listener, self._token = listener, token.encode()
        self._free = threading.BoundedSemaphore(CONNECTIONS)
        try:
            super().__init__(address, _Handler)
        except (OSError, OverflowError) as error:
            said = getattr(error, "strerror", None) or str(error)
            raise Refused(finding("live.http.address", f"{host}:{port}", reason=said)) from None
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)

    @property
    def url(self) -> str:
        """Where it is reached."""
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}"

    def open(self) -> None:
        """Begin to take messages."""
        self._thread.start()

    def close(self) -> None:
        """Take no more connections."""
        self.shutdown()
        self.server_close()

    def allowed(self, header: str) -> bool:
        """Whether an Authorization header shows the token."""
        scheme, _, given = header.partition(" ")
        if not self._token:
            return True
        return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode("utf-8", "replace"), self._token)

    def process_request(self, request: Any, client_address: Any) -> None:
        """A thread for a connection; beyond the bound it is told «later»."""
        if self._free.acquire(blocking=False):
            super().process_request(request, client_address)
            return
        heads = ("HTTP/1.1 503 Service Unavailable", f"Retry-After: {LATER}", "Content-Length: 0", "Connection: close")
        with contextlib.suppress(OSError):
            request.sendall(("\r\n".join(heads) + "\r\n\r\n").encode())
        self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve a connection to its end."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that broke off is no fault of ours: what was not acknowledged comes again."""


class _Handler(BaseHTTPRequestHandler):
    server: HttpDoor
    protocol_version = "HTTP/1.1"
    server_version = "Suyuan"
    sys_version = ""
    timeout = SECONDS
    wbufsize = -1  # head and body in one packet
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """What was done and what waits."""
        if not self.server.allowed(self.headers.get("Authorization", "")):
            self._answer(401, (finding("live.http.token"),))
        elif self.path.partition("?")[0] == "/status":
            status = self.server.listener.status()
            trouble = status.trouble and status.trouble.to_json()
            self._send(200, {**dataclasses.asdict(status), "trouble": trouble})
        else:
            self._answer(404, (finding("live.http.path", self.path[:80]),))

    def do_POST(self) -> None:
        """Take one message."""
        length = self.headers.get("Content-Length", "")
        most = self.server.listener.limits.message
        self.close_connection |= not length.isdecimal() or int(length) > most
        if not self.server.allowed(self.headers.get("Authorization", "")):
            self.close_connection = True  # the body is not read
            self._answer(401, (finding("live.http.token"),))
        elif not length.isdecimal():
            self._answer(411, (finding("live.http.length"),))
        elif int(length) > most:
            self._answer(413, (finding("live.http.large", size=length, limit=most),))
        else:
            body = self.rfile.read(int(length))
            if len(body) == int(length):  # else the sender is gone, and comes again
                self._take(body)
            else:
                self.close_connection = True

    def _take(self, body: bytes) -> None:
        record = Record(now(), self.path[:500], body)
        ready, wrong = threading.Event(), list[Finding]()

        def done(why: Finding | None, _: Message | None) -> None:
            if why is not None:
                wrong.append(why)
            ready.set()

        message, listener = understood(record), self.server.listener
        verdict = listener.foresee(message)
        told = (*message.findings, *verdict.findings)
        if verdict.hopeless:
            listener.unfit()
            self._answer(422, (*verdict.findings, *message.findings), kept=False)
            return
        try:
            listener.offer(Offered(record, done, message, verdict=verdict))
        except Refused as refused:
            self._answer(_BUSY.get(refused.findings[0].code, 503), refused.findings)
            return
        if not ready.wait(SECONDS) or wrong:
            self._answer(503, tuple(wrong) or (finding("live.listener.slow"),))
        elif not message.whole and not message.parts:
            self._answer(422, message.findings)
        else:
            self._answer(202, told, verdict.readings)

    def _answer(self, status: int, found: tuple[Finding, ...], readings: int = 0, kept: bool = True) -> None:
        kept &= status in (202, 422)
        self._send(status, {"kept": kept, "readings": readings, "findings": [f.to_json() for f in found]})

    def _send(self, status: int, values: dict[str, Any]) -> None:
        body = json.dumps(values, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        if status in (429, 503):
            self.send_header("Retry-After", str(LATER))
        if status == 401:
            self.send_header("WWW-Authenticate", "Bearer")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """What was taken is in the status; addresses of senders are not kept."""
