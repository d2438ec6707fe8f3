"""What a lake shares, as files: dataset versions, certificates, grants, revocations, tokens, the log.

Each document is written once and never changed; a file that is damaged is told and the others are read.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from suyuan.lake.durable import write_whole
from suyuan.lake.ledger import Ledger
from suyuan.quantity.correction import Correction
from suyuan.quantity.fields import canonical, open_document
from suyuan.quantity.finding import Finding, Refused, errors, finding
from suyuan.series.dataset.certificate_document import correction_document, read_correction
from suyuan.series.dataset.grant import (
    Grant,
    Revocation,
    grant_document,
    read_grant,
    read_revocation,
    revocation_document,
)
from suyuan.series.dataset.version import DatasetVersion, dataset_document, read_dataset

T = TypeVar("T")
Read = Callable[[bytes], tuple[T | None, tuple[Finding, ...]]]


class Shelf:
    """The folder «sharing» of a lake."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)

    @property
    def ledger(self) -> Ledger:
        """The log of uses."""
        return Ledger(self.folder / "ledger.jsonl")

    # ------------------------------------------------------------ datasets

    def add_dataset(self, version: DatasetVersion) -> bool:
        """Keep a version; whether it is new. Raises Refused where its name stands for another content."""
        place = self.folder / "datasets" / version.head.id / f"{version.head.version}.json"
        data = dataset_document(version)
        if write_whole(place, data):
            return True
        if place.read_bytes() != data:
            raise Refused(finding("sharing.dataset.named", version.name, digest=self.dataset(version.name).digest[:16]))
        return False

    def datasets(self) -> tuple[tuple[DatasetVersion, ...], tuple[Finding, ...]]:
        """All versions by name, and what is damaged."""
        return self._all("datasets/*/*.json", read_dataset)

    def dataset(self, name: str) -> DatasetVersion:
        """A version by «id@version» or citation, or the one version of an id.

        Raises Refused for a name that is unknown or not enough, and where the digest of a citation is another.
        """
        plain, _, digest = name.partition(" sha256:")
        known, damaged = self.datasets()
        found = [v for v in known if plain in (v.name, v.head.id)]
        if len(found) != 1:
            names = ", ".join(v.name for v in (found or known)) or "—"
            raise Refused(*damaged, finding("sharing.dataset.unknown", name, known=names))
        if digest and found[0].digest != digest:
            raise Refused(finding("sharing.dataset.digest", plain, cited=digest[:16], found=found[0].digest[:16]))
        return found[0]

    # ------------------------------------------------------------ certificates

    def add_certificates(self, corrections: Iterable[Correction]) -> int:
        """Keep certificates as they are known; how many documents are new. What was known earlier stays beside."""
        return sum(
            write_whole(self.folder / "certificates" / f"{hashlib.sha256(data).hexdigest()}.json", data)
            for data in (correction_document(one) for one in corrections)
        )

    def documents(self) -> tuple[tuple[Correction, ...], tuple[Finding, ...]]:
        """All certificates as they were known at one time or another, several of one id, and what is damaged."""
        return self._all("certificates/*.json", _correction)

    def certificates(self) -> tuple[tuple[Correction, ...], tuple[Finding, ...]]:
        """The certificates, one an id with the newest that is known of it, and what is damaged."""
        read, found = self.documents()
        return newest(read), found

    # ------------------------------------------------------------ grants

    def add_grant(self, grant: Grant) -> bool:
        """Keep a grant; whether it is new. Raises Refused where its id stands for another."""
        return self._once(self.folder / "grants" / f"{grant.id}.json", grant_document(grant), grant.id)

    def revoke(self, revocation: Revocation) -> bool:
        """Keep a revocation; whether it is new. Raises Refused for a grant that is unknown, and a second reason."""
        self.grant(revocation.grant)
        place = self.folder / "revocations" / f"{revocation.grant}.json"
        return self._once(place, revocation_document(revocation), revocation.grant)

    def _once(self, place: Path, data: bytes, id: str) -> bool:
        if write_whole(place, data):
            return True
        if place.read_bytes() != data:
            raise Refused(finding("sharing.document.once", id, name=place.name))
        return False

    def grants(self) -> tuple[tuple[Grant, ...], tuple[Finding, ...]]:
        """All grants by id, and what is damaged."""
        return self._all("grants/*.json", read_grant)

    def grant(self, id: str) -> Grant:
        """A grant by id. Raises Refused where there is none."""
        known, damaged = self.grants()
        found = next((g for g in known if g.id == id), None)
        if found is None:
            names = ", ".join(g.id for g in known) or "—"
            raise Refused(*damaged, finding("sharing.grant.unknown", id, known=names))
        return found

    def revocations(self) -> tuple[Revocation, ...]:
        """All revocations. Raises Refused where one is damaged: a grant is not used while that is open."""
        read, damaged = self._all("revocations/*.json", read_revocation)
        if errors(damaged):
            raise Refused(*damaged)
        return read

    # ------------------------------------------------------------ tokens

    def token_for(self, grantee: str, at: str) -> str:
        """A new secret by which a node proves to be a grantee. Only its digest is kept; it is shown this once."""
        token = secrets.token_urlsafe(32)
        body = canonical({"suyuan": "token", "grantee": grantee, "issued": at})
        write_whole(self.folder / "tokens" / f"{hashlib.sha256(token.encode()).hexdigest()}.json", body)
        return token

    def grantee_of(self, token: str) -> str:
        """Whose token it is, «» where it is nobody's."""
        place = self.folder / "tokens" / f"{hashlib.sha256(token.encode()).hexdigest()}.json"
        return _bearer(place) if token and place.is_file() else ""

    def forget(self, grantee: str) -> int:
        """Take all tokens of a grantee away; how many these were."""
        held = [p for p in (self.folder / "tokens").glob("*.json") if _bearer(p) == grantee]
        for place in held:
            place.unlink(missing_ok=True)
        return len(held)

    def _all(self, pattern: str, read: Read[T]) -> tuple[tuple[T, ...], tuple[Finding, ...]]:
        good, bad = [], []
        for place in sorted(self.folder.glob(pattern)):
            value, found = read(place.read_bytes())
            if value is not None:
                good.append(value)
            bad += [replace(item, where=f"{place}{item.where}") for item in errors(found)]
        return tuple(good), tuple(bad)


def _bearer(place: Path) -> str:
    """Whom a token's document names."""
    root, _ = open_document(place.read_bytes(), "token")
    return "" if root is None else root.text("grantee")


def _correction(data: bytes) -> tuple[Correction | None, tuple[Finding, ...]]:
    try:
        return read_correction(data), ()
    except Refused as refused:
        return None, refused.findings


def newest(corrections: Iterable[Correction]) -> tuple[Correction, ...]:
    """One correction an id: that whose document knows most of its end, which is the one written last."""
    found: dict[str, Correction] = {}
    for one in corrections:
        known = found.get(one.id)
        if known is None or _news(one) > _news(known):
            found[one.id] = one
    return tuple(found[id] for id in sorted(found))


def _news(one: Correction) -> int:
    return 2 * ((one.withdrawn_known is not None) + (one.superseded_known is not None)) + bool(one.supersedes)


def grants_fields(grants: Iterable[Grant], revocations: Iterable[Revocation]) -> Mapping[str, Any]:
    """Grants with the revocations that touch them, as one document for their grantee."""
    import json

    mine = tuple(grants)
    ids = {g.id for g in mine}
    return {
        "suyuan": "grants", "grants": [json.loads(grant_document(g)) for g in mine],
        "revocations": [json.loads(revocation_document(r)) for r in revocations if r.grant in ids],
    }  # fmt: skip
