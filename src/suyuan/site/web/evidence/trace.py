"""The page «traceability»: of one document, or of the whole laboratory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from suyuan.certificate.certificate import Certificate
from suyuan.quantity.finding import Finding, Refused, sentences
from suyuan.site.acts import clock, store
from suyuan.site.acts.evidence import document
from suyuan.site.acts.evidence import trace as act
from suyuan.site.acts.evidence.trace import Scene
from suyuan.site.acts.series.impact import streams_of
from suyuan.site.language import current
from suyuan.site.terms import term
from suyuan.site.web.carbon.resting import resting_said
from suyuan.site.web.evidence.picture import MARK, address_of, day_of, in_both, name_of, picture, tone, word
from suyuan.site.web.parts.graph import Cut, graph_html, legend_svg
from suyuan.site.web.parts.state import state_html
from suyuan.site.web.parts.text import both, day_text, pick, unbroken
from suyuan.site.web.reach import opened_named
from suyuan.traceability.breaks import Break
from suyuan.traceability.evidence import Key
from suyuan.traceability.graph import Graph, Link, Node
from suyuan.verbs.trace import OPEN

SHOWN = 12
NAMED = 3


@require_safe
def trace(request: HttpRequest, key: str = "") -> HttpResponse:
    """The picture, the answer above it, the table below it."""
    document.current()
    wanted = (key or request.GET.get("of", "") or request.GET.get("key", "")).strip()
    if wanted and not key:
        return HttpResponseRedirect(reverse("trace", args=[wanted]))
    try:
        scene = act.one(named(wanted, request.GET.get("issuer", ""))) if wanted else act.whole()
    except Refused as refused:
        return unknown(request, wanted, refused.findings)
    everything = request.GET.get("all") == "1"
    rows, streams = link_rows(scene), _streams(scene)
    context: dict[str, Any] = {
        "scene": scene,
        "day": clock.today(),
        "target": scene.target,
        "name": name_of(scene.target) if scene.target is not None else "",
        "title": title_html("trace.title.one", scene.target) if scene.target is not None else "",
        "answer": answer_html(scene, streams),
        "data_way": opened_named("data_impact", scene.target.id) if streams and scene.target is not None else "",
        "claims": resting_said(request.user, *scene.target.key) if scene.target is not None else "",
        "graph": graph_html(picture(scene)) if scene.nodes else "",
        "legend": list(legend(scene)),
        "rows": rows if everything else rows[:SHOWN],
        "total": len(rows),
        "notes": scene.notes,
        "address": address_of(scene.graph, scene.target) if scene.target is not None else "",
    }
    return render(request, "trace.html", context)


def named(key: str, issuer: str) -> Key | str:
    """A digest or a number; with `?issuer=` issuer and number."""
    return (issuer, key) if issuer else key


def unknown(request: HttpRequest, key: str, findings: tuple[Finding, ...]) -> HttpResponse:
    """No such document, or several: say so, and offer those that bear the number."""
    found = [n for n in store.graph().nodes if n.kind in ("certificate", "result") and key and key in (n.number, n.id)]
    found = found or [n for n in store.graph().nodes if n.kind in ("certificate", "result") and _like(n, key)][:12]
    versions = [{"name": name_of(n), "title": n.title, "id": n.id, "day": n.day} for n in found]
    context = {"key": key, "findings": findings, "versions": versions}
    return render(request, "trace_unknown.html", context, status=404)


def _like(node: Node, key: str) -> bool:
    wanted = key.casefold()
    return len(wanted) >= 2 and (wanted in node.number.casefold() or wanted in name_of(node).casefold())


def title_html(key: str, node: Node) -> SafeString:
    """The head of a page about one document, with its name in both languages where it has both."""
    zh, en = pick(node.name, "zh")[0] or node.number, pick(node.name, "en")[0] or node.number
    return both(unbroken(term(key, "zh", name=zh)), unbroken(term(key, "en", name=en)))


# ---------------------------------------------------------------- the answer


def answer_html(scene: Scene, streams: int) -> SafeString:
    """What a person would say aloud, in Chinese with the English below it; streams: from `_streams`."""
    return in_both(lambda: _answer(scene, streams))


def _answer(scene: Scene, streams: int) -> str:
    if not scene.nodes:
        return term("trace.nothing")
    told = _of_one(scene) if scene.chain is not None else _of_all(scene)
    if streams:
        told.append(term("trace.answer.readings" + (".withdrawn" if scene.chain is None else ""), count=streams))
    return ("" if current() == "zh" else " ").join(told)


def _streams(scene: Scene) -> int:
    """How many streams' readings rest on the target; of the whole laboratory: on certificates that were withdrawn."""
    if scene.target is not None:
        asked = [scene.target.document]
    else:
        gone = [id for id, (kind, _) in scene.survey.stated.items() if kind == "withdrawn"]
        asked = [scene.graph.node(id).document for id in gone]
    return len({id for one in asked if isinstance(one, Certificate) for id in streams_of(one)})


def _of_all(scene: Scene) -> list[str]:
    """What is broken, what is unfinished, and what of the rest can be said: three different things."""
    roots, whole = scene.roots, [n for n in scene.nodes if n.kind == "certificate" and n.id not in scene.survey.touched]
    if not roots and not scene.open:
        return [term("trace.answer.all")]
    told = []
    if roots:
        listed = [
            term("trace.answer.root", name=name_of(r.node), word=word(r.kind), touched=len(r.touched))
            for r in roots[:NAMED]
        ]
        if len(roots) > NAMED:
            listed.append(term("trace.answer.more", count=len(roots) - NAMED))
        key = "trace.answer.breaks" if len(roots) > 1 else "trace.answer.break"
        told.append(term(key, count=len(roots), list=term("trace.answer.join").join(listed)))
    else:
        told.append(term("trace.answer.no_break"))
    if scene.open:
        key = "trace.answer.open" if len(scene.open) > 1 else "trace.answer.open.one"
        told.append(term(key, count=len(scene.open)))
    if scene.hidden or whole:
        told.append(term("trace.answer.rest"))
    return told


def _of_one(scene: Scene) -> list[str]:
    way = scene.chain
    assert way is not None
    told = []
    own = [
        b for b in way.breaks if b.link is None and b.node == way.target.id and b.kind in ("withdrawn", "superseded")
    ]
    day = scene.survey.stated.get(way.target.id, ("", None))[1]
    for kind in dict.fromkeys(item.kind for item in own):
        told.append(term("trace.answer.stated", day=day_text(day), word=word(kind)))
    breaks = [b for b in way.breaks if b.severity == "error" and b not in own]
    if breaks:
        listed = list(dict.fromkeys(_use(scene.graph, b) for b in breaks))
        more = [term("trace.answer.more", count=len(listed) - NAMED)] if len(listed) > NAMED else []
        unfinished = all(b.kind in OPEN for b in breaks)
        key = "trace.answer.unfinished" if unfinished else "trace.answer.broken"
        told.append(term(key, list=term("trace.answer.join").join(listed[:NAMED] + more)))
    elif not way.anchors:
        told.append(term("trace.answer.no_end"))
    else:
        anchors = term("trace.answer.and").join(name_of(node) for node in way.anchors)
        key = "trace.answer.complete" if scene.gone(way.target.id) is None else "trace.answer.complete.above"
        told.append(term(key, steps=len(way.levels) - 1, anchors=anchors))
        if way.first_expiry is not None:
            day, id = way.first_expiry
            told.append(term("trace.answer.first", name=name_of(scene.graph.node(id)), day=day_text(day)))
    below = [n for n in scene.graph.downstream(way.target.id) if n.kind in ("certificate", "result")]
    if below:
        told.append(term("trace.answer.touches" + (".one" if len(below) == 1 else ""), count=len(below)))
    return told


def _use(graph: Graph, item: Break) -> str:
    if item.link is None:
        return term("trace.answer.self", name=name_of(graph.node(item.node)), word=word(item.kind))
    child, parent = graph.node(item.link.child), graph.node(item.link.parent)
    return term("trace.answer.use", child=name_of(child), parent=name_of(parent), word=word(item.kind))


# ---------------------------------------------------------------- legend and table


def legend(scene: Scene) -> Iterable[Mapping[str, Any]]:
    """What the lines mean: only what is there."""
    if scene.links:
        yield {"svg": legend_svg(), "key": "state.valid"}
    kinds = dict.fromkeys(b.kind for link in scene.links for b in scene.survey.breaks_of(link) if b.severity == "error")
    for kind in kinds:
        mark, shade = MARK.get(kind, ("unknown", "warn"))
        yield {"svg": legend_svg(Cut(mark, "", "", shade)), "key": f"trace.break.{kind}"}
    if kinds:
        yield {"svg": legend_svg(dashed=True), "key": "trace.legend.below"}


@dataclass(frozen=True)
class LinkRow:
    """One line of the figure in the table."""

    rank: tuple[int, date]
    state: SafeString
    parent: str
    child: str
    address: str
    child_address: str
    number: str
    day: date | None
    used: date | None
    inputs: str
    declared: bool
    notes: tuple[str, ...]


def link_rows(scene: Scene) -> list[LinkRow]:
    """All links of the scene, the broken ones first, then those whose standard ends soonest."""
    rows = [_row(scene, link) for link in scene.links]
    return sorted(rows, key=lambda row: row.rank)


def _row(scene: Scene, link: Link) -> LinkRow:
    graph, breaks = scene.graph, scene.survey.breaks_of(link)
    child, parent = graph.node(link.child), graph.node(link.parent)
    notes = tuple(dict.fromkeys(sentences(b.finding, current())["what"] for b in breaks))
    shade = tone(b.kind for b in breaks)
    rank = 0 if shade == "bad" else 1 if shade else 2
    until = parent.valid_until
    day = next((d for b in breaks if (d := day_of(scene, b)) is not None), until)
    if not breaks:
        due = until is not None and clock.today() <= until <= clock.due()
        under = link.parent in scene.survey.touched or scene.gone(link.child) is not None
        rank = 2 if under else 3 if due else 4
    return LinkRow(
        (rank, until or date.max), _state(scene, link, breaks), name_of(parent), name_of(child),
        address_of(graph, parent), address_of(graph, child), parent.number, day, child.day,
        ", ".join(dict.fromkeys(link.inputs)), link.kind == "anchor", notes,
    )  # fmt: skip


def _state(scene: Scene, link: Link, breaks: tuple[Break, ...]) -> SafeString:
    if not breaks:
        until = scene.graph.node(link.parent).valid_until
        if link.parent in scene.survey.touched:
            return state_html("broken", key="trace.under")
        if scene.gone(link.child) is not None:
            return state_html("withdrawn", key="trace.user_withdrawn")
        return state_html("due" if until is not None and clock.today() <= until <= clock.due() else "valid")
    worst = sorted(breaks, key=lambda b: (b.severity != "error", tone((b.kind,)) != "bad"))[0]
    mark, shade = MARK.get(worst.kind, ("unknown", "warn"))
    key = f"trace.break.{worst.kind}"
    return format_html(
        '<span class="st {}"><svg class="m" aria-hidden="true"><use href="#m-{}"/></svg>{}</span>',
        shade, mark, both(term(key, "zh"), term(key, "en")),
    )  # fmt: skip
