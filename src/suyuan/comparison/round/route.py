"""The route of the travelling standards: whether it fits its kind, and a suggestion of one for the forms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise

from suyuan.comparison.round.protocol import Leg, Protocol, RouteKind
from suyuan.quantity.finding import Finding, Refused, finding


def check_route(protocol: Protocol) -> tuple[Finding, ...]:
    """What is wrong with the route of a protocol: names, dates, two holders at once, and stops that its kind forbids.

    ring: pilot first and last, each member once; star: the pilot after each member; petal: the pilot first, last and
    between groups, each member once. With blind codes a route says nothing that a member may not see.
    """
    return tuple(_faults(protocol))


def _faults(protocol: Protocol) -> Iterator[Finding]:
    codes = [m.code for m in protocol.members]
    known = {"standard": [s.id for s in protocol.standards], "member": codes}
    for i, leg in enumerate(protocol.route.legs):
        where = f"/route/legs/{i}"
        for field, names in known.items():
            if (given := getattr(leg, field)) not in names:
                all_names = ", ".join(names)
                yield finding("comparison.protocol.unknown", f"{where}/{field}", field=field, given=given,
                              known=all_names)  # fmt: skip
        yield from check_stay(leg, where)
    last = max((leg.leaves for leg in protocol.route.legs), default=protocol.opens)
    if protocol.closes.date() < last:
        yield finding("comparison.route.closes", "/closes", closes=protocol.closes.date(), last=last)
    first = min((leg.arrives for leg in protocol.route.legs), default=protocol.opens)
    if first < protocol.opens:
        yield finding("comparison.route.opens", "/opens", "warning", opens=protocol.opens, first=first)
    for standard in known["standard"]:
        yield from _of_standard(protocol, standard)
        yield from _drift(protocol, standard)
    days = {day for leg in protocol.route.legs for day in (leg.arrives, leg.leaves)}
    if len(days) == 1 and len(protocol.route.legs) > 1:
        yield finding("comparison.route.one_day", "/route/legs", "warning", day=first)
    for code in codes:
        if code not in {leg.member for leg in protocol.route.legs}:
            yield finding("comparison.route.without", "/route/legs", "warning", member=code)


def check_stay(leg: Leg, where: str) -> tuple[Finding, ...]:
    """A stay begins before it ends."""
    if leg.arrives <= leg.leaves:
        return ()
    return (
        finding("comparison.route.order", f"{where}/leaves", member=leg.member, arrives=leg.arrives, leaves=leg.leaves),
    )


def _drift(protocol: Protocol, standard: str) -> Iterator[Finding]:
    """The pilot comes back often enough for the model of the drift; a standard that nobody measures needs none."""
    rule, code = protocol.drift, next((m.code for m in protocol.members if m.pilot), "")
    legs = [leg for leg in protocol.route.legs if leg.standard == standard and leg.member == code]
    if rule.model == "none" or not code or standard not in {m.standard for m in protocol.measurands}:
        return
    days = [(leg.leaves - leg.arrives).days + 1 for leg in legs]
    visits = len({leg.arrives for leg in legs})
    planned = sum(min(rule.repeats, max(n, 0)) for n in days) if rule.repeats > 1 else visits
    if visits < rule.unknowns or planned < rule.least:
        yield finding("comparison.route.drift", "/drift/model", standard=standard, model=rule.model, planned=planned,
                      visits=visits, least=rule.least, stays=rule.unknowns, pilot=code)  # fmt: skip


def _of_standard(protocol: Protocol, standard: str) -> Iterator[Finding]:
    legs = [leg for leg in protocol.route.legs if leg.standard == standard]
    if not legs:
        yield finding("comparison.route.stays", "/route/legs", standard=standard)
        return
    for before, after in pairwise(legs):
        if after.arrives < before.leaves:
            yield finding("comparison.route.overlap", "/route/legs", standard=standard, first=before.member,
                          leaves=before.leaves, second=after.member, arrives=after.arrives)  # fmt: skip
    stops, kind = [leg.member for leg in legs], protocol.route.kind
    pilot = next((m.code for m in protocol.members if m.pilot), "")
    if not pilot:
        return  # said already
    if stops[0] != pilot or stops[-1] != pilot or len(stops) < 2:
        yield finding("comparison.route.pilot_ends", "/route/legs", standard=standard, pilot=pilot, first=stops[0],
                      last=stops[-1])  # fmt: skip
    others = [code for code in stops if code != pilot]
    for code in sorted({c for c in others if others.count(c) > 1}):
        yield finding("comparison.route.twice", "/route/legs", standard=standard, member=code)
    between = stops[1:-1].count(pilot)
    if kind == "ring" and between:
        yield finding("comparison.route.ring", "/route/legs", standard=standard, pilot=pilot)
    if kind == "star":
        for first, second in pairwise(stops):
            if first != pilot and second != pilot:
                yield finding("comparison.route.star", "/route/legs", standard=standard, first=first, second=second,
                              pilot=pilot)  # fmt: skip
    if kind == "petal" and not between:
        yield finding("comparison.route.petal", "/route/legs", standard=standard, pilot=pilot)


def route_suggestion(
    kind: RouteKind, members: Sequence[str], start: date, days_each: int, standard: str = "TS-1", petal: int = 3
) -> tuple[Leg, ...]:
    """Legs of a route: whole days, each holder handing on the day after it is done.

    members: codes, the pilot first; days_each: days at each stop, at least 1; petal: members between two stops at the
    pilot. Raises Refused for fewer than two members or less than a day.

    >>> [leg.member for leg in route_suggestion("petal", ["P", "A", "B", "C", "D"], date(2026, 1, 5), 7, petal=2)]
    ['P', 'A', 'B', 'P', 'C', 'D', 'P']
    """
    if len(members) < 2 or days_each < 1 or petal < 1:
        raise Refused(finding("comparison.route.suggestion", "route", members=len(members), days=days_each))
    pilot, others = members[0], list(members[1:])
    size = {"ring": len(others), "star": 1, "petal": petal}[kind]
    stops = [pilot]
    for i in range(0, len(others), size):
        stops += [*others[i : i + size], pilot]
    step = timedelta(days=days_each)
    days = [start + i * step for i in range(len(stops))]
    return tuple(
        Leg(standard, code, day, day + step - timedelta(days=1)) for code, day in zip(stops, days, strict=True)
    )
