"""The XML container in which charging records travel with their keys, as the transparency software has it.

`values/value` with `signedData` (format, encoding) and `publicKey` (encoding). What is signed are bytes: they are taken
as they stand between the tags, and never written again.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from lxml import etree
from numpy.typing import NDArray

from suyuan.certificate import xml
from suyuan.lake.formats.cut_xml import parsed
from suyuan.quantity.finding import Finding, Refused, Severity, finding
from suyuan.signature.key import PublicKey, unwrapped
from suyuan.signature.verdict import Verdict

TOLD = 20
BROKEN = "signature failed"
"""The mark of a reading whose signature does not fit."""


@dataclass(frozen=True, slots=True)
class Carried:
    """One signed record as carried. content: its bytes; format: as the container says; key: text of the key beside it;
    transaction, context: as stated; where: place in the file."""

    content: bytes
    format: str
    key: str
    key_encoding: str
    transaction: str
    context: str
    where: str

    def own_key(self, curve: str = "") -> PublicKey | None:
        """The key that lies beside the record; None where there is none, or it is no bytes."""
        content = unwrapped(self.key, self.key_encoding if self.key_encoding in ("hex", "base64") else "")
        return None if content is None else PublicKey(content, curve, own=True)


@dataclass
class Told:
    """Findings of a file: of one code at most `TOLD`, the rest counted, so that a million equal ones stay readable."""

    found: list[Finding] = field(default_factory=list)
    unread: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    _count: Counter[str] = field(default_factory=Counter)

    def add(self, *findings: Finding) -> None:
        """Keep findings."""
        for one in findings:
            self._count[one.code] += 1
            if self._count[one.code] > TOLD:
                self.unread[f"further {one.code}"] += 1
            else:
                self.found.append(one)

    def report(self, code: str, where: str, severity: Severity = "warning", rule: str = "", **about: object) -> None:
        """Keep one finding."""
        self.add(finding(code, where, severity, rule, **about))

    def judged(self, verdict: Verdict) -> None:
        """Count a verdict and keep what it says."""
        self.states[verdict.state] += 1
        self.add(*verdict.findings)

    def sealed(self, name: str) -> tuple[Finding, ...]:
        """All that is told of a file, and last, that readings with a failed signature are kept, and with which mark."""
        failed = self.states["failed"]
        kept = finding("lake.signed.kept", name, "warning", count=failed, mark=BROKEN)
        return (*self.found, *([kept] if failed else []))


def is_container(content: bytes) -> bool:
    """Whether a file is such a container, by its first bytes."""
    return re.search(rb"<(\w+:)?values[\s>]", content[:2000]) is not None


def carried(content: bytes, told: Told) -> list[Carried]:
    """The records of a container. Raises Refused certificate.xml.…, formats.file.other."""
    tree, cut = parsed(content, ("values",))
    told.add(*cut)
    root = tree.getroot()
    if _local(root) != "values":
        raise Refused(finding("formats.file.other", xml.place(root), format="values/value", given=str(root.tag)[:80]))
    made = []
    for value in root.iter(etree.Element):
        if _local(value) != "value":
            continue
        inner = {_local(e): e for e in xml.children(value)}
        for name in inner.keys() - {"signedData", "publicKey"}:
            told.unread[name] += 1
        data, key = inner.get("signedData"), inner.get("publicKey")
        if data is None:
            told.report("lake.signed.empty", xml.place(value))
            continue
        record = _record(value, data, key)
        if record is None:
            told.report("lake.signed.encoding", xml.place(data), encoding=data.get("encoding", ""))
            told.unread["signedData"] += 1
        else:
            made.append(record)
    return made


def _record(value: xml.Element, data: xml.Element, key: xml.Element | None) -> Carried | None:
    text = (data.text or "").strip()
    encoding = (data.get("encoding") or "plain").lower()
    content: bytes | None = text.encode("utf-8")
    if encoding == "base64":
        try:
            content = base64.b64decode("".join(text.split()), validate=True)
        except (binascii.Error, ValueError):
            content = None
    elif encoding == "hex":
        content = unwrapped(text, "hex")
    if content is None:
        return None
    return Carried(
        content,
        data.get("format", ""),
        "" if key is None else (key.text or "").strip(),
        "" if key is None else (key.get("encoding") or "").lower(),
        value.get("transactionId") or data.get("transactionId") or "",
        value.get("context", ""),
        xml.place(data),
    )


def _local(element: xml.Element) -> str:
    return str(element.tag).rpartition("}")[2]


def column(texts: Iterable[str]) -> NDArray[Any]:
    """Texts as a column (n,)."""
    listed = list(texts)
    made = np.empty(len(listed), dtype=object)
    made[:] = listed
    return made
