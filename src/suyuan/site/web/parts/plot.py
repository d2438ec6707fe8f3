"""A figure with axes inside the page: matplotlib's SVG with the page's own colours, so that dark mode and print follow.

The report draws in the light palette and with style attributes, which our content policy forbids. Here each property
becomes an attribute, each colour of the palette its variable, and everything that is not drawing is left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from lxml import etree

VARIABLES: Mapping[str, str] = {
    "#15191c": "var(--ink)",
    "#485157": "var(--ink2)",
    "#626b70": "var(--ink3)",
    "#cfd6d3": "var(--hair)",
    "#17577e": "var(--f1)",
    "#c07a1c": "var(--f2)",
    "#6f9a86": "var(--f3)",
    "#4a1f3a": "var(--f4)",
    "#646d72": "var(--f5)",
    "#e3eef5": "var(--accent-wash)",
    "#8f5f00": "var(--warn)",
    "#96202a": "var(--bad)",
    "#fbfcfa": "var(--paper)",
    "#000000": "var(--ink)",
    "#ffffff": "var(--paper)",
}
"""The palette of the light page → the variable that follows light, dark and paper."""

_DRAWING = frozenset(
    (
        *("svg", "g", "path", "use", "defs", "text", "tspan", "rect", "circle", "line", "polyline", "polygon"),
        *("clipPath", "pattern"),
    )
)
_KEPT = frozenset(
    (
        *("fill", "fill-opacity", "fill-rule", "clip-rule", "opacity", "text-anchor", "dominant-baseline"),
        *("stroke", "stroke-width", "stroke-dasharray", "stroke-dashoffset", "stroke-linecap", "stroke-linejoin"),
        *("stroke-opacity", "font-size", "font-style", "font-weight"),
    )
)
_PLACED = frozenset(
    (
        *("d", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "rx", "ry", "dx", "dy"),
        *("width", "height", "points", "transform", "viewBox", "patternUnits"),
    )
)
_SVG, _XLINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}"
_PARSER = etree.XMLParser(
    resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True
)


def _properties(style: str) -> dict[str, str]:
    """The declarations of a style attribute as presentation attributes; a font shorthand gives its size and slant."""
    found = {}
    for declaration in style.split(";"):
        name, _, value = (part.strip() for part in declaration.partition(":"))
        if name == "font":
            size = re.search(r"([\d.]+)px", value)
            if size:
                found["font-size"] = size[1]
            found |= {"font-style": "italic"} if re.search(r"\bitalic\b", value) else {}
            found |= {"font-weight": "600"} if re.search(r"\b(bold|[6-9]00)\b", value) else {}
        elif name in _KEPT and value:
            found[name] = value
    return found


def _clean(element: etree._Element, prefix: str) -> None:
    own = {str(key): str(value) for key, value in element.attrib.items()}
    element.attrib.clear()
    style = _properties(own.pop("style", ""))
    for key, text in own.items():
        if key in (f"{_XLINK}href", "href") and text.startswith("#"):
            element.set("href", f"#{prefix}{text[1:]}")
        elif key == "id":
            element.set("id", prefix + text)
        elif key == "clip-path":
            element.set("clip-path", re.sub(r"url\(#([^)]*)\)", rf"url(#{prefix}\1)", text))
        elif key in _PLACED or key in _KEPT:
            element.set(key, text)
    for key, text in style.items():
        element.set(key, re.sub(r"url\(#([^)]*)\)", rf"url(#{prefix}\1)", text))
    for key in ("fill", "stroke"):
        colour = str(element.get(key, "")).lower()
        if colour in VARIABLES:
            element.set(key, VARIABLES[colour])


def plot_html(svg: str | bytes, label: str, *, name: str = "plot", kind: str = "") -> SafeString:
    """The figure for the page.

    svg: as matplotlib writes it; label: the finding that the figure shows, read aloud; name: keeps the identifiers of
    several figures of one page apart; kind: `wide` or `narrow` where a figure is drawn twice.
    """
    root = etree.fromstring(svg.encode("utf-8") if isinstance(svg, str) else svg, _PARSER)
    for element in list(root.iter(etree.Element)):
        if not str(element.tag).startswith(_SVG) or element.tag[len(_SVG) :] not in _DRAWING:
            parent = element.getparent()
            if parent is not None:
                parent.remove(element)
            continue
        _clean(element, f"{name}-")
    for key in ("width", "height", "id"):
        root.attrib.pop(key, "")
    body = "".join(etree.tostring(child, encoding="unicode") for child in root)
    body = re.sub(r'\sxmlns(:\w+)?="[^"]*"', "", body)
    box = str(root.get("viewBox", "0 0 375 260"))
    width, height = (float(part) * 4 / 3 for part in box.split()[2:4])
    return mark_safe(
        f'<svg class="plot {escape(kind)}" viewBox="{escape(box)}" width="{width:.0f}" height="{height:.0f}" '
        f'role="img" aria-label="{escape(label)}">{body}</svg>'
    )
