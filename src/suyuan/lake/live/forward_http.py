"""From the spool to a receiver by HTTP, until it has told of each message that it is kept.

202 (and 422 where it is kept aside there, since it cannot be read) is delivered; a message that is refused, since
nothing of it can go in, is kept aside here with the receiver's reasons; 429, 503 and a silent network are «later»; a
wrong token or path ends it, and the spool keeps all.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import ssl
import time as clock
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from suyuan.lake.durable import write_whole
from suyuan.lake.live.cut import dead_letter
from suyuan.lake.live.journal import Record
from suyuan.lake.live.spool import Spool
from suyuan.quantity.finding import Finding, Refused, finding, from_json

LONGEST_WAIT = 15.0
LATER = (408, 425, 429, 500, 502, 503, 504)


@dataclass
class Sent:
    """What was done: delivered: messages; aside: of them, kept aside by the receiver; refused: not taken by it, and
    kept aside here; repeated: sent again; trouble: why nothing goes out at the moment."""

    delivered: int = 0
    aside: int = 0
    refused: int = 0
    repeated: int = 0
    trouble: Finding | None = None


class HttpForward:
    """Sends by HTTP. url: of the receiver; token: to show; ca: file of authorities for https.

    Raises Refused for an address that is none.
    """

    def __init__(self, spool: Spool, url: str, token: str = "", ca: Path | None = None) -> None:
        place = urlsplit(url)
        try:
            port = place.port
        except ValueError:
            port = -1
        if place.scheme not in ("http", "https") or not place.hostname or port == -1:
            raise Refused(finding("live.address.wrong", url[:100], given=url[:100]))
        if place.password:
            raise Refused(finding("live.address.password", f"{place.scheme}://{place.hostname}"))
        self.spool, self.url, self.sent = spool, url, Sent()
        self._host, self._port, self._path = place.hostname, port, place.path or "/readings"
        self._headers = {"Content-Type": "application/octet-stream"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        try:
            self._trust = ssl.create_default_context(cafile=ca and str(ca)) if place.scheme == "https" else None
        except (OSError, ssl.SSLError) as error:
            raise Refused(finding("live.mqtt.ca", str(ca), reason=str(error)[:120])) from None
        self._link: http.client.HTTPConnection | None = None

    def run(self, over: Callable[[], bool]) -> None:
        """Send until `over` says so; it is asked between messages and while waiting. Raises Refused where the receiver
        will never take what we send; the spool keeps it."""
        wait = 0.5
        while not over():
            found = self.spool.segment()
            if found is None:
                clock.sleep(0.05)
                continue
            segment, records = found
            for position, record in enumerate(records):
                while not over():
                    pause = self._post(record)
                    if pause is None:
                        wait = 0.5
                        self.spool.delivered(segment.number, position)
                        break
                    self.sent.repeated += 1
                    wait = min(2.0 * wait, LONGEST_WAIT)
                    _sleep(pause or wait, over)
                if over():
                    break
        self._drop()

    def _post(self, record: Record) -> float | None:
        """Send one message; None when it is kept there, else seconds to wait (0: as one likes)."""
        try:
            if self._link is None:
                kind: Any = http.client.HTTPSConnection if self._trust else http.client.HTTPConnection
                more = {"context": self._trust} if self._trust else {}
                self._link = kind(self._host, self._port, timeout=40.0, **more)
            self._link.request("POST", self._path, record.payload, self._headers)
            answer = self._link.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self._drop()
            self.sent.trouble = finding("live.send.away", self.url, reason=str(error)[:100] or type(error).__name__)
            return 0.0
        if answer.will_close:
            self._drop()
        if answer.status in (202, 422):
            why = _refusal(body) if answer.status == 422 else ()
            if why:
                self._put_aside(record, why)
            self.sent.refused += bool(why)
            self.sent.delivered += not why
            self.sent.aside += answer.status == 422 and not why
            self.sent.trouble = None
            return None
        if answer.status in LATER:
            self.sent.trouble = finding("live.send.later", self.url, status=answer.status)
            given = answer.headers.get("Retry-After", "")
            return min(float(given), LONGEST_WAIT) if given.isdecimal() else 0.0
        raise Refused(finding("live.send.refused", self.url, status=answer.status, reason=answer.reason))

    def _put_aside(self, record: Record, why: tuple[Finding, ...]) -> None:
        """Keep a message that the receiver has refused, with its reasons, before the spool forgets it."""
        digest = hashlib.sha256(record.payload).hexdigest()[:16]
        write_whole(self.spool.folder / "aside" / f"{digest}.jsonl", dead_letter(record, why, 0), replace=True)

    def _drop(self) -> None:
        if self._link is not None:
            self._link.close()
            self._link = None


def _refusal(body: bytes) -> tuple[Finding, ...]:
    """Why a receiver has not kept a message; none where it has."""
    try:
        answer = json.loads(body)
        return () if answer.get("kept", True) else tuple(from_json(row) for row in answer["findings"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return ()


def _sleep(seconds: float, over: Callable[[], bool]) -> None:
    end = clock.monotonic() + seconds
    while not over() and (left := end - clock.monotonic()) > 0.0:
        clock.sleep(min(left, 0.1))
