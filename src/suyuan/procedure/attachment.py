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
from suyuan.quantity.finding import Finding, errors

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
