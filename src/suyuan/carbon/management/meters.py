"""The meter register of an enterprise: what must be metered, what is, by which class, and when it falls due.

Fitting rate (能源计量器具配备率) = meters fitted / meters theoretically needed, by energy carrier and level: the whole
unit, its main sub-units, its main equipment (GB 17167). A meter that is needed and not there counts; one that is there
without a certificate is fitted and told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any, Literal

from suyuan.carbon.claim.claim import Claim, Evidence
from suyuan.carbon.words import named, source_said
from suyuan.quantity.budget import by_certificate
from suyuan.quantity.fields import Fields
from suyuan.quantity.finding import Finding, finding, in_both
from suyuan.quantity.quantity import Quantity
from suyuan.quantity.table import Row, load, valid_on

CARRIERS = ("electricity", "solid fuel", "gas", "steam", "oil", "water", "other")
LEVELS = ("unit", "sub-unit", "equipment")
FITTING = "management.fitting"
"""The table of fitting rates."""
NOTHING: Mapping[tuple[str, str], str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Meter:
    """One meter, or the need of one. carrier: one of CARRIERS; level: one of LEVELS; fitted: whether it is there;
    kind: sort of instrument; accuracy: class in percent, None where unknown; stream: source stream that it meters;
    issuer, number: of its certificate; due: day by which it is to be calibrated again, None where unknown."""

    id: str
    name: str
    carrier: str
    level: str
    fitted: bool
    kind: str = ""
    accuracy: float | None = None
    place: str = ""
    stream: str = ""
    issuer: str = ""
    number: str = ""
    due: date | None = None


@dataclass(frozen=True, slots=True)
class Rate:
    """A fitting rate. wanted: by the rule, None where it has none; status: of the rule's row."""

    carrier: str
    level: str
    needed: int
    fitted: int
    wanted: float | None
    status: str

    @property
    def rate(self) -> float:
        return self.fitted / self.needed

    @property
    def kept(self) -> bool | None:
        """Whether the rate is that wanted; None where the rule says nothing."""
        return None if self.wanted is None else self.rate >= self.wanted - 1e-12


def read_meters(fields: Fields) -> tuple[Meter, ...]:
    """The meters of a plant's document (key «meters»), faults in `fields.found`."""
    found = []
    for one in fields.several("meters"):
        number = one.number("accuracy")
        fitted = one.content.get("fitted")
        one.asked.add("fitted")
        if not isinstance(fitted, bool):
            one.report("typed.field.type", "fitted", field="fitted", expected_zh="true 或 false",
                       expected_en="true or false")  # fmt: skip
        found.append(Meter(
            one.text("id", True), one.text("name"), one.choice("carrier", CARRIERS), one.choice("level", LEVELS),
            fitted is True, one.text("kind"), number.value if number else None, one.text("place"), one.text("stream"),
            one.text("issuer"), one.text("number"), one.day("due"),
        ))  # fmt: skip
        one.close()
    names = [meter.id for meter in found]
    for name in sorted({name for name in names if names.count(name) > 1}):
        fields.report("carbon.meter.twice", "meters", id=name)
    return tuple(found)


def rates(meters: Iterable[Meter]) -> tuple[Rate, ...]:
    """Fitting rates by carrier and level, in the order of the tables; only what is needed or fitted appears.

    >>> one = Meter("M1", "", "electricity", "unit", True)
    >>> [(r.rate, r.wanted, r.kept) for r in rates([one, Meter("M2", "", "electricity", "unit", False)])]
    [(0.5, 1.0, False)]
    """
    rows = {(str(row["carrier"]), str(row["level"])): row for row in load("suyuan.carbon", FITTING)}
    held = list(meters)
    found = []
    for carrier in CARRIERS:
        for level in LEVELS:
            mine = [meter for meter in held if (meter.carrier, meter.level) == (carrier, level)]
            if mine:
                row = rows.get((carrier, level))
                wanted = float(row["value"]) if row else None
                found.append(Rate(carrier, level, len(mine), sum(m.fitted for m in mine), wanted,
                                  str(row["status"]) if row else ""))  # fmt: skip
    return tuple(found)


State = Literal["withdrawn", "overdue", "ended", "missing", "no_certificate", "unknown", "due", "valid"]
Known = Mapping[tuple[str, str], str]
"""Issuer and number of a certificate → its state on the day, as a store knows it; what it does not have is left out."""


def state_of(meter: Meter, day: date, known: Known, ahead: int = 60) -> State:
    """What of a meter needs a person first: its certificate as a store knows it, then its own due day.

    >>> held = Meter("B", "", "oil", "unit", True, issuer="D", number="1", due=date(2027, 1, 1))
    >>> [state_of(held, date(2026, 3, 1), {("D", "1"): one}) for one in ("valid", "expired", "withdrawn")]
    ['valid', 'ended', 'withdrawn']
    """
    if not meter.fitted:
        return "missing"
    now = known.get((meter.issuer, meter.number), "")
    if now in ("withdrawn", "superseded"):
        return "withdrawn"
    if meter.due is not None and meter.due < day:
        return "overdue"
    if now == "expired":
        return "ended"
    if not meter.number:
        return "no_certificate"
    if meter.due is None:
        return "unknown"
    return "due" if meter.due <= day + timedelta(days=ahead) else "valid"


def examined(meters: Sequence[Meter], day: date, ahead: int = 60, known: Known = NOTHING) -> tuple[Finding, ...]:
    """What of the meters needs a person: rates not kept or not in force any more, no certificate or one that ended or
    was withdrawn, due or overdue, a class too coarse.

    day: on which it is looked; ahead: days before its due day from which a meter is told; known: states of their
    certificates, where a store was asked.
    """
    found = [
        finding("carbon.meter.rate", "/meters", "warning", fitted=rate.fitted, needed=rate.needed,
                wanted=f"{100 * (rate.wanted or 0):g}", **named("carrier", "carrier", rate.carrier),
                **named("level", "level", rate.level), **named("status", "status", rate.status))
        for rate in rates(meters) if rate.kept is False
    ]  # fmt: skip
    found += _ended(meters, day)
    classes: dict[str, Row] = {str(row["kind"]): row for row in load("suyuan.carbon", "management.classes")}
    for meter in meters:
        if not meter.fitted:
            continue
        if (now := state_of(meter, day, known, ahead)) in ("ended", "withdrawn"):
            code = "carbon.meter.ended" if now == "ended" else "carbon.meter.withdrawn"
            found.append(finding(code, meter.id, id=meter.id, number=f"{meter.issuer} {meter.number}".strip()))
        if not meter.number:
            found.append(finding("carbon.meter.no_certificate", meter.id, "warning", id=meter.id))
        if meter.due is None:
            found.append(finding("carbon.meter.no_due", meter.id, "warning", id=meter.id))
        elif meter.due < day:
            found.append(finding("carbon.meter.overdue", meter.id, id=meter.id, due=meter.due.isoformat()))
        elif meter.due <= day + timedelta(days=ahead):
            found.append(finding("carbon.meter.due", meter.id, "warning", id=meter.id, due=meter.due.isoformat()))
        row = classes.get(meter.kind)
        if row is not None and meter.accuracy is not None and meter.accuracy > float(row["value"]):
            found.append(finding("carbon.meter.coarse", meter.id, "warning", id=meter.id, wanted=f"{row['value']:g}",
                                 accuracy=f"{meter.accuracy:g}",
                                 **named("status", "status", str(row["status"]))))  # fmt: skip
    return tuple(found)


def _ended(meters: Iterable[Meter], day: date) -> Iterator[Finding]:
    """A note where the rates by which meters are judged are not in force any more, and those that are have no rows."""
    asked = {(meter.carrier, meter.level) for meter in meters}
    mine = [row for row in load("suyuan.carbon", FITTING) if (row["carrier"], row["level"]) in asked]
    if mine and not valid_on(mine, day):
        yield finding("carbon.meter.rates_ended", "/meters", "note", last=mine[0]["valid_to"],
                      **in_both("source", source_said(str(mine[0]["source"]))))  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Hanging:
    """A claim that stands on a certificate. u: its contribution to the claim's total, t; share: of the variance."""

    claim: Claim
    u: float
    share: float


@dataclass(frozen=True, slots=True, eq=False)
class Ending:
    """A certificate that ends soon. u: its contribution to the total of all claims that stand on it, t; share: of the
    variance; claims: these, that with the largest contribution first."""

    evidence: Evidence
    days: int
    u: float
    share: float
    claims: tuple[Hanging, ...] = ()

    @property
    def enterprises(self) -> tuple[str, ...]:
        """Whose claims stand on it, each once."""
        return tuple(dict.fromkeys(one.claim.enterprise for one in self.claims))


def ending(claims: Iterable[Claim], day: date, ahead: int = 60) -> tuple[Ending, ...]:
    """Certificates behind claims that end within some days, those that carry most tonnes of uncertainty first.

    claims: the last one of each unit. A certificate that ended already has negative days; one that several claims share
    is told once, with its part of the U of their sum; one that another follows in its factor is left out.
    """
    every = tuple(claims)
    followed = _followed(every)
    held: dict[tuple[str, str], dict[int, Evidence]] = {}
    for at, claim in enumerate(every):
        for item in claim.evidence:
            key = (item.issuer, item.number)
            if item.valid_until is not None and (item.valid_until - day).days <= ahead and key not in followed:
                held.setdefault(key, {}).setdefault(at, item)
    parts = {at: _parts(every[at].best) for at in {at for items in held.values() for at in items}}
    found = []
    for key, items in held.items():
        mine = sorted((Hanging(every[at], *parts[at].get(key, (0.0, 0.0))) for at in items), key=lambda one: -one.u)
        u, share = (mine[0].u, mine[0].share) if len(mine) == 1 else _parts(
            _sum([one.claim.best for one in mine])).get(key, (0.0, 0.0))  # fmt: skip
        item = next(items[at] for at in items if every[at] is mine[0].claim)
        assert item.valid_until is not None  # what has no end was left out
        found.append(Ending(item, (item.valid_until - day).days, u, share, tuple(mine)))
    return tuple(sorted(found, key=lambda e: (-e.u, e.days)))


def _parts(total: Quantity) -> dict[tuple[str, str], tuple[float, float]]:
    """Issuer and number of a certificate → its contribution to a total, t, and its share of the variance."""
    return {(row.source.issuer, row.source.number): (abs(row.contribution), row.share) for row in by_certificate(total)}


def _sum(totals: Sequence[Quantity]) -> Quantity:
    found: Any = totals[0]
    for one in totals[1:]:
        found = found + one
    return found  # type: ignore[no-any-return]


def _followed(claims: Iterable[Claim]) -> set[tuple[str, str]]:
    """Certificates after which a later one stands behind the same factor of the same part."""
    latest: dict[tuple[str, str, str], date] = {}
    held = [((claim.enterprise, item.part, item.factor), item) for claim in claims for item in claim.evidence
            if item.factor and item.valid_until is not None]  # fmt: skip
    for key, item in held:
        assert item.valid_until is not None
        latest[key] = max(latest.get(key, date.min), item.valid_until)
    return {(item.issuer, item.number) for key, item in held if item.valid_until and item.valid_until < latest[key]}
