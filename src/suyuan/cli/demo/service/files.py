"""Attached files of the demo: short texts that say what they stand for."""

from __future__ import annotations

import hashlib

from suyuan.cli.demo.shelf import Shelf
from suyuan.procedure.attachment import attachment_document


def attached(shelf: Shelf, zh: str, en: str) -> str:
    """Keep a document of the demo; returns the digest by which rows and events name it."""
    text = f"演示文件：{zh}\nDemo document: {en}\n"
    document = attachment_document(f"{en}.txt", "text/plain", text.encode())
    shelf.keep(document, f"{en}.txt")
    return hashlib.sha256(document).hexdigest()
