"""Shared resources of several organisations: standards, instruments, reference materials, experts, methods, rooms.

A row of a register, kind «resource»:

    {"id": "R-7", "kind": "instrument", "name": {"zh": …, "en": …}, "quantity": "length", "item": "gauge block",
     "interval": {"low": "0.5", "high": "100", "unit": "mm"}, "U": {"value": "0.05", "unit": "um", "k": "2"},
     "certificate": {"issuer": …, "number": …}, "region": "310115", "place": {…}, "shared": "public",
     "capacity": "2", "days": "5", "price": "800", "currency": "CNY", "contact": "business office",
     "available_from": …, "available_until": …, "valid_until": …, "source": …}

`U` without a unit is relative, a plain fraction. `shared`: public, members (of the network), inside (own house only).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal, cast, get_args

import numpy as np
from numpy.typing import NDArray

from suyuan.capability.capability import Capability
from suyuan.capability.interval import Interval
from suyuan.capability.taxonomy import dimension_of
from suyuan.certificate.certificate import Text
from suyuan.procedure.register import Context
from suyuan.quantity.fields import Fields
from suyuan.quantity.finding import Refused
from suyuan.quantity.unit import Unit, parse_unit
from suyuan.traceability.evidence import Key

ResourceKind = Literal["standard", "instrument", "reference_material", "expert", "method", "laboratory_room"]
KINDS: tuple[ResourceKind, ...] = get_args(ResourceKind)
SHARED = ("public", "members", "inside")
TRACED = ("standard", "instrument", "reference_material")
"""Kinds whose worth rests on a certificate."""


@dataclass(frozen=True, slots=True)
class StatedU:
    """Expanded uncertainty with its k; unit None: relative, a plain fraction of the value."""

    U: float
    unit: Unit | None = None
    k: float = 2.0


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource that an organisation tells others of.

    id: unique in the organisation; quantity, item: kind of quantity and class; certificate: issuer and number of its
    traceability; shared: with whom, «» where not stated; capacity: how many can be used at once, None where not stated;
    days: to an answer or delivery; contact: an office or role, no private address; available_from, available_until:
    days on which it can be had; valid_until: of a material or method.
    """

    id: str
    kind: ResourceKind
    organisation: Text
    name: Text
    quantity: str = ""
    item: str = ""
    interval: Interval | None = None
    U: StatedU | None = None
    certificate: Key | None = None
    region: str = ""
    place: Text = field(default_factory=dict)
    shared: str = ""
    capacity: int | None = None
    days: float | None = None
    price: float | None = None
    currency: str = "CNY"
    contact: str = ""
    available_from: date | None = None
    available_until: date | None = None
    valid_until: date | None = None
    source: str = ""
    demo: bool = False

    def available(self, day: date) -> bool:
        """Whether it can be had on a day, as far as its row says."""
        first, last = (
            self.available_from or date.min,
            min(self.available_until or date.max, self.valid_until or date.max),
        )
        return first <= day <= last


def resource(row: Fields, context: Context) -> Resource | None:
    """A resource from its row, or None where a finding of severity error was reported."""
    before = len(row.found)
    kind = cast(ResourceKind, row.choice("kind", KINDS))
    name = row.names("name", required=True)
    made = Resource(
        row.text("id", required=True), kind, row.names("organisation") or context.organisation, name,
        row.text("quantity"), row.text("item"), _interval(row), _uncertainty(row), _certificate(row),
        _region(row), row.names("place"), row.choice("shared", SHARED) if row.has("shared") else "", _capacity(row),
        _positive(row, "days"), _positive(row, "price"), row.text("currency") or "CNY", row.text("contact"),
        row.day("available_from"), row.day("available_until"), row.day("valid_until"), row.text("source"),
        context.demo or row.content.get("demo") is True,
    )  # fmt: skip
    row.asked.add("demo")
    _doubts(row, made, context.day)
    return None if any(f.severity == "error" for f in row.found[before:]) else made


def _doubts(row: Fields, made: Resource, day: date) -> None:
    """What makes a row less useful, or contradicts itself."""
    if made.available_from and made.available_until and made.available_until < made.available_from:
        row.report("capability.resource.period", "available_until", first=made.available_from,
                   last=made.available_until)  # fmt: skip
    if made.valid_until and made.valid_until < day:
        row.report("capability.resource.expired", "valid_until", severity="warning", id=made.id, day=made.valid_until)
    meant = dimension_of(made.quantity) if made.quantity else None
    if meant is not None and made.interval is not None and made.interval.unit.dimension != meant:
        row.report("capability.resource.dimension", "interval", id=made.id, quantity=made.quantity,
                   unit=made.interval.unit.symbol)  # fmt: skip
    if (
        made.U is not None
        and made.U.unit is not None
        and made.interval is not None
        and (made.U.unit.dimension != made.interval.unit.dimension)
    ):
        row.report("capability.resource.U_dimension", "U", id=made.id, unit=made.interval.unit.symbol,
                   given=made.U.unit.symbol)  # fmt: skip
    if made.kind in TRACED and made.certificate is None:
        row.report("capability.resource.untraced", "certificate", severity="warning", id=made.id)
    if made.kind in TRACED and not made.quantity:
        row.report("capability.resource.quantity", "quantity", severity="warning", id=made.id)
    if not made.shared:
        row.report("capability.resource.shared", "shared", severity="warning", id=made.id)
    if not made.region:
        row.report("capability.resource.region", "region", severity="warning", id=made.id)


def _unit(row: Fields, key: str) -> Unit | None:
    """A unit, or None where it is absent or not known, which is told."""
    text = row.text(key)
    try:
        return parse_unit(text) if text else None
    except Refused as refused:
        row.found.extend(replace(item, where=row.where(key)) for item in refused.findings)
        return None


def _interval(row: Fields) -> Interval | None:
    inner = row.inner("interval")
    if inner is None:
        return None
    low, high = inner.number("low", required=True), inner.number("high", required=True)
    inner.text("unit", required=True)
    unit = _unit(inner, "unit")
    inner.close()
    if low is None or high is None or unit is None:
        return None
    if low.value > high.value:
        inner.report("capability.resource.backwards", "low", low=low.printed, high=high.printed)
        return None
    return Interval(low.value, high.value, unit)


def _uncertainty(row: Fields) -> StatedU | None:
    inner = row.inner("U")
    if inner is None:
        return None
    value, k, unit = inner.number("value", required=True), inner.number("k"), _unit(inner, "unit")
    inner.close()
    if value is None or value.value <= 0 or (k is not None and k.value <= 0):
        if value is not None:
            inner.report("capability.resource.positive", "value", field="U", given=value.printed)
        return None
    return StatedU(value.value, unit, 2.0 if k is None else k.value)


def _certificate(row: Fields) -> Key | None:
    inner = row.inner("certificate")
    if inner is None:
        return None
    key = (inner.text("issuer", required=True), inner.text("number", required=True))
    inner.close()
    return key if all(key) else None


def _region(row: Fields) -> str:
    """An administrative code of 2, 4 or 6 digits (GB/T 2260)."""
    code = row.text("region")
    if code and not (code.isascii() and code.isdigit() and len(code) in (2, 4, 6)):
        row.report("capability.resource.code", "region", severity="warning", given=code[:20])
        return ""
    return code


def _capacity(row: Fields) -> int | None:
    number = row.whole("capacity")
    if number is not None and number < 1:
        row.report("capability.resource.positive", "capacity", field="capacity", given=number)
        return None
    return number


def _positive(row: Fields, key: str) -> float | None:
    number = row.number(key)
    if number is None:
        return None
    if number.value < 0:
        row.report("capability.resource.positive", key, field=key, given=number.printed)
        return None
    return number.value


# ---------------------------------------------------------------- coverage


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many of what stand where. regions: codes, cut to the digits asked for; kinds; counts (region, kind); unknown:
    counts of rows without a region, by kind: they are nowhere, not in the emptiest region."""

    regions: tuple[str, ...]
    kinds: tuple[str, ...]
    counts: NDArray[Any]
    unknown: NDArray[Any]

    def count(self, region: str, kind: str) -> int:
        """Number of a kind in a region, 0 where none is told."""
        if region not in self.regions or kind not in self.kinds:
            return 0
        return int(self.counts[self.regions.index(region), self.kinds.index(kind)])


def coverage(
    resources: Iterable[Resource],
    capabilities: Iterable[Capability] = (),
    regions: Sequence[str] = (),
    digits: int = 2,
) -> Coverage:
    """Resources and capabilities by region and kind; capabilities count as the kind «capability».

    regions: that appear even where they have nothing; digits: 2 for provinces, 4 for cities, 6 for districts; a code
    that is shorter than that is not known at this level.

    >>> rooms = [Resource(str(i), "expert", {}, {}, region=code) for i, code in enumerate(("310115", "3205", ""))]
    >>> found = coverage(rooms, digits=2, regions=("31", "33"))
    >>> found.regions, found.counts[:, KINDS.index("expert")].tolist(), int(found.unknown.sum())
    (('31', '32', '33'), [1, 1, 0], 1)
    """
    pairs = [(r.region, r.kind) for r in resources] + [(c.region, "capability") for c in capabilities]
    kinds = (*KINDS, "capability")
    codes = np.array([code[:digits] if len(code) >= digits else "" for code, _ in pairs], dtype=str)
    places = {kind: i for i, kind in enumerate(kinds)}
    columns = np.array([places[kind] for _, kind in pairs], dtype=int)
    known = tuple(sorted({*codes.tolist(), *(code[:digits] for code in regions)} - {""}))
    rows = np.searchsorted(np.array(known, dtype=str), codes) if known else np.zeros(len(pairs), dtype=int)
    some = codes != "" if len(pairs) else np.zeros(0, dtype=bool)
    width = len(kinds)
    counts = np.bincount(rows[some] * width + columns[some], minlength=len(known) * width).reshape(len(known), width)
    return Coverage(known, kinds, counts, np.bincount(columns[~some], minlength=width))


def catalogue(
    resources: Iterable[Resource], day: date, wanted: Mapping[str, str] | None = None
) -> tuple[Resource, ...]:
    """Resources that can be had on a day and agree with what is wanted: kind, quantity, item, region (a beginning of
    the code), shared."""
    asked = {key: value for key, value in (wanted or {}).items() if value}
    return tuple(
        r
        for r in resources
        if r.available(day)
        and all(
            r.region.startswith(value) if key == "region" else str(getattr(r, key, "")) == value
            for key, value in asked.items()
        )
    )
