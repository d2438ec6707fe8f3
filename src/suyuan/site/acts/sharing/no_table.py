"""Files that are no tables, told by their bytes before anybody looks for rows in them."""

from __future__ import annotations

from suyuan.quantity.finding import Finding, finding

_OTHERS = {b"%PDF": "PDF", b"\x89PNG": "PNG", b"\xff\xd8\xff": "JPEG", b"{\\rtf": "RTF", b"Rar!": "RAR"}
_EXCEL = (b"PK", b"\xd0\xcf\x11\xe0")


def no_table(document: bytes, name: str) -> Finding | None:
    """That a file is neither a workbook nor text with rows, by its bytes; None where it may be one."""
    if not document:
        return None
    kind = next((word for start, word in _OTHERS.items() if document.startswith(start)), "")
    first = document[:8192]
    untabled = name.lower().endswith(".xlsx") and not any(mark in first for mark in (b",", b";", b"\t"))
    if not kind and not document.startswith(_EXCEL) and (b"\0" in first or untabled):
        kind = name.rpartition(".")[2].upper() if "." in name else "?"
    return finding("site.register.not_table", name, kind=kind) if kind else None
