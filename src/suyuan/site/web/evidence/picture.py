"""From certificates and results to what the graph draws: names, values, validity, marks and words of breaks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date

import numpy as np
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import SafeString

from suyuan.certificate.certificate import Certificate, StatedQuantity
from suyuan.quantity.finding import Refused
from suyuan.quantity.notation import notate, number
from suyuan.quantity.unit import parse_unit
from suyuan.site.acts.evidence.trace import OF_THE_PARENT, Scene
from suyuan.site.language import Language, current, spoken
from suyuan.site.terms import term
from suyuan.site.web.parts.graph import Cut, Line, Picture, Spot
from suyuan.site.web.parts.text import both, pick
from suyuan.traceability.breaks import Break
from suyuan.traceability.evidence import Anchor, SavedResult
from suyuan.traceability.graph import Graph, Link, Node

MARK: Mapping[str, tuple[str, str]] = {
    "missing": ("gap", "bad"),
    "wrong_digest": ("fail", "bad"),
    "ambiguous": ("unknown", "bad"),
    "empty": ("unknown", "bad"),
    "circle": ("fail", "bad"),
    "expired": ("expired", "warn"),
    "not_yet_valid": ("due", "warn"),
    "withdrawn": ("withdrawn", "bad"),
    "superseded": ("super", "warn"),
    "influence_absent": ("fail", "bad"),
    "below_parent": ("undecided", "warn"),
    "out_of_range": ("fail", "bad"),
    "declared_untraceable": ("fail", "bad"),
    "no_anchor": ("gap", "warn"),
    "anchor_expired": ("expired", "warn"),
    "comparison_failed": ("fail", "bad"),
}
"""Kind of break → (mark, tone)."""


_BLANK = re.compile(
    r"(?<=[\u2e80-\u9fff\uff00-\uff60]) +(?=[\u2e80-\u9fff\uff00-\uff60])"
    r"|(?<=[）：，；。、]) +| +(?=[（：，；。、])"
)


def word(kind: str) -> str:
    """The word of a kind of break."""
    return term(f"trace.break.{kind}")


def tone(kinds: Iterable[str]) -> str:
    """The worse tone of some kinds of breaks; «» where there is none."""
    tones = {MARK.get(kind, ("unknown", "warn"))[1] for kind in kinds}
    return "bad" if "bad" in tones else "warn" if tones else ""


def tight(text: str) -> str:
    """Chinese without the blanks that belong beside Latin letters and digits only.

    >>> tight("端规（演示） 所用的 量块 KB-12 已撤回")
    '端规（演示）所用的量块 KB-12 已撤回'
    """
    return _BLANK.sub("", text)


def in_both(make: Callable[[], str]) -> SafeString:
    """A sentence in Chinese with the English below it, or in English alone."""
    texts: dict[Language, str] = {}
    languages: tuple[Language, ...] = ("zh", "en")
    for language in languages:
        with spoken(language):
            texts[language] = tight(make()) if language == "zh" else make()
    return both(texts["zh"], texts["en"])


def name_of(node: Node) -> str:
    """What a person calls it: the item, else the number."""
    return pick(node.name)[0] or node.number or term("trace.no_number")


def address_of(graph: Graph, node: Node) -> str:
    """The page of its document; of an anchor that of the certificate it stands on."""
    if node.kind == "anchor":
        below = [graph.node(link.child) for link in graph.children(node.id) if link.kind == "anchor"]
        return certificate_address(below[0].id) if below else ""
    return certificate_address(node.id) if node.kind in ("certificate", "result") else ""


def certificate_address(digest: str) -> str:
    """The page of a certificate."""
    try:
        return reverse("certificate", args=[digest])
    except NoReverseMatch:
        return reverse("trace", args=[digest])


# ---------------------------------------------------------------- a node's three lines


def values(node: Node) -> tuple[str, ...]:
    """What it gives, the longest way to say it first."""
    document = node.document
    if isinstance(document, Anchor):
        return (term(f"trace.anchor.{document.kind}"),)
    if isinstance(document, SavedResult):
        return (node.number,)
    if not isinstance(document, Certificate):
        return (node.number, term("trace.not_here")) if node.number else (term("trace.not_here"),)
    stated = [q for q in document.quantities() if q.value.size]
    if not stated:
        return (document.number,)
    first, more = _figures(stated[0]), len(stated) - 1
    if more:
        first = tuple(term("trace.more_values", first=text, more=more) for text in first)
    return first


def _figures(q: StatedQuantity) -> tuple[str, ...]:
    symbol = _symbol(q)
    if q.value.size > 1:
        return (term("trace.values", count=q.value.size) + (f" / {symbol}" if symbol else ""),)
    value, spread = float(q.value[0]), _spread(q)
    if spread is None:
        return (f"{number(value)} {symbol}".strip(),)
    alone = f"U = {number(spread, 2)} {symbol}".strip()
    return (figure(value, spread, symbol), alone)  # brackets are for u alone


def figure(value: float, spread: float, symbol: str) -> str:
    """«(50.000838 ± 0.000067) mm» as plain text; without a unit, brackets only where a power of ten needs them."""
    symbol = "" if symbol == "1" else symbol
    written = notate(value, spread, symbol)
    if written.exponent or written.value_text is None:
        return written.pair or ""
    pair = f"{written.value_text} ± {written.uncertainty_text}"
    return f"({pair}) {symbol}" if symbol else pair


def _spread(q: StatedQuantity) -> float | None:
    if q.uncertainty is None or not q.uncertainty.value.size or not np.isfinite(q.uncertainty.value[0]):
        return None
    return float(q.uncertainty.value[0])


def _symbol(q: StatedQuantity) -> str:
    try:
        return parse_unit(q.unit).symbol
    except Refused:
        return q.unit


def verdict(node: Node) -> str:
    """The one verdict that its certificate states; «» where there is none or there are several."""
    if not isinstance(node.document, Certificate):
        return ""
    found = {s.conformity for s in node.document.statements if s.conformity in ("pass", "fail", "undecided")}
    return found.pop() if len(found) == 1 else ""


def _notes(node: Node, broken: bool) -> tuple[str, ...]:
    if broken and node.kind in ("certificate", "result"):
        said = verdict(node)
        return (term("trace.below.verdict", verdict=term(f"state.{said}")) if said else term("trace.below"),)
    if node.kind == "missing":
        return ()
    told = ""
    if node.valid_until is not None:
        told = term("trace.until", day=node.valid_until)
    elif node.day is not None:
        told = term("trace.measured", day=node.day)
    if node.kind == "anchor":
        return (told,)
    return tuple(filter(None, (f"{node.number} · {told}" if told else node.number, told)))


# ---------------------------------------------------------------- the picture


def picture(scene: Scene) -> Picture:
    """What is drawn of a scene."""
    known, graph = scene.survey, scene.graph
    last = max(scene.level.values(), default=0)
    used = {link.parent for link in scene.links}
    leaves = {n.id for n in scene.nodes if n.id not in used and (n.case is not None or n.kind == "result")}
    spots = tuple(_spot(scene, node, leaves) for node in scene.nodes)
    cuts = {(link.parent, link.child): _cut(scene, link, known.breaks_of(link)) for link in scene.links}
    stems = dict(_stems(scene, cuts))
    lines = []
    for link in scene.links:
        cut = cuts[link.parent, link.child]
        breaks = known.breaks_of(link)
        soft = bool(breaks) and all(b.severity != "error" for b in breaks)
        above = tone(b.kind for b in known.touched.get(link.parent, ()))
        lines.append(Line(link.parent, link.child, cut, above, soft))
    rows = {at: [n for n in scene.nodes if scene.level[n.id] == at] for at in range(last + 1)}
    names = {at: _layer(at, last, row, leaves) for at, row in rows.items()}
    broken = len(scene.roots)
    label = term("trace.aria", layers=last + 1, nodes=len(spots), breaks=broken)
    assert graph is known.graph
    return Picture(spots, tuple(lines), names, label, stems)


def _spot(scene: Scene, node: Node, leaves: set[str]) -> Spot:
    touching = scene.survey.touched.get(node.id, ())
    here = scene.target is not None and node.id == scene.target.id
    kind = node.kind if node.kind in ("anchor", "missing") else "result" if node.id in leaves else "step"
    role = "here" if here else "result" if kind == "result" else node.kind
    loose = [b for b in touching if b.link is None and b.node == node.id]
    notes = (word(loose[0].kind),) if loose else _notes(node, bool(touching))
    used = any(link.parent == node.id for link in scene.links)  # then a cut says it
    gone = None if used else scene.gone(node.id)
    if gone is not None:
        notes = (f"{node.number} · {word('withdrawn')} {gone}", f"{word('withdrawn')} {gone}", *notes)
    more = scene.folded.get(node.id, 0)
    name = name_of(node)
    if more:
        name = term("trace.more_alike", name=fit_name(name), more=more)
    return Spot(
        node.id, scene.level[node.id], name, values(node), notes,
        "bad" if gone is not None else tone(b.kind for b in touching), kind,
        term("chain.here.result" if role == "here" and node.kind == "result" else f"trace.role.{role}"), here,
        address_of(scene.graph, node),
    )  # fmt: skip


def fit_name(name: str) -> str:
    """A name without what stands in full-width brackets at its end."""
    return name[: name.rindex("（")] if name.endswith("）") and "（" in name else name


def _cut(scene: Scene, link: Link, breaks: tuple[Break, ...]) -> Cut | None:
    if not breaks:
        return None
    worst = sorted(breaks, key=lambda b: (b.severity != "error", tone((b.kind,)) != "bad"))[0]
    mark, shade = MARK.get(worst.kind, ("unknown", "warn"))
    kinds = list(dict.fromkeys(b.kind for b in breaks))
    return Cut(mark, " · ".join(word(kind) for kind in kinds[:2]), when(scene, worst), shade)


def when(scene: Scene, item: Break) -> str:
    """The date that belongs to a break: of the withdrawal, of the end of validity, of the use."""
    day = day_of(scene, item)
    return day.isoformat() if day is not None else ""


def day_of(scene: Scene, item: Break) -> date | None:
    """As `when`, as a day."""
    parent = scene.graph.node(item.node)
    if item.kind in ("withdrawn", "superseded") and item.node in scene.survey.stated:
        return scene.survey.stated[item.node][1]
    if item.kind in ("expired", "anchor_expired"):
        return parent.valid_until
    return scene.graph.node(item.link.child).day if item.link is not None else parent.day


def _stems(scene: Scene, cuts: Mapping[tuple[str, str], Cut | None]) -> Iterable[tuple[str, Cut]]:
    """Standards all of whose drawn uses are broken because of themselves: one cut below them."""
    below: dict[str, list[str]] = {}
    for link in scene.links:
        below.setdefault(link.parent, []).append(link.child)
    by_ends = {(link.parent, link.child): link for link in scene.links}
    for parent, children in below.items():
        kinds = [{b.kind for b in scene.survey.breaks_of(by_ends[parent, child])} for child in children]
        of_parent = [found and found <= OF_THE_PARENT for found in kinds]
        first = cuts[parent, children[0]]
        if all(of_parent) and len({frozenset(found) for found in kinds}) == 1 and first is not None:
            yield parent, first


def _layer(at: int, last: int, nodes: list[Node], leaves: set[str]) -> tuple[str, str]:
    """The name of a layer, in Chinese with the English below it."""
    told: dict[str, object] = {}
    if at == 0 and any(n.kind == "anchor" for n in nodes):
        key = "trace.layer.anchor"
    elif at == last and nodes and all(n.id in leaves for n in nodes) and last > 0:
        key = "trace.layer.result"
    else:
        key, told = "trace.layer.step", {"n": max(1, at)}
    english = term(key, "en", **told)
    return (term(key, "zh", **told), english) if current() == "zh" else (english, "")
