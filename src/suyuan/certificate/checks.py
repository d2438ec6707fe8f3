"""Checks of a certificate's content, beyond its schema: rules between fields, units, meaning.

Every check has one shape: the certificate, and the root element where there is one (a typed certificate has none), in;
findings out. The three tuples are the rungs «rules», «units» and «meaning» of the ladder. An error forbids use, a
warning wants a reason, a note informs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from statistics import NormalDist
from typing import Any

import numpy as np
from lxml import etree

from suyuan.certificate.certificate import Certificate, StatedQuantity, Uncertainty
from suyuan.certificate.quantities import ARCHIVE, quantities
from suyuan.certificate.xml import Element, place
from suyuan.quantity.coverage import coverage_factor
from suyuan.quantity.finding import Finding, Refused, Severity, finding
from suyuan.quantity.unit import Unit, convert, parse_unit

Check = Callable[[Certificate, Element | None], Iterator[Finding]]

RULE_17025 = "ISO/IEC 17025:2017 7.8.2"
RULE_GUM = "GUM 7.2"
RULE_UNITS = "D-SI 2"
_MOST_PLACES = 8
_DCC = {"d": "https://ptb.de/dcc"}
# From the attributes to their elements: many times faster than asking every element.
_WITH_ID, _WITH_REF_ID = (etree.XPath(f"//d:*/@{name}/..", namespaces=_DCC) for name in ("id", "refId"))


# ---------------------------------------------------------------- rules between fields


def dates_in_order(c: Certificate, root: Element | None) -> Iterator[Finding]:
    """received ≤ began ≤ ended ≤ issued ≤ valid until, as far as each is stated."""
    stated = (("received", c.received), ("began", c.began), ("ended", c.ended), ("issued", c.issued))
    known = [(name, day) for name, day in (*stated, ("valid_until", c.valid_until)) if day is not None]
    for (earlier, first), (later, second) in pairwise(known):
        if second < first:
            parameters = {"earlier": earlier, "first": first, "later": later, "second": second}
            yield finding("certificate.rules.dates", later, "error", RULE_17025, **parameters)


def date_of_issue(c: Certificate, root: Element | None) -> Iterator[Finding]:
    """A certificate says when it was issued."""
    if c.issued is None:
        yield finding("certificate.rules.no_issue_date", "issued", "note", RULE_17025)


def languages_complete(c: Certificate, root: Element | None) -> Iterator[Finding]:
    """Names exist in every language that the certificate declares mandatory; one without language stands for all."""
    mandatory = c.extra.get("mandatory_languages", ())
    names = [item.name for item in c.items] + [r.name for r in c.results] + [q.name for q in c.quantities()]
    for language in mandatory:
        lacking = sum(1 for name in names if name and "" not in name and language not in name)
        if lacking:
            yield finding("certificate.rules.language", "names", "note", "DCC 3", language=language, count=lacking)


def identifiers(c: Certificate, root: Element | None) -> Iterator[Finding]:
    """An id stands once; a refId names one that exists."""
    if root is None:
        return
    named: Any = _WITH_ID(root)
    referring: Any = _WITH_REF_ID(root)
    seen: set[str] = set()
    twice: set[str] = set()
    for element in named:
        identifier = element.get("id")
        if identifier in seen and identifier not in twice:
            twice.add(identifier)
            yield finding("certificate.rules.id_twice", place(element), "error", "XML id", id=identifier[:80])
        seen.add(identifier)
    for element in referring:
        for identifier in element.get("refId").split():
            if identifier not in seen:
                yield finding("certificate.rules.id_unknown", place(element), "warning", "XML id", id=identifier[:80])


# ---------------------------------------------------------------- units


def units_known(c: Certificate, root: Element | None) -> Iterator[Finding]:
    """Every unit is one that converts; outside the results an unknown one only warns. Non-SI units are kept and
    marked. Each unit is reported once, at its first place."""
    seen: set[str] = set()
    others = (*(q for s in c.statements for q in s.quantities), *(q for k in c.conditions for q in k.quantities))
    for severity, stated_ones in (("error", c.quantities()), ("warning", others)):
        for q in stated_ones:
            for form in (q, *q.alternatives):
                if form.unit not in seen:
                    seen.add(form.unit)
                    yield from _unit(form, "error" if severity == "error" and form is q else "warning")


def _unit(q: StatedQuantity, severity: Severity) -> Iterator[Finding]:
    where = f"{q.where} {q.place}".strip()
    try:
        unit = parse_unit(q.unit)
    except Refused as refused:
        for f in refused.findings:
            yield finding(f.code, where, severity, f.rule or RULE_UNITS, **dict(f.parameters))
        return
    if not unit.si:
        yield finding("certificate.units.not_si", where, "note", RULE_UNITS, unit=q.unit, symbol=unit.symbol)


def hybrids_agree(c: Certificate, root: Element | None) -> Iterator[Finding]:
    """The forms of one quantity in several units are the same values, as far as their printed digits tell."""
    for q in c.quantities():
        for other in q.alternatives:
            try:
                mine, theirs = parse_unit(q.unit), parse_unit(other.unit)
                same = mine.dimension == theirs.dimension and _same(q, other, mine, theirs)
            except Refused:
                continue
            if not same:
                where = f"{q.where} {q.place}".strip()
                yield finding("certificate.units.hybrid", where, rule=RULE_UNITS, unit=q.unit, other=other.unit)


def _same(q: StatedQuantity, other: StatedQuantity, mine: Unit, theirs: Unit) -> bool:
    there = np.asarray(convert(other.value, theirs, mine), float)
    difference = np.abs(q.value - there)
    if bool((difference <= 1e-12 * np.abs(q.value)).all()):
        return True  # without a look at the digits
    scale = abs(float(convert(1.0, theirs.as_difference(), mine.as_difference())))
    step = np.array([_half_step(text) for text in q.printed] or [0.0])
    other_step = np.array([_half_step(text) for text in other.printed] or [0.0]) * scale
    near = difference <= (step + other_step) * (1 + 1e-6) + 1e-12 * np.abs(q.value)
    return bool((near | np.isnan(q.value) | np.isnan(there)).all())


def _half_step(text: str) -> float:
    """Half a unit of the last printed digit."""
    mantissa, _, exponent = text.lower().partition("e")
    decimals = len(mantissa.partition(".")[2])
    try:
        return 0.5 * 10.0 ** (int(exponent or 0) - decimals)
    except (ValueError, OverflowError):
        return 0.0


# ---------------------------------------------------------------- meaning


def identity_stated(c: Certificate, root: Element | None) -> Iterator[Finding]:
    """Issuer and number are what a certificate is known by."""
    for name, value in (("issuer", c.issuer), ("number", c.number)):
        if not value.strip():
            yield finding("certificate.meaning.no_identity", name, "error", RULE_17025, field=name)


_PLACEHOLDERS = frozenset(
    {"string", "todo", "tbd", "tba", "xxx", "n/a", "na", "placeholder", "dummy", "lorem ipsum", "-", "?", "待定"}
)


def placeholders(c: Certificate, root: Element | None) -> Iterator[Finding]:
    """Texts that a form's author left in: they identify nothing."""
    fields = [("number", c.number), ("issuer", c.issuer), ("customer", c.customer)]
    for i, item in enumerate(c.items):
        fields += [(f"items/{i}/model", item.model), (f"items/{i}/manufacturer", item.manufacturer)]
        fields += [(f"items/{i}/identifications", number.value) for number in item.identifications]
        fields += [(f"items/{i}/name", name) for name in item.name.values()]
    for i, equipment in enumerate(c.equipment):
        fields += [(f"equipment/{i}/identifications", number.value) for number in equipment.identifications]
    left = {where: value.strip() for where, value in fields if _is_placeholder(value)}
    if left:
        texts = ", ".join(dict.fromkeys(left.values()))
        yield finding(
            "certificate.meaning.placeholder", ", ".join(left)[:200], "warning", RULE_17025, texts=texts[:200]
        )


def _is_placeholder(value: str) -> bool:
    bare = value.strip().casefold()
    return bare in _PLACEHOLDERS or bare.startswith("string-")


def something_stated(c: Certificate, root: Element | None) -> Iterator[Finding]:
    """A certificate without any readable quantity can be kept, and nothing can be computed from it."""
    if not c.quantities():
        yield finding("certificate.meaning.no_quantity", "results", "warning", RULE_17025)


def meaning_stated(c: Certificate, root: Element | None) -> Iterator[Finding]:
    """A refType (or a quantity kind) says what a number is; its name alone does not, to a machine."""
    lacking = [q.place for q in c.quantities() if not q.ref_types and not q.quantity_kind]
    if lacking and c.form == "dcc":
        yield finding("certificate.meaning.no_ref_type", "results", "note", "DCC 3", places=_few(lacking))


def uncertainty_stated(c: Certificate, root: Element | None) -> Iterator[Finding]:
    """What has no uncertainty has an unknown one, not none."""
    lacking = [q.place for q in c.quantities() if _uncertainty(q) is None]
    if not lacking:
        return
    level: Severity = "warning" if len(lacking) == len(c.quantities()) else "note"
    yield finding("certificate.meaning.no_uncertainty", "results", level, RULE_GUM, places=_few(lacking))


def uncertainty_positive(c: Certificate, root: Element | None) -> Iterator[Finding]:
    """A stated uncertainty of zero claims a perfect measurement."""
    for q in c.quantities():
        if q.uncertainty is not None and bool((q.uncertainty.value == 0).any()):
            where = f"{q.where} {q.place}".strip()
            yield finding("certificate.meaning.uncertainty_zero", where, "warning", RULE_GUM, place=q.place)


def coverage_complete(c: Certificate, root: Element | None) -> Iterator[Finding]:
    """An expanded uncertainty comes with k and p, and a normal one's k is not below the quantile of its p."""
    for q in c.quantities():
        stated, where = q.uncertainty, f"{q.where} {q.place}".strip()
        if stated is None or stated.kind != "expanded":
            continue
        if stated.k is None:
            yield finding("certificate.meaning.no_k", where, "warning", RULE_GUM, place=q.place)
        elif stated.p is None:
            yield finding("certificate.meaning.no_p", where, "note", RULE_GUM, place=q.place, k=f"{stated.k:g}")
        elif stated.distribution == "normal" and stated.p < 1.0:
            quantile = NormalDist().inv_cdf((1.0 + stated.p) / 2.0)
            if stated.k < 0.97 * quantile:
                numbers = {"k": f"{stated.k:g}", "p": f"{stated.p:g}", "least": f"{quantile:.3g}"}
                yield finding("certificate.meaning.k_below_p", where, "warning", RULE_GUM, place=q.place, **numbers)


def coverage_usual(c: Certificate, root: Element | None) -> Iterator[Finding]:
    """A coverage factor far from what is used, or from the t quantile of the stated p and degrees of freedom."""
    for q in c.quantities():
        stated, where = q.uncertainty, f"{q.where} {q.place}".strip()
        if stated is None or stated.kind != "expanded" or stated.k is None:
            continue
        expected = None
        if stated.p is not None and 0.0 < stated.p < 1.0 and stated.dof is not None and stated.dof > 0.0:
            expected = float(coverage_factor(stated.p, stated.dof))
        if stated.k > 10.0 and (expected is None or stated.k > 1.2 * expected):
            yield finding("certificate.meaning.k_unusual", where, "warning", RULE_GUM, place=q.place, k=f"{stated.k:g}")
        elif expected is not None and abs(stated.k - expected) > 0.15 * expected:
            numbers = {
                "k": f"{stated.k:g}",
                "p": f"{stated.p:g}",
                "dof": f"{stated.dof:g}",
                "expected": f"{expected:.3g}",
            }
            yield finding("certificate.meaning.k_differs", where, "warning", RULE_GUM, place=q.place, **numbers)


def archive_agrees(c: Certificate, root: Element | None) -> Iterator[Finding]:
    """An attached archive is whole and rounds to what is printed; else its values cannot be used."""
    if any(ARCHIVE in a.ref_types for a in c.attachments):
        yield from (f for f in quantities(c)[1] if f.code.startswith(("certificate.archive.", "quantity.archive.")))


def columns_agree(c: Certificate, root: Element | None) -> Iterator[Finding]:
    """The columns of one table (quantities of one list) have as many values each, single values apart."""
    tables: dict[str, dict[int, str]] = {}
    for q in c.quantities():
        if len(q.value) > 1:
            tables.setdefault(q.place.rpartition("/")[0], {}).setdefault(len(q.value), q.place)
    for table, lengths in tables.items():
        if len(lengths) > 1 and "/" in table:
            shown = ", ".join(f"{where}: {length}" for length, where in sorted(lengths.items()))
            yield finding("certificate.meaning.columns", table, "warning", "DCC 3", lengths=shown)


def interval_contains(c: Certificate, root: Element | None) -> Iterator[Finding]:
    """A coverage interval contains its value."""
    for q in c.quantities():
        stated = q.uncertainty
        if stated is None or stated.lower is None or stated.upper is None:
            continue
        if bool(((q.value < stated.lower) | (q.value > stated.upper)).any()):
            where = f"{q.where} {q.place}".strip()
            yield finding("certificate.meaning.interval", where, "warning", RULE_GUM, place=q.place)


def conformity_has_rule(c: Certificate, root: Element | None) -> Iterator[Finding]:
    """A statement of conformity names the norm, limits or decision rule that it follows."""
    for said in c.statements:
        if said.conformity and not (said.norm or said.decision_rule or said.quantities):
            where = said.about or "statements"
            yield finding("certificate.meaning.no_decision_rule", where, "note", "ISO/IEC 17025:2017 7.8.6")


def _uncertainty(q: StatedQuantity) -> Uncertainty | None:
    if q.uncertainty is not None:
        return q.uncertainty
    return next((other.uncertainty for other in q.alternatives if other.uncertainty is not None), None)


def _few(places: Iterable[str]) -> str:
    given = list(places)
    more = f" … ({len(given)})" if len(given) > _MOST_PLACES else ""
    return ", ".join(given[:_MOST_PLACES]) + more


RULES: tuple[Check, ...] = (dates_in_order, date_of_issue, languages_complete, identifiers)
UNITS: tuple[Check, ...] = (units_known, hybrids_agree)
MEANING: tuple[Check, ...] = (
    identity_stated,
    placeholders,
    something_stated,
    meaning_stated,
    uncertainty_stated,
    uncertainty_positive,
    coverage_complete,
    coverage_usual,
    archive_agrees,
    columns_agree,
    interval_contains,
    conformity_has_rule,
)


def run(checks: Iterable[Check], certificate: Certificate, root: Element | None = None) -> tuple[Finding, ...]:
    """All findings of some checks, in their order."""
    return tuple(f for check in checks for f in check(certificate, root))
