"""What the pages about persons have in common: the day that is asked for, states with their marks, names, choices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import quote, urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import content_disposition_header
from django.utils.safestring import SafeString

from suyuan.certificate.certificate import Text
from suyuan.procedure.attachment import Attachment
from suyuan.quantity.finding import Finding, sentences
from suyuan.site.acts import clock
from suyuan.site.acts.day import FAR, day_of
from suyuan.site.acts.talent.people import View, laboratories, named, own_laboratory
from suyuan.site.language import current
from suyuan.site.terms import term
from suyuan.site.web.matters.words import person_names
from suyuan.site.web.parts.state import mark_html, state_html
from suyuan.site.web.parts.text import both, pick
from suyuan.talent.joined import Records
from suyuan.talent.records import LEVELS, CompetenceUnit
from suyuan.talent.signing import shown
from suyuan.talent.standing import EVIDENCE, WORDS, State

LOOKS: Mapping[State, tuple[str, str]] = {
    "authorised": ("valid", "ok"), "evidence_lapsed": ("due", "warn"), "method_revised": ("due", "warn"),
    "suspended": ("undecided", "warn"), "not_yet": ("waiting", "mute"), "expired": ("expired", "bad"),
    "superseded": ("open", "mute"),
    "withdrawn": ("withdrawn", "bad"), "not_authorised": ("open", "mute"), "unknown": ("unknown", "warn"),
}  # fmt: skip
"""State of an authorisation → state whose mark it bears, and tone; as `report.service.shown.LOOKS` draws it."""
URGENT: tuple[State, ...] = (
    "expired", "suspended", "evidence_lapsed", "method_revised", "unknown", "not_authorised", "not_yet", "withdrawn",
    "authorised", "superseded",
)  # fmt: skip
"""States in the order in which they want a person."""


def standing_html(state: State, short: bool = False) -> SafeString:
    """Mark and word of a state of authorisation."""
    name, tone = LOOKS[state]
    return state_html(name, chinese=WORDS[state]["zh"], english=WORDS[state]["en"], tone=tone, short=short)


def level_html(level: str) -> SafeString:
    """How many stand behind a unit: nobody or one person."""
    tone, mark = ("bad", "fail") if level == "nobody" else ("warn", "undecided") if level == "single" else ("ok", "ok")
    return format_html('<span class="st {}">{}{}</span>', tone, mark_html(mark),
                       both(term(f"people.level.{level}", "zh"), term(f"people.level.{level}", "en")))  # fmt: skip


def evidence_word(kind: str) -> str:
    """A kind of evidence in the language of the page."""
    text = EVIDENCE.get(kind, {})  # type: ignore[call-overload]
    return pick(text)[0] or kind


def name(records: Records, person: str) -> str:
    """A person's name in the language of the page."""
    return pick(records.name(person))[0] or person


def title(records: Records, unit: str) -> str:
    """A unit's title in the language of the page."""
    return pick(records.title(unit))[0] or unit


def called(seen: View, accounts: Iterable[str]) -> str:
    """Accounts by the names of their persons: of the register, else of the account itself; a word that is no account
    stands as it is written."""
    found = []
    for account in accounts:
        known = seen.records.known_as.get(account, ())
        found.append(name(seen.records, known[0]) if len(known) == 1 else person_names((account,)))
    return term("bases.and").join(found)


def person_way(person: str, day: date | None = None) -> str:
    """The page of a person, on a day where that is not today."""
    return reverse("person", args=[person]) + dated(day)


def dated(day: date | None) -> str:
    """The query that keeps a day that is not today."""
    return "" if day is None or day == clock.today() else f"?day={day.isoformat()}"


def unit_facts(unit: CompetenceUnit | None) -> str:
    """What a unit is for, in one line: method with edition, interval, level."""
    if unit is None:
        return ""
    parts = [
        f"{unit.method}-{unit.edition}" if unit.method and unit.edition else unit.method,
        shown(unit.interval) if unit.interval is not None else "",
        unit.site,
        term(f"people.level_of.{unit.level}") if unit.level in LEVELS else unit.level,
    ]
    return term("strip.join").join(part for part in parts if part)


def what(items: Iterable[Finding]) -> list[dict[str, str]]:
    """Findings as their first sentence and what to do."""
    said = [sentences(item, current()) for item in items]
    return [{"what": row["what"], "remedy": row["remedy"]} for row in said]


def beside(found: Iterable[Finding], fields: Iterable[str]) -> tuple[dict[str, list[dict[str, str]]], list[Finding]]:
    """Findings by the field that they speak of, and those that speak of none."""
    known = set(fields)
    at: dict[str, list[dict[str, str]]] = {}
    loose = []
    for item in found:
        if item.where in known:
            said = sentences(item, current())
            tone = ("bad", "fail") if item.severity == "error" else ("warn", "undecided")
            row = {"what": said["what"], "remedy": said["remedy"], "tone": tone[0], "mark": tone[1],
                   "word": term(f"state.{item.severity}")}  # fmt: skip
            at.setdefault(item.where, []).append(row)
        else:
            loose.append(item)
    return at, loose


def field(key: str, name: str, given: Mapping[str, str], told: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """One field of a form for `part/people_field.html`. key: prefix of its term; more: type, options, area, hint."""
    return {"name": name, "label": f"{key}.{name}", "value": given.get(name, more.pop("value", "")),
            "told": told.get(name, []), "bad": name in told, "type": "text", **more}  # fmt: skip


# ---------------------------------------------------------------- what is asked for


@dataclass(frozen=True)
class Asked:
    """What the list of persons is asked for. day: None for today; laboratory: by its name; branch, unit, state: «» for
    any."""

    day: date | None = None
    laboratory: str = ""
    branch: str = ""
    unit: str = ""
    state: str = ""
    sort: str = ""
    page: int = 1

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Asked:
        """From the query of an address."""
        day = read_day(given.get("day", ""))
        page = given.get("page", "1")
        return cls(
            day, given.get("lab", "")[:400], given.get("branch", "")[:100], given.get("unit", "")[:200],
            given.get("state", "")[:40], given.get("sort", "")[:20],
            int(page) if page.isdecimal() and len(page) < 7 and int(page) else 1,
        )  # fmt: skip

    def address(self, **changed: Any) -> str:
        """The query with some of it changed; a change takes the reader back to the first page."""
        given = {"lab": self.laboratory, "branch": self.branch, "unit": self.unit, "state": self.state,
                 "sort": self.sort, "day": self.day.isoformat() if self.day else "", "page": ""}  # fmt: skip
        given |= {key: str(value) if value else "" for key, value in changed.items()}
        kept = {key: value for key, value in given.items() if value and not (key == "page" and value == "1")}
        return "?" + urlencode(kept) if kept else "?"

    @property
    def filtered(self) -> bool:
        return bool(self.branch or self.unit or self.state)


def read_day(text: str) -> date | None:
    """The day of a query, which may lie ahead; None for today. Raises `day.NoDay`."""
    return day_of(text, FAR)


def laboratory_of(seen: View, asked: str) -> Text:
    """The laboratory that is asked for, else the reader's own, else the first that keeps a register; {}."""
    known = laboratories(seen)
    for text in known:
        if asked and named(text) == asked:
            return text
    ours = own_laboratory(seen)
    return ours or (known[0] if known else {})


def options(rows: Iterable[tuple[str, str]], here: str) -> list[dict[str, Any]]:
    """Choices of a list with the present one marked."""
    return [{"value": value, "label": label, "here": value == here} for value, label in rows]


def several(request: HttpRequest, names: Sequence[str]) -> dict[str, str]:
    """Fields of a form as they were typed, cut to a bearable length."""
    return {key: request.POST.get(key, "")[:2000] for key in names}


def in_address(text: str) -> str:
    """A word in an address."""
    return quote(text, safe="")


def quoted(text: str, language: str) -> str:
    """A title inside a sentence."""
    return f"「{text}」" if language == "zh" else f"“{text}”"


def download(found: Attachment) -> HttpResponse:
    """A file as it came, never shown in the page."""
    answer = HttpResponse(found.content, content_type="application/octet-stream")
    answer["Content-Disposition"] = content_disposition_header(True, found.name) or "attachment"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
