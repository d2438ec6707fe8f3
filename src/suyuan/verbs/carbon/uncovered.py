"""Months of an instrument that no cited certificate stands behind.

Who deletes the certificate of the second half year makes U smaller, not larger: what nobody states does not count. So
the months of the certificates that a factor cites are laid side by side, and the store is asked for certificates of the
same instrument that would stand for the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from suyuan.carbon.claim.claim import MONTHS
from suyuan.carbon.claim.claim import Evidence as Behind
from suyuan.carbon.component import Component
from suyuan.carbon.fuel.stream import SourceStream
from suyuan.carbon.plant import Plant
from suyuan.carbon.words import named
from suyuan.certificate.certificate import Certificate, CertificateReference
from suyuan.certificate.validity import state
from suyuan.quantity.fields import Fields
from suyuan.quantity.finding import Finding, finding
from suyuan.traceability.evidence import Evidence, Statement

Things = Mapping[str, Sequence[Certificate]]
"""Number on an instrument → its certificates."""


def uncovered(plant: Plant, evidence: Evidence) -> tuple[Finding, ...]:
    """Months in which a factor counts and no certificate that it cites stands behind it, where it cites some, or the
    store has one of its meter."""
    things: dict[str, list[Certificate]] = {}
    for certificate in evidence.certificates:
        for serial in serials(certificate):
            things.setdefault(serial, []).append(certificate)
    meters = {one.text("name"): one.text("meter") for one in Fields(plant.content).several("streams")}
    told: list[Finding] = []
    for stream in plant.streams:
        for factor in ("amount", *stream.given):
            told += _of_factor(stream, factor, plant.year, evidence, things,
                               meters.get(stream.name, "") if factor == "amount" else "")  # fmt: skip
    return tuple(told)


def lapsed(plant: Plant, evidence: Evidence | None) -> tuple[Plant, tuple[Finding, ...]]:
    """A plant's year in which months from the day of a withdrawal on have no certificate, and what is told of them.

    What the certificate stated stays in u, which is a lower bound there: a withdrawal makes nothing more certain. A
    month for which another certificate of the same thing is cited, and holds, has that one. evidence: with the
    statements that are known; a certificate of a stack is judged by the hour instead.
    """
    if evidence is None or not any(one.kind == "withdrawn" for one in evidence.statements):
        return plant, ()
    streams, told = [], []
    for stream in plant.streams:
        gone: dict[str, frozenset[int]] = {}
        for item in stream.evidence:
            if item.factor != "amount" and item.factor not in stream.given:
                continue
            months = _withdrawn(stream, item, plant.year, evidence) & _used(stream, item.factor)
            if months:
                gone[item.factor] = gone.get(item.factor, frozenset()) | months
                said = _statement(item, evidence)
                told.append(finding("carbon.certificate.withdrawn", stream.where("components"), "warning",
                                    part=stream.name, months=_listed(months), issuer=item.issuer, number=item.number,
                                    day=said.day.isoformat(), known=said.known.isoformat(),
                                    **named("factor", "factor", item.factor)))  # fmt: skip
        streams.append(replace(stream, lapsed=gone) if gone else stream)
    return replace(plant, streams=tuple(streams)), tuple(dict.fromkeys(told))


def _used(stream: SourceStream, factor: str) -> frozenset[int]:
    """The months (1 to 12) in which a factor counts."""
    return frozenset((np.flatnonzero((stream.amount != 0.0) & stream.used(factor)) + 1).tolist())


def _withdrawn(stream: SourceStream, item: Behind, year: int, evidence: Evidence) -> frozenset[int]:
    """The months (1 to 12) of a citation on whose last day its certificate is withdrawn and no other stands in."""
    one = evidence.find(CertificateReference(item.issuer, item.number))
    if one is None:
        return frozenset()
    gone = [month for month in item.months or range(1, MONTHS + 1)
            if state(one, _days(year, month)[1], evidence.statements)[0] == "withdrawn"]  # fmt: skip
    beside = [(other, found) for other in stream.evidence if other.factor == item.factor and other != item
              and (found := evidence.find(CertificateReference(other.issuer, other.number))) is not None
              and serials(found) & serials(one)]  # fmt: skip
    held = {month for other, found in beside if found.key != one.key
            for month in _held(found, set(gone) & set(other.months or gone), year, evidence)}  # fmt: skip
    return frozenset(gone) - held


def _statement(item: Behind, evidence: Evidence) -> Statement:
    """The first statement that withdraws a certificate."""
    mine = [one for one in evidence.statements if one.kind == "withdrawn"
            and (one.issuer.strip(), one.number.strip()) == (item.issuer.strip(), item.number.strip())]  # fmt: skip
    return min(mine, key=lambda one: one.day)


def _days(year: int, month: int) -> tuple[date, date]:
    """The first day of a month and the last."""
    return date(year, month, 1), date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def _of_factor(
    stream: SourceStream, factor: str, year: int, evidence: Evidence, things: Things, meter: str
) -> Iterator[Finding]:
    mine = [one for one in stream.components if one.of == factor and one.shared]
    cited = [item for item in stream.evidence if item.factor == factor and not item.sample]
    left = _used(stream, factor) - {month for item in cited for month in item.months or range(1, MONTHS + 1)}
    yield from _foreign(stream, cited, meter, evidence, things)
    other = _others(cited, meter, evidence, things)
    there = [(one, months) for one in other if (months := _held(one, left, year, evidence))]
    if not left or not (cited or there):
        return
    nobody = left - {place + 1 for one in mine if not one.source.number for place in one.places or range(MONTHS)}
    said = {"part": stream.name, "known": ", ".join(f"{one.issuer} {one.number}" for one, _ in there),
            **named("factor", "factor", factor)}  # fmt: skip
    if nobody:
        yield finding("carbon.certificate.months", stream.where("components"), "warning", months=_listed(nobody),
                      of=_thing(mine, cited, meter), **said)  # fmt: skip
    elif there:
        yield finding("carbon.certificate.uncited", stream.where("components"), "note",
                      months=_listed({month for _, months in there for month in months}), **said)  # fmt: skip


def _foreign(
    stream: SourceStream, cited: Sequence[Behind], meter: str, evidence: Evidence, things: Things
) -> Iterator[Finding]:
    """A warning for a certificate of another instrument than the meter of a stream, of which the store has some."""
    for item in cited if meter in things else ():
        one = evidence.find(CertificateReference(item.issuer, item.number))
        if one is not None and serials(one) and meter not in serials(one):
            yield finding("carbon.certificate.other_thing", stream.where("components"), "warning", part=stream.name,
                          name=item.role, issuer=item.issuer, number=item.number, meter=meter,
                          thing=", ".join(sorted(serials(one))),
                          known=", ".join(f"{c.issuer} {c.number}" for c in things[meter][:4]))  # fmt: skip


def _others(cited: Sequence[Behind], meter: str, evidence: Evidence, things: Things) -> list[Certificate]:
    """The certificates of the things that are cited, and of the meter, that are not cited themselves."""
    known = [evidence.find(CertificateReference(item.issuer, item.number)) for item in cited]
    numbers = {serial for one in known if one is not None for serial in serials(one)} | ({meter} if meter else set())
    keys = {(item.issuer, item.number) for item in cited}
    found = {one.digest: one for number in numbers for one in things.get(number, ()) if one.key not in keys}
    return list(found.values())


def _held(certificate: Certificate, months: Iterable[int], year: int, evidence: Evidence) -> list[int]:
    """Those of some months in which a certificate holds, on the first day and the last."""

    def holds(day: date) -> bool:
        return state(certificate, day, evidence.statements)[0] == "valid"

    return [month for month in months if all(holds(day) for day in _days(year, month))]


def _thing(mine: Sequence[Component], cited: Sequence[Behind], meter: str) -> str:
    """What errs, as the document calls it."""
    named_ones = [item.role for item in cited] or [one.name for one in mine] or [meter]
    return named_ones[0]


def _listed(months: Iterable[int]) -> str:
    """Months as runs: «1–5, 9»."""
    runs: list[tuple[int, int]] = []
    for month in sorted(months):
        if runs and month == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], month)
        else:
            runs.append((month, month))
    return ", ".join(str(a) if a == b else f"{a}–{b}" for a, b in runs)


def serials(certificate: Certificate) -> set[str]:
    """The numbers on the things that a certificate is of."""
    return {one.value for item in certificate.items for one in item.identifications if one.value}
