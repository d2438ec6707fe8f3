"""Orders and bookings as columns: response times, share of service to outside customers, clashes, impartiality.

An order is a matter of the procedure «order». Its organisation is the customer; its fields name provider, resource or
capability, customer_region, customer_sector, from, until, pieces. What is not stated is unknown and counted apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.capability.sharing.resource import Resource
from suyuan.procedure.matter import Event, Matter
from suyuan.quantity.finding import Finding, finding

Array = NDArray[Any]
ORDER = "order"
DAY = 86400.0
MOST_PIECES = 1_000_000
HOLDS = ("offered", "accepted", "received", "measured", "certified")
"""Acts after which a booking holds its time, until it is closed, refused or cancelled."""
ENDS = ("refused", "declined", "cancelled")


@dataclass(frozen=True, slots=True)
class Orders:
    """Orders as columns (n,): number; provider, customer: first names; outside: 1 for an outside customer, 0 for one of
    the provider's own house, −1 where unknown; region, sector of the customer, «» where unknown; asked: day since
    1970-01-01; response: days from asking to an offer or a refusal; service: days from receiving the item to the
    certificate; satisfaction (1 to 5); price; NaN where it has not happened or is not known; certified, complained."""

    number: Array
    provider: Array
    customer: Array
    outside: Array
    region: Array
    sector: Array
    asked: Array
    response: Array
    service: Array
    satisfaction: Array
    price: Array
    certified: Array
    complained: Array

    def __len__(self) -> int:
        return len(self.number)

    def of(self, provider: str) -> Orders:
        """The orders of one provider."""
        return self.where(self.provider == provider)

    def where(self, mask: Array) -> Orders:
        """Some of the orders."""
        return Orders(*(getattr(self, name)[mask] for name in self.__slots__))


def orders(matters: Iterable[Matter], houses: Mapping[str, Iterable[str]] | None = None) -> Orders:
    """The orders among matters, as columns.

    houses: provider → names of its own house (host, branches), whose orders are no outside service.
    """
    own = {name: {name, *names} for name, names in (houses or {}).items()}
    rows = [_row(matter, own) for matter in matters if matter.procedure == ORDER and matter.events]
    kinds = (str, str, str, int, str, str, float, float, float, float, float, bool, bool)
    columns = zip(*rows, strict=True) if rows else ([] for _ in kinds)
    return Orders(*(np.array(list(column), dtype=kind) for column, kind in zip(columns, kinds, strict=True)))


def _row(matter: Matter, own: Mapping[str, set[str]]) -> tuple[Any, ...]:
    first: dict[str, Event] = {}
    for event in matter.events:
        first.setdefault(event.act, event)
    provider, customer = str(matter.fields.get("provider", "")), _first(matter.organisation)
    names = {provider, *own.get(provider, ())}
    known = bool(provider and customer)
    outside = int(not (names & set(matter.organisation.values()))) if known else -1
    asked, closed = first.get("asked"), matter.last("closed")
    answers = [first[act] for act in ("offered", "refused") if act in first]
    answer = min((e.time for e in answers), default=None)
    offer = matter.last("offered")
    certified = first.get("certified")
    return (
        matter.number, provider, customer, outside, str(matter.fields.get("customer_region", "")),
        str(matter.fields.get("customer_sector", "")), _since_1970(matter.events[0].time),
        _days(asked.time if asked else None, answer),
        _days(first["received"].time if "received" in first else None, certified.time if certified else None),
        _number(closed.content.get("satisfaction") if closed else None),
        _number(offer.content.get("price") if offer else None), certified is not None, "complained" in first,
    )  # fmt: skip


def _first(text: Mapping[str, str]) -> str:
    return text.get("zh") or next(iter(text.values()), "")


def _since_1970(time: datetime) -> float:
    return float((time.date() - date(1970, 1, 1)).days)


def _days(start: datetime | None, end: datetime | None) -> float:
    return float("nan") if start is None or end is None else (end - start).total_seconds() / DAY


def _number(given: Any) -> float:
    try:
        value = float(given)
    except (TypeError, ValueError):
        return float("nan")
    return value if np.isfinite(value) else float("nan")


# ---------------------------------------------------------------- what they say


@dataclass(frozen=True, slots=True)
class Times:
    """Days: median and 90 % quantile, NaN where there are none; count: that they rest on; open: still without."""

    median: float
    ninety: float
    count: int
    open: int


def times(days: Array) -> Times:
    """Median and 90 % quantile of days; NaN are those that have not happened.

    >>> found = times(np.array([1.0, 2, 3, 4, float("nan")]))
    >>> found.median, round(found.ninety, 2), found.count, found.open
    (2.5, 3.7, 4, 1)
    """
    known = days[~np.isnan(days)]
    if not known.size:
        return Times(float("nan"), float("nan"), 0, len(days))
    median, ninety = np.quantile(known, (0.5, 0.9))
    return Times(float(median), float(ninety), len(known), len(days) - len(known))


@dataclass(frozen=True, slots=True)
class Share:
    """Share of certified orders for outside customers. outside, own, unknown: numbers; low, high: the share if all
    unknown were own, or outside; groups: region or sector of the outside customers → number, «» unknown."""

    outside: int
    own: int
    unknown: int
    groups: Mapping[str, int]

    @property
    def low(self) -> float:
        total = self.outside + self.own + self.unknown
        return self.outside / total if total else float("nan")

    @property
    def high(self) -> float:
        total = self.outside + self.own + self.unknown
        return (self.outside + self.unknown) / total if total else float("nan")


def share(of: Orders, by: str = "region") -> Share:
    """Share of service to outside customers, by their region or sector; only orders with a certificate are service.

    by: «region» or «sector».
    """
    column = {"region": of.region, "sector": of.sector}[by]
    outside = of.certified & (of.outside == 1)
    names, counts = np.unique(column[outside], return_counts=True)
    return Share(
        int(outside.sum()), int((of.certified & (of.outside == 0)).sum()), int((of.certified & (of.outside < 0)).sum()),
        {str(name): int(count) for name, count in zip(names, counts, strict=True)},
    )  # fmt: skip


def queue(of: Orders) -> tuple[Times, Times]:
    """Response times for outside customers and for the own house: who waits longer shows in the two side by side."""
    return times(of.response[of.outside == 1]), times(of.response[of.outside == 0])


# ---------------------------------------------------------------- bookings


@dataclass(frozen=True, slots=True)
class Booking:
    """Days for which a resource is held, both count. number: of the order; resource: provider and id; pieces."""

    number: str
    resource: tuple[str, str]
    first: date
    last: date
    pieces: int = 1


def booked(matter: Matter) -> Booking | None:
    """The booking that an order holds, None where it holds none: never offered, ended, or without days."""
    event = next((e for e in reversed(matter.events) if "from" in e.content and "until" in e.content), None)
    acts = [e.act for e in matter.events]
    if event is None or any(act in ENDS for act in acts) or not any(act in HOLDS for act in acts) or "closed" in acts:
        return None
    return booking(matter, event)


def booking(matter: Matter, event: Event | None) -> Booking | None:
    """The booking that an event (or the matter's fields) asks for, None where it names no days or they are wrong."""
    given = {**matter.fields, **(event.content if event is not None else {})}
    first, last = _date(given.get("from")), _date(given.get("until"))
    resource = str(given.get("resource") or given.get("capability") or "")
    if first is None or last is None or not resource:
        return None
    pieces = _number(given.get("pieces", 1))
    count = int(min(pieces, MOST_PIECES)) if pieces >= 1 else 1
    return Booking(matter.number, (str(given.get("provider", "")), resource), first, last, count)


def _date(given: Any) -> date | None:
    try:
        return date.fromisoformat(str(given))
    except ValueError:
        return None


def clashing(wanted: Booking, held: Sequence[Booking], capacity: int | None) -> tuple[Finding, ...] | None:
    """Whether a booking has room among those that are held; None where the capacity is not known.

    Largest number of pieces on any day of the wanted period, with the wanted ones, against the capacity. A booking
    whose days run backwards is refused.

    >>> may = Booking("2", ("L", "R"), date(2026, 5, 4), date(2026, 5, 6))
    >>> [f.code for f in clashing(may, [Booking("1", ("L", "R"), date(2026, 5, 6), date(2026, 5, 9))], 1)]
    ['capability.order.clash']
    """
    if wanted.last < wanted.first:
        return (finding("capability.order.backwards", "content/from", first=wanted.first, last=wanted.last),)
    if capacity is None:
        return None
    other = [b for b in held if b.resource == wanted.resource and b.number != wanted.number and b.last >= b.first]
    starts = np.array([max(b.first, wanted.first).toordinal() for b in other], dtype=np.int64)
    ends = np.array([min(b.last, wanted.last).toordinal() for b in other], dtype=np.int64)
    pieces = np.array([b.pieces for b in other], dtype=np.int64)
    inside = starts <= ends
    days = np.concatenate((starts[inside], ends[inside] + 1))
    steps = np.concatenate((pieces[inside], -pieces[inside]))
    order = np.lexsort((steps, days))
    most = int(np.max(np.cumsum(steps[order]), initial=0))
    if most + wanted.pieces <= capacity:
        return ()
    numbers = ", ".join(sorted(b.number for b, k in zip(other, inside, strict=True) if k))
    return (
        finding("capability.order.clash", "content/from", resource=wanted.resource[1], first=wanted.first,
                last=wanted.last, pieces=wanted.pieces, held=most, capacity=capacity, numbers=numbers or "—"),
    )  # fmt: skip


def open_to(resource: Resource, wanted: Booking, own: bool, member: bool) -> tuple[Finding, ...]:
    """Whether a resource is open to a customer, and can be had on all days of a booking.

    own: the customer is of the provider's house; member: it shares resources itself. A resource that does not say with
    whom it is shared is open to its own house only, since the rest is not known.
    """
    found = []
    if not (own or resource.shared == "public" or (resource.shared == "members" and member)):
        found.append(finding("capability.order.not_open", "fields/resource", id=resource.id,
                             shared=resource.shared or "—"))  # fmt: skip
    if not (resource.available(wanted.first) and resource.available(wanted.last)):
        found.append(finding("capability.order.not_available", "content/from", id=resource.id, first=wanted.first,
                             last=wanted.last))  # fmt: skip
    return tuple(found)


def impartial(matter: Matter, event: Event, houses: Mapping[str, Iterable[str]] | None = None) -> tuple[Finding, ...]:
    """The impartiality rule of an order: nobody who stands for the customer measures or signs; where the customer is of
    the provider's own house, the order says by what measure impartiality is kept (field `impartiality`)."""
    found = []
    if event.person in matter.holders("customer"):
        found.append(finding("capability.order.both", "person", person=event.person, act=event.act))
    provider = str(matter.fields.get("provider", ""))
    names = {provider, *(houses or {}).get(provider, ())}
    own = bool(provider) and bool(names & set(matter.organisation.values()))
    if own and not (matter.fields.get("impartiality") or event.content.get("impartiality")):
        found.append(finding("capability.order.own_house", "fields/impartiality", number=matter.number))
    return tuple(found)


def satisfaction_formed(event: Event) -> tuple[Finding, ...]:
    """Satisfaction is a number from 1 to 5."""
    value = _number(event.content.get("satisfaction"))
    if 1 <= value <= 5:
        return ()
    given = str(event.content.get("satisfaction", "—"))[:20]
    return (finding("capability.order.satisfaction", "content/satisfaction", given=given),)
