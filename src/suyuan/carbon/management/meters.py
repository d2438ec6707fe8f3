"""The meter register of an enterprise: what must be metered, what is, by which class, and when it falls due.

Fitting rate (能源计量器具配备率) = meters fitted / meters theoretically needed, by energy carrier and level: the whole
unit, its main sub-units, its main equipment (GB 17167). A meter that is needed and not there counts; one that is there
without a certificate is fitted and told.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from suyuan.carbon.claim.claim import Claim, Evidence
from suyuan.carbon.words import named
from suyuan.quantity.budget import by_certificate
from suyuan.quantity.fields import Fields
from suyuan.quantity.finding import Finding, finding
from suyuan.quantity.table import Row, load

CARRIERS = ("electricity", "solid fuel", "gas", "steam", "oil", "water", "other")
LEVELS = ("unit", "sub-unit", "equipment")


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
    rows = {(str(row["carrier"]), str(row["level"])): row for row in load("suyuan.carbon", "management.fitting")}
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


def examined(meters: Sequence[Meter], day: date, ahead: int = 60) -> tuple[Finding, ...]:
    """What of the meters needs a person: rates not kept, no certificate, due or overdue, a class too coarse.

    day: on which it is looked; ahead: days before its due day from which a meter is told.
    """
    found = [
        finding("carbon.meter.rate", "/meters", "warning", fitted=rate.fitted, needed=rate.needed,
                wanted=f"{100 * (rate.wanted or 0):g}", **named("carrier", "carrier", rate.carrier),
                **named("level", "level", rate.level), **named("status", "status", rate.status))
        for rate in rates(meters) if rate.kept is False
    ]  # fmt: skip
    classes: dict[str, Row] = {str(row["kind"]): row for row in load("suyuan.carbon", "management.classes")}
    for meter in meters:
        if not meter.fitted:
            continue
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


@dataclass(frozen=True, slots=True)
class Ending:
    """A certificate that ends soon. u: its contribution to the claim's total, t; share: of the variance."""

    evidence: Evidence
    days: int
    u: float
    share: float


def ending(claims: Iterable[Claim], day: date, ahead: int = 60) -> tuple[Ending, ...]:
    """Certificates behind claims that end within some days, those that carry most tonnes of uncertainty first.

    A certificate that ended already has negative days; one that two claims share is told once, with its larger part.
    """
    found: dict[tuple[str, str], Ending] = {}
    for claim in claims:
        rows = {(row.source.issuer, row.source.number): row for row in by_certificate(claim.best)}
        for item in claim.evidence:
            if item.valid_until is None or (item.valid_until - day).days > ahead:
                continue
            row = rows.get((item.issuer, item.number))
            one = Ending(item, (item.valid_until - day).days, abs(row.contribution) if row else 0.0,
                         row.share if row else 0.0)  # fmt: skip
            key = (item.issuer, item.number)
            if key not in found or found[key].u < one.u:
                found[key] = one
    return tuple(sorted(found.values(), key=lambda e: (-e.u, e.days)))
