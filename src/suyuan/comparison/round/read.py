"""A protocol from its document: every field checked, every fault a finding with a JSON pointer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from itertools import pairwise
from typing import Literal, cast, get_args

from suyuan.comparison.methods import METHODS
from suyuan.comparison.round.events import KINDS, Event, EventKind
from suyuan.comparison.round.kinds import fitting
from suyuan.comparison.round.protocol import (
    DecisionRule,
    DriftModel,
    DriftRule,
    EarlierResult,
    Leg,
    LinkRule,
    Measurand,
    Member,
    Protocol,
    ReferenceRule,
    ResultForm,
    Route,
    RouteKind,
    Score,
    TravellingStandard,
)
from suyuan.comparison.round.route import check_route, check_stay
from suyuan.comparison.round.words import worded
from suyuan.comparison.round.write import PROTOCOL, with_digest
from suyuan.quantity.fields import Fields, open_document
from suyuan.quantity.finding import Finding, Refused, errors, reason
from suyuan.quantity.unit import parse_unit

MOST_DRAWS = 100_000_000
MOST_DAYS = 3650
"""A remark is not waited for longer than ten years."""


def read_protocol(document: bytes) -> tuple[Protocol | None, tuple[Finding, ...]]:
    """The protocol that a document states, with its digest, or None if any field is wrong (severity error).

    document: UTF-8 JSON with "suyuan": "comparison-protocol"; findings carry a JSON pointer.
    """
    protocol, found = _read(document)
    return protocol, worded(found)


def _read(document: bytes) -> tuple[Protocol | None, list[Finding]]:
    root, found = open_document(document, PROTOCOL)
    if root is None:
        return None, found
    number, version = root.text("number", required=True), root.whole("version")
    texts = {key: root.names(key, key in ("title", "purpose", "organiser")) for key in _TEXTS}
    standards = tuple(_standard(f) for f in root.several("standards", required=True))
    measurands = tuple(_measurand(f, standards) for f in root.several("measurands", required=True))
    members = tuple(_member(f) for f in root.several("members", required=True))
    _check_names(root, standards, measurands, members)
    route, reference = _route(root), _reference(root, measurands, members)
    drift, form = _drift(root), _form(root)
    decision, linking = _decision(root, measurands), _linking(root, measurands, members)
    opens, closes = root.day("opens", required=True), moment(root, "closes")
    remark_days = root.whole("remark_days")
    blind, public, demo = (truth(root, key, key == "blind") for key in ("blind", "public", "demo"))
    root.close()
    if version is None or version < 1:
        root.report("comparison.protocol.version", "version", given="" if version is None else version)
    if remark_days is not None and not 0 <= remark_days <= MOST_DAYS:
        root.report("comparison.protocol.remark_days", "remark_days", given=remark_days)
    if route is None:
        return None, found
    if opens is None or closes is None:  # the route is looked at all the same: its faults are told with the others
        opens, closes = opens or date.min, closes or datetime.max
    protocol = Protocol(
        number=number, version=version or 1, title=texts["title"], purpose=texts["purpose"],
        organiser=texts["organiser"], standards=standards, measurands=measurands, members=members,
        route=route, opens=opens, closes=closes, reference=reference, decision=decision,
        drift=drift, form=form, instructions=texts["instructions"], confidentiality=texts["confidentiality"],
        remark_days=30 if remark_days is None else remark_days, blind=blind, public=public,
        demo=demo, linking=linking,
    )  # fmt: skip
    found.extend(f for f in check_route(protocol) if f not in found)
    return (None if errors(found) else with_digest(protocol)), found


_TEXTS = ("title", "purpose", "organiser", "instructions", "confidentiality")


def truth(fields: Fields, key: str, default: bool) -> bool:
    """True or false; the default where nothing is said."""
    fields.asked.add(key)
    value = fields.content.get(key)
    if value is None or value == "":
        return default
    if not isinstance(value, bool):
        fields.report("typed.field.type", key, field=key, expected_zh="true 或 false", expected_en="true or false")
        return default
    return value


def moment(fields: Fields, key: str) -> datetime | None:
    """A moment with its time zone, as ISO 8601 writes it."""
    text = fields.text(key, required=True)
    if not text:
        return None
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        fields.report("comparison.protocol.moment", key, field=key, given=text[:60])
        return None
    if when.tzinfo is None:
        fields.report("comparison.protocol.zone", key, field=key, given=text[:60])
        return None
    return when


def words(fields: Fields, key: str) -> tuple[str, ...]:
    """A list of texts."""
    if not fields.has(key):
        return ()
    value = fields.content[key]
    if not isinstance(value, list) or not all(isinstance(v, str) and v.strip() for v in value):
        fields.report("typed.field.type", key, field=key, expected_zh="文字的列表", expected_en="list of texts")
        return ()
    return tuple(v.strip() for v in value)


def real(fields: Fields, key: str, required: bool = False) -> float | None:
    """A number without its digits."""
    number = fields.number(key, required)
    return None if number is None else number.value


def _standard(f: Fields) -> TravellingStandard:
    standard = TravellingStandard(
        f.text("id", required=True), f.names("name", required=True), f.text("manufacturer"), f.text("model"),
        f.text("serial"),
    )  # fmt: skip
    f.close()
    return standard


def _measurand(f: Fields, standards: tuple[TravellingStandard, ...]) -> Measurand:
    measurand = Measurand(
        id=f.text("id", required=True),
        name=f.names("name", required=True),
        quantity=f.text("quantity", required=True),
        unit=f.text("unit", required=True),
        standard=f.text("standard") or (standards[0].id if len(standards) == 1 else ""),
        nominal=f.text("nominal"),
        low=real(f, "low"),
        high=real(f, "high"),
        conditions=f.names("conditions"),
        sigma_pt=real(f, "sigma_pt"),
        largest_U=real(f, "largest_U"),
    )
    f.close()
    try:
        parse_unit(measurand.unit)
    except Refused as refused:
        f.report("comparison.protocol.unit", "unit", severity="error", **reason(refused.findings[0]))
    else:
        f.found.extend(fitting(measurand, f.pointer))
    if measurand.standard not in [s.id for s in standards]:
        known = ", ".join(s.id for s in standards)
        f.report("comparison.protocol.unknown", "standard", field="standard", given=measurand.standard, known=known)
    if measurand.low is not None and measurand.high is not None and not measurand.low < measurand.high:
        f.report("comparison.protocol.range", "high", low=measurand.low, high=measurand.high)
    for key in ("sigma_pt", "largest_U"):
        value = getattr(measurand, key)
        if value is not None and not value > 0.0:
            f.report("comparison.protocol.positive", key, field=key, given=value)
    return measurand


def _member(f: Fields) -> Member:
    member = Member(
        code=f.text("code", required=True),
        organisation=f.names("organisation", required=True),
        pilot=truth(f, "pilot", False),
        account=f.text("account"),
        contact=f.text("contact"),
        linking=truth(f, "linking", False),
    )
    f.close()
    return member


def _check_names(
    root: Fields, standards: Iterable[TravellingStandard], measurands: Iterable[Measurand], members: Iterable[Member]
) -> None:
    """What is named is named once; there is one pilot, and somebody to compare it with."""
    people = tuple(members)
    accounts = [m.account for m in people if m.account]
    names = {"standards": [s.id for s in standards], "measurands": [m.id for m in measurands],
             "members": [m.code for m in people], "accounts": accounts}  # fmt: skip
    for key, listed in names.items():
        for name in sorted({n for n in listed if n and listed.count(n) > 1}):
            root.report("comparison.protocol.twice", "members" if key == "accounts" else key, name=name)
    for i, member in enumerate(people):
        same = [m.code for m in people[:i] if set(m.organisation.items()) & set(member.organisation.items())]
        if same:
            root.report("comparison.protocol.same_organisation", "members", i, severity="warning", first=same[0],
                        second=member.code)  # fmt: skip
    pilots = [m.code for m in people if m.pilot]
    if len(pilots) != 1 and people:
        root.report("comparison.protocol.pilot", "members", pilots=", ".join(pilots) or "—", n=len(pilots))
    if len(people) == 1:
        root.report("comparison.protocol.alone", "members")


def _route(root: Fields) -> Route | None:
    f = root.inner("route", required=True)
    if f is None:
        return None
    kind = cast(RouteKind, f.choice("kind", get_args(RouteKind)))
    rows, legs = f.several("legs", required=True), []
    for row in rows:
        standard, member = row.text("standard", required=True), row.text("member", required=True)
        arrives, leaves = row.day("arrives", required=True), row.day("leaves", required=True)
        row.close()
        if arrives is not None and leaves is not None:
            legs.append(Leg(standard, member, arrives, leaves))
            f.found.extend(check_stay(legs[-1], row.pointer))
    f.close()
    return Route(kind, tuple(legs)) if rows and len(legs) == len(rows) else None


def _reference(root: Fields, measurands: tuple[Measurand, ...], members: tuple[Member, ...]) -> ReferenceRule:
    f = root.inner("reference", required=True)
    if f is None:
        return ReferenceRule("")
    known = tuple(METHODS)
    method, beside, contributors = f.choice("method", known), words(f, "beside"), words(f, "contributors")
    given: dict[str, tuple[float, float]] = {}
    for row in f.several("given"):
        measurand, value, u = row.text("measurand", required=True), real(row, "value", True), real(row, "u", True)
        row.close()
        if measurand not in [m.id for m in measurands]:
            listed = ", ".join(m.id for m in measurands)
            row.report("comparison.protocol.unknown", "measurand", field="measurand", given=measurand, known=listed)
        elif value is not None and u is not None:
            given[measurand] = (value, u)
            if u < 0.0:
                row.report("comparison.protocol.positive", "u", field="u", given=u)
    constants = cast(Literal["exact", "printed"], f.choice("constants", ("exact", "printed"), "exact"))
    draws, seed = f.whole("draws"), f.whole("seed")
    f.close()
    for i, name in enumerate(beside):
        if name not in known:
            f.report("comparison.protocol.unknown", "beside", i, field="beside", given=name, known=", ".join(known))
    for i, code in enumerate(contributors):
        if code not in [m.code for m in members]:
            codes = ", ".join(m.code for m in members)
            f.report("comparison.protocol.unknown", "contributors", i, field="contributors", given=code, known=codes)
    missing = [m.id for m in measurands if m.id not in given]
    if method == "given" and missing:
        f.report("comparison.protocol.given", "given", measurands=", ".join(missing))
    if draws is not None and not 1000 <= draws <= MOST_DRAWS:
        f.report("comparison.protocol.draws", "draws", given=draws)
    return ReferenceRule(
        method, beside, contributors, given, constants, 1_000_000 if draws is None else draws,
        1 if seed is None else seed,
    )  # fmt: skip


def _drift(root: Fields) -> DriftRule:
    f = root.inner("drift")
    if f is None:
        return DriftRule()
    model = f.choice("model", get_args(DriftModel), "none")
    degree, repeats = f.whole("degree"), f.whole("repeats")
    f.close()
    if degree is not None and not 1 <= degree <= 5:
        f.report("comparison.protocol.degree", "degree", given=degree)
    if repeats is not None and not 1 <= repeats <= MOST_DAYS:
        f.report("comparison.protocol.repeats", "repeats", given=repeats, most=MOST_DAYS)
    if not model:  # said by the choice: a model that is not known asks nothing of the route
        return DriftRule()
    return DriftRule(cast(DriftModel, model), 1 if degree is None else degree, 1 if repeats is None else repeats)


def _form(root: Fields) -> ResultForm:
    f = root.inner("form")
    if f is None:
        return ResultForm()
    kind = cast(Literal["expanded", "standard"], f.choice("uncertainty", ("expanded", "standard"), "expanded"))
    form = ResultForm(kind, truth(f, "budget", False), truth(f, "certificate", False))
    f.close()
    return form


def _decision(root: Fields, measurands: tuple[Measurand, ...]) -> DecisionRule:
    f = root.inner("decision")
    if f is None:
        return DecisionRule()
    score = cast(Score, f.choice("score", get_args(Score), "En"))
    limit, questionable, coverage = real(f, "limit"), real(f, "questionable"), real(f, "coverage")
    f.close()
    rule = DecisionRule(score, 1.0 if limit is None else limit, questionable, 2.0 if coverage is None else coverage)
    for key in ("limit", "questionable", "coverage"):
        value = getattr(rule, key)
        if value is not None and not value > 0.0:
            f.report("comparison.protocol.positive", key, field=key, given=value)
    if questionable is not None and not questionable < rule.limit:
        f.report("comparison.protocol.questionable", "questionable", questionable=questionable, limit=rule.limit)
    if score in ("z", "z_prime"):
        without = [m.id for m in measurands if m.sigma_pt is None]
        if without:
            f.report("comparison.protocol.sigma_pt", "score", score=score, measurands=", ".join(without))
    return rule


def _linking(root: Fields, measurands: tuple[Measurand, ...], members: tuple[Member, ...]) -> LinkRule | None:
    f = root.inner("linking")
    if f is None:
        return None
    number = f.text("number", required=True)
    listed: list[EarlierResult] = []
    known = {"measurand": [m.id for m in measurands], "member": [m.code for m in members]}
    linking = [m.code for m in members if m.linking]
    for row in f.several("results", required=True):
        named = {key: row.text(key, required=True) for key in known}
        d, u_d, r = real(row, "d", True), real(row, "u_d", True), real(row, "r")
        row.close()
        for key, name in named.items():
            if name and name not in known[key]:
                row.report("comparison.protocol.unknown", key, field=key, given=name, known=", ".join(known[key]))
            elif key == "member" and name and name not in linking:
                row.report("comparison.protocol.not_linking", key, member=name, linking=", ".join(linking) or "—")
        if u_d is not None and not u_d > 0.0:
            row.report("comparison.protocol.positive", "u_d", field="u_d", given=u_d)
        if r is not None and not abs(r) <= 1.0:
            row.report("comparison.link.correlation", "r")
        if any((one.measurand, one.member) == tuple(named.values()) for one in listed):
            row.report("comparison.protocol.twice", "member", name=f"{named['member']}/{named['measurand']}")
        if d is not None and u_d is not None:
            listed.append(EarlierResult(named["measurand"], named["member"], d, u_d, 0.0 if r is None else r))
    f.close()
    return LinkRule(number, tuple(listed))


def read_events(rows: tuple[Fields, ...]) -> tuple[Event, ...]:
    """The events that stand in a report or a file, as they stand; `events.verify` says whether the chain is sound."""
    listed = []
    for f in rows:
        kind, when = f.choice("kind", KINDS), moment(f, "time")
        content = f.inner("content")
        event_parts = f.text("person"), f.text("member"), f.text("before"), f.text("digest", required=True)
        f.close()
        if kind and when is not None:
            person, member, before, digest = event_parts
            inside = dict(content.content) if content is not None else {}
            listed.append(Event(cast(EventKind, kind), when, person, member, inside, before, digest))
    return tuple(listed)


def in_order(events: Iterable[Event]) -> bool:
    """Whether no event is earlier than the one before."""
    return all(a.time <= b.time for a, b in pairwise(events))
