"""Bytes of a text file as text: the encoding is told by the bytes, and said; nothing is replaced silently."""

from __future__ import annotations

import codecs

from suyuan.quantity.finding import Refused, finding

LIMIT = 2**31
"""Bytes of a file that a reader takes at once; larger ones are cut by whoever sends them."""

_CHINESE = 0.8
"""Share of characters beyond ASCII that must be common Chinese ones: «µm» in Latin-1 is a rare character of GBK."""


def decoded(content: bytes, name: str = "") -> tuple[str, str]:
    """The text of a file and its encoding: UTF-8, UTF-16 by its mark, GBK where it reads as Chinese, else Latin-1.

    content: the file; name: for findings.
    Raises Refused formats.file.empty, formats.file.too_large, formats.file.binary.

    >>> decoded("粗糙度 µm".encode())[1], decoded("粗糙度".encode("gbk")), decoded("1 µm".encode("latin-1"))
    ('utf-8', ('粗糙度', 'gb18030'), ('1 µm', 'latin-1'))
    """
    if not content.strip():
        raise Refused(finding("formats.file.empty", name or "line 1"))
    if len(content) > LIMIT:
        raise Refused(finding("formats.file.too_large", name or "line 1", size=len(content), limit=LIMIT))
    if content[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        try:
            return content.decode("utf-16"), "utf-16"
        except UnicodeDecodeError as error:
            raise Refused(finding("formats.file.binary", f"{name} byte {error.start}".strip())) from None
    if (zero := content.find(b"\0")) >= 0:
        raise Refused(finding("formats.file.binary", f"{name} byte {zero}".strip()))
    try:
        return content.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        return _older(content)


def _older(content: bytes) -> tuple[str, str]:
    try:
        text = content.decode("gb18030")
    except UnicodeDecodeError:
        return content.decode("latin-1"), "latin-1"
    foreign = "".join(c for c in text[:200_000] if c > "\x7f")
    common = sum(_common(c) for c in foreign)
    return (text, "gb18030") if common >= _CHINESE * len(foreign) else (content.decode("latin-1"), "latin-1")


def _common(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True
