"""What a plant's document typed, against the certificates that it cites and that lie in the evidence.

A certificate in the evidence proves nothing for a number that was copied wrongly. A value that differs from it by more
than rounding, and an uncertainty that is smaller, are errors; who has a reason admits them by name (rows `admitted` of
`rules/certificates.json`). A larger uncertainty is a note: cautious, not wrong.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from suyuan.carbon.citations import Citation, citations, rounding, typed_u
from suyuan.carbon.fuel.units import amount_unit, factor_unit, in_factor_unit
from suyuan.carbon.plant import Plant
from suyuan.carbon.rule import Override
from suyuan.carbon.words import word
from suyuan.certificate.certificate import Certificate, CertificateReference
from suyuan.quantity.fields import Fields, Number
from suyuan.quantity.finding import Finding, Refused, finding, in_both
from suyuan.quantity.table import load
from suyuan.quantity.unit import ONE, convert, parse_unit
from suyuan.traceability.evidence import Evidence
from suyuan.verbs.carbon.cited import Factors
from suyuan.verbs.carbon.meant import Result, basis_of, in_unit, listed, of_property, property_of, relative, scaled
from suyuan.verbs.carbon.uncovered import uncovered

REPORTED: Mapping[str, tuple[str, str, str]] = {
    "carbon": ("carbon", "", "%"), "moisture_ar": ("moisture", "ar", "%"), "moisture_ad": ("moisture", "ad", "%"),
    "ash_ar": ("ash", "ar", "%"), "heat": ("heat", "ar", "GJ/t"), "hydrogen": ("hydrogen", "", "%"),
    "sulphur": ("sulphur", "", "%"),
}  # fmt: skip
"""Field of a report → property, basis («» for that of the report) and unit."""
REFUSED: Mapping[str, tuple[str, str]] = {
    "value": ("carbon.certificate.value", "carbon.certificate.value_admitted"),
    "u": ("carbon.certificate.u", "carbon.certificate.u_admitted"),
    "basis": ("carbon.certificate.basis", "carbon.certificate.basis_admitted"),
}
"""Name of a row → the finding where nobody admitted it, and where somebody did."""
SAME = 1e-9
"""Relative difference that is of the arithmetic only."""


@dataclass(frozen=True, slots=True)
class _Case:
    """One citation with its certificate. overrides: by row; day: of the document."""

    one: Citation
    certificate: Certificate
    overrides: Mapping[str, Override]
    day: str

    def told(self, code: str, key: str = "", severity: Any = "error", **said: Any) -> Finding:
        """A finding at a field of the citation."""
        where = self.one.fields.where(key) if key and self.one.whole.content else self.one.pointer
        return finding(code, where, severity, issuer=self.one.issuer, number=self.one.number,
                       **in_both("part", self.one.names), **said)  # fmt: skip

    def refused(self, row: str, key: str, **said: Any) -> Finding:
        """An error, or a warning where somebody admitted its row by name."""
        full = next(str(r["id"]) for r in load("suyuan.carbon", "certificates.admitted") if r["name"] == row)
        admitted, (code, of_admitted) = self.overrides.get(full), REFUSED[row]
        if admitted is None:
            return self.told(code, key, row=full, day=self.day, **said)
        return self.told(of_admitted, key, "warning", row=full, person=admitted.person, reason=admitted.reason,
                         **said)  # fmt: skip


def compared(plant: Plant, evidence: Evidence | None, factors: Factors) -> tuple[Finding, ...]:
    """What differs between a plant's document and the certificates that it cites, and months without one.

    evidence: of a store; nothing is told without one. A certificate that is not there is told by the claim; factors:
    the determined ones of the store by SHA-256: what the reports of a cited one say is compared too.
    """
    if evidence is None:
        return ()
    overrides = {one.row: one for one in plant.overrides}
    told: list[Finding] = []
    unsaid: list[tuple[str, str, str]] = []
    for one in (*citations(plant.content), *_determined(plant, factors)):
        certificate = evidence.find(CertificateReference(one.issuer, one.number))
        if certificate is None:
            continue
        case = _Case(one, certificate, overrides, plant.made.isoformat())
        if one.use == "report":
            told += _report(case)
            unsaid += [(one.whole.pointer, one.part, key) for key in _unsaid(case)]
        else:
            told += _COMPARED[one.use](case)
        told += _days(case)
    return tuple(dict.fromkeys((*told, *_not_stated(unsaid), *uncovered(plant, evidence))))


def _determined(plant: Plant, factors: Factors) -> Iterator[Citation]:
    """The reports of the determined factors that a plant's document cites, each as if it stood there."""
    for stream in plant.streams:
        for one in (factors[item.digest] for item in stream.evidence if item.digest in factors):
            for report in one.found.reports:
                typed = {key: str(value) for key, value in asdict(report).items() if value not in (None, "")}
                fields = Fields(typed, stream.where("carbon"))
                yield Citation("report", report.issuer, report.number, "", f"{stream.name} · {one.number}", "carbon",
                               fields, Fields({}, stream.where("carbon")))  # fmt: skip


# ---------------------------------------------------------------- values and uncertainties


def _printed(case: _Case) -> Iterator[Finding]:
    """A value with its unit and uncertainty, as a component, a constant or an entered value states it."""
    fields = case.one.fields
    yield from _placed(case)
    found = in_unit(listed(case.certificate, case.one.place), fields.text("unit"))
    if not found:
        yield case.told(
            "carbon.certificate.unmatched",
            "unit",
            "warning",
            unit=fields.text("unit"),
            results=_names(case.certificate),
        )
        return
    pairs = [_value(case, "value", number, found, fields.text("unit")) for number in fields.numbers("value")]
    yield from [told for _, told in pairs if told is not None][:1]
    if case.one.use != "entered":  # whose u is one of all hours together
        yield from _spread(case, [near for near, _ in pairs], _given(case.one))


def _component(case: _Case) -> Iterator[Finding]:
    """A relative component, or one with its value as printed."""
    if case.one.printed:
        yield from _printed(case)
        return
    yield from _placed(case)
    found = relative(case.certificate, case.one.place, case.one.factor)
    if not found:
        yield case.told("carbon.certificate.unmatched", "", "warning", unit="1", results=_names(case.certificate))
        return
    given = _given(case.one)
    with_u = [one for one in found if one.u is not None]
    sizes = {one.u for one in with_u}
    several = len({one.stated.place for one in with_u}) > 1 and len(sizes) > 1
    if given is not None and several and not any(_same(given[0], one, given[1]) for one in with_u):
        yield case.told("carbon.certificate.ambiguous", given[3], "warning", n=len(with_u), given=given[2],
                        results=_names(case.certificate))  # fmt: skip
    yield from _spread(case, found, given)
    yield from _error_left(case, found, given)


Given = tuple[float, float, str, str]
"""Standard uncertainty as typed, half a unit of its last digit, its text, and its field."""


def _given(one: Citation) -> Given | None:
    spread = typed_u(one.fields)
    return None if spread is None else (*spread, spread[2].partition(" ")[0])


def _spread(case: _Case, found: Sequence[Result], given: Given | None) -> Iterator[Finding]:
    """What is to be told of a typed u: smaller than every one that it may mean, or larger than all."""
    if given is None:
        return
    with_u = [one for one in found if one.u is not None]
    if not with_u:
        yield case.told("carbon.certificate.no_u", given[3], "note", given=given[2], **_of(found[0]))
        return
    least, most = (pick(with_u, key=lambda one: one.u or 0.0) for pick in (min, max))
    if _below(given[0], least, given[1]):
        yield case.refused("u", given[3], given=given[2], u=f"{given[0]:.3g}", printed=least.printed[1],
                           certified=f"{least.u:.3g}", **_of(least))  # fmt: skip
    elif not _below(given[0], most, given[1]) and not _same(given[0], most, given[1]):
        yield case.told("carbon.certificate.u_larger", given[3], "note", given=given[2], u=f"{given[0]:.3g}",
                        printed=most.printed[1], certified=f"{most.u:.3g}", **_of(most))  # fmt: skip


def _same(u: float, one: Result, half: float) -> bool:
    assert one.u is not None
    return abs(u - one.u) <= one.u_half + half + SAME * one.u


def _below(u: float, one: Result, half: float) -> bool:
    assert one.u is not None
    return u < one.u and not _same(u, one, half)


def _error_left(case: _Case, found: Sequence[Result], given: Given | None) -> Iterator[Finding]:
    """A warning where an instrument errs by more than its U, and a component can only say U."""
    large = [one for one in found if property_of(one.stated) == "error" and abs(one.value) > 2.0 * (one.u or 0.0)]
    if large and len(large) == len(found) and given is not None and abs(large[0].value) > 2.0 * given[0]:
        error = f"{large[0].value:+.3g}".replace("-", "−")
        yield case.told("carbon.certificate.error_left", given[3], "warning", error=error, given=given[2],
                        **_of(large[0]))  # fmt: skip


def _value(
    case: _Case, key: str, typed: Number, found: Sequence[Result], unit: str, times: float = 1.0
) -> tuple[Result, Finding | None]:
    """The result nearest to a typed value, and an error where it is another number.

    times: what the typed number is multiplied by to be in the unit of the results.
    """
    value = typed.value * times
    near = min(found, key=lambda one: abs(one.value - value))
    slack = near.half + (rounding(typed, 3) * times if near.stated.unit != unit else 0.0) + SAME * abs(near.value)
    if abs(near.value - value) <= slack:
        return near, None
    percent = f"{100.0 * (value / near.value - 1.0):+.3g}".replace("-", "−") if near.value else ""
    said = {"given": typed.printed, "unit": "" if unit == "1" else unit, "printed": near.printed[0]}
    return near, case.refused("value", key, percent=percent, **said, **_of(near))


def _factor(case: _Case) -> Iterator[Finding]:
    """A factor of a stream: a number, or twelve."""
    fields, stream = case.one.fields, case.one.whole
    kind, factor = stream.text("kind"), case.one.factor
    try:
        per = amount_unit(stream.text("amount_unit"), kind)[1]
        times = in_factor_unit(fields.text("unit"), factor, per, kind)
    except Refused:
        return
    found: list[Result] = []
    for one in listed(case.certificate, case.one.place, factor):
        size = _factor_size(one.unit, factor, per, kind)
        found += scaled(one, lambda x, size=size: x * size) if size is not None else ()  # type: ignore[misc]
    if not found:
        yield case.told(
            "carbon.certificate.unmatched",
            "unit",
            "warning",
            unit=factor_unit(factor, per),
            results=_names(case.certificate),
        )
        return
    for number in fields.numbers("value"):
        told = _value(case, "value", number, found, fields.text("unit"), times)[1]
        if told is not None:
            yield told
            return


def _factor_size(unit: str, factor: str, per: str, kind: str) -> float | None:
    """What a result is multiplied by to be the factor of a stream; None where it is something else."""
    try:
        return in_factor_unit(unit, factor, per, kind)
    except Refused:
        pass
    try:
        own = parse_unit(unit)
        return float(convert(1.0, own, ONE)) if per == "t" and factor == "carbon" and own.converts_to(ONE) else None
    except Refused:
        return None


_COMPARED: Mapping[str, Callable[[_Case], Iterator[Finding]]] = {
    "component": _component, "constant": _printed, "entered": _printed, "factor": _factor,
}  # fmt: skip


# ---------------------------------------------------------------- laboratory reports


def _report(case: _Case) -> Iterator[Finding]:
    """A month's report: each property that certificate and document both state, and u of the carbon and moisture."""
    fields = case.one.fields
    for key in REPORTED:
        number = fields.number(key)
        if number is None:
            continue
        found, other = _results(case, key)
        if other and key == "carbon":
            stated = next(q for q in case.certificate.quantities() if basis_of(q) == other)
            yield case.refused("basis", "basis", given=fields.text("basis"), stated=other,
                               **in_both("result", _called(stated.name, stated.place)))  # fmt: skip
        if not found:
            if key == "carbon" and not other:
                yield case.told(
                    "carbon.certificate.unmatched", key, "warning", unit="%", results=_names(case.certificate)
                )
            continue
        near, told = _value(case, key, number, found, REPORTED[key][2])
        if told is not None:
            yield told
        if near.u is not None and key in ("carbon", "moisture_ar"):
            yield from _report_u(case, key, near)


def _results(case: _Case, key: str) -> tuple[list[Result], str]:
    what, basis, unit = REPORTED[key]
    stated, other = of_property(case.certificate, what, basis or case.one.fields.text("basis"), key == "carbon")
    return in_unit(stated, unit), other


def _report_u(case: _Case, key: str, near: Result) -> Iterator[Finding]:
    """An error where a report's carbon or moisture is typed with less uncertainty than its certificate states.

    What is typed of carbon is u of the method, of the month, and the components of carbon together; it has sampling in
    it, which a certificate of an analysis has not, so that a larger one says nothing.
    """
    assert near.u is not None
    fields, names = case.one.fields, ("u_method", "u_month") if key == "carbon" else ("u_moisture",)
    typed = [(name, number) for name in names if (number := fields.number(name)) is not None]
    if key != "carbon" and fields.text("basis") == "ar":
        return  # nothing is converted, so that moisture does not count
    u = math.hypot(*(number.value for _, number in typed), *(_of_carbon(case.one, near) if key == "carbon" else ()))
    half = max((rounding(number, 2) for _, number in typed), default=0.0)
    if _below(u, near, half):
        given = ", ".join(f"{name} = {number.printed}" for name, number in typed) or f"{names[0]} = —"
        yield case.refused("u", names[-1], given=given, u=f"{u:.3g}", printed=near.printed[1],
                           certified=f"{near.u:.3g}", **_of(near))  # fmt: skip


def _of_carbon(one: Citation, near: Result) -> Iterator[float]:
    """Standard uncertainties of the components of a stream's carbon in the month of a report, %."""
    month = one.fields.whole("month")
    for other in one.whole.several("components"):
        months = [int(n.value) for n in other.numbers("months")]
        spread, value = typed_u(other), other.number("value")
        if other.text("of") == "carbon" and spread is not None and (not months or month in months):
            level = 1.0 if value is None or not value.value else abs(value.value)
            yield abs(near.value) * spread[0] / level


def _unsaid(case: _Case) -> list[str]:
    """The properties of coal that were typed and that the certificate does not state."""
    return [key for key in REPORTED if key != "carbon" and case.one.fields.number(key) is not None
            and not _results(case, key)[0]]  # fmt: skip


def _not_stated(unsaid: Sequence[tuple[str, str, str]]) -> Iterator[Finding]:
    """One note a stream of what no certificate of its reports states."""
    for where, part in dict.fromkeys((where, part) for where, part, _ in unsaid):
        keys = list(dict.fromkeys(key for other, _, key in unsaid if other == where))
        words = [word("reported", key) for key in keys]
        names = {"zh": "、".join(one["zh"] for one in words), "en": ", ".join(one["en"] for one in words)}
        most = max(sum(key == other for place, _, other in unsaid if place == where) for key in keys)
        yield finding("carbon.certificate.not_stated", f"{where}/reports", "note", part=part, n=most,
                      **in_both("names", names))  # fmt: skip


# ---------------------------------------------------------------- places, days, names


def _placed(case: _Case) -> Iterator[Finding]:
    """A warning for a place that the certificate does not have."""
    if case.one.place and case.certificate.at(case.one.place) is None:
        yield case.told(
            "carbon.certificate.place", "place", "warning", given=case.one.place, results=_names(case.certificate)
        )


def _days(case: _Case) -> Iterator[Finding]:
    """A warning for a day that is not the certificate's."""
    for key in ("issued", "valid_until"):
        typed, stated = case.one.fields.day(key), getattr(case.certificate, key)
        if isinstance(stated, date) and typed is not None and typed != stated:
            yield case.told(
                "carbon.certificate.day", key, "warning", field=key, given=typed.isoformat(), stated=stated.isoformat()
            )


def _of(one: Result) -> dict[str, Any]:
    return in_both("result", _called(one.stated.name, one.stated.place))


def _called(name: Mapping[str, str], place: str) -> dict[str, str]:
    """A result by its name with its place."""
    return {language: f"{text} ({place})" for language, text in name.items()} or {"": place}


def _names(certificate: Certificate) -> str:
    """The places of a certificate with what they are called."""
    return "; ".join(f"{q.place} {q.name.get('zh') or next(iter(q.name.values()), '')} {q.unit}".strip()
                     for q in certificate.quantities()[:8])  # fmt: skip
