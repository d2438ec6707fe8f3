"""Who may sign this certificate on that day: the form, and everybody who was ever granted such a unit, with reasons."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString

from suyuan.capability.interval import Interval
from suyuan.capability.taxonomy import items, quantities, quantity_named
from suyuan.certificate.certificate import Certificate
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.unit import parse_unit
from suyuan.site.acts import clock, store
from suyuan.site.acts.day import NoDay
from suyuan.site.acts.talent import people as acts
from suyuan.site.acts.talent.people import View
from suyuan.site.language import Language, current
from suyuan.site.terms import term
from suyuan.site.web.parts.sentence import counted
from suyuan.site.web.parts.text import both, day_text, pick
from suyuan.site.web.talent.people_parts import (
    beside,
    field,
    name,
    options,
    person_way,
    read_day,
    standing_html,
    title,
    what,
)
from suyuan.talent.asked import strange
from suyuan.talent.joined import own
from suyuan.talent.read import split_method
from suyuan.talent.records import ACTIVITIES, Activity
from suyuan.talent.signing import Permission, Subject, shown, subjects_of
from suyuan.verbs.people import standing as verbs

NAMES = ("activity", "quantity", "item", "method", "low", "high", "unit", "site", "lab", "day", "certificate")
SITES = ("lab", "on-site")


def may(request: HttpRequest) -> HttpResponse:
    """The question and its answer; with `certificate` what that certificate is about."""
    given = {key: request.GET.get(key, "")[:400].strip() for key in NAMES}
    found: list[Finding] = []
    day = _day(given["day"], found)
    seen = acts.view(request.user, day)
    subjects: list[Subject] = []
    asked = any(given[key] for key in ("quantity", "item", "method", "low", "high", "certificate"))
    certificate = _certificate(given["certificate"], found)
    if certificate is not None:
        subjects = list(subjects_of(certificate))
        if day is None and certificate.issued is not None and not given["day"]:
            given["day"] = certificate.issued.isoformat()
            seen = acts.view(request.user, certificate.issued)
    elif asked:
        subject = subject_of(seen, given, found)
        subjects = [subject] if subject is not None else []
    activity: Activity = next((a for a in ACTIVITIES if a == given["activity"]), "sign")
    answers = [_answer(seen, subject, activity) for subject in subjects] if not found else []
    context = {
        "fields": _fields(seen, given, beside(found, NAMES)[0]), "answers": answers, "asked": asked,
        "lead": lead(seen, answers, activity, asked and not found), "certificate": certificate,
        "digest": given["certificate"], "day": seen.day, "loose": beside(found, NAMES)[1],
        "quantities": _names(quantities()), "items": _names(items()),
        "methods": sorted({_method(u) for u in seen.records.units.values() if u.method}),
    }  # fmt: skip
    status = 400 if any(item.where == "day" for item in found) else 422
    return render(request, "people_may.html", context, status=status if found else 200)


def _day(text: str, found: list[Finding]) -> date | None:
    """The day of the form; what is wrong with it is told at its field."""
    try:
        return read_day(text)
    except NoDay as wrong:
        found.append(wrong.told)
        return None


def _method(unit: Any) -> str:
    return f"{unit.method}-{unit.edition}" if unit.edition else str(unit.method)


def _names(table: Mapping[str, Any]) -> list[str]:
    return [(row.zh if current() == "zh" else row.en)[0] for row in table.values() if row.zh and row.en]


def _certificate(digest: str, found: list[Finding]) -> Certificate | None:
    if not digest:
        return None
    try:
        value = store.store().value(digest)
    except Refused as refused:
        found.extend(refused.findings)
        return None
    if not isinstance(value, Certificate):
        found.append(finding("site.people.no_certificate", "certificate", given=digest[:12]))
        return None
    return value


def subject_of(seen: View, given: Mapping[str, str], found: list[Finding]) -> Subject | None:
    """What a form asks about; what cannot be read is told at its field."""
    interval = None
    if given["low"] or given["high"]:
        ends = {}
        for key in ("low", "high"):
            try:
                ends[key] = float((given[key] or given["high"] or given["low"]).replace("−", "-"))
            except ValueError:
                found.append(finding("site.evaluate.number", key, name=term(f"may.{key}"), given=given[key][:40]))
        if not given["unit"]:
            found.append(finding("site.people.no_unit_of_measure", "unit"))
        try:
            unit = parse_unit(given["unit"]) if given["unit"] else None
        except Refused as refused:
            found.extend(Finding(f.code, "unit", "error", f.parameters, f.rule) for f in refused.findings)
            unit = None
        if not found and ends["low"] > ends["high"]:
            found.append(finding("talent.interval.backwards", "low", low=given["low"], high=given["high"]))
        if not found and unit is not None:
            interval = Interval(ends["low"], ends["high"], unit)
    found += strange(seen.records, given["quantity"], given["item"], given["site"])
    if found:
        return None
    method, edition = split_method(given["method"])
    laboratory = next((lab for lab in acts.laboratories(seen) if acts.named(lab) == given["lab"]), {})
    return Subject(given["quantity"], given["item"], method, edition, interval, given["site"], laboratory)


def _answer(seen: View, subject: Subject, activity: Activity) -> dict[str, Any]:
    kept = not subject.laboratory or seen.records.kept_by(subject.laboratory)
    rows = verbs.who_may(seen.known, subject, activity) if kept else ()
    return {
        "subject": _facts(subject), "kept": kept, "laboratory": pick(subject.laboratory)[0],
        "may": [p for p in rows if p.state == "authorised"], "unknown": [p for p in rows if p.state == "unknown"],
        "rows": [_row(seen, p) for p in rows],
    }  # fmt: skip


def _facts(subject: Subject) -> list[tuple[str, str]]:
    key = quantity_named(subject.quantity) if subject.quantity else None
    row = quantities().get(key or "")
    quantity = (row.zh if current() == "zh" else row.en)[0] if row else subject.quantity
    methods = [f"{m}-{e}" if e else m for m, e in ((subject.method, subject.edition), *subject.methods) if m]
    interval = "" if subject.interval is None else shown(subject.interval)
    site = term(f"may.site.{subject.site}") if subject.site in SITES else subject.site
    return [
        ("may.quantity", quantity), ("may.item", subject.item), ("may.method", ", ".join(methods)),
        ("may.interval", interval), ("may.site", site), ("people.laboratory", pick(subject.laboratory)[0]),
    ]  # fmt: skip


def _row(seen: View, permission: Permission) -> dict[str, Any]:
    whole = seen.whole(permission.person)
    state = permission.state if whole or permission.state == "authorised" else "not_authorised"
    return {
        "person": name(seen.records, permission.person), "address": person_way(permission.person, seen.day),
        "state": standing_html(state), "unit": title(seen.records, permission.unit), "whole": whole,
        "whys": what(permission.reasons) if whole else [], "until": permission.until if whole else None,
        "good": permission.state == "authorised", "granted": permission.authorisation,
    }  # fmt: skip


def lead(seen: View, answers: list[dict[str, Any]], activity: str, asked: bool) -> SafeString:
    """The answer: how many may, and who."""
    return both(*(_sentence(seen, answers, activity, asked, code) for code in ("zh", "en")))


def _sentence(seen: View, answers: list[dict[str, Any]], activity: str, asked: bool, language: Language) -> str:
    if not asked or not answers:
        return term("may.lead", language)
    day, comma = day_text(seen.day, language), "、" if language == "zh" else ", "
    if not all(answer["kept"] for answer in answers):
        laboratory = answers[0]["laboratory"] or term("none.unknown", language)
        return term("may.lead.no_register", language, laboratory=laboratory)
    persons = [{p.person for p in answer["may"]} for answer in answers]
    good = sorted(set.intersection(*persons)) if persons else []
    does = term(f"may.activity.{activity}", language)
    if good:
        who = comma.join(own(seen.records.name(p), language) for p in good[:3])
        key = "may.lead.some" + (".more" if len(good) > 3 else "")
        return term(key, language, day=day, many=counted("signers", len(good), language), who=who, does=does)
    if any(answer["unknown"] for answer in answers):
        return term("may.lead.unknown", language, day=day, does=does)
    return term("may.lead.nobody", language, day=day, does=does)


def _fields(seen: View, given: Mapping[str, str], told: Mapping[str, Any]) -> list[dict[str, Any]]:
    acted = [(a, term(f"may.activity.{a}")) for a in ACTIVITIES]
    labs = [("", term("list.any")), *((acts.named(lab), pick(lab)[0]) for lab in acts.laboratories(seen))]
    sites = [("", term("may.any_site")), *((s, term(f"may.site.{s}")) for s in SITES)]
    chosen = {"activity": given["activity"] or "sign"}
    return [
        field("may", "quantity", given, told, list="quantities"), field("may", "item", given, told, list="items"),
        field("may", "method", given, told, list="methods"), field("may", "low", given, told, numeric=True),
        field("may", "high", given, told, numeric=True), field("may", "unit", given, told, hint="mm"),
        field("may", "site", given, told, options=options(sites, given["site"])),
        field("may", "lab", given, told, options=options(labs, given["lab"])),
        field("may", "activity", chosen, told, options=options(acted, chosen["activity"])),
        field("may", "day", given, told, type="date", value=clock.today().isoformat()) | {
            "value": given["day"] or seen.day.isoformat()},
    ]  # fmt: skip
