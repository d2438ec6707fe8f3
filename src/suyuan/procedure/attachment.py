"""A file that belongs to a matter or a register row (letter, task book, photograph of a badge): bytes with their name.

Kept as a document like all others, `{"suyuan": "file", "name": …, "media": …, "content": base64}`; what is in it is not
read. Only a person can say what it proves.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass

from suyuan.quantity.fields import canonical, open_document
from suyuan.quantity.finding import Finding, errors, finding

FILE = "file"
LARGEST = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Attachment:
    """name: of the file as it came; media: its media type, «» where unknown; digest: SHA-256 of the document (not of
    the content) by which events and rows name it."""

    name: str
    media: str
    content: bytes
    digest: str = ""


def attachment_document(name: str, media: str, content: bytes) -> bytes:
    """The document that carries a file.

    >>> read_attachment(attachment_document("a.txt", "text/plain", b"x"))[0].content
    b'x'
    """
    return canonical({"suyuan": FILE, "name": name, "media": media, "content": base64.b64encode(content).decode()})


_ZIP = (b"PK\x03\x04",)
STARTS: dict[str, tuple[bytes, ...]] = {
    "pdf": (b"%PDF",), "docx": _ZIP, "xlsx": _ZIP, "ofd": _ZIP, "png": (b"\x89PNG",), "jpg": (b"\xff\xd8",),
    "jpeg": (b"\xff\xd8",), "xml": (), "json": (), "txt": (), "csv": (),
}  # fmt: skip
"""Kinds of files that belong to a matter or a person → how such a file begins; () for text, which has no NUL."""


def odd_kind(name: str, content: bytes) -> tuple[Finding, ...]:
    """What stands against a file as a document: a kind that nobody can read here, or contents of another kind than its
    name says.

    >>> [f.code for f in odd_kind("x.exe", b"MZ")], odd_kind("a.pdf", b"%PDF-1.7")
    (['procedure.file.kind'], ())
    """
    kind = name.rpartition(".")[2].lower() if "." in name else ""
    if kind not in STARTS:
        return (finding("procedure.file.kind", "", given=name[-60:] or "—", known=", ".join(STARTS)),)
    begins = STARTS[kind]
    text = kind in ("xml", "json", "txt", "csv")
    other = b"\0" in content and not content.startswith((b"\xff\xfe", b"\xfe\xff")) if text else (
        not content.startswith(begins)
    )  # fmt: skip
    return (finding("procedure.file.other", "", given=name[-60:], kind=kind),) if content and other else ()


def read_attachment(document: bytes) -> tuple[Attachment | None, tuple[Finding, ...]]:
    """The file in a document, or None with the findings that say why."""
    root, found = open_document(document, FILE, LARGEST)
    if root is None:
        return None, tuple(found)
    name, media, content = root.text("name", required=True), root.text("media"), b""
    root.asked.add("content")
    try:
        content = base64.b64decode(str(root.content.get("content") or "").encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        root.report("typed.field.type", "content", field="content", expected_zh="base64 编码", expected_en="base64")
    root.close()
    if errors(found):
        return None, tuple(found)
    return Attachment(name, media, content, hashlib.sha256(document).hexdigest()), tuple(found)
