"""Asking another node: catalogue, own grants, then certificates and summaries of what is granted.

Each document is kept once it is whole and its digest is what the node said. An answer that broke off stays as a part
and is asked for from there on; what is the same as before is not sent again. Grants come before what rests on them, so
that a revocation counts from the next contact on.
"""

from __future__ import annotations

import hashlib
import http.client
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from suyuan.disk.lock import held
from suyuan.lake.federation.fetched import Peer, readable
from suyuan.quantity.finding import Finding, Refused, finding, from_json
from suyuan.series.dataset.grant import LADDER, Grant, still_standing

SECONDS = 30.0
LARGEST = 512 * 2**20
CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class Where:
    """A node as it is reached: url (http or https); token: own secret there."""

    url: str
    token: str


@dataclass(slots=True)
class Fetched:
    """What an exchange brought. new, same: paths; findings: what was refused or could not be reached."""

    node: str
    new: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def fetch(folder: Path, name: str, where: Where, purpose: str, now: Callable[[], int]) -> Fetched:
    """One exchange with a node. folder: of everything fetched; name: of the node here; now: the clock, µs.

    Raises Refused where the node is not reached or does not know the token; what was fetched before stays usable.
    """
    peer = Peer(folder, name)
    with held(peer.folder / "lock"):
        return _exchange(peer, where, purpose, now)


def _exchange(peer: Peer, where: Where, purpose: str, now: Callable[[], int]) -> Fetched:
    done = Fetched(peer.name)
    catalogue = _take(peer, where, "/catalogue", done, now)
    _take(peer, where, "/grants", done, now)
    grants, revoked = peer.grants()
    with readable(f"{peer.name}/catalogue"):
        names = [str(row["name"]) for row in catalogue["datasets"]]
    for grant in grants.values():
        if still_standing(grant, revoked, now()):
            continue
        for dataset in (n for n in names if _covers(grant, n)):
            _granted(peer, where, grant, dataset, purpose, done, now)
    return done


def _covers(grant: Grant, name: str) -> bool:
    id, _, version = name.rpartition("@")
    return grant.dataset == id and grant.version in ("", version)


def _granted(
    peer: Peer, where: Where, grant: Grant, dataset: str, purpose: str, done: Fetched, now: Callable[[], int]
) -> None:
    """Certificates and summaries of one granted dataset; what the node refuses is told and the rest goes on."""
    if LADDER.index(grant.ladder) < LADDER.index("statistics"):
        return
    wanted = ["/certificates?" + urlencode({"dataset": dataset})] if "instrument" not in grant.masks else []
    if purpose in grant.purpose:
        wanted.append("/summary?" + urlencode({"dataset": dataset, "grant": grant.id, "purpose": purpose}))
    for path in wanted:
        try:
            _take(peer, where, path, done, now)
        except _Told as told:
            done.findings += [replace(f, where=f"{f.where} ({grant.id})") for f in told.findings]


class _Told(Refused):
    """What the node itself refuses; it is reached."""


def _take(peer: Peer, where: Where, path: str, done: Fetched, now: Callable[[], int]) -> dict[str, Any]:
    """One document, from the node or the same as before."""
    if path in done.new or path in done.same:
        return dict(json.loads(peer.place(path).read_bytes()))
    known = peer.items().get(path)
    data = _ask(peer, where, path, known.digest if known is not None else "")
    if data is not None:
        _checked(data, peer, path)
    peer.keep(path, data, now(), where.url)
    (done.same if data is None else done.new).append(path)
    return dict(json.loads(peer.place(path).read_bytes()))


def _checked(data: bytes, peer: Peer, path: str) -> None:
    try:
        if not isinstance(json.loads(data), dict):
            raise ValueError("no object")
    except (ValueError, RecursionError):
        raise Refused(finding("sharing.node.answer", f"{peer.name}{path}", status="200")) from None


def _ask(peer: Peer, where: Where, path: str, digest: str) -> bytes | None:
    """The bytes of an answer, or None where what is here is still the same. Gathered in a part file as they come."""
    part = peer.part(path)
    begun, want = _begun(part)
    headers = {"Authorization": f"Bearer {where.token}"}
    if begun:
        headers |= {"Range": f"bytes={begun}-", "If-Range": f'"{want}"'}
    elif digest:
        headers["If-None-Match"] = f'"{digest}"'
    connection = _connected(where)
    try:
        connection.request("GET", urlsplit(where.url).path.rstrip("/") + path, headers=headers)
        answer = connection.getresponse()
        if answer.status == 304:
            return None
        if answer.status not in (200, 206):
            raise _refusal(answer, peer, path)
        return _gathered(answer, part, peer, path)
    except (OSError, http.client.HTTPException) as error:
        reason = str(error) or type(error).__name__
        raise Refused(finding("sharing.node.unreached", where.url, node=peer.name, reason=reason[:120])) from None
    finally:
        connection.close()


def _connected(where: Where) -> http.client.HTTPConnection:
    place = urlsplit(where.url)
    try:
        port = place.port
    except ValueError:
        port = -1
    if place.scheme not in ("http", "https") or not place.hostname or port == -1:
        raise Refused(finding("sharing.node.url", where.url[:100]))
    kind = http.client.HTTPSConnection if place.scheme == "https" else http.client.HTTPConnection
    return kind(place.hostname, port, timeout=SECONDS)


def _begun(part: Path) -> tuple[int, str]:
    """How much of an answer is here, and the digest that the whole must have."""
    try:
        want = part.with_suffix(".digest").read_text("ascii").strip()
        return part.stat().st_size, want
    except (OSError, UnicodeDecodeError):
        return 0, ""


def _gathered(answer: http.client.HTTPResponse, part: Path, peer: Peer, path: str) -> bytes:
    """The whole answer; on the disk as far as it came, so that a next attempt goes on from there."""
    want = (answer.getheader("ETag") or "").strip('"')
    part.parent.mkdir(parents=True, exist_ok=True)
    if answer.status == 200:
        part.unlink(missing_ok=True)
        part.with_suffix(".digest").write_text(want, "ascii")
    with part.open("ab") as file:
        while chunk := answer.read1(CHUNK):
            file.write(chunk)
            file.flush()
            if file.tell() > LARGEST:
                raise Refused(finding("sharing.node.answer", f"{peer.name}{path}", status=answer.status))
    length = answer.getheader("Content-Length")
    data = part.read_bytes()
    if answer.length:
        raise http.client.IncompleteRead(data, answer.length)
    for file_ in (part, part.with_suffix(".digest")):
        file_.unlink(missing_ok=True)
    if hashlib.sha256(data).hexdigest() != want or length is None:
        raise Refused(finding("sharing.node.digest", f"{peer.name}{path}", node=peer.name))
    return data


def _refusal(answer: http.client.HTTPResponse, peer: Peer, path: str) -> Refused:
    """What a node refuses, in its own findings."""
    try:
        rows = json.loads(answer.read(2**20))["findings"]
        return _Told(*(from_json({**row, "where": f"{peer.name}: {row['where']}"}) for row in rows))
    except (ValueError, KeyError, TypeError, RecursionError):
        return Refused(finding("sharing.node.answer", f"{peer.name}{path}", status=answer.status))
