"""The form of a protocol: fields as typed, the document that they make, and which field a place in it belongs to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from suyuan.comparison.round.protocol import Protocol
from suyuan.comparison.round.read import read_protocol
from suyuan.comparison.round.route import route_suggestion
from suyuan.comparison.round.write import PROTOCOL
from suyuan.quantity.fields import canonical
from suyuan.quantity.finding import Finding, Refused, finding

FIELDS: Mapping[str, str] = {
    "number": "number", "title_zh": "title/zh", "title_en": "title/en", "organiser_zh": "organiser/zh",
    "organiser_en": "organiser/en", "purpose_zh": "purpose/zh", "purpose_en": "purpose/en",
    "instructions_zh": "instructions/zh", "instructions_en": "instructions/en",
    "confidentiality_zh": "confidentiality/zh", "confidentiality_en": "confidentiality/en",
    "opens": "opens", "closes": "closes", "remark_days": "remark_days", "kind": "route/kind",
    "uncertainty": "form/uncertainty", "method": "reference/method", "constants": "reference/constants",
    "draws": "reference/draws", "seed": "reference/seed", "drift": "drift/model", "degree": "drift/degree",
    "repeats": "drift/repeats", "score": "decision/score", "limit": "decision/limit",
    "questionable": "decision/questionable", "coverage": "decision/coverage",
}  # fmt: skip
"""Field of the form → place in the document."""
TICKS: Mapping[str, str] = {
    "blind": "blind", "public": "public", "budget": "form/budget", "certificate": "form/certificate",
}  # fmt: skip
ROWS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "standards": ("standards", {
        "id": "id", "name_zh": "name/zh", "name_en": "name/en", "manufacturer": "manufacturer", "model": "model",
        "serial": "serial",
    }),
    "measurands": ("measurands", {
        "id": "id", "name_zh": "name/zh", "name_en": "name/en", "quantity": "quantity", "unit": "unit",
        "standard": "standard", "nominal": "nominal", "low": "low", "high": "high", "conditions_zh": "conditions/zh",
        "conditions_en": "conditions/en", "sigma_pt": "sigma_pt", "largest_U": "largest_U",
    }),
    "members": ("members", {
        "code": "code", "organisation_zh": "organisation/zh", "organisation_en": "organisation/en",
        "account": "account", "contact": "contact",
    }),
    "legs": ("route/legs", {"standard": "standard", "member": "member", "arrives": "arrives", "leaves": "leaves"}),
    "given": ("reference/given", {"measurand": "measurand", "value": "value", "u": "u"}),
}  # fmt: skip
"""Kind of rows → its place in the document, and each column's place in a row."""
USUAL: Mapping[str, str] = {
    "remark_days": "30", "draws": "1000000", "seed": "1", "degree": "1", "repeats": "1", "limit": "1",
    "coverage": "2",
}  # fmt: skip
"""What holds where a document says nothing."""
MOST = {"standards": 20, "measurands": 200, "members": 200, "legs": 1000, "given": 200}
_LONGEST = 4000


@dataclass(frozen=True)
class Draft:
    """A form as it was typed. text: its single fields; ticks: those that are set; rows: kind → rows of columns; pilot:
    which row of the members it is; beside: further methods; days_each, petal: for the suggested route."""

    text: Mapping[str, str]
    ticks: frozenset[str]
    rows: Mapping[str, tuple[Mapping[str, str], ...]]
    pilot: int = 0
    beside: tuple[str, ...] = ()
    days_each: str = "7"
    petal: str = "3"
    rest: Mapping[str, Any] = field(default_factory=dict)

    def kept(self, kind: str) -> list[int]:
        """Numbers of the rows that say anything."""
        return [n for n, row in enumerate(self.rows[kind]) if any(row.values())]


def read_form(post: Any) -> Draft:
    """What a form was sent with."""
    text = {name: post.get(name, "").strip()[:_LONGEST] for name in FIELDS}
    rows: dict[str, tuple[Mapping[str, str], ...]] = {}
    for kind, (_, columns) in ROWS.items():
        count = 0
        while count < MOST[kind] and f"{kind}-{count}-{next(iter(columns))}" in post:
            count += 1
        rows[kind] = tuple(
            {c: post.get(f"{kind}-{n}-{c}", "").strip()[:_LONGEST] for c in columns} for n in range(count)
        )
    pilot = post.get("pilot", "0")
    return Draft(
        text, frozenset(name for name in TICKS if post.get(name)), rows, int(pilot) if pilot.isdecimal() else 0,
        tuple(post.getlist("beside"))[:40], post.get("days_each", "7")[:4], post.get("petal", "3")[:4],
        _rest(post.get("rest", "")),
    )  # fmt: skip


def _rest(text: str) -> Mapping[str, Any]:
    """What a document said that the form does not show: it travels along."""
    try:
        kept = json.loads(text[:100_000]) if text else {}
    except (ValueError, RecursionError):
        return {}
    return kept if isinstance(kept, dict) else {}


def document_of(draft: Draft, version: int, demo: bool) -> bytes:
    """The document that a form states, in canonical form; not checked yet."""
    made: dict[str, Any] = {"suyuan": PROTOCOL, "version": str(version), "demo": demo}
    for name, path in FIELDS.items():
        _put(made, path, _moment(draft.text[name]) if name == "closes" else draft.text[name])
    for name, path in TICKS.items():
        _put(made, path, name in draft.ticks)
    for kind, (path, columns) in ROWS.items():
        listed = []
        for n in draft.kept(kind):
            row: dict[str, Any] = {}
            for column, place in columns.items():
                _put(row, place, draft.rows[kind][n].get(column, ""))
            if kind == "members":
                row["pilot"] = n == draft.pilot
                row["linking"] = row["code"] in draft.rest.get("linking", ())
            listed.append(row)
        _put(made, path, listed)
    _put(made, "reference/beside", [b for b in draft.beside if b != draft.text["method"]])
    _put(made, "reference/contributors", draft.rest.get("contributors", []))
    _put(made, "linking", draft.rest.get("link"))
    return canonical(made)


def _put(made: dict[str, Any], path: str, value: Any) -> None:
    *above, last = path.split("/")
    for part in above:
        made = made.setdefault(part, {})
    made[last] = value


def _moment(text: str) -> str:
    """A moment typed without a zone is one of the site's own zone."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return text
    return (when if when.tzinfo is not None else timezone.make_aware(when)).isoformat()


def checked(draft: Draft, version: int, demo: bool) -> tuple[Protocol | None, bytes, tuple[Finding, ...]]:
    """The protocol of a form, its document, and what is wrong or remarkable; findings name fields of the form."""
    data = document_of(draft, version, demo)
    protocol, found = read_protocol(data)
    return protocol, data, tuple(found)


def field_of(pointer: str, draft: Draft) -> str:
    """The field of the form that a JSON pointer of the document belongs to, «» where there is none.

    A place of all rows of a kind is that kind itself: «members».
    """
    path = pointer.strip("/")
    for kind, (place, columns) in ROWS.items():
        if path == place:
            return kind
        if path.startswith(place + "/"):
            number, _, column = path[len(place) + 1 :].partition("/")
            kept = draft.kept(kind)
            if not number.isdecimal() or int(number) >= len(kept):
                return kind
            named = next((c for c, p in columns.items() if column and (p == column or p.startswith(column + "/"))), "")
            return f"{kind}-{kept[int(number)]}-{named or next(iter(columns))}"
    for name, place in (*FIELDS.items(), *TICKS.items()):
        if path == place or (path and place.startswith(path + "/")):
            return name
    return "beside" if path.startswith("reference/beside") else ""


# ---------------------------------------------------------------- the other way round


def draft_of(document: bytes) -> Draft:
    """The form that shows a document. Raises Refused where it is no protocol at all."""
    try:
        content = json.loads(document.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise Refused(finding("site.comparison.not_json", "upload")) from None
    if not isinstance(content, dict) or content.get("suyuan") != PROTOCOL:
        raise Refused(finding("site.comparison.not_protocol", "upload"))
    text = {name: _text(_get(content, path)) for name, path in FIELDS.items()}
    text["closes"] = _local(text["closes"])
    text |= {name: value for name, value in USUAL.items() if not text[name]}
    ticks = {name for name, path in TICKS.items() if _get(content, path) is True}
    if _get(content, "blind") is None:
        ticks.add("blind")
    rows = {}
    for kind, (path, columns) in ROWS.items():
        listed = _get(content, path)
        listed = [r for r in listed if isinstance(r, dict)][: MOST[kind]] if isinstance(listed, list) else []
        rows[kind] = tuple({c: _text(_get(row, place)) for c, place in columns.items()} for row in listed)
    members = _get(content, "members")
    members = [m for m in members if isinstance(m, dict)] if isinstance(members, list) else []
    pilot = next((n for n, m in enumerate(members) if m.get("pilot") is True), 0)
    beside, contributors = _get(content, "reference/beside"), _get(content, "reference/contributors")
    rest = {
        "linking": [str(m.get("code")) for m in members if m.get("linking") is True],
        "contributors": [str(c) for c in contributors] if isinstance(contributors, list) else [],
        "link": _get(content, "linking"),
    }
    return Draft(
        text, frozenset(ticks), rows, pilot, tuple(str(b) for b in beside) if isinstance(beside, list) else (),
        rest={k: v for k, v in rest.items() if v},
    )  # fmt: skip


def _get(content: Any, path: str) -> Any:
    for part in path.split("/"):
        if isinstance(content, str) and part == "zh":
            return content
        content = content.get(part) if isinstance(content, Mapping) else None
    return content


def _text(value: Any) -> str:
    return "" if value is None or isinstance(value, (dict, list, bool)) else str(value)[:_LONGEST]


def _local(text: str) -> str:
    """A moment as the field of a form writes it, in the site's own zone."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return text
    return f"{timezone.localtime(when) if when.tzinfo is not None else when:%Y-%m-%dT%H:%M}"


# ---------------------------------------------------------------- beginnings


def blank(today: date, account: str, organisation: Mapping[str, str]) -> Draft:
    """An empty form: the pilot is whoever opens it, dates begin in a fortnight."""
    text = dict.fromkeys(FIELDS, "") | dict(USUAL) | {
        "opens": (today + timedelta(days=14)).isoformat(), "kind": "ring", "uncertainty": "expanded",
        "method": "weighted_mean", "constants": "exact", "drift": "none", "score": "En",
    }  # fmt: skip
    member = dict.fromkeys(ROWS["members"][1], "")
    pilot = member | {
        "code": "P", "account": account,
        "organisation_zh": organisation.get("zh", "") or organisation.get("", ""),
        "organisation_en": organisation.get("en", ""),
    }  # fmt: skip
    rows: dict[str, tuple[Mapping[str, str], ...]] = {
        "standards": (dict.fromkeys(ROWS["standards"][1], "") | {"id": "TS-1"},),
        "measurands": (dict.fromkeys(ROWS["measurands"][1], "") | {"standard": "TS-1"},),
        "members": (pilot, *(member | {"code": code} for code in "ABC")),
        "legs": (),
        "given": (),
    }
    return Draft(text, frozenset({"blind"}), rows)


def with_route(draft: Draft) -> Draft:
    """The form with the legs of its kind of route, whole days from its opening day on. Raises Refused."""
    codes = [draft.rows["members"][n]["code"] for n in draft.kept("members") if draft.rows["members"][n]["code"]]
    pilot = draft.rows["members"][draft.pilot]["code"] if draft.pilot < len(draft.rows["members"]) else ""
    try:
        start, days, petal = date.fromisoformat(draft.text["opens"]), int(draft.days_each), int(draft.petal)
    except ValueError:
        raise Refused(finding("site.comparison.route_needs", "legs")) from None
    if pilot not in codes or draft.text["kind"] not in ("ring", "star", "petal"):
        raise Refused(finding("site.comparison.route_needs", "legs"))
    ordered = [pilot, *(c for c in codes if c != pilot)]
    kind: Any = draft.text["kind"]
    legs: list[Mapping[str, str]] = []
    for n in draft.kept("standards"):
        standard = draft.rows["standards"][n]["id"]
        for leg in route_suggestion(kind, ordered, start, days, standard, petal):
            legs.append({
                "standard": leg.standard, "member": leg.member, "arrives": leg.arrives.isoformat(),
                "leaves": leg.leaves.isoformat(),
            })  # fmt: skip
    text = dict(draft.text)
    if legs and not text["closes"]:
        last = max(date.fromisoformat(leg["leaves"]) for leg in legs)
        text["closes"] = f"{last + timedelta(days=7)}T09:00"
    return _with(draft, text=text, rows=dict(draft.rows) | {"legs": tuple(legs)})


def changed(draft: Draft, act: str) -> Draft:
    """The form with a row more («more-members») or less («less-members-2»)."""
    verb, _, rest = act.partition("-")
    kind, _, number = rest.partition("-")
    if kind not in ROWS:
        return draft
    rows = list(draft.rows[kind])
    pilot = draft.pilot
    if verb == "more" and len(rows) < MOST[kind]:
        rows.append(dict.fromkeys(ROWS[kind][1], ""))
    elif verb == "less" and number.isdecimal() and int(number) < len(rows):
        del rows[int(number)]
        if kind == "members" and int(number) < pilot:
            pilot -= 1
    return _with(draft, rows=dict(draft.rows) | {kind: tuple(rows)}, pilot=pilot)


def _with(draft: Draft, **fields: Any) -> Draft:
    from dataclasses import replace

    return replace(draft, **fields)
