"""Where a chain ends, and what was said about a certificate later: the documents «anchor» and «statement».

An anchor is declared by the laboratory, by name and with its source; nobody infers one. A statement is dated twice: the
day it takes effect and the day it was learned. Both are JSON documents, kept by the digest of their bytes. The
verification schemes (检定系统表) are dated, sourced rows; their levels are orders of magnitude for a first chain,
never a claim about a laboratory.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal, cast, get_args

from suyuan.quantity.fields import Fields, canonical, open_document
from suyuan.quantity.finding import Finding, errors, finding
from suyuan.quantity.table import Row, checked
from suyuan.traceability.evidence import Anchor, AnchorKind, Key, Statement

KINDS: tuple[str, ...] = get_args(AnchorKind)
STATEMENTS = ("withdrawn", "superseded")


@dataclass(frozen=True, slots=True)
class Scheme:
    """One verification scheme: quantity, the document's row, the realisation of the unit, levels from order 0 down."""

    number: str
    quantity: Mapping[str, str]
    document: Row
    si_anchor: Row
    levels: tuple[Row, ...]

    def level(self, order: int) -> Row | None:
        """The row of a level by its order, or None."""
        return next((row for row in self.levels if row["order"] == order), None)


@cache
def schemes() -> tuple[Scheme, ...]:
    """All verification schemes; those whose number is not known have number «».

    >>> [s.number for s in schemes() if "gauge blocks" in s.quantity["en"]]
    ['JJG 2056']
    """
    text = resources.files(__package__).joinpath("rules", "schemes.json").read_text("utf-8")
    return tuple(_scheme(row, i) for i, row in enumerate(json.loads(text)))


def _scheme(row: Mapping[str, Any], index: int) -> Scheme:
    where = f"schemes.json {index}"
    document, si_anchor = checked([row["scheme"], row["si_anchor"]], where)
    return Scheme(
        number=str(document.get("number") or ""),
        quantity={"zh": row["quantity_zh"], "en": row["quantity_en"]},
        document=document,
        si_anchor=si_anchor,
        levels=checked(row["levels"], where),
    )


def scheme(number: str) -> Scheme | None:
    """The scheme of a number, written with or without its year and blanks («JJG 2056», «JJG2056-1990»).

    >>> scheme("JJG2056-1990").quantity["zh"]
    '长度(量块)'
    """
    wanted = _bare(number)
    return next((s for s in schemes() if s.number and wanted and _bare(s.number) == wanted), None)


def _bare(number: str) -> str:
    return "".join(number.split()).upper().partition("-")[0]


def anchor_document(fields: Mapping[str, Any]) -> bytes:
    """Fields of an anchor as its canonical document."""
    return canonical({**fields, "suyuan": "anchor"})


def statement_document(fields: Mapping[str, Any]) -> bytes:
    """Fields of a statement as its canonical document."""
    return canonical({**fields, "suyuan": "statement"})


def read_anchor(document: bytes) -> tuple[Anchor | None, tuple[Finding, ...]]:
    """The anchor that a document declares, or None if a field is wrong; findings carry a JSON pointer.

    document: UTF-8 JSON with "suyuan": "anchor", kind, issuer, number, name, source, declared_by, and where it applies
    scheme, level, valid_until.
    """
    root, found = open_document(document, "anchor")
    if root is None:
        return None, tuple(found)
    number, level = root.text("scheme"), root.whole("level")
    anchor = Anchor(
        kind=cast(AnchorKind, root.choice("kind", KINDS)),
        issuer=root.text("issuer", required=True),
        number=root.text("number", required=True),
        name=root.names("name", required=True),
        source=root.text("source", required=True),
        scheme=number,
        level=level,
        declared_by=root.text("declared_by", required=True),
        valid_until=root.day("valid_until"),
        digest=hashlib.sha256(document).hexdigest(),
    )
    root.close()
    found.extend(_check_scheme(number, level))
    if anchor.valid_until is None and anchor.kind in _EXPIRING and not errors(found):
        found.append(finding("anchor.validity_unknown", "/valid_until", "note", kind=anchor.kind))
    return (None if errors(found) else anchor), tuple(found)


_EXPIRING = ("public_measurement_standard", "certified_reference_material")
"""Kinds whose certificate bears an end: 计量标准考核证书, 标准物质证书."""


def _check_scheme(number: str, level: int | None) -> list[Finding]:
    """A scheme that is not in the table is only a warning: the table does not hold all of them."""
    if not number:
        return [finding("anchor.level_without_scheme", "/level", "warning", level=level)] if level is not None else []
    known = scheme(number)
    if known is None:
        listed = ", ".join(s.number for s in schemes() if s.number)
        return [finding("anchor.scheme_unknown", "/scheme", "warning", given=number, known=listed)]
    found = []
    if known.document["status"] != "confirmed":
        source = known.document["source"]
        found.append(finding("anchor.scheme_from_memory", "/scheme", "warning", given=number, source=source))
    if level is not None and known.level(level) is None:
        orders = ", ".join(str(row["order"]) for row in known.levels)
        found.append(finding("anchor.level_unknown", "/level", "error", scheme=number, given=level, orders=orders))
    return found


def read_statement(document: bytes) -> tuple[Statement | None, tuple[Finding, ...]]:
    """The statement that a document makes about a certificate, or None if a field is wrong.

    document: UTF-8 JSON with "suyuan": "statement", kind (withdrawn, superseded), issuer, number, day, known, source,
    reason and, for superseded, replaced_by.
    """
    root, found = open_document(document, "statement")
    if root is None:
        return None, tuple(found)
    kind = root.choice("kind", STATEMENTS)
    issuer, number = root.text("issuer", required=True), root.text("number", required=True)
    day, known = root.day("day", required=True), root.day("known", required=True)
    reason, source = root.names("reason"), root.text("source", required=True)
    successor = root.inner("replaced_by")
    replaced_by = None if successor is None else _key(successor)
    root.close()
    if replaced_by == (issuer, number) and issuer:
        root.report("anchor.statement.replaces_itself", "replaced_by", number=number)
    if kind == "superseded" and successor is None:
        root.report("anchor.statement.no_successor", "replaced_by", severity="warning", number=number)
    if errors(found) or day is None or known is None:
        return None, tuple(found)
    statement = Statement(
        kind=cast(Literal["withdrawn", "superseded"], kind),
        issuer=issuer,
        number=number,
        day=day,
        known=known,
        reason=reason,
        replaced_by=replaced_by,
        source=source,
        digest=hashlib.sha256(document).hexdigest(),
    )
    return statement, tuple(found)


def _key(fields: Fields) -> Key:
    key = fields.text("issuer", required=True), fields.text("number", required=True)
    fields.close()
    return key
