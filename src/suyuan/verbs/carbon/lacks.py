"""What a plant lacks for its tonnes, measurement by measurement, and which service would give it.

A measurement lacks a certificate («none»), has one whose chain breaks («broken»), that did not hold over its months or
does not hold on the day that is asked for («ended»), or it holds so much of the variance that it is worth a better one
(«large»). Which calibration or assay answers which factor are rows of the rules. A certificate that is named and not in
the store is to be brought, not calibrated for: a finding.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from suyuan.carbon.claim.claim import MONTHS, Claim, Part
from suyuan.carbon.claim.claim import Evidence as Behind
from suyuan.carbon.claim.improve import HALF
from suyuan.carbon.plant import Plant
from suyuan.certificate.certificate import Certificate, CertificateReference, Text
from suyuan.certificate.validity import state
from suyuan.quantity.budget import by_influence
from suyuan.quantity.finding import Finding, finding
from suyuan.quantity.table import Row, load
from suyuan.traceability.evidence import Evidence
from suyuan.verbs.carbon.links import factor_links
from suyuan.verbs.carbon.uncovered import serials

Reason = Literal["none", "broken", "ended", "large"]
LEAST = 0.1
"""Part of the variance from which on a better measurement is worth asking for: less can lower U by a twentieth only."""
Place = tuple[str, str]
"""A part and a factor of its product."""


@dataclass(frozen=True, slots=True, eq=False)
class Lack:
    """One measurement that lacks something.

    places: parts and factors that hang on it; names: of the thing or, without a certificate, of what errs, by language;
    service: row that says what answers it; reasons; behind: the certificate that there is; until: its last day; u: what
    it brings to the total, t; share: of the variance; u_rel: relative standard uncertainty of its factor in a month,
    root mean square of the year, NaN where unknown; left: what is to be left of it; counted: whether a place is in the
    total; findings: why the chain breaks.
    """

    places: tuple[Place, ...]
    names: Text
    service: Row
    reasons: tuple[Reason, ...]
    behind: Behind | None
    until: date | None
    u: float
    share: float
    u_rel: float
    left: float = 1.0
    counted: bool = True
    findings: tuple[Finding, ...] = ()

    @property
    def name(self) -> str:
        return self.names.get("zh") or next(iter(self.names.values()), "")

    @property
    def parts(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(part for part, _ in self.places))

    @property
    def key(self) -> tuple[str, ...]:
        """What it is known by, whatever its size: its first place and its certificate."""
        return (*self.places[0], self.behind.issuer if self.behind else "",
                "" if self.behind is None or self.behind.sample else self.behind.number)  # fmt: skip

    def saved(self, u: float) -> float:
        """U (k = 2) that goes away where `left` of it is left, t. u: of the total."""
        return 2.0 * (u - math.sqrt(max(u * u - self.u**2 * (1.0 - self.left**2), 0.0)))


@dataclass(slots=True)
class _Measured:
    """One measurement while it is gathered: its places, certificates, names and influences."""

    places: list[Place] = field(default_factory=list)
    behind: list[Behind] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    reasons: list[Reason] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def lacks(
    claim: Claim, evidence: Evidence, day: date, plant: Plant | None = None, least: float = LEAST, left: float = HALF
) -> tuple[tuple[Lack, ...], tuple[Finding, ...]]:  # fmt: skip
    """What a claim's measurements lack, what moves most tonnes first, and what nobody can be asked for.

    evidence: the documents of a store; day: on which certificates are to hold; plant: the document of the claim's year,
    which says to which factor an influence without a certificate belongs, None where it is not at hand; least: part of
    the variance that is too large; left: what is then to be left of its u. Raises nothing: what has no service or no
    place is a finding.
    """
    groups = _gathered(claim, evidence, plant)
    _chains(groups, claim, evidence)
    rows = {row.influences[0]: row for row in by_influence(claim.best)}
    counted = {part.name for part in claim.parts if part.counted}
    found, told = [], _unplaced(claim, {id for group in groups.values() for id in group.ids}, least)
    for group in groups.values():
        mine = [rows[id] for id in group.ids if id in rows]
        share, u = math.fsum(row.share for row in mine), math.sqrt(math.fsum(row.contribution**2 for row in mine))
        told += _absent(group, evidence)
        reasons, until = _reasons(group, evidence, day)
        if share >= least:
            reasons.append("large")
        if not reasons:
            continue
        service = _service(group, claim, evidence)
        if service is None:
            part, factor = group.places[0]
            told.append(finding("carbon.needs.no_service", part, "note", part=part, factor=factor,
                                share=f"{100 * share:.0f}"))  # fmt: skip
            continue
        u_rel = _relative(claim, group)
        found.append(Lack(
            tuple(group.places), _named(group, evidence), service, tuple(dict.fromkeys(reasons)), _last(group), until,
            u, share, u_rel, _left(service, reasons, u_rel, left),
            any(part in counted for part, _ in group.places), tuple(group.findings),
        ))  # fmt: skip
    return tuple(sorted(found, key=lambda lack: (-lack.u, lack.key))), tuple(dict.fromkeys(told))


# ---------------------------------------------------------------- gathering measurements


def _gathered(claim: Claim, evidence: Evidence, plant: Plant | None) -> dict[tuple[str, ...], _Measured]:
    """Measurements by what they are known by: thing, laboratory, or a factor without either."""
    groups: dict[tuple[str, ...], _Measured] = {}
    blocks = {part.name: part.months.blocks for part in claim.parts}
    for e in claim.evidence:
        group = groups.setdefault(_key(e, evidence), _Measured())
        group.behind.append(e)
        group.names.append(e.issuer if e.sample else e.role)
        if (e.part, e.factor) not in group.places:
            group.places.append((e.part, e.factor))
        whose = {(e.issuer, e.number), (e.issuer, "" if e.sample else e.number)}
        sources = {id: block.influence.source for id, block in blocks.get(e.part, {}).items()}
        group.ids |= {id for id, source in sources.items() if (source.issuer, source.number) in whose}
    for stream in plant.streams if plant is not None else ():
        for one in stream.components:
            if one.source.number:
                continue
            group = groups.setdefault(("factor", stream.name, one.of), _Measured([(stream.name, one.of)]))
            group.names.append(one.name)
            group.ids |= set(one.factor(MONTHS).blocks)
    return groups


def _key(e: Behind, evidence: Evidence) -> tuple[str, ...]:
    """A laboratory that reports on samples; the thing of a certificate, which has a new one after each calibration;
    a certificate by itself where no store has it."""
    if e.sample:
        return "laboratory", e.part, e.factor, e.issuer
    held = _certificate(evidence, e)
    numbers = serials(held) if held is not None else set()
    return ("thing", *sorted(numbers)) if numbers else ("certificate", e.issuer, e.number)


def _unplaced(claim: Claim, placed: set[str], least: float) -> list[Finding]:
    """Influences of size of which nobody knows to which factor they belong; of a forest or of lost hours, that none
    answers to a service."""
    told = []
    for row in by_influence(claim.best):
        if row.influences[0] in placed or row.share < least:
            continue
        part = next(part for part in claim.parts if row.influences[0] in part.months.blocks)
        share = f"{100 * row.share:.0f}"
        if part.kind in ("forest", "monitoring"):
            told.append(finding("carbon.needs.no_service", part.name, "note", part=part.name, factor=row.name[:80],
                                share=share))  # fmt: skip
        else:
            told.append(finding("carbon.needs.unplaced", row.name, "warning", name=row.name[:80], share=share))
    return told


def _chains(groups: dict[tuple[str, ...], _Measured], claim: Claim, evidence: Evidence) -> None:
    """What the links of the year say: factors without a certificate, certificates that are absent or do not reach."""
    for link in factor_links(claim, evidence):
        factor = str(link.row["factor"])
        if link.behind is None:
            group = groups.setdefault(("factor", link.part, factor), _Measured([(link.part, factor)]))
            group.reasons.append("none")
            continue
        key = _key(link.behind, evidence)
        if link.state == "broken":
            groups[key].reasons.append("broken" if link.findings else "ended")
            groups[key].findings += [item for item in link.findings if item not in groups[key].findings]
    for one in load("suyuan.carbon", "services.services"):  # measured carbon takes the place of a default heat value
        for key in [key for key in groups if key[0] == "factor" and key[2] == one.get("instead_of")]:
            own = groups.get(("factor", key[1], str(one["factor"])))
            if own is not None and "none" in own.reasons and "none" in groups[key].reasons:
                other = groups.pop(key)
                own.names += other.names
                own.ids |= other.ids


def _reasons(group: _Measured, evidence: Evidence, day: date) -> tuple[list[Reason], date | None]:
    """What it lacks beside its size, and the last day of the certificate that holds now; reports of samples follow
    their months and do not end."""
    last = _last(group)
    if last is None or last.sample:
        return list(group.reasons), None
    certificate = _certificate(evidence, last)
    if certificate is None:
        over = last.valid_until is not None and last.valid_until < day
        return [*group.reasons, *(("ended",) if over else ())], last.valid_until
    until = certificate.valid_until
    holds = state(certificate, day, evidence.statements)[0] in ("valid", "unknown")
    follower = _follower(certificate, evidence, day)
    if follower is not None:  # calibrated again since: what was wrong with the last one is past
        past: tuple[Reason, ...] = ("ended", "broken")
        return [one for one in group.reasons if one not in past], follower.valid_until
    return [*group.reasons, *(() if holds else ("ended",))], until


def _absent(group: _Measured, evidence: Evidence) -> list[Finding]:
    """The certificates of a measurement that no store knows, as one finding."""
    gone = [e for e in group.behind if _certificate(evidence, e) is None]
    if not gone:
        return []
    named = f"{gone[0].issuer} {gone[0].number}".strip()
    return [finding("carbon.needs.absent", gone[0].part, "warning", part=gone[0].part, named=named, n=len(gone))]


def _follower(certificate: Certificate, evidence: Evidence, day: date) -> Certificate | None:
    """Another certificate of the same thing that holds on a day."""
    numbers = serials(certificate)
    return next(
        (other for other in evidence.certificates if other.digest != certificate.digest and numbers & serials(other)
         and (other.ended or date.min) >= (certificate.ended or date.min)
         and state(other, day, evidence.statements)[0] in ("valid", "unknown")),
        None,
    )  # fmt: skip


def _last(group: _Measured) -> Behind | None:
    """The certificate that ends last, one without an end before all."""
    return max(group.behind, key=lambda e: e.valid_until or date.max, default=None)


def _certificate(evidence: Evidence, e: Behind) -> Certificate | None:
    return evidence.find(CertificateReference(e.issuer, e.number))


# ---------------------------------------------------------------- what answers it, and how large it is


def _service(group: _Measured, claim: Claim, evidence: Evidence) -> Row | None:
    """The row whose words name the thing, else the one that has none, of the kind and factor."""
    kinds = {part.name: part.kind for part in claim.parts}
    places = [(kinds.get(part, ""), factor) for part, factor in group.places]
    texts = [_thing(group, evidence), " ".join(group.names), " ".join(part for part, _ in group.places)]
    fitting = [row for row in load("suyuan.carbon", "services.services") if any(_fits(row, *one) for one in places)]
    for text in texts:
        for row in fitting:
            if any(str(word).casefold() in text.casefold() for word in row["words"]):
                return row
    return next((row for row in fitting if not row["words"]), None)


def _fits(row: Row, kind: str, factor: str) -> bool:
    return row["kind"] in ("", kind) and row["factor"] in ("", factor)


def _thing(group: _Measured, evidence: Evidence) -> str:
    """The names of what a certificate is of."""
    last = _last(group)
    held = _certificate(evidence, last) if last is not None and not last.sample else None
    return " ".join(name for item in held.items for name in item.name.values()) if held is not None else ""


def _named(group: _Measured, evidence: Evidence) -> Text:
    """The thing by the names on its certificate, else what errs, else the part."""
    last = _last(group)
    held = _certificate(evidence, last) if last is not None and not last.sample else None
    item: Text = held.items[0].name if held is not None and held.items else {}
    return item or {"": (group.names or [group.places[0][0]])[0]}


def _relative(claim: Claim, group: _Measured) -> float:
    """The relative standard uncertainty that it brings to a month: root mean square over the year, by tonnes.

        u² = Σ t·u_m² / Σ t    over the months that it has a part in, t their tonnes

    What a service gives is one certificate or report, so it is a month's u that it has to reach, not that of the year,
    in which reports of twelve months average out. A month counts by its tonnes: one of few tonnes whose u is large
    would let through what does not help the year. Of parts that count those that only check say nothing. NaN where
    there is nothing.
    """
    places = {place[0] for place in group.places}
    parts = [part for part in claim.parts if part.name in places]
    pairs = [pair for part in [p for p in parts if p.counted] or parts for pair in _by_month(part, group.ids)]
    tonnes = math.fsum(t for t, _ in pairs)
    return math.sqrt(math.fsum(t * u**2 for t, u in pairs) / tonnes) if tonnes else math.nan


def _left(service: Row, reasons: list[Reason], u_rel: float, left: float) -> float:
    """What is to be left of its u: all where it is large enough, `left` where not; of what was never measured no more
    than the service leaves."""
    wanted = left if "large" in reasons else 1.0
    if "none" not in reasons or not service["moves"] or not u_rel > 0.0:
        return wanted
    return min(wanted, float(service["U"]) / (2.0 * u_rel * float(service.get("per", 1.0))))


def _by_month(part: Part, ids: Iterable[str]) -> list[tuple[float, float]]:
    """Tonnes of each month in which some influences have a part, and their relative standard uncertainty there."""
    wanted, found = set(ids), []
    for month in range(MONTHS):
        one = part.months[month]
        value = abs(float(one.value))
        squares = [row.contribution**2 for row in by_influence(one) if row.influences[0] in wanted]
        if value and any(squares):
            found.append((value, math.sqrt(math.fsum(squares)) / value))
    return found


def wider(found: Iterable[Lack], left: Mapping[str, float]) -> tuple[Lack, ...]:
    """The same with what is to be left of some by the name of the thing, as asked for."""
    return tuple(replace(lack, left=left.get(lack.name, lack.left)) for lack in found)
