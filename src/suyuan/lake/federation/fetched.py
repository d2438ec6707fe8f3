"""What was fetched from other nodes: kept as it came, used with its age, refused once its grant no longer stands.

    fetched/NODE/documents/DIGEST.json, state.json (path on the node → digest, when it was fetched), incoming/*.part

A document is there whole or not at all, and the former one counts until the state names the new one.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from suyuan.lake.durable import write_whole
from suyuan.quantity.correction import Correction
from suyuan.quantity.fields import Fields
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.series.dataset.certificate_document import Agreed, agreed, read_correction
from suyuan.series.dataset.grant import Grant, Revocation, grant_of, revocation_of, still_standing
from suyuan.series.dataset.moment import text_of
from suyuan.series.dataset.summarised import Summary, read_summary

DAY = 86_400_000_000
OLD = 7
"""Days without contact after which a fetched document is said to be old: own proposal."""


@dataclass(frozen=True, slots=True)
class Item:
    """A document that was fetched. path: on the node; digest: of its bytes; fetched: µs, when; checked: µs, when the
    node last said that it is still the same."""

    path: str
    digest: str
    fetched: int
    checked: int


Held = tuple[Mapping[str, Grant], Iterable[Revocation]]
"""Grants by id, and revocations."""


@contextmanager
def readable(where: str) -> Iterator[None]:
    """What another node says is never trusted: a document of another shape is a finding."""
    try:
        yield
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError):
        raise Refused(finding("sharing.node.answer", where, status="200")) from None


class Peer:
    """What is known of one other node."""

    def __init__(self, folder: Path, name: str) -> None:
        if re.fullmatch(r"[\w][\w.\-]{0,60}", name) is None:
            raise Refused(finding("sharing.dataset.name", "node", given=name[:60]))
        self.name, self.folder = name, folder / name

    # ------------------------------------------------------------ keeping

    def place(self, path: str) -> Path:
        """Where the answer to a path is kept."""
        return self._document(str(self._state().get("items", {}).get(path, {}).get("digest", "none")))

    def _document(self, digest: str) -> Path:
        return self.folder / "documents" / f"{digest}.json"

    def part(self, path: str) -> Path:
        """Where an answer is gathered until it is whole."""
        return self.folder / "incoming" / f"{hashlib.sha256(path.encode()).hexdigest()[:24]}.part"

    def items(self) -> dict[str, Item]:
        """What was fetched, by path; an item whose file is gone or damaged is none."""
        found = {}
        for path, row in self._state().get("items", {}).items():
            place = self._document(row["digest"])
            if place.is_file() and hashlib.sha256(place.read_bytes()).hexdigest() == row["digest"]:
                found[path] = Item(path, row["digest"], int(row["fetched"]), int(row["checked"]))
        return found

    def _state(self) -> dict[str, Any]:
        try:
            return dict(json.loads((self.folder / "state.json").read_bytes()))
        except (OSError, ValueError):
            return {}

    @property
    def url(self) -> str:
        """Where the node was reached last."""
        return str(self._state().get("url", ""))

    @property
    def contact(self) -> int | None:
        """When the node last answered, µs."""
        found = self._state().get("contact")
        return None if found is None else int(found)

    def keep(self, path: str, data: bytes | None, now: int, url: str) -> None:
        """Keep an answer (None: the one that is here is still the same), and that the node answered."""
        state = self._state()
        items = state.setdefault("items", {})
        former = items.get(path, {}).get("digest")
        if data is not None:
            digest = hashlib.sha256(data).hexdigest()
            write_whole(self._document(digest), data, replace=True)  # the state still names the former one
            items[path] = {"digest": digest, "fetched": now, "checked": now}
        elif path in items:
            items[path]["checked"] = now
        state |= {"suyuan": "fetched", "url": url, "contact": now}
        write_whole(self.folder / "state.json", json.dumps(state, sort_keys=True, indent=1).encode(), replace=True)
        if former is not None and former not in {row["digest"] for row in items.values()}:
            self._document(former).unlink(missing_ok=True)

    # ------------------------------------------------------------ reading

    def _body(self, path: str) -> dict[str, Any]:
        """A document that was fetched. Raises Refused where it is not here or damaged."""
        if path not in self.items():
            raise Refused(finding("sharing.fetched.none", f"{self.name}{path}", node=self.name))
        return dict(json.loads(self.place(path).read_bytes()))

    def grants(self) -> tuple[dict[str, Grant], tuple[Revocation, ...]]:
        """The own grants at the node and their revocations, as told last."""
        body = self._body("/grants")
        with readable(f"{self.name}/grants"):
            grants = [grant_of(Fields(row, f"{self.name}/grants"))[0] for row in body["grants"]]
            revoked = [revocation_of(Fields(row, f"{self.name}/grants"))[0] for row in body["revocations"]]
        if None in revoked:  # nobody knows what was revoked: nothing is used
            raise Refused(finding("sharing.node.answer", f"{self.name}/grants", status="200"))
        return {g.id: g for g in grants if g is not None}, tuple(r for r in revoked if r is not None)

    def corrections(self) -> tuple[Correction, ...]:
        """All certificates that the node told, one an id."""
        found: dict[str, Correction] = {}
        for path in self.items():
            if path.startswith("/certificates?"):
                with readable(f"{self.name}{path}"):
                    for row in self._body(path)["certificates"]:
                        one = read_correction(json.dumps(row["document"]).encode(), f"{self.name}{path}")
                        found[one.id] = one
        return tuple(found.values())

    def summaries(self, now: int) -> tuple[tuple[Summary, ...], tuple[Finding, ...]]:
        """The summaries that may still be used now, one a version, stream and grant; and what is said of their age.

        Those whose grant is revoked or over are refused with an error; they stay on the disk, and are not given.
        """
        grants, revoked = self.grants()
        found: dict[tuple[str, str, str], Summary] = {}
        told: list[Finding] = []
        for path, item in sorted(self.items().items()):
            if path.startswith("/summary?"):
                with readable(f"{self.name}{path}"):
                    for row in self._body(path)["summaries"]:
                        one = self._summary(row, item, (grants, revoked), now, told)
                        found |= {} if one is None else {(one.dataset, one.stream, one.grant): one}
        return tuple(found.values()), tuple(told)

    def _summary(self, row: Mapping[str, Any], item: Item, held: Held, now: int, told: list[Finding]) -> Summary | None:
        """One summary, or None where its grant no longer stands; what is to be said of it is told."""
        grant = held[0].get(row["grant"])
        where = f"{self.name} {row['dataset'].partition(' ')[0]} {row['stream']}"
        against = (
            (finding("sharing.fetched.no_grant", where, grant=row["grant"]),)
            if grant is None else still_standing(grant, held[1], now)
        )  # fmt: skip
        if against:
            told += [finding("sharing.fetched.refused", where, grant=row["grant"]), *against]
            return None
        told.append(self._age(where, item, now))
        return read_summary(json.dumps(row).encode(), where)

    def _age(self, where: str, item: Item, now: int) -> Finding:
        contact = self.contact or item.fetched
        days = (now - contact) / DAY
        about = {
            "fetched": text_of(item.fetched),
            "contact": text_of(contact),
            "days": f"{days:.1f}",
            "node": self.name,
        }
        return finding("sharing.fetched.age", where, "warning" if days > OLD else "note", **about)


def rests_on_withdrawn(node: str, held: Iterable[Summary]) -> tuple[Finding, ...]:
    """The warnings that fetched values rest on a withdrawn certificate, one for each version and certificate."""
    found = [
        finding("sharing.fetched.withdrawn", f"{node} {one.dataset.partition(' ')[0]}", "warning",
                "ISO/IEC 17025:2017, 7.10", certificate=certificate, start=start, known=known)
        for one in held for certificate, start, known in one.withdrawn
    ]  # fmt: skip
    return tuple(dict.fromkeys(found))


def chosen(known: Iterable[tuple[str, Summary]], name: str, against: Iterable[Finding] = ()) -> Summary:
    """The summary of a name: node/stream, node/dataset@version/stream, or that with /grant behind it.

    known: (node, summary); against: what was said of those that may not be used. Raises Refused for a name that is
    unknown, and with the choices where it may mean several.
    """
    every = [
        (f"{node}/{one.stream}", f"{node}/{one.name}", f"{node}/{one.name}/{one.grant}", one) for node, one in known
    ]
    found = [row for row in every if name in row[:3]]
    if not found:
        about = tuple(against)
        raise Refused(*about, finding("sharing.fetched.none", name, node=name.partition("/")[0]))
    if len(found) > 1:
        plain = [row[1] for row in found]
        choices = ", ".join(plain if len(set(plain)) == len(plain) else [row[2] for row in found])
        raise Refused(finding("sharing.fetched.several", name, choices=choices))
    return found[0][3]


def peers(folder: Path) -> tuple[Peer, ...]:
    """All nodes from which something was fetched."""
    return tuple(Peer(folder, p.parent.name) for p in sorted(folder.glob("*/state.json")))


def together(own: Iterable[Correction], known: Iterable[Peer], name: str = "here") -> Agreed:
    """The own certificates and those of other nodes as one set; where they disagree, both sources are named."""
    sources: dict[str, Iterable[Correction]] = {name: tuple(own)}
    for peer in known:
        sources[peer.name] = peer.corrections()
    return agreed(sources)
