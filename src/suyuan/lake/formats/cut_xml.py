"""An XML file that was cut off: what is whole before the cut, and never a half of anything.

The lists that were open at the cut are closed; the first open element below them is left out with all that is in it. A
file with a fault before its end is not cut, and stays refused.
"""

from __future__ import annotations

import copy
from collections.abc import Collection
from itertools import pairwise

from lxml import etree

from suyuan.certificate import xml
from suyuan.quantity.finding import Finding, Refused, finding

BROKEN = "certificate.xml.broken"


def parsed(content: bytes, lists: Collection[str]) -> tuple[etree._ElementTree, tuple[Finding, ...]]:
    """The tree of a file and no finding, or of the whole part of one that was cut and an error with the place.

    lists: local names of elements whose whole members count though the element itself is half. Raises Refused
    certificate.xml.… where it is no such file, or is damaged before its end.

    >>> tree, (told,) = parsed(b"<values><value>1</value><value>2</val", ("values",))
    >>> [value.text for value in tree.getroot()], told.code
    (['1'], 'formats.xml.cut')
    """
    tree, found = xml.parse(content)
    if tree is not None:
        return tree, ()
    mended = _whole(content, lists) if [f.code for f in found] == [BROKEN] else None
    if mended is None:
        raise Refused(*found)
    part, half = mended
    tree, again = xml.parse(part)
    if tree is None:
        raise Refused(*again)
    line = content.count(b"\n") + 1
    return tree, (finding("formats.xml.cut", f"line {line}", "error", line=line, element=half),)


def _whole(content: bytes, lists: Collection[str]) -> tuple[bytes, str] | None:
    """The whole part of a cut file as bytes, and the name of the half element; None where the file is not just cut, or
    nothing is whole in it."""
    parser = etree.XMLPullParser(
        events=("start", "end"), resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True,
        remove_pis=True,
    )  # fmt: skip
    try:
        parser.feed(content)
    except etree.XMLSyntaxError:
        return None
    opened: list[etree._Element] = []
    for event, element in parser.read_events():
        if event == "start" and isinstance(element, etree._Element):
            opened.append(element)
        else:
            opened.pop()
    if not opened or _local(opened[0]) not in lists:
        return None
    depth = next((i for i, e in enumerate(opened) if _local(e) not in lists), len(opened))
    steps = [outer.index(inner) for outer, inner in pairwise(opened[: depth + 1])]
    root = copy.deepcopy(opened[0])  # the parser still holds its own tree
    half, parent = root, None
    for step in steps:
        half, parent = half[step], half
    if depth < len(opened) and parent is not None:
        parent.remove(half)
    if not len(root):
        return None
    return etree.tostring(root), _local(half)


def _local(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]
