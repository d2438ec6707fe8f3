"""What the certificates of a laboratory make of its readings: evidence and declared corrections in, corrections out.

The numbers of a correction are those that the certificate gives through the one door of `lookup`, so their influences
are the certificate's and a what-if laid over the evidence reaches readings too. A statement takes effect on its day and
is known from another, of that from the moment on which it was kept: readings before the day on which it takes effect
keep the certificate that was valid then, with a warning.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import NamedTuple

import numpy as np

from suyuan.certificate.certificate import Certificate, one_line
from suyuan.certificate.quantities import ARCHIVE, quantities
from suyuan.quantity.correction import Correction, Detached, gain_and_offset, polynomial, table
from suyuan.quantity.finding import Finding, Refused, errors, finding
from suyuan.quantity.formula.formula import Formula
from suyuan.quantity.quantity import Quantity, quantity
from suyuan.quantity.unit import ONE, Unit, convert, parse_unit
from suyuan.traceability.evidence import Evidence, Statement
from suyuan.traceability.graph import amends
from suyuan.traceability.lookup import Quantities, lookup
from suyuan.traceability.resolve import describe
from suyuan.verbs.series.declared import Cited, Declared, moment_of, moment_on, read_moment

_RULE = "ISO/IEC 17025:2017, 6.4.13, 7.8.8"
Model = tuple[Formula, dict[str, Quantity]]


@dataclass(frozen=True, slots=True, eq=False)
class Join:
    """Corrections, and what is doubtful. used: id of a correction → digest of its certificate."""

    corrections: tuple[Correction, ...]
    findings: tuple[Finding, ...]
    used: Mapping[str, str]

    def of(self, digest: str) -> tuple[Correction, ...]:
        """The corrections that a certificate makes."""
        return tuple(one for one in self.corrections if self.used[one.id] == digest)

    def replaced(self, documents: Iterable[str]) -> tuple[Finding, ...]:
        """That a declaration of some documents (digests) took the place of an earlier one of the same certificate."""
        new, by_id = {digest[:16] for digest in documents}, {one.id: one for one in self.corrections}
        found = []
        for one in self.corrections:
            olds = [old for i in one.supersedes if (old := by_id.get(i)) and self.used[i] == self.used[one.id]]
            if one.id[:16] in new and olds:
                about = {"certificate": one.certificate, "instrument": one.instrument, "unit": one.unit_of_raw.symbol}
                found.append(finding("series_join.replaced", one.instrument, "warning", "", count=len(olds), **about))
        return tuple(dict.fromkeys(found))


class Learned(NamedTuple):
    """Since when something is known. zone: in which days begin; since: digest of a document → µs when it was first
    known."""

    zone: tzinfo
    since: Mapping[str, int]

    def of(self, statement: Statement) -> int:
        """µs when a statement was known."""
        return moment_on(statement.known, self.since.get(statement.digest), self.zone)

    def by(self, statements: Iterable[Statement], moment: int) -> tuple[Statement, ...]:
        """The statements that were known at a moment, µs."""
        return tuple(one for one in statements if self.of(one) <= moment)


class Made(NamedTuple):
    """One correction with the document and the certificate that it comes from."""

    correction: Correction
    declared: Declared
    certificate: Certificate


def corrections(
    evidence: Evidence,
    declared: Iterable[Declared],
    since: Mapping[str, int],
    zone: tzinfo,
    bounds: str = "",
) -> Join:
    """All corrections that declared ones and certificates make.

    declared: in the order of adding, a later one for the same certificate, instrument and quantity (raw units that
    convert into each other) replaces an earlier one;
    since: digest of a document → µs when it was first known, from the beginning where absent; zone: in which days
    begin; bounds: what counts where a certificate leaves correlations open («independent», «together»; else together
    for tables, where it is the larger, and independent for other models).
    A declaration that cannot be carried out is an error among the findings; the others are made.
    """
    made: list[Made] = []
    findings: list[Finding] = []
    every = tuple(declared)
    for number, one in enumerate(every):
        if not one.corrects:
            continue
        try:
            made.append(_made(one, evidence, since, zone, bounds, findings))
        except Refused as refused:
            name = f"{one.certificate.number} → {one.instrument}"
            findings += [replace(f, where=f"{name}: {f.where}".rstrip(": ")) for f in refused.findings]
            findings.append(finding("series_join.not_made", name, "error", _RULE, number=number + 1))
    made = list(_detached(made, every, since, zone))
    learned = Learned(zone, since)
    pieces = list(_pieces(_newest(made, evidence.statements), evidence.statements, learned, findings))
    used = {one.correction.id: one.certificate.digest for one in pieces}
    return Join(tuple(one.correction for one in pieces), tuple(dict.fromkeys(findings)), used)


# ---------------------------------------------------------------- one declaration


def _made(
    one: Declared, evidence: Evidence, since: Mapping[str, int], zone: tzinfo, bounds: str, findings: list[Finding]
) -> Made:
    certificate = evidence.find(one.certificate)
    if certificate is None:
        lookup(evidence, one.certificate, "")  # says why
        raise Refused(finding("series_join.certificate", one.certificate.where, number=one.number))
    values = _Values(one, certificate, evidence, bounds, findings)
    raw, unit = values.units()
    model, parameters, span = values.model(raw, unit)
    start = certificate.ended or certificate.issued or certificate.began
    if not one.valid_from and start is None:
        raise Refused(finding("series_join.no_start", "/valid_from", named=describe(certificate)))
    end = one.valid_until or certificate.valid_until
    if not end:
        findings.append(finding("series_join.no_end", describe(certificate), "note", _RULE, instrument=one.instrument))
    first_known = max(since.get(d, 0) for d in (one.digest, certificate.digest))
    made = Correction(
        id=f"{one.digest[:16]} {certificate.digest[:16]}", instrument=one.instrument, model=model,
        parameters=parameters,
        valid_from=moment_of(read_moment(one.valid_from) if one.valid_from else start, zone),  # type: ignore[arg-type]
        valid_until=moment_of(read_moment(end) if isinstance(end, str) else end, zone, over=True) if end else None,
        known_from=moment_of(read_moment(one.known), zone) if one.known else first_known,
        issuer=certificate.issuer, number=certificate.number, raw_unit=raw, unit=unit,
        range=one.range or span, configuration=one.configuration, place=one.place,
        quantity=one.quantity,
    )  # fmt: skip
    return Made(made, one, certificate)


class _Values:
    """What one declaration cites, read."""

    def __init__(
        self, one: Declared, certificate: Certificate, evidence: Evidence, bounds: str, findings: list[Finding]
    ) -> None:
        self.one, self.certificate, self.evidence, self.findings = one, certificate, evidence, findings
        self.together = bounds == "together" or (bounds != "independent" and one.form == "table")
        if self._open():
            way = "r = 1" if self.together else "r = 0"
            about = {"named": describe(certificate), "instrument": one.instrument, "way": way}
            findings.append(finding("series_join.correlation", certificate.number, "note", **about))

    def _cited(self) -> tuple[Cited, ...]:
        return (*self.one.parameters.values(), *self.one.points)

    def _open(self) -> bool:
        """Whether several values are cited whose correlation the certificate does not state."""
        if any(ARCHIVE in a.ref_types for a in self.certificate.attachments):
            return False
        places = {c.place for c in self._cited() if c.place}
        stated = [q for p in places if (q := self.certificate.at(p)) is not None and q.uncertainty is not None]
        if any(q.value.size > 1 and q.correlation is None for q in stated):
            return True
        joined = {p for r in self.certificate.results for a, b, _ in r.joint for p in (a, b)}
        return len(stated) > 1 and not {q.place for q in stated} <= joined

    def units(self) -> tuple[str, str]:
        """Units of the reading and of the value."""
        raw = self.one.raw_unit
        if not raw:
            stated = self.certificate.at(self.one.at_place)
            if stated is None:
                raise Refused(finding("series_join.at_place", "/at_place", place=self.one.at_place))
            raw = stated.unit
        return raw, self.one.unit or raw

    def value(self, cited: Cited, wanted: Unit | None, where: str) -> Quantity:
        """A cited value in the unit in which the model sees it; an array where the place holds a list."""
        target = parse_unit(cited.unit) if cited.unit else wanted
        if cited.value is not None:
            return quantity(cited.value, None, target or ONE)
        reference = replace(self.one.certificate, where=where)
        of = self._quantities if self.together else None
        found, told = lookup(self.evidence, reference, cited.place, cited.index, of)
        self.findings += [f for f in told if f not in errors(told)]
        if target is None:
            return found
        if found.unit.kind == "point" and target.kind != "point":
            found = found.relabelled(found.unit.as_difference())  # a correction in °C is a difference by its meaning
        if not found.unit.converts_to(target):
            raise Refused(finding("series_join.unit", where, unit=found.unit.symbol, wanted=target.symbol))
        return found.to(target)

    def _quantities(self, certificate: Certificate) -> Quantities:
        return quantities(certificate, together=True)

    def model(self, raw: str, unit: str) -> tuple[Formula, dict[str, Quantity], tuple[float, float] | None]:
        """Formula, parameters and calibrated range in the raw unit."""
        one, x, y = self.one, parse_unit(raw), parse_unit(unit)
        if one.form == "table":
            return self._table(x, y)
        step, rise = x.as_difference(), y.as_difference()
        by_name = {"gain": rise / step, "offset": rise}
        by_name |= {f"c{k}": rise / step**k if k else rise for k in range(len(one.parameters))}
        wanted = {} if one.form == "formula" else by_name
        given = {n: self._single(c, wanted.get(n), f"/parameters/{n}") for n, c in one.parameters.items()}
        if one.form == "formula":
            made: Model = (Formula(one.model), given)
        elif one.form == "polynomial":
            made = polynomial([given[f"c{k}"] for k in range(len(given))])
        else:
            made = gain_and_offset(given.get("gain", quantity(1.0, None, rise / step)),
                                   given.get("offset", quantity(0.0, None, rise)))  # fmt: skip
        return *made, self._range(x)

    def _single(self, cited: Cited, wanted: Unit | None, where: str) -> Quantity:
        found = self.value(cited, wanted, where)
        if found.ndim:
            raise Refused(finding("series_join.list", where, count=found.size))
        return found

    def _table(self, x: Unit, y: Unit) -> tuple[Formula, dict[str, Quantity], tuple[float, float] | None]:
        one = self.one
        at = np.asarray(one.at, dtype=float)
        if one.at_place:
            stated = self.certificate.at(one.at_place)
            if stated is None:
                raise Refused(finding("series_join.at_place", "/at_place", place=one.at_place))
            at = np.asarray(convert(stated.value, parse_unit(stated.unit), x), dtype=float)
        wanted = y if one.states == "reference" else y.as_difference()
        values: list[Quantity] = []
        for i, cited in enumerate(one.points):
            found = self.value(cited, wanted, f"/points/{i}")
            values += [found[k] for k in range(found.size)] if found.ndim else [found]
        if len(values) != len(at):
            raise Refused(finding("series_join.table.length", "/points", points=len(values), at=len(at)))
        plain = [v.relabelled(ONE) for v in values]
        if one.states == "reference":
            in_y = np.asarray(convert(at, x, y), dtype=float)
            plain = [v - float(a) for v, a in zip(plain, in_y, strict=True)]
        elif one.states == "error":
            plain = [-v for v in plain]
        order = np.argsort(at, kind="stable")
        at, plain = at[order], [plain[i] for i in order]
        if x.as_difference() != y.as_difference():
            raise Refused(finding("series_join.table.units", "/unit", raw=x.symbol, unit=y.symbol))
        span = (float(at[0]), float(at[-1])) if len(at) > 1 else self._range(x)
        return *table(at, plain), span

    def _range(self, x: Unit) -> tuple[float, float] | None:
        """The range in which the certificate says that its values may be used, in the raw unit."""
        for cited in self._cited():
            stated = self.certificate.at(cited.place) if cited.place else None
            if stated is None or stated.lower is None or stated.upper is None:
                continue
            unit = parse_unit(stated.range_unit or stated.unit)
            if unit.converts_to(x):
                low, high = (float(convert(np.float64(v), unit, x)) for v in (stated.lower, stated.upper))
                return low, high
        if self.one.range is None:
            about = {"named": describe(self.certificate), "instrument": self.one.instrument}
            self.findings.append(finding("series_join.no_range", self.certificate.number, "note", **about))
        return None


# ---------------------------------------------------------------- several


def _detached(
    made: Iterable[Made], declared: Sequence[Declared], since: Mapping[str, int], zone: tzinfo
) -> Iterator[Made]:
    """Each correction with the streams from which its instrument, or it alone, has been taken."""
    taken: dict[tuple[str, str, str, str], list[tuple[Declared, Detached]]] = {}
    for one in declared:
        if one.corrects:
            continue
        known = moment_of(read_moment(one.known), zone) if one.known else since.get(one.digest, 0)
        earlier = taken.setdefault(one.taken, [])
        if earlier and earlier[-1][1].lifted_known is None:
            last, said = earlier[-1]
            earlier[-1] = last, replace(said, lifted_known=max(known, said.known_from))
        if one.form == "none":
            earlier.append((one, Detached(one.stream, moment_of(read_moment(one.valid_from), zone), known)))
    every = [pair for pairs in taken.values() for pair in pairs]
    for each in made:
        mine = tuple(
            said for other, said in every
            if other.instrument == each.declared.instrument
            and (not other.number or (other.issuer, other.number) == each.certificate.key)
        )  # fmt: skip
        yield each._replace(correction=replace(each.correction, detached=mine)) if mine else each


def _newest(made: Sequence[Made], statements: Sequence[Statement]) -> list[Made]:
    """Each correction with what it replaces: an earlier declaration for the same certificate, subject and quantity, and
    a certificate that it, or a statement, names as the one it takes the place of, from the same day on."""
    successor = {(s.issuer, s.number): s.replaced_by for s in statements if s.replaced_by is not None}
    found = []
    for at, one in enumerate(made):
        older = []
        for number, other in enumerate(made):
            if number == at or other.declared.subject != one.declared.subject:
                continue
            same = other.certificate.digest == one.certificate.digest and number < at and _one_quantity(one, other)
            old, new = other.certificate, one.certificate
            amended = amends(new, old) or successor.get(old.key) == new.key
            if same or (amended and one.correction.valid_from <= other.correction.valid_from):
                older.append(other.correction.id)
        found.append(one._replace(correction=replace(one.correction, supersedes=tuple(older))))
    return found


def _one_quantity(one: Made, other: Made) -> bool:
    """Whether two correct the same quantity, as far as units tell: one certificate may hold for ℃ and %RH of a device.

    Whole certificates take each other's place for every quantity; declarations do so for theirs only.
    """
    return one.correction.unit_of_raw.converts_to(other.correction.unit_of_raw)


def _meet(one: Declared, other: Declared) -> bool:
    """Whether some reading may belong to both: of one instrument, and no scope that both name differs."""
    scopes = zip(one.subject[1:], other.subject[1:], strict=True)
    return one.instrument == other.instrument and all(a == b or not a or not b for a, b in scopes)


def _pieces(
    made: Sequence[Made], statements: Sequence[Statement], learned: Learned, findings: list[Finding]
) -> Iterator[Made]:
    """Corrections cut at the days of statements about their certificates: each piece with what is known of it."""
    blocked: dict[str, list[str]] = {}
    cut: list[Made] = []
    for one in made:
        about = [s for s in statements if _about(s, one.certificate)]
        if about:
            cut += _cut(one, about, made, learned, blocked, findings)
        else:
            cut.append(one)
    for one in cut:
        more = tuple(blocked.get(one.correction.id, ()))
        if more:
            one = one._replace(correction=replace(one.correction, supersedes=(*one.correction.supersedes, *more)))
        yield one


def _cut(
    one: Made, about: Sequence[Statement], made: Sequence[Made], learned: Learned, blocked: dict[str, list[str]],
    findings: list[Finding],
) -> list[Made]:  # fmt: skip
    """One correction as pieces. blocked: id of a correction → ids of later pieces that it stands before."""
    correction = one.correction
    starts = [max(moment_of(s.day, learned.zone), correction.valid_from) for s in about]
    mine = one.declared
    others = any(o.declared.subject != mine.subject and _meet(o.declared, mine) and _one_quantity(o, one) for o in made)
    if others and max(starts) > correction.valid_from:
        starts = [correction.valid_from] * len(starts)  # cautious: no piece may come before one of a narrower subject
        findings.append(finding("series_join.statement.whole", describe(one.certificate), "warning", _RULE))
    pieces = []
    for number, start in enumerate(sorted({correction.valid_from, *starts})):
        if number and correction.valid_until is not None and start >= correction.valid_until:
            break
        since = {kind: [learned.of(s) for s, begin in zip(about, starts, strict=True)
                        if s.kind == kind and begin <= start] for kind in ("withdrawn", "superseded")}  # fmt: skip
        piece = replace(
            correction,
            id=correction.id if not number else f"{correction.id} {number}",
            valid_from=start,
            withdrawn_known=min(since["withdrawn"], default=None),
            superseded_known=min(since["superseded"], default=None),
            supersedes=correction.supersedes if not number else (),
        )
        pieces.append(one._replace(correction=piece))
        for rival in _before(piece, one, made) if number else ():
            blocked.setdefault(rival, []).append(piece.id)
    for statement, start in zip(about, starts, strict=True):
        if statement.kind == "withdrawn" and start > correction.valid_from:
            told = {"day": statement.day, "instrument": mine.instrument}
            name = describe(one.certificate)
            findings.append(finding("series_join.withdrawn_later", name, "warning", "ISO/IEC 17025:2017, 7.10", **told))
    return pieces


def _before(piece: Correction, one: Made, made: Sequence[Made]) -> Iterator[str]:
    """The corrections before which a later piece must not come: those that count at its start already."""
    for other in made:
        rival = other.correction
        later = rival.valid_from <= piece.valid_from and _rank(rival, made) > _rank(one.correction, made)
        stands = later or one.correction.id in rival.supersedes
        if other is not one and other.declared.subject == one.declared.subject and _one_quantity(other, one) and stands:
            yield rival.id


def _rank(one: Correction, made: Sequence[Made]) -> tuple[int, int, int]:
    """Which of several counts, as `series.asof` has it: the latest start, of these the latest known, the last one."""
    place = next(i for i, other in enumerate(made) if other.correction.id == one.id)
    return one.valid_from, one.known_from, place


def _about(statement: Statement, certificate: Certificate) -> bool:
    return (one_line(statement.issuer), one_line(statement.number)) == (
        one_line(certificate.issuer), one_line(certificate.number),
    )  # fmt: skip
