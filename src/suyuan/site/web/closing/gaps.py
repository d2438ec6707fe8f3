"""Gaps: needs minus proven capability, in clusters by priority; each with what is missing, by how much, and why."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from suyuan.capability.challenges.challenge import named
from suyuan.capability.gaps.cluster import Cluster, Ranked, Ranking, clusters, rank
from suyuan.capability.gaps.gap import KINDS, Gap
from suyuan.capability.gaps.industry import industries, parameters
from suyuan.capability.interval import Interval
from suyuan.capability.taxonomy import quantities, quantity_key
from suyuan.quantity.finding import sentences
from suyuan.quantity.notation import number as digits
from suyuan.report.papers.sheet import sheet
from suyuan.report.service.shown import gaps_of as gaps_drawn
from suyuan.site.acts import service
from suyuan.site.acts.closing import challenge as opening
from suyuan.site.acts.closing import gaps as acts
from suyuan.site.acts.closing.challenge import NEEDS
from suyuan.site.acts.matching import sight
from suyuan.site.language import Language, current
from suyuan.site.terms import term
from suyuan.site.web.closing.gaps_course import course_context
from suyuan.site.web.days import asked_day, day_context
from suyuan.site.web.matching.match_parts import gap_words, stated_digits, unit_of
from suyuan.site.web.matters.drawn import shown, verdict_html
from suyuan.site.web.matters.files import sent
from suyuan.site.web.matters.words import (
    MASKED,
    capability_way,
    in_both,
    linked_html,
    matter_way,
    need_title,
    need_way,
    way,
    worded,
)
from suyuan.site.web.parts.number import quantity_html
from suyuan.site.web.parts.sentence import counted
from suyuan.site.web.parts.state import state_html
from suyuan.site.web.parts.text import both, pick, term_html, text_html, unbroken
from suyuan.site.web.reach import opened
from suyuan.verbs.matching.match import match_need
from suyuan.verbs.snapshot import Snapshot

PAGE = 20
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


STATUS: Mapping[str, tuple[str, str]] = {
    "confirmed": ("passed", ""), "from memory": ("undecided", "warn"), "partly": ("undecided", "warn"),
    "proposed": ("open", "mute"), "recomputed": ("passed", ""),
}  # fmt: skip


def status_html(status: str) -> SafeString:
    """How sure a row is: read in its source, or from memory."""
    mark, tone = STATUS.get(status, ("unknown", "warn"))
    key = f"status.{status.replace(' ', '_')}" if status in STATUS else "status.unknown"
    return state_html(mark, tone=tone, key=key)


def gaps(request: HttpRequest) -> HttpResponse:
    """The list of clusters, filtered; with the course over the last months."""
    user: Any = request.user
    known = service.now_known(asked_day(request))
    day = day_context(known)
    asked = _asked(request) | {"day": day["iso"]}
    chosen = _chosen(known, asked)
    keys = sight.open_keys(user, known)
    ranking = rank(clusters(chosen))
    rows = _rows(ranking, keys, known)
    page = max(1, min(asked["page"], -(-len(rows) // PAGE) or 1))
    may = opening.may_open(user, "challenge") and not day["past"]
    context = {
        "lead": lead(acts.all_gaps(known).counts, len(acts.all_gaps(known).needs)),
        "lists": _lists(rows[(page - 1) * PAGE : page * PAGE]),
        "shown": len(rows[(page - 1) * PAGE : page * PAGE]), "total": len(rows), "gap_count": len(chosen),
        "page": page, "pages": -(-len(rows) // PAGE) or 1, "asked": asked, "choices": _choices(known, asked),
        "rule": both(ranking.rule["zh"], ranking.rule["en"]), "rule_apart": both(ranking.rule_apart["zh"],
                                                                                  ranking.rule_apart["en"]),
        "rule_status": ranking.rule["status"], "may_open": may,
        "may_project": opening.may_open(user, "research") and not day["past"],
        "drawn": shown(gaps_drawn(_own(ranking, keys), current()), "gaps") if chosen else None,
        "unknown": [_unknown(g, keys, day["day_query"]) for g in acts.all_gaps(known).unknown],
        "before": _address(asked, page - 1) if page > 1 else "",
        "after": _address(asked, page + 1) if page * PAGE < len(rows) else "",
        "excel": _address(asked, 1), "drafts": asked["drafts"],
        **day,
        **course_context(known, keys),
    }  # fmt: skip
    return render(request, "gaps.html", context)


def _own(ranking: Ranking, keys: frozenset[tuple[str, str]] | None) -> Ranking:
    """The ranking without the clusters of which something is confidential to the reader: the figure names gaps."""

    def seen(rows: Iterable[Ranked]) -> tuple[Ranked, ...]:
        return tuple(r for r in rows if not any(sight.hidden(g.need, keys) for g in r.cluster.gaps))

    known = {unit: kept for unit, rows in ranking.known.items() if (kept := seen(rows))}
    return Ranking(known, seen(ranking.apart), ranking.rule, ranking.rule_apart)


def lead(counts: Mapping[str, int], needs: int) -> Any:
    """How many needs cannot be met, and in which way."""
    return both(_lead(counts, needs, "zh"), _lead(counts, needs, "en"))


def _lead(counts: Mapping[str, int], needs: int, language: Language) -> str:
    unmet = sum(counts[kind] for kind in ("cannot", "partly", "not_accurate"))
    if not needs:
        return term("gaps.lead.no_needs", language)
    if not unmet:
        return term("gaps.lead.none", language, needs=counted("needs", needs, language))
    parts = [
        term(f"gaps.lead.{kind}", language, n=counts[kind])
        for kind in ("cannot", "partly", "not_accurate", "unknown")
        if counts[kind]
    ]
    what = counted("needs", sum(counts.values()), language)
    return term("gaps.lead", language, needs=what, unmet=unmet, parts=term("gaps.and", language).join(parts))


# ---------------------------------------------------------------- what is asked


def _asked(request: HttpRequest) -> dict[str, Any]:
    page = request.GET.get("page", "1")
    ids = {i.id for i in industries()}
    industry, kind = request.GET.get("industry", ""), request.GET.get("kind", "")
    return {
        "industry": industry if industry in ids else "", "kind": kind if kind in KINDS[:3] else "",
        "quantity": request.GET.get("quantity", "")[:60], "drafts": request.GET.get("drafts") == "1",
        "page": int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 1,
    }  # fmt: skip


def _address(asked: Mapping[str, Any], page: int) -> str:
    from urllib.parse import urlencode

    rows = {k: v for k, v in asked.items() if v and k not in ("page", "drafts")}
    rows |= {"drafts": "1"} if asked["drafts"] else {}
    rows |= {"page": page} if page > 1 else {}
    return f"?{urlencode(rows)}"


def _chosen(known: Any, asked: Mapping[str, Any]) -> list[Gap]:
    """The proven gaps that are asked for; of drafts only where somebody asks."""
    found: list[Gap] = list(acts.all_gaps(known).gaps)
    if asked["industry"] or asked["drafts"]:
        drafts = acts.draft_gaps(known)
        of = [asked["industry"]] if asked["industry"] else list(drafts)
        mine = {g.key for g in found}
        drawn = [g for id in of for g in drafts[id].gaps]
        if asked["industry"]:
            found = [g for g in drawn if asked["drafts"] or g.key in mine]
        else:
            found += [g for g in drawn if g.key not in mine]
    if asked["kind"]:
        found = [g for g in found if g.kind == asked["kind"]]
    if asked["quantity"]:
        found = [g for g in found if quantity_key(g.need.quantity) == quantity_key(asked["quantity"])]
    return found


def _choices(known: Any, asked: Mapping[str, Any]) -> list[dict[str, Any]]:
    there = sorted({g.need.quantity for g in acts.all_gaps(known).gaps})
    if asked["drafts"]:
        there = sorted({*there, *(g.need.quantity for d in acts.draft_gaps(known).values() for g in d.gaps)})
    listed = (
        ("industry", "gaps.industry", [(i.id, pick(i.name)[0]) for i in industries()]),
        ("kind", "gaps.kind", [(k, term(f"match.verdict.{k}")) for k in KINDS[:3]]),
        ("quantity", "word.quantity", [(q, quantity_word(q)) for q in there]),
    )
    return [
        {"name": name, "term": key, "options": [{"value": v, "label": w, "here": v == asked[name]} for v, w in options]}
        for name, key, options in listed
    ]


def quantity_word(quantity: str) -> str:
    """A kind of quantity in the language of the page, as the rules name it."""
    kind = quantities().get(quantity_key(quantity))
    names = (kind.zh if current() == "zh" else kind.en) if kind is not None else ()
    return names[0] if names else quantity.replace("_", " ")


# ---------------------------------------------------------------- rows


def _rows(ranking: Ranking, keys: frozenset[tuple[str, str]] | None, known: Snapshot) -> list[dict[str, Any]]:
    """Clusters with a known size first, by unit, then the others; confidential ones at the end without numbers."""
    rows = [
        _cluster(row, n, unit, keys, known)
        for unit, of in [*ranking.known.items(), ("", ranking.apart)]
        for n, row in enumerate(of, 1)
    ]
    return sorted(rows, key=lambda r: bool(r["hide"]))


def _lists(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows as the lists that are ranked each for itself: a known size by its unit, without one, confidential."""
    made: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        made.setdefault("hidden" if row["hide"] else f"sized {row['size_unit']}" if row["unit"] else "apart", []
                        ).append(row)  # fmt: skip
    return [
        {"key": f"gaps.list.{name.split()[0]}", "unit": of[0]["size_unit"] if name.startswith("sized") else "",
         "rows": of}
        for name, of in made.items()
    ]  # fmt: skip


def _cluster(
    row: Ranked, place: int, unit: str, keys: frozenset[tuple[str, str]] | None, known: Snapshot
) -> dict[str, Any]:
    cluster = row.cluster
    hide = any(sight.hidden(g.need, keys) for g in cluster.gaps)
    low, high = cluster.weight if row.score is None else (row.score, row.score)
    return {
        "hide": hide, "unit": unit, "place": place, "score": "" if hide else _between(low, high),
        "criticality": _stated(cluster, "criticality"), "firms": _stated(cluster, "firms"),
        "size": quantity_html(cluster.size, unit="") if cluster.size is not None else "",
        "size_unit": cluster.size_unit,
        "size_said": term("none.unknown") if cluster.size is None else
        f"{digits(cluster.size, 3)} {cluster.size_unit}",
        "title": need_title(cluster.envelope, hide), "many": len(cluster.gaps),
        "quantity": quantity_word(cluster.envelope.quantity), "draft": _draft(cluster.gaps),
        "gaps": [gap_row(g, sight.hidden(g.need, keys), known) for g in cluster.gaps],
        "open": _together(cluster.gaps, known),
    }  # fmt: skip


def _between(low: float, high: float) -> str:
    """A weight; where a factor of it is not stated, the interval in which it lies.

    >>> _between(4.0, 4.0), _between(2.0, 10.0), _between(3.0, float("inf"))
    ('4', '2 … 10', '≥ 3')
    """
    if low == high:
        return digits(low, 3) or ""
    return f"≥ {digits(low, 3)}" if math.isinf(high) else f"{digits(low, 3)} … {digits(high, 3)}"


def _stated(cluster: Cluster, name: str) -> Any:
    """A factor of the weight as the page tells it: what nobody stated is said to be so."""
    if name not in cluster.unstated:
        return getattr(cluster, name)
    return term("none.not_stated") if name == "criticality" else f"≥ {cluster.firms}"


def _together(of: Iterable[Gap], known: Snapshot) -> str:
    """Where several registered needs become one challenge, «» where one of them is a draft or has a challenge."""
    free = [g for g in of if g.need.id != g.need.parameter and acts.challenge_about(known, g.need) is None]
    if len(free) < 2 or len(free) != len(list(of)):
        return ""
    return way("matter_new", "challenge", need=NEEDS.join(named(g.need) for g in free))


def _draft(of: Iterable[Gap]) -> str:
    """Status of the drafts among gaps, «» where all stem from registered needs."""
    stated = {g.need.status for g in of if g.need.id in parameters() and g.need.id == g.need.parameter}
    return "from memory" if "from memory" in stated else next(iter(sorted(stated)), "")


def gap_row(gap: Gap, hide: bool, known: Snapshot | None = None) -> dict[str, Any]:
    """One gap: verdict, missing part, factor, what dominates, the nearest capability, reasons. Of a hidden one the
    verdict and the kind alone. known: of the day that is asked for, None for today; links keep a past day."""
    need, known = gap.need, known or service.now_known()
    day = str(day_context(known)["day_query"])
    draft = need.id == need.parameter and need.id in parameters()
    row: dict[str, Any] = {"verdict": verdict_html(gap.kind), "hide": hide, "title": need_title(need, hide),
                           "quantity": quantity_word(need.quantity),
                           "draft": status_html(need.status) if draft else ""}  # fmt: skip
    if hide:
        return row
    dominant = gap.dominant
    return row | {
        "organisation": text_html(need.organisation), "address": _address_of(gap, draft, day),
        "id": need.id, "interval": span(need.interval), "missing": [gap_words((i,)) for i in gap.missing],
        "target": _target(gap), "factor": digits(gap.factor, 3) if gap.factor is not None else "",
        "gate": worded("gaps.gate", gap.gate),
        "nearest": _nearest(gap, known, day),
        "dominant": text_html(dominant.term.label or {"": dominant.term.symbol}) if dominant else "",
        "dominant_now": dominant.said(dominant.contribution) if dominant else "",
        "dominant_share": f"{100 * dominant.share:.0f}\u00a0%" if dominant else "",
        "needed": dominant.said(dominant.needed) if dominant and dominant.needed is not None else "",
        "reasons": [sentences(f, current())["what"] for f in gap.findings[:3]],
        "challenge": _challenge(gap, draft, known),
        "open": "" if draft else f"{reverse('matter_new', args=['challenge'])}?need={named(need)}",
        "research": "" if draft else f"{reverse('matter_new', args=['research'])}?need={named(need)}",
    }  # fmt: skip


def capability_name(key: tuple[str, str], known: Snapshot | None = None) -> Any:
    """Laboratory and id of a capability in the language of the page. known: None for today."""
    known = known or service.now_known()
    names = known.once("site laboratories", lambda: {c.key: c.laboratory for c in known.capabilities})
    return format_html("{} {}", text_html(names.get(key, {"": key[0]})), unbroken(key[1]))


def _nearest(gap: Gap, known: Snapshot, day: str) -> Any:
    """The capability that comes nearest, else a transfer standard by which it can be done, «» for none."""
    if not gap.nearest and gap.need.id != gap.need.parameter:
        chains = match_need(known, gap.need).chains
        return term_html("gaps.by_transfer", name=unbroken(chains[0].transfer.id)) if chains else ""
    if not gap.nearest:
        return ""
    return linked_html(capability_way(*gap.nearest) + day, capability_name(gap.nearest, known))


def _address_of(gap: Gap, draft: bool, day: str) -> str:
    if draft:
        parameter = parameters()[gap.need.id]
        return f"{reverse('industry', args=[parameter.industry])}#{parameter.id}"
    return need_way(gap.need) + day


def _challenge(gap: Gap, draft: bool, known: Snapshot) -> dict[str, str] | None:
    found = None if draft else acts.challenge_about(known, gap.need)
    return {"number": found.number, "address": opened(matter_way(found)) or ""} if found is not None else None


def _target(gap: Gap) -> Any:
    target = gap.need.target
    if target is None:
        return ""
    scale, unit = unit_of(target.U, target.unit)
    return quantity_html(stated_digits(target.U * scale), unit=unit)


def span(interval: Interval) -> Any:
    """An interval with its unit."""
    if interval.low == interval.high:
        return quantity_html(interval.low, unit=interval.unit)
    return format_html("{} … {}", quantity_html(interval.low), quantity_html(interval.high, unit=interval.unit))


def _unknown(gap: Gap, keys: frozenset[tuple[str, str]] | None, day: str) -> dict[str, Any]:
    hide = sight.hidden(gap.need, keys)
    return {"title": need_title(gap.need, hide), "address": "" if hide else need_way(gap.need) + day,
            "organisation": in_both(MASKED) if hide else text_html(gap.need.organisation)}  # fmt: skip


# ---------------------------------------------------------------- Excel


def excel(request: HttpRequest) -> HttpResponse:
    """The gaps as they are filtered, a row a gap."""
    user: Any = request.user
    known = service.now_known(asked_day(request))
    keys = sight.open_keys(user, known)
    heads = ("word.number", "gaps.need", "matter.organisation", "word.quantity", "gaps.kind", "gaps.low", "gaps.high",
             "word.unit", "gaps.factor", "gaps.gate", "gaps.nearest", "gaps.criticality", "gaps.firms", "gaps.size",
             "gaps.status")  # fmt: skip
    rows = [_cells(g, sight.hidden(g.need, keys)) for g in _chosen(known, _asked(request))]
    body = sheet(
        term("nav.gaps"), [term(h) for h in heads], rows, (16, 34, 28, 16, 12, 12, 12, 8, 8, 16, 30, 8, 8, 10, 14)
    )
    return sent(body, f"suyuan-gaps-{known.day}.xlsx", XLSX)


def _cells(gap: Gap, hide: bool) -> tuple[Any, ...]:
    need, verdict = gap.need, term(f"match.verdict.{gap.kind}")
    if hide:
        masked = term("gaps.masked")
        return (masked, masked, masked, quantity_word(need.quantity), verdict, *[None] * 9, None)
    return (
        need.id, pick(need.title or need.measurand)[0] or need.quantity, pick(need.organisation)[0],
        quantity_word(need.quantity), verdict, need.interval.low, need.interval.high, need.interval.unit.symbol,
        gap.factor, gap.gate, " ".join(gap.nearest) if gap.nearest else None,
        None if "criticality" in need.unstated else need.criticality,
        None if "firms" in need.unstated else need.firms, need.size,
        need.status or None,
    )  # fmt: skip
