"""What a document is: its kind, and the value that it states, from its bytes alone.

Seventeen kinds are kept: digital certificates, typed certificates, statements, anchors, saved results, policies; how
certificates correct readings; of comparisons the protocols and reports; of the service system registers, matters,
guidelines and attached files; of carbon the plant's year, the claim, the verifier's statement and the determined
factor. A document whose value cannot be read is refused with the reason, so that nothing unreadable is ever relied
upon.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from suyuan.centre.guideline import Guideline
from suyuan.certificate.certificate import Certificate
from suyuan.certificate.dcc_read import read as read_dcc
from suyuan.certificate.typed import read_typed
from suyuan.comparison.round.protocol import Protocol
from suyuan.comparison.round.read import read_protocol
from suyuan.comparison.round.read_report import read_report
from suyuan.comparison.round.report import Report
from suyuan.procedure.attachment import Attachment, read_attachment
from suyuan.procedure.matter import Matter
from suyuan.procedure.register import Register
from suyuan.quantity.finding import Finding, finding
from suyuan.traceability.anchor import read_anchor, read_statement
from suyuan.traceability.evidence import Anchor, SavedResult, Statement
from suyuan.traceability.saved import read_result
from suyuan.verbs.series.declared import Declared

if TYPE_CHECKING:
    from suyuan.carbon.claim.claim import Claim
    from suyuan.carbon.fuel.filed_determination import Determination
    from suyuan.carbon.management.verification import Statement as Verification
    from suyuan.carbon.plant import Plant

Kind = Literal[
    "dcc", "typed", "statement", "anchor", "result", "policy", "protocol", "comparison", "register", "matter",
    "guideline", "file", "correction", "plant", "claim", "verification",
    "factor",
]  # fmt: skip
KINDS: tuple[Kind, ...] = get_args(Kind)

Policy = Mapping[str, Any]
Value: TypeAlias = (
    "Certificate | Statement | Anchor | SavedResult | Protocol | Report"
    " | Register | Matter | Guideline | Attachment | Declared | Plant | Claim | Verification | Determination | Policy"
)
Read: TypeAlias = "tuple[Value | None, tuple[Finding, ...]]"

_BY_WORD: Mapping[str, Kind] = {
    "typed-certificate": "typed",
    "statement": "statement",
    "anchor": "anchor",
    "result": "result",
    "policy": "policy",
    "comparison-protocol": "protocol",
    "comparison-report": "comparison",
    "register": "register",
    "matter": "matter",
    "guideline": "guideline",
    "file": "file",
    "correction": "correction",
    "carbon-plant": "plant",
    "carbon-claim": "claim",
    "carbon-statement": "verification",
    "carbon-factor": "factor",
}


@dataclass(frozen=True, slots=True)
class Recognised:
    """kind: None where the document is none of ours or cannot be read (then `findings` says why)."""

    kind: Kind | None
    value: Value | None
    findings: tuple[Finding, ...]

    @property
    def issuer(self) -> str:
        if isinstance(self.value, SavedResult):
            return self.value.laboratory
        if isinstance(self.value, Protocol | Report):
            return _first((self.value if isinstance(self.value, Protocol) else self.value.protocol).organiser)
        if isinstance(self.value, Register | Matter):
            return _first(self.value.organisation)
        return str(getattr(self.value, "issuer", ""))

    @property
    def number(self) -> str:
        return str(getattr(self.value, "number", ""))

    @property
    def day(self) -> date | None:
        """The day that the document is about: issue, effect, use; an anchor has none."""
        if isinstance(self.value, Certificate):
            return self.value.issued or self.value.ended
        if isinstance(self.value, Report | Protocol):
            return self.value.issued if isinstance(self.value, Report) else self.value.opens
        if isinstance(self.value, Matter):
            return self.value.events[-1].time.date() if self.value.events else None
        if isinstance(self.value, Guideline):
            return self.value.valid_from
        if self.kind in ("plant", "claim", "factor"):
            return getattr(self.value, "made", None)
        if self.kind == "verification":
            return getattr(self.value, "day", None)
        return self.value.day if isinstance(self.value, Statement | SavedResult | Register) else None


def _first(names: Mapping[str, str]) -> str:
    return names.get("zh") or next(iter(names.values()), "")


def recognise(data: bytes, name: str = "") -> Recognised:
    """Tell the kind of a document and read it. name: of the file, put before the place in every finding."""
    document = _recognise(data)
    return replace(document, findings=in_file(document.findings, name)) if name else document


def _recognise(data: bytes) -> Recognised:
    start = data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if not start:
        return Recognised(None, None, (finding("store.document.empty"),))
    if start == b"<" or data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _read("dcc", data)
    if start == b"{":
        return _json(data)
    return Recognised(None, None, (finding("store.document.unknown", start=_shown(data)),))


def _json(data: bytes) -> Recognised:
    try:
        content = json.loads(data)
    except (ValueError, RecursionError) as fault:
        return Recognised(None, None, (finding("store.document.not_json", reason=str(fault)[:200]),))
    word = content.get("suyuan")
    kind = _BY_WORD.get(word) if isinstance(word, str) else None
    if kind is None:
        known = ", ".join(_BY_WORD)
        if word is None:
            return Recognised(None, None, (finding("store.document.no_kind", known=known),))
        return Recognised(None, None, (finding("store.document.kind", given=str(word)[:60], known=known),))
    return _read(kind, data)


def _read(kind: Kind, data: bytes) -> Recognised:
    value, found = READERS[kind](data)
    return Recognised(None if value is None else kind, value, found)


def in_file(findings: Iterable[Finding], name: str) -> tuple[Finding, ...]:
    """Findings with the name of the file before the place in it."""
    if not name:
        return tuple(findings)
    return tuple(replace(item, where=f"{name}: {item.where}" if item.where else name) for item in findings)


def _policy(data: bytes) -> Read:
    """A policy of the laboratory is kept as it stands; who reads it checks its fields."""
    return json.loads(data), ()


def _later(module: str, name: str) -> Callable[[bytes], Read]:
    """A reader whose module is loaded when the first document of its kind comes."""

    def read(data: bytes) -> Read:
        found: Read = getattr(import_module(module), name)(data)
        return found

    return read


def _shown(data: bytes) -> str:
    return data[:24].decode("utf-8", "replace").encode("unicode_escape").decode("ascii")


READERS: Mapping[Kind, Callable[[bytes], Read]] = {
    "dcc": read_dcc,
    "typed": read_typed,
    "statement": read_statement,
    "anchor": read_anchor,
    "result": read_result,
    "policy": _policy,
    "protocol": read_protocol,
    "comparison": read_report,
    "register": _later("suyuan.verbs.register.registers", "read"),
    "matter": _later("suyuan.procedure.read", "read_matter"),
    "guideline": _later("suyuan.centre.read", "read_guideline"),
    "file": read_attachment,
    "correction": _later("suyuan.verbs.series.declared", "read_declared"),
    "plant": _later("suyuan.carbon.plant", "read_plant"),
    "claim": _later("suyuan.carbon.claim.claim", "read_claim"),
    "verification": _later("suyuan.carbon.management.statement", "read_statement"),
    "factor": _later("suyuan.carbon.fuel.filed_determination", "read_determination"),
}
