"""A node over HTTP: what `offered` answers, with the standard library's server; parts of an answer may be asked for.

Whoever asks shows a token (Authorization: Bearer …). An answer names its digest (ETag), and «Range: bytes=N-» with
«If-Range» gives the rest of it, so that an exchange that broke off goes on where it was. Tokens travel as they are:
beyond the own machine the node belongs behind something that speaks TLS.
"""

from __future__ import annotations

import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from suyuan.lake.datasets import shelf_of
from suyuan.lake.federation.offered import BUSY, OK, Offered, Question, answer, refused
from suyuan.lake.table import Lake, now
from suyuan.quantity.finding import finding

KEPT = 32
"""Answers that are kept for whoever asks for the rest of one."""
CHUNK = 64 * 1024
NEWS = 60.0
"""Seconds after which a node looks again what is known of certificates."""
SECONDS = 30.0
"""How long a connection may be silent."""
LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Node(ThreadingHTTPServer):
    """A node that serves one lake. name: as others know it; address: (host, port), port 0 for a free one; learn: called
    now and then before certificates and what rests on them are told, so that news of them reach others."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, lake: Lake, name: str, address: tuple[str, int] = ("127.0.0.1", 0),
                 learn: Callable[[], None] | None = None) -> None:  # fmt: skip
        super().__init__(address, _Handler)
        self._learn, self._learnt = learn, -float("inf")
        self.lake, self.name = lake, name
        self._kept: OrderedDict[tuple[str, str], tuple[Offered, int]] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        """Where it is reached."""
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}"

    def learn(self) -> None:
        """Take up what has become known of certificates, at most once in `NEWS` seconds."""
        with self._lock:
            if self._learn is not None and time.monotonic() - self._learnt > NEWS:
                self._learn()
                self._learnt = time.monotonic()

    def keep(self, token: str, offered: Offered) -> None:
        """Remember an answer for whoever asks for its rest."""
        with self._lock:
            self._kept[token, offered.digest] = offered, self._revoked()
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)

    def kept(self, token: str, digest: str) -> Offered | None:
        """An answer that was given to the holder of a token, unless something was revoked since."""
        with self._lock:
            found = self._kept.get((token, digest))
        return found[0] if found is not None and found[1] == self._revoked() else None

    def _revoked(self) -> int:
        return len(shelf_of(self.lake).revocations())

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that broke off is no fault of the node."""


class _Handler(BaseHTTPRequestHandler):
    server: Node
    protocol_version = "HTTP/1.1"
    server_version = "Suyuan"
    sys_version = ""
    timeout = SECONDS

    def do_GET(self) -> None:
        """Answer one question."""
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        token = token.strip() if scheme.lower() == "bearer" else ""
        place = urlsplit(self.path)
        begin, wanted = self._range()
        offered = self._rest(token, wanted) if begin else None
        if offered is None:
            begin = 0
            question = Question(place.path, dict(parse_qsl(place.query)), token, now())
            try:
                if place.path in ("/certificates", "/summary"):
                    self.server.learn()
                offered = answer(self.server.lake, self.server.name, question)
            except Exception as error:  # whoever asks gets a finding, and the node goes on
                offered = refused(BUSY, finding("sharing.node.failed", self.server.name, kind=type(error).__name__))
            if offered.status == OK:
                self.server.keep(token, offered)
        if offered.status == OK and wanted == "" and self.headers.get("If-None-Match") == f'"{offered.digest}"':
            self._head(304, offered, 0)
            return
        self._send(offered, begin)

    def _rest(self, token: str, digest: str) -> Offered | None:
        """The answer whose rest is asked for; asked anew whether the token still counts."""
        return self.server.kept(token, digest) if shelf_of(self.server.lake).grantee_of(token) else None

    def _range(self) -> tuple[int, str]:
        found = re.fullmatch(r"bytes=(\d{1,15})-", self.headers.get("Range", ""))
        digest = self.headers.get("If-Range", "").strip('"')
        return (int(found[1]), digest) if found and digest else (0, "")

    def _head(self, status: int, offered: Offered, size: int, begin: int = 0) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("ETag", f'"{offered.digest}"')
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Length", str(size))
        if status == 206:
            self.send_header("Content-Range", f"bytes {begin}-{len(offered.data) - 1}/{len(offered.data)}")
        self.end_headers()

    def _send(self, offered: Offered, begin: int) -> None:
        begin = begin if begin < len(offered.data) else 0
        self._head(206 if begin else offered.status, offered, len(offered.data) - begin, begin)
        for at in range(begin, len(offered.data), CHUNK):
            self.wfile.write(offered.data[at : at + CHUNK])

    def log_message(self, format: str, *args: Any) -> None:
        """Uses are in the log of the lake; addresses of whoever asks are not kept."""
