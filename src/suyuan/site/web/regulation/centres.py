"""The register of centres: state by dated, sourced events, the score as an interval, the gates; for any past day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString

from suyuan.capability.gaps.industry import industry
from suyuan.centre.records import GRADES, SCOPES
from suyuan.report.papers.sheet import sheet
from suyuan.report.service.shown import scores_of
from suyuan.site.acts import clock
from suyuan.site.acts.matters.called import names_of
from suyuan.site.acts.regulation import centre as acts
from suyuan.site.acts.regulation.centre import Known
from suyuan.site.language import Language, current
from suyuan.site.terms import term
from suyuan.site.web.parts.sentence import counted, joined, sentence
from suyuan.site.web.parts.text import both, day_text, pick, text_html
from suyuan.site.web.regulation.centre_shown import drawn_context, kept, span, whole
from suyuan.verbs.centre.register_of_centres import Entry
from suyuan.verbs.snapshot import Snapshot

PAGE = 25
SORTS = ("score", "name", "state", "region")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Asked:
    """What a reader asked of the register; `day` None for today."""

    words: str = ""
    scope: str = ""
    grade: str = ""
    industry: str = ""
    region: str = ""
    state: str = ""
    sort: str = "score"
    day: date | None = None
    page: int = 1

    @classmethod
    def of(cls, query: QueryDict) -> Asked:
        """From the address; what is not understood is as if it had not been asked."""
        sort, page = query.get("sort", ""), query.get("page", "")
        return cls(
            query.get("q", "").strip()[:200], query.get("scope", ""), query.get("grade", ""),
            query.get("industry", ""), query.get("region", ""), query.get("state", ""),
            sort if sort.removeprefix("-") in SORTS else "score", acts.day_of(query.get("day", "")),
            int(page) if page.isdigit() and 0 < int(page) < 10_000 else 1,
        )  # fmt: skip

    @property
    def filtered(self) -> bool:
        return any((self.words, self.scope, self.grade, self.industry, self.region, self.state))

    def address(self, **other: Any) -> str:
        """The query string of the same question with something else in it."""
        asked = replace(self, **{"page": 1, **other})
        parts = {
            "q": asked.words, "scope": asked.scope, "grade": asked.grade, "industry": asked.industry,
            "region": asked.region, "state": asked.state, "sort": asked.sort if asked.sort != "score" else "",
            "day": asked.day.isoformat() if asked.day else "", "page": str(asked.page) if asked.page > 1 else "",
        }  # fmt: skip
        return "?" + urlencode({name: value for name, value in parts.items() if value})


def centres(request: HttpRequest) -> HttpResponse:
    """The register, with what is asked for, on the day that is asked for."""
    asked = Asked.of(request.GET)
    known = acts.on(asked.day)
    everyone = [acts.of_entry(known, entry) for entry in acts.register(known)]
    rows = ordered([one for one in everyone if _fits(one, asked)], asked.sort)
    last = max(1, -(-len(rows) // PAGE))
    page = min(asked.page, last)
    shown = rows[(page - 1) * PAGE : page * PAGE]
    return render(request, "centres.html", {
        "asked": asked, "known": known, "lead": lead(rows, asked.filtered), "total": len(rows), "all": len(everyone),
        "rows": [row_context(one, asked.day) for one in shown],
        "heads": [(name, asked.address(sort=_turned(name, asked.sort)), _sorted(name, asked.sort)) for name in SORTS],
        "figure": _figure(known, rows, asked), "choices": _choices(everyone, asked),
        "page": page, "pages": last, "before": asked.address(page=page - 1) if page > 1 else "",
        "after": asked.address(page=page + 1) if page < last else "",
        "excel": reverse("centres_excel") + asked.address(), "today": clock.today(),
        "ahead": asked.day is not None and asked.day > clock.today(),
        "day_query": f"?day={asked.day}" if asked.day else "",
    })  # fmt: skip


def ordered(rows: Sequence[Known], sort: str) -> list[Known]:
    """The rows by a name of `SORTS`; a minus before it turns the order. Centres without a card stand last."""

    def key(one: Known) -> Any:
        name = text_html(one.row.name)
        match sort.removeprefix("-"):
            case "score":
                return (one.card is None, 0.0 if one.card is None else -one.card.low / (one.card.total or 1.0), name)
            case "state":
                return (one.entry.state, name)
            case "region":
                return (one.row.region or "~", name)
            case _:
                return name

    return sorted(rows, key=key, reverse=sort.startswith("-"))


def _fits(one: Known, asked: Asked) -> bool:
    row = one.row
    wanted = (
        (asked.scope, row.scope), (asked.grade, row.grade), (asked.industry, row.industry),
        (asked.region, row.region), (asked.state, one.entry.state or "none"),
    )  # fmt: skip
    if any(want and want != have for want, have in wanted):
        return False
    text = " ".join((row.id, *row.name.values(), *row.host.values(), *row.laboratories, row.region)).casefold()
    return all(word in text for word in asked.words.casefold().split())


def _turned(name: str, now: str) -> str:
    return f"-{name}" if now == name else name


def _sorted(name: str, now: str) -> str:
    if now.removeprefix("-") != name:
        return ""
    return "descending" if now.startswith("-") else "ascending"


# ---------------------------------------------------------------- one row


def row_context(one: Known, day: date | None) -> dict[str, Any]:
    """One centre as a row of a list."""
    card, entry = one.card, one.entry
    return {
        "id": one.row.id,
        "name": one.row.name,
        "address": reverse("centre", args=[one.row.id]) + (f"?day={day}" if day else ""),
        "scope": f"centres.scope.{one.row.scope}",
        "grade": f"centres.grade.{one.row.grade}" if one.row.grade in GRADES else "none.not_stated",
        "industry": industry_name(one.row.industry),
        "region": one.row.region,
        "host": one.row.host,
        "state": entry.title,
        "mark": state_mark(one),
        "since": entry.since,
        "due": entry.due,
        "overdue": entry.overdue,
        "late_as": "centres.overdue.working" if entry.working else "centres.overdue",
        "differing": entry.findings,
        "dated": dated(entry),
        "card": card,
        "score": span(card.low, card.high) if card else "",
        "total": whole(card.total) if card else "",
        "gates_failed": [gate for gate in card.gates if gate.passed is False] if card else [],
        "gates_unknown": [gate for gate in card.gates if gate.passed is None] if card else [],
        "gates": len(card.gates) if card else 0,
        "unknown": len(card.unknown) if card else 0,
    }


def dated(entry: Entry) -> list[tuple[Mapping[str, str], date, str]]:
    """The events of states that two sources date differently: title, day, source."""
    days: dict[str, set[date]] = {}
    for event in entry.events:
        days.setdefault(event.state, set()).add(event.day)
    once = ("approved_to_prepare", "established", "revoked", "renamed_merged")
    return [(e.title, e.day, e.source) for e in entry.events if e.state in once and len(days[e.state]) > 1]


def state_mark(one: Known) -> str:
    """The mark before the state of a centre."""
    if not one.entry.state:
        return "unknown"
    if one.entry.state in ("revoked", "withdrawn", "rejected"):
        return "withdrawn"
    if one.entry.overdue:
        return "due"
    return "passed" if one.entry.state in ("established", "operating") else "waiting"


def industry_name(id: str) -> SafeString | str:
    """The name of an industry of the tree; its id where the tree does not know it."""
    found = industry(id) if id else None
    return text_html(found.name) if found is not None else id


# ---------------------------------------------------------------- the answer


def lead(rows: Sequence[Known], filtered: bool) -> SafeString:
    """How many centres there are, how many pass all gates, and whose score is least known."""
    return both(_lead(rows, filtered, "zh"), _lead(rows, filtered, "en"))


def _lead(rows: Sequence[Known], filtered: bool, language: Language) -> SafeString:
    if not rows:
        return sentence("centres.lead.none_found" if filtered else "centres.lead.none", language)
    cards = [one.card for one in rows if one.card is not None]
    passed = sum(card.passed is True for card in cards)
    failed = sum(card.passed is False for card in cards)
    key = "centres.lead.passed" if passed else "centres.lead.failed" if failed else "centres.lead.open"
    many = counted("centres", len(rows), language)
    said = [sentence(key, language, n=_capital(many, language), passed=counted("centres", passed, language),
                     failed=counted("centres", failed, language))]  # fmt: skip
    if cards:
        widest = max(cards, key=lambda card: card.high - card.low)
        name = next(one.row.name for one in rows if one.row.id == widest.centre)
        if widest.high - widest.low >= 0.05:
            said.append(sentence("centres.lead.widest", language, name=_name(name, language),
                                 score=span(widest.low, widest.high, language)))  # fmt: skip
    late = [one for one in rows if one.entry.overdue]
    if late:
        said.append(sentence("centres.lead.late", language, n=counted("centres", len(late), language),
                             name=_name(late[0].row.name, language)))  # fmt: skip
    return joined(said, language)


def _capital(text: str, language: Language) -> str:
    return text[:1].upper() + text[1:] if language == "en" else text


def _name(text: Mapping[str, str], language: Language) -> str:
    from suyuan.site.web.regulation.centre_shown import title_in

    return title_in(text, language)


def _figure(known: Snapshot, rows: Sequence[Known], asked: Asked) -> dict[str, Any] | None:
    """A bar a centre, the unknown part hatched."""
    cards = [one.card for one in rows if one.card is not None]
    if not cards:
        return None
    names = {one.row.id: one.row.name for one in rows}
    name = "centres " + " ".join(card.centre for card in cards)
    return drawn_context(kept(known, name, lambda: scores_of(cards, names, current())), "scores")


def _choices(everyone: Sequence[Known], asked: Asked) -> list[dict[str, Any]]:
    """The filters, each with the values that there are."""
    found: list[tuple[str, str, list[tuple[str, str]]]] = [
        ("scope", asked.scope, [(s, term(f"centres.scope.{s}")) for s in SCOPES
                                if any(one.row.scope == s for one in everyone)]),
        ("grade", asked.grade, [(g, term(f"centres.grade.{g}")) for g in GRADES
                                if any(one.row.grade == g for one in everyone)]),
        ("industry", asked.industry, sorted({(one.row.industry, str(industry_name(one.row.industry)))
                                             for one in everyone if one.row.industry})),
        ("region", asked.region, sorted({(one.row.region, one.row.region) for one in everyone if one.row.region})),
        ("state", asked.state, sorted({(one.entry.state or "none", str(text_html(one.entry.title))
                                        if one.entry.state else term("centres.state.none")) for one in everyone})),
    ]  # fmt: skip
    return [
        {"name": name, "term": f"centres.filter.{name}",
         "options": [{"value": value, "label": label, "here": value == now} for value, label in options]}
        for name, now, options in found if options
    ]  # fmt: skip


# ---------------------------------------------------------------- Excel


def excel(request: HttpRequest) -> HttpResponse:
    """The register as it is filtered and sorted, all pages."""
    asked = Asked.of(request.GET)
    known = acts.on(asked.day)
    found = [acts.of_entry(known, entry) for entry in acts.register(known)]
    rows = ordered([one for one in found if _fits(one, asked)], asked.sort)
    keys = ("word.number", "centres.name", "centres.name_en", "centres.filter.scope", "centres.filter.grade",
            "centres.host", "centres.filter.industry", "centres.filter.region", "centres.filter.state",
            "centres.since", "centres.low", "centres.high", "centres.of", "centres.gates_failed",
            "centres.gates_unknown", "centres.guideline", "centres.events", "centres.as_of")  # fmt: skip
    body = sheet(term("centres.title"), [term(key) for key in keys], _cells(rows),
                 (14, 36, 36, 12, 10, 24, 16, 10, 14, 12, 9, 9, 9, 20, 20, 22, 60, 12))  # fmt: skip
    answer = HttpResponse(body, content_type=XLSX)
    answer["Content-Disposition"] = f'attachment; filename="suyuan-centres-{known.day}.xlsx"'
    return answer


def _cells(rows: Sequence[Known]) -> Iterator[tuple[Any, ...]]:
    people = names_of({e.source for one in rows for e in one.entry.events if e.origin == "matter"})
    for one in rows:
        card, entry, row = one.card, one.entry, one.row
        sources = {e.source: pick(people.get(e.source, {"": e.source}))[0] for e in entry.events}
        events = "; ".join(f"{e.day} {e.title.get('zh') or e.state} ({sources[e.source]})" for e in entry.events)
        gates = [",".join(g.gate.id for g in card.gates if g.passed is state) for state in (False, None)] if card else [
            "", ""]  # fmt: skip
        yield (
            row.id, row.name.get("zh", ""), row.name.get("en", ""), term(f"centres.scope.{row.scope}"),
            term(f"centres.grade.{row.grade}") if row.grade in GRADES else term("none.not_stated"),
            row.host.get("zh") or next(iter(row.host.values()), ""), str(industry_name(row.industry)), row.region,
            str(text_html(entry.title)) if entry.state else term("centres.state.none"), entry.since,
            round(card.low, 2) if card else None, round(card.high, 2) if card else None, card.total if card else None,
            *gates, f"{one.guideline.number} {one.guideline.version}" if one.guideline else "", events,
            one.snapshot.day,
        )  # fmt: skip


def said_day(known: Snapshot) -> str:
    """The day of a snapshot, in words."""
    return day_text(known.day)
