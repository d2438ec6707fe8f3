"""Who may sign this certificate on that day: units that cover what it is about, persons authorised for one of them.

A unit covers a subject whose quantity, item, method, edition, interval (converted as points) and site lie in it. What
the subject does not state and the unit asks for is unknown: neither covered nor outside.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

import numpy as np

from suyuan.capability.capability import Capability
from suyuan.capability.interval import Interval
from suyuan.capability.matching.cover import contains
from suyuan.capability.taxonomy import (
    condition_word,
    fits,
    item_named,
    items,
    plain,
    quantity_chain,
    quantity_key,
    quantity_named,
    same_item,
)
from suyuan.certificate.certificate import Certificate, StatedQuantity, Text
from suyuan.quantity.finding import Finding, Refused, Severity, finding, in_both
from suyuan.quantity.notation import behind
from suyuan.quantity.unit import parse_unit
from suyuan.talent.joined import Records, own, shares
from suyuan.talent.read import split_method
from suyuan.talent.records import Activity, CompetenceUnit
from suyuan.talent.standing import RULE, STATES, WORDS, Standing, State, of_authorisation

Cover = Literal["covered", "unknown", "outside", "other"]
"""outside: meant for such things, but not for this one; other: about something else altogether."""
FIELDS: dict[str, Text] = {
    "quantity": {"zh": "量", "en": "quantity"},
    "item": {"zh": "被测对象", "en": "item"},
    "method": {"zh": "方法", "en": "method"},
    "edition": {"zh": "方法版本", "en": "edition of the method"},
    "interval": {"zh": "量程", "en": "interval"},
    "site": {"zh": "地点", "en": "site"},
}


PLACES = {
    "laboratory": "lab",
    "laboratoryBranch": "lab",
    "customer": "on-site",
    "customerBranch": "on-site",
    "other": "",
}
"""Place of performance as a DCC states it → site as units and capabilities state it."""
_DONE: dict[Activity, tuple[str, ...]] = {
    "sign": ("main signer", "mainsigner", "signatory", "approved", "approved by", "批准", "签发", "批准人", "签发人"),
    "perform": ("calibrated", "calibrated by", "performed by", "校准", "检定", "校准员", "检定员"),
    "check": ("checked", "checked by", "核验", "核验员"),
}
_APART = re.compile(r"[\s‒–—―−]+")
DONE_BY: dict[str, Activity] = {word: activity for activity, words in _DONE.items() for word in words}
"""Role of a person in a certificate → what the person did."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is to be signed, as far as it is stated: «», None and {} are not stated. quantity; item; method, edition: of
    the specification; methods: further ones that it names; interval: of the values; site; laboratory that issues it."""

    quantity: str = ""
    item: str = ""
    method: str = ""
    edition: str = ""
    interval: Interval | None = None
    site: str = ""
    laboratory: Text = field(default_factory=dict)
    methods: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Permission:
    """Whether a person may do something with a subject. state: «authorised» only where the unit covers it; unit,
    authorisation: that were looked at; reasons: why not, or what is not known."""

    person: str
    state: State
    unit: str
    authorisation: str
    reasons: tuple[Finding, ...] = ()
    until: date | None = None


def covers(unit: CompetenceUnit, subject: Subject, edition: str = "") -> tuple[Cover, tuple[Finding, ...]]:
    """Whether a unit covers a subject, with what is outside or not stated. edition: of the authorisation, where it says
    another one than the unit."""
    if subject.quantity and not _is_a(subject.quantity, unit.quantity):
        return "other", ()
    item = same_item(subject.item, unit.item) if unit.item else "any"
    named = _editions(subject)
    if not item or (unit.method and named and _number(unit.method) not in named):
        return "other", ()
    unstated, outside = [], []
    if not subject.quantity:
        unstated.append("quantity")
    if unit.item and not subject.item:
        unstated.append("item")
    elif item == "broader":
        outside.append(("item", subject.item, unit.item))
    meant = edition or unit.edition
    if unit.method and not named:
        unstated.append("method")
    elif unit.method and meant:
        given = named[_number(unit.method)]
        if not any(given):
            unstated.append("edition")
        elif meant not in given:
            outside.append(("edition", ", ".join(given), meant))
    faults = _interval(unit, subject), _site(unit, subject)
    unstated += [name for name, fault in zip(("interval", "site"), faults, strict=True) if fault == "unstated"]
    outside += [fault for fault in faults if isinstance(fault, tuple)]
    told = tuple(_told("talent.sign.outside", *fault, severity="error") for fault in outside)
    if told:
        return "outside", told
    asked = {"quantity": unit.quantity, "item": unit.item, "method": unit.method, "edition": meant, "site": unit.site,
             "interval": "" if unit.interval is None else shown(unit.interval)}  # fmt: skip
    lacking = tuple(_told("talent.sign.unstated", name, "", asked[name], severity="warning") for name in unstated)
    return ("unknown" if lacking else "covered"), lacking


def _told(code: str, name: str, given: str, wanted: str, severity: Severity) -> Finding:
    words = {"field_zh": FIELDS[name]["zh"], "field_en": FIELDS[name]["en"]}
    return finding(code, name, severity, RULE, given=given, wanted=wanted, **words)


def _is_a(quantity: str, broader: str) -> bool:
    """Whether a kind of quantity is another one or a case of it: a diameter is a length."""
    return quantity_key(broader) in (quantity_chain(quantity) or ("",))


def _editions(subject: Subject) -> dict[str, tuple[str, ...]]:
    """Number of a method → editions that the subject names."""
    named: dict[str, tuple[str, ...]] = {}
    for method, edition in ((subject.method, subject.edition), *subject.methods):
        if method:
            named[_number(method)] = (*named.get(_number(method), ()), edition)
    return named


def _number(method: str) -> str:
    """The number of a method as it is compared: «JJG146», «JJG 146» and «jjg-146» are one."""
    return _APART.sub("", plain(method))


def _interval(unit: CompetenceUnit, subject: Subject) -> tuple[str, str, str] | Literal["", "unstated"]:
    if unit.interval is None:
        return ""
    if subject.interval is None:
        return "unstated"
    fault = ("interval", shown(subject.interval), shown(unit.interval))
    if not subject.interval.unit.converts_to(unit.interval.unit):
        return fault
    inner = subject.interval.to(unit.interval.unit)
    return "" if contains((unit.interval.low, unit.interval.high), (inner.low, inner.high)) else fault


def _site(unit: CompetenceUnit, subject: Subject) -> tuple[str, str, str] | Literal["", "unstated"]:
    if not unit.site:
        return ""
    if not subject.site:
        return "unstated"
    return "" if condition_word(unit.site) == condition_word(subject.site) else ("site", subject.site, unit.site)


def shown(interval: Interval) -> str:
    """An interval in writing.

    >>> shown(Interval(0.5, 100.0, parse_unit("mm")))
    '0.5 mm … 100 mm'
    """
    unit = behind(interval.unit)
    return f"{interval.low:g}{unit} … {interval.high:g}{unit}"


# ---------------------------------------------------------------- who may


def may(records: Records, activity: Activity, subject: Subject, day: date) -> tuple[Permission, ...]:
    """Who may do something with a subject on a day: the best of each person who was granted a unit of that kind.

    activity: «sign» a certificate, «perform» a calibration, …; subject: what is signed; an authorisation counts for the
    laboratory that granted it only. Returns those who may first, then the others with the reasons.
    Source: ISO/IEC 17025:2017, 6.2.6.
    """
    best: dict[str, Permission] = {}
    for unit in records.of_activity.get(activity, ()):
        if covers(unit, subject)[0] == "other":
            continue
        for granted in records.of_unit.get(unit.id, ()):
            if subject.laboratory and not shares(granted.laboratory, subject.laboratory):
                continue
            found = _permission(of_authorisation(records, granted, day), unit, subject, granted.edition)
            known = best.get(found.person)
            if known is None or STATES.index(found.state) < STATES.index(known.state):
                best[found.person] = found
    return tuple(sorted(best.values(), key=lambda p: (STATES.index(p.state), p.person)))


def _permission(standing: Standing, unit: CompetenceUnit, subject: Subject, edition: str) -> Permission:
    cover, told = covers(unit, subject, edition)
    state = standing.state
    if cover == "outside" and standing.authorised:
        state = "not_authorised"
    elif cover == "unknown" and standing.authorised:
        state = "unknown"
    return Permission(
        standing.person, state, unit.id, standing.authorisation, (*standing.reasons, *told), standing.until
    )


def check_signatory(
    records: Records, person: str, subject: Subject, day: date, activity: Activity = "sign", deviation: str = ""
) -> tuple[Finding, ...]:
    """What stands against a person's signing on a day, () where nothing does.

    person: id, account or name; deviation: the reason for which it is to be signed all the same: then the findings are
    warnings that go on record, and the first says so. What the subject does not state, and a laboratory that keeps no
    competence register, make a warning: nothing is shown to be wrong, and nothing to be right.
    """
    where = f"{activity}/{person}"
    if not records.kept_by(subject.laboratory):
        laboratory = in_both("laboratory", subject.laboratory, "—")
        return (finding("talent.sign.no_register", where, "warning", RULE, person=person, **laboratory),)
    id = records.named(person, subject.laboratory)
    found = next((p for p in may(records, activity, subject, day) if p.person == id), None)
    if found is not None and found.state == "authorised":
        return ()
    if found is not None and found.state == "unknown":
        return (finding("talent.sign.unknown", where, "warning", RULE, person=person, day=day), *found.reasons)
    if id is None:
        told = [finding("talent.sign.person", where, "error", RULE, person=person)]
    elif found is None:
        told = [finding("talent.sign.none", where, "error", RULE, person=person, day=day)]
    else:
        state = in_both("state", WORDS[found.state])
        told = [finding("talent.sign.refused", where, "error", RULE, person=person, day=day, **state), *found.reasons]
    if not deviation.strip():
        return tuple(told)
    record = finding("talent.sign.deviation", where, "warning", RULE, person=person, day=day, reason=deviation.strip())
    return (record, *(replace(f, severity="warning") for f in told))


# ---------------------------------------------------------------- what a document is about


def subjects_of(certificate: Certificate) -> tuple[Subject, ...]:
    """What a certificate is about, as far as it states it: one subject for each kind of quantity among its results.

    Values that are points of the item count (measured, nominal, reference), or the range that a result states; errors,
    corrections and deviations are no points of the interval.
    """
    methods = [split_method(norm) for method in certificate.methods for norm in method.norms]
    first, rest = (methods[0], tuple(methods[1:])) if methods else (("", ""), ())
    item = own(certificate.items[0].name, "zh") if certificate.items else ""
    site = PLACES.get(certificate.place_of_performance, certificate.place_of_performance)
    base = Subject("", item, *first, None, site, {"": certificate.issuer}, rest)
    found: dict[str, Subject] = {}
    for stated in certificate.quantities():
        if not _is_point(stated):
            continue
        key = _quantity_of(stated, item)
        interval = _interval_of(stated)
        known = found.get(key)
        joined = interval if known is None else _hull(known.interval, interval)
        found[key] = replace(base, quantity=key, interval=joined)
    return tuple(found.values()) or (base,)


def subject_of_capability(capability: Capability) -> Subject:
    """What a capability is about, for the count of persons who may do it."""
    method, edition = split_method(capability.method)
    site = capability.conditions.get("site", ())
    word = site[0] if isinstance(site, tuple) and len(site) == 1 else ""
    return Subject(
        capability.quantity, capability.item, method, edition, capability.interval, word, capability.laboratory
    )


def _is_point(stated: StatedQuantity) -> bool:
    words = " ".join(stated.ref_types).lower()
    return not any(word in words for word in ("error", "correction", "deviation", "difference", "uncertainty", "slope"))


def _quantity_of(stated: StatedQuantity, item: str) -> str:
    """The kind of quantity by its stated kind, label or name; else the only one with its unit that is calibrated on
    such an item; «» where that is not known."""
    for word in (stated.quantity_kind, stated.label, *stated.name.values()):
        key = quantity_named(word) if word else None
        if key:
            return key
    named = item_named(item)
    try:
        unit = parse_unit(stated.unit)
    except Refused:
        return ""
    usual = [key for key in (items()[named].quantities if named else ()) if fits(key, unit)]
    return usual[0] if len(usual) == 1 else ""


def _interval_of(stated: StatedQuantity) -> Interval | None:
    try:
        if stated.lower is not None and stated.upper is not None:
            return Interval(stated.lower, stated.upper, parse_unit(stated.range_unit or stated.unit))
        values = stated.value[np.isfinite(stated.value)]
        if not values.size:
            return None
        return Interval(float(values.min()), float(values.max()), parse_unit(stated.unit))
    except Refused:
        return None


def _hull(a: Interval | None, b: Interval | None) -> Interval | None:
    """The interval that holds two; None where one is not known or the units do not convert."""
    if a is None or b is None or not b.unit.converts_to(a.unit):
        return None
    other = b.to(a.unit)
    return Interval(min(a.low, other.low), max(a.high, other.high), a.unit)


def check_certificate(
    records: Records, certificate: Certificate, day: date, signatories: Iterable[str] = (), deviation: str = ""
) -> Iterator[Finding]:
    """What stands against a certificate on a day by those who made it: each must be authorised for what it is about.

    signatories: who signs; where none are given, the persons that the certificate names, each for what the role says
    (`DONE_BY`); a person without such a role counts as one who signs where nobody has one. deviation: as in
    `check_signatory`.
    """
    named = [(name, DONE_BY[plain(role)]) for name, role in certificate.persons if plain(role) in DONE_BY]
    doing: list[tuple[str, Activity]] = [(name, "sign") for name in signatories] or named
    doing = doing or [(name, "sign") for name, _ in certificate.persons]
    if not any(activity == "sign" for _, activity in doing):
        yield finding("talent.sign.nobody", f"{certificate.issuer} {certificate.number}".strip(), "warning", RULE)
    for person, activity in dict.fromkeys(doing):
        for subject in subjects_of(certificate):
            yield from check_signatory(records, person, subject, day, activity, deviation)
