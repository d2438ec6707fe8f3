"""XML from strangers: one safe parse, and the place of an element in words.

No network, no document type declaration (so no entity of any kind), limits on size, on the number of tags, on depth
and on width. Comments and processing instructions are dropped while parsing, so that a comment inside a number cannot
cut the number short, and so are the blanks that only indent. A file that cannot be parsed gives no tree and a finding
with its line; nothing is ever raised.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import Any

from lxml import etree

from suyuan.quantity.finding import Finding, finding

Element = etree._Element
RULE = "XML 1.0"


@dataclass(frozen=True, slots=True)
class Limits:
    """What is still read. size: bytes of the file; tags: number of «<» in it."""

    size: int = 64 * 2**20
    tags: int = 1_000_000


LIMITS = Limits()

_SIBLINGS = 200

DEPTH = 256
"""Elements inside each other; the C parser's own limit, kept for large files by a look of our own."""

WIDTH = 20_000
"""Elements beside each other: the validator counts siblings for each fault, so many faulty ones would take hours."""

_WIDE = etree.XPath(f"//*[count(*) > {WIDTH}][1]")
_BELOW = etree.XPath("boolean(" + "/*" * (DEPTH + 1) + ")")

# libxml2 refuses a text of more than 10 million characters unless told otherwise; files near that size carry
# attachments and are parsed with its size limits off (depth and tags are then ours to check).
_LARGE = 9_000_000

# The C parser turns these into Unicode with «<» kept as the byte 0x3C, so the look for a DOCTYPE below sees all.
_ENCODINGS = re.compile(
    r"(utf-?8|us-ascii|ascii|iso-8859-\d+|windows-125\d|gbk|gb2312|gb18030|big5|shift_jis|euc-(jp|kr|cn))\Z",
    re.IGNORECASE,
)
_DECLARATION = re.compile(r"<\?xml[^>]*?encoding\s*=\s*[\"']([^\"'>]*)[\"']")
_PROLOG = re.compile(r"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL)
_PROLOG_BYTES = re.compile(rb"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL)


def parse(data: bytes, limits: Limits = LIMITS) -> tuple[etree._ElementTree | None, tuple[Finding, ...]]:
    """Parse a file's bytes into a tree, or say why not.

    data: the file; limits: see `Limits`. Returns the tree and no finding, or None and what is wrong
    (`certificate.xml.…`): empty, too large, foreign encoding, DTD, not well formed, too deep.

    >>> tree, findings = parse(b"<a><b>1</b></a>")
    >>> tree.getroot().tag, findings
    ('a', ())
    >>> parse(b"<a><b></a>")[1][0].code
    'certificate.xml.broken'
    """
    refusal = _refusal(data, limits)
    if refusal is not None:
        return None, (refusal,)
    large = len(data) > _LARGE
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        remove_comments=True,
        remove_pis=True,
        remove_blank_text=True,
        huge_tree=large,
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        return None, (_syntax(error),)
    except (ValueError, LookupError) as error:  # an encoding that Python or lxml refuses by itself
        return None, (finding("certificate.xml.encoding", "line 1", rule=RULE, encoding=str(error)[:80]),)
    tree = root.getroottree()
    if tree.docinfo.internalDTD is not None:
        return None, (finding("certificate.xml.dtd", "line 1", rule=RULE),)
    shape = (_too_deep(root) if large else None) or (_too_wide(root) if len(data) > 4 * WIDTH else None)
    return (tree, ()) if shape is None else (None, (shape,))


def children(element: Element) -> list[Element]:
    """The elements directly inside one: a slice costs half of what walking over the element itself does."""
    found: list[Element] = element[:]  # type: ignore[index, assignment]
    return found


def place(element: Element) -> str:
    """Line and XPath of an element, for a finding: «line 12 /a/b[2]». Only made when something is wrong.

    Among hundreds of siblings the path would cost a count each time; there the line and the name must do.
    """
    line = f"line {element.sourceline}"
    for step in (element, *element.iterancestors()):
        if next(islice(step.itersiblings(preceding=True), _SIBLINGS, None), None) is not None:
            return f"{line} {etree.QName(element).localname}"
    return f"{line} {element.getroottree().getpath(element)}"


def _refusal(data: bytes, limits: Limits) -> Finding | None:
    """What can be seen wrong before any parser touches the bytes."""
    if not data or data.isspace():
        return finding("certificate.xml.empty", "line 1", rule=RULE)
    if len(data) > limits.size:
        return finding("certificate.xml.too_large", "line 1", rule=RULE, size=len(data), limit=limits.size)
    wide = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    if wide:
        try:
            text = data.decode("utf-16")
        except UnicodeDecodeError as error:
            return finding("certificate.xml.encoding", "line 1", rule=RULE, encoding=f"UTF-16: {error.reason}")
        doctype = _doctype(text)
        tags = text.count("<")
    else:
        head = data[:400].decode("latin-1")
        declared = _DECLARATION.search(head)
        if b"\0" in data[:8] or (declared and not _ENCODINGS.match(declared[1].strip())):
            name = declared[1].strip() if declared else "?"
            return finding("certificate.xml.encoding", "line 1", rule=RULE, encoding=name)
        doctype = _doctype_bytes(data)
        tags = data.count(b"<") if len(data) > limits.tags else 0  # fewer bytes cannot hold so many
    if doctype:
        return finding("certificate.xml.dtd", f"line {doctype}", rule=RULE)
    if tags > limits.tags:
        return finding("certificate.xml.too_many_tags", "line 1", rule=RULE, tags=tags, limit=limits.tags)
    return None


def _doctype_bytes(data: bytes) -> int:
    """Line of a document type declaration, 0 if there is none before the first element."""
    position = 3 if data[:3] == b"\xef\xbb\xbf" else 0
    while match := _PROLOG_BYTES.match(data, position):
        position = match.end()
    return data.count(b"\n", 0, position) + 1 if data[position : position + 2] == b"<!" else 0


def _doctype(text: str) -> int:
    position = 0
    while match := _PROLOG.match(text, position):
        position = match.end()
    return text.count("\n", 0, position) + 1 if text[position : position + 2] == "<!" else 0


def _syntax(error: etree.XMLSyntaxError) -> Finding:
    line, message = error.lineno or 1, error.msg or ""
    if "depth" in message.lower():
        return finding("certificate.xml.too_deep", f"line {line}", rule=RULE, limit=DEPTH)
    return finding("certificate.xml.broken", f"line {line}", rule=RULE, line=line, detail=message[:200])


def _too_deep(root: Element) -> Finding | None:
    """For large files, whose parser has no limit of its own: is there an element below the deepest level allowed?"""
    if not _BELOW(root):
        return None
    return finding("certificate.xml.too_deep", "line 1", rule=RULE, limit=DEPTH)


def _too_wide(root: Element) -> Finding | None:
    """The first element that holds too many others."""
    found: Any = _WIDE(root)
    if not found:
        return None
    return finding("certificate.xml.too_wide", f"line {found[0].sourceline}", rule=RULE, limit=WIDTH)
