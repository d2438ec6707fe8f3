"""The gates that a capability passes for a need, in order, each with its reason and by how much.

    measurand → interval → conditions → uncertainty → chain → people → standing → logistics

A gate that cannot be judged is unknown, which is not passed. Logistics never changes a verdict.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import cache

from suyuan.capability.capability import Capability, Standing, Stated
from suyuan.capability.interval import Interval
from suyuan.capability.matching.adequacy import Adequacy, compare
from suyuan.capability.matching.cover import NEAR, Span, common, contains, intervals, length, without
from suyuan.capability.matching.gate import Examined, Gate, Proof, State, Support
from suyuan.capability.need import Need, Wanted
from suyuan.capability.taxonomy import PACKAGE, condition_word, kinds_asked, plain, quantity_key, same_item
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.notation import behind, fraction_unit
from suyuan.quantity.table import load

SUITS = ("any", "same", "narrower")
"""How a wanted item may stand to the item of a capability."""


def measurand(need: Need, capability: Capability) -> Gate:
    """Whether both speak of one measurand: kind of quantity, class of item, analyte."""
    found = tuple(_measurand(need, capability))
    return Gate("measurand", "failed" if any(f.severity == "error" for f in found) else "passed", found)


def agrees(need: Need, capability: Capability) -> bool:
    """Like `measurand`, without reasons: fast enough to ask of every capability there is."""
    if not _kind_suits(need, capability):
        return False
    if not _item_suits(need.item, capability.item):
        return False
    if need.analyte and plain(need.analyte) != plain(capability.analyte):
        return False
    return not _other_interval(need, capability)


def _kind_suits(need: Need, capability: Capability) -> bool:
    """Whether a capability is of the need's kind of quantity, or of the broader one under which its item is stated."""
    own, *broader = kinds_asked(need.quantity, need.item)
    kind = quantity_key(capability.quantity)
    return kind == own or (kind in broader and same_item(need.item, capability.item) in ("same", "narrower"))


def _item_suits(wanted: str, stated: str) -> bool:
    """Whether a need's item is the capability's or a case of it."""
    return same_item(wanted, stated) in SUITS


def _other_interval(need: Need, capability: Capability) -> bool:
    a, b = need.interval_of, capability.interval_of
    return bool(a and b) and quantity_key(a) != quantity_key(b)


def _measurand(need: Need, capability: Capability) -> Iterator[Finding]:
    if not _kind_suits(need, capability):
        yield finding("capability.measurand.quantity", wanted=need.quantity, given=capability.quantity)
        return
    if quantity_key(need.quantity) != quantity_key(capability.quantity):
        told = {"wanted": need.quantity, "given": capability.quantity, "item": need.item}
        yield finding("capability.measurand.of_item", "", "note", "", **told)
    if not _item_suits(need.item, capability.item):
        yield finding("capability.measurand.item", wanted=need.item, given=capability.item)
    if need.analyte and plain(need.analyte) != plain(capability.analyte):
        yield finding("capability.measurand.analyte", wanted=need.analyte, given=capability.analyte or "—")
    if not need.analyte and capability.analyte:
        yield finding("capability.measurand.analyte_open", severity="note", given=capability.analyte)
    if _other_interval(need, capability):
        yield finding("capability.measurand.interval_of", wanted=need.interval_of, given=capability.interval_of)
    given = ", ".join(word for word in (capability.quantity, capability.item, capability.analyte) if word)
    yield finding("capability.measurand.same", severity="note", given=given)


def examine(
    need: Need, capability: Capability, support: Support | None = None, day: date | None = None,
    proof: Proof = "evidence",
) -> Examined:  # fmt: skip
    """A capability at all gates of a need.

    support: of the day of the service, None counts as one that names no standards; day: that is asked for, on which the
    service is judged unless the need wishes a later one; None asks for no validity; proof: whether a chain must be
    shown («evidence») or a statement is enough («stated»).
    """
    support, day = support or Support(), need.service_day(day)
    interval, covered = interval_gate(need, capability)
    adequacy = Adequacy()
    if covered is not None and capability.uncertainty is not None and need.target is not None:
        other = bool(capability.interval_of or need.interval_of)
        adequacy = compare(
            capability.uncertainty, capability.interval, need.interval, need.target, need.conditions, other
        )
    uncertainty = uncertainty_gate(need, capability, covered, adequacy)
    if contradicts := support.contradicts:  # a U that the evidence denies proves nothing anywhere
        adequacy = replace(adequacy, adequate=())
        told = finding("capability.uncertainty.contradicted", " ".join(capability.key), "error")
        uncertainty = Gate("uncertainty", "failed", (told, *contradicts, *uncertainty.findings))
    gates = (
        measurand(need, capability),
        interval,
        conditions_gate(need, capability),
        uncertainty,
        chain_gate(support, proof, covered),
        people_gate(capability, support),
        standing_gate(need, capability, day),
        logistics_gate(need, capability),
    )
    return Examined(capability, support, gates, covered, adequacy)


# ---------------------------------------------------------------- interval and conditions


def interval_gate(need: Need, capability: Capability) -> tuple[Gate, Interval | None]:
    """Whether the capability's interval contains the need's after conversion, and the part that it covers."""
    over = need.interval
    try:
        own = capability.interval.to(over.unit)
    except Refused:
        units = {"wanted": over.unit.symbol, "given": capability.interval.unit.symbol}
        return Gate("interval", "unknown", (finding("capability.interval.dimension", "", "error", "", **units),)), None
    words = {"wanted": between(over), "given": between(own)}
    whole, part = (over.low, over.high), common((own.low, own.high), (over.low, over.high))
    if part is None:
        return Gate("interval", "failed", (finding("capability.interval.apart", "", "error", "", **words),), -1.0), None
    left = without(whole, [part])
    covered = Interval(part[0], part[1], over.unit)
    if not left:
        return Gate(
            "interval", "passed", (finding("capability.interval.whole", "", "note", "", **words),), 0.0
        ), covered
    share = length(left) / (whole[1] - whole[0]) if whole[1] > whole[0] else 1.0
    missing = listed(intervals(left, over.unit))
    return Gate(
        "interval", "failed", (finding("capability.interval.part", "", "error", "", **words, missing=missing),), -share
    ), covered


def between(interval: Interval) -> str:
    """An interval as text, «0.5 … 100 mm»; an open end as ≤ or ≥."""
    low, high, unit = f"{interval.low:.6g}", f"{interval.high:.6g}", interval.unit.symbol
    if low == high:
        text = low
    elif low == "-inf":
        text = f"≤ {high}"
    else:
        text = f"≥ {low}" if high == "inf" else f"{low} … {high}"
    return f"{text}{behind(unit)}"


def listed(several: tuple[Interval, ...]) -> str:
    """Intervals as text, their ends rounded inwards to what a person would say: 35.9011 is 35.9."""
    return "; ".join(between(Interval(inward(part.low, True), inward(part.high, False), part.unit)) for part in several)


def inward(value: float, up: bool) -> float:
    """A value to four digits, towards the inside of its interval.

    >>> inward(35.9011, False), inward(0.123456, True), inward(100.0, False)
    (35.9, 0.1235, 100.0)
    """
    if not value or not math.isfinite(value):
        return value
    step = 10.0 ** (math.floor(math.log10(abs(value))) - 3)
    near = round(value / step)
    if abs(near * step - value) <= 1e-9 * abs(value):
        return value
    steps = math.ceil(value / step) if up else math.floor(value / step)
    return float(f"{steps * step:.6g}")


def conditions_gate(need: Need, capability: Capability) -> Gate:
    """Whether the capability is stated for the conditions, the stage and the chain node of the need."""
    found: list[Finding] = []
    for name, wanted in need.conditions.items():
        found.append(_condition(name, wanted, capability.conditions.get(name)))
    for kind, word, known in (("stage", need.stage, capability.stages), ("node", need.node, capability.nodes)):
        if word and known and word not in known:
            found.append(finding("capability.conditions.serves", kind=kind, wanted=word, given=", ".join(known)))
    if any(f.severity == "error" for f in found):
        state: State = "failed"
    else:
        state = "unknown" if any(f.severity == "warning" for f in found) else "passed"
    return Gate("conditions", state, tuple(found) or (finding("capability.conditions.none", "", "note"),))


def _condition(name: str, wanted: Wanted, stated: Stated | None) -> Finding:
    told = {"name": name, "wanted": wanted if isinstance(wanted, str) else between(wanted)}
    if stated is None or stated == ():
        return finding("capability.conditions.unstated", name, "warning", "", **told)
    told["given"] = between(stated) if isinstance(stated, Interval) else ", ".join(stated)
    if isinstance(wanted, Interval) and isinstance(stated, Interval):
        met = _inside(name, wanted, stated)
    elif isinstance(wanted, str) and not isinstance(stated, Interval):
        met = condition_word(wanted) in {condition_word(word) for word in stated}
    else:
        met = None
    if met is None:
        return finding("capability.conditions.incomparable", name, "warning", "", **told)
    if met:
        return finding("capability.conditions.met", name, "note", "", **told)
    return finding("capability.conditions.differ", name, "error", "", **told)


@cache
def kept_conditions() -> frozenset[str]:
    """Conditions that a laboratory keeps within limits: its interval must lie inside the wanted one. Of every other
    condition the wanted interval must lie inside the laboratory's."""
    return frozenset(str(row["name"]) for row in load(PACKAGE, "conditions.kept"))


def _inside(name: str, wanted: Interval, stated: Interval) -> bool | None:
    try:
        own = stated.to(wanted.unit)
    except Refused:
        return None
    pair = ((own.low, own.high), (wanted.low, wanted.high))
    return contains(pair[1], pair[0]) if name in kept_conditions() else contains(*pair)


# ---------------------------------------------------------------- uncertainty and what carries it


def told_apart(U: float, target: float) -> tuple[str, str]:
    """An uncertainty and its target in plain decimals: two digits, and as many more as tell them apart.

    >>> told_apart(0.08207, 0.06), told_apart(1.6667, 1.6661)
    (('0.082', '0.060'), ('1.6667', '1.6661'))
    """
    sizes = [size for size in (U, target) if size > 0.0 and math.isfinite(size)]
    places = [1 - math.floor(math.log10(size)) for size in sizes]
    if target != U and math.isfinite(U - target):
        places.append(-math.floor(math.log10(abs(U - target))))
    digits = min(max((0, *places)), 12)
    return f"{U:.{digits}f}", f"{target:.{digits}f}"


def uncertainty_gate(need: Need, capability: Capability, covered: Interval | None, adequacy: Adequacy) -> Gate:
    """Whether U ≤ U_target over the part of the interval that is covered."""

    def unknown(*found: Finding) -> Gate:
        return Gate("uncertainty", "unknown", found)

    if capability.uncertainty is None:
        return unknown(finding("capability.uncertainty.unstated", "", "warning"))
    if need.target is None:
        return unknown(finding("capability.uncertainty.no_target", "", "warning"))
    if covered is None:
        return unknown(finding("capability.uncertainty.nowhere", "", "warning"))
    worst = adequacy.worst
    if worst is None:
        return unknown(*(adequacy.findings or (finding("capability.uncertainty.unstated", "", "warning"),)))
    scale, unit = (1.0, worst.U_unit.symbol) if worst.U_unit is not None else fraction_unit(worst.target)
    U, target = told_apart(worst.U * scale, worst.target * scale)
    told = {"place": f"{worst.place:.6g}{behind(worst.unit)}", "U": U, "target": target, "unit": unit}
    margin = 1.0 - worst.ratio
    if math.isinf(worst.ratio):
        code = finding("capability.uncertainty.at_nil", adequate=listed(adequacy.adequate))
        return Gate("uncertainty", "failed", (code, *adequacy.findings), margin)
    if not worst.suffices:
        percent = 100.0 * (worst.ratio - 1.0)
        over = f"{worst.excess * scale:.2g}", f"{percent:.0f}" if percent >= 10.0 else f"{percent:.2g}"
        good = listed(adequacy.adequate)
        code = finding(
            "capability.uncertainty.exceeds", "", "error", "", **told, excess=over[0], percent=over[1], adequate=good
        )
        return Gate("uncertainty", "failed", (code, *adequacy.findings), margin)
    if adequacy.unstated:
        part = finding("capability.uncertainty.part", "", "warning", missing=listed(adequacy.unstated))
        return Gate("uncertainty", "unknown", (part, *adequacy.findings), margin)
    return Gate(
        "uncertainty", "passed",
        (finding("capability.uncertainty.suffices", "", "note", "", **told), *adequacy.findings),
        max(margin, 0.0),
    )  # fmt: skip


def chain_gate(support: Support, proof: Proof, covered: Interval | None = None) -> Gate:
    """Whether the standards are traceable on the day, comparisons do not contradict the capability, and the standards
    cover what is wanted of it. covered: that part of the need; None: not asked."""
    if support.tested == "contradicted":
        return Gate("chain", "failed", (finding("capability.chain.contradicted"), *support.findings))
    if support.chain == "broken":
        return Gate("chain", "failed", (finding("capability.chain.broken"), *support.findings))
    if support.chain == "unknown" and support.other_kind:
        told = (finding("capability.chain.other_kind", "", "warning"), *support.findings)
        return Gate("chain", "unknown" if proof == "evidence" else "passed", told)
    if support.chain == "unknown":
        return Gate("chain", "unknown", (finding("capability.chain.unknown", "", "warning"), *support.findings))
    if covered is not None and (outside := _outside(support.reach, covered)):
        assert support.reach is not None
        words = {
            "missing": listed(intervals(outside, covered.unit)), "given": between(support.reach.to(covered.unit)),
        }  # fmt: skip
        told = (finding("capability.chain.beyond", "", "warning", "", **words), *support.findings)
        return Gate("chain", "unknown", told)
    if support.chain == "unstated":
        told = (finding("capability.chain.unstated", "", "warning"), *support.findings)
        return Gate("chain", "unknown" if proof == "evidence" else "passed", told)
    return Gate("chain", "passed", (finding("capability.chain.complete", "", "note"), *support.findings))


def _outside(reach: Interval | None, covered: Interval) -> tuple[Span, ...]:
    """Parts of an interval that lie outside what the standards cover, in its own unit."""
    if reach is None:
        return ()
    slack, own = NEAR * max(abs(reach.low), abs(reach.high)), covered.to(reach.unit)
    if own.low >= reach.low - slack and own.high <= reach.high + slack:
        return ()
    there = reach.to(covered.unit)
    return without((covered.low, covered.high), [(there.low, there.high)])


def people_gate(capability: Capability, support: Support) -> Gate:
    """Whether as many authorised persons are there on the day as the capability asks for."""
    if not capability.persons:
        return Gate("people", "passed", (finding("capability.people.not_asked", "", "note"),))
    if support.persons is None:
        return Gate(
            "people", "unknown", (finding("capability.people.unknown", "", "warning", asked=capability.persons),)
        )
    told = {"asked": str(capability.persons), "persons": str(support.persons)}
    if support.persons < capability.persons and support.lacking:
        words = dict(zip(("activity_zh", "activity_en"), ACTIVITIES[support.lacking], strict=True))
        return Gate("people", "failed", (finding("capability.people.lacking", "", "error", "", **told, **words),))
    if support.persons < capability.persons:
        return Gate("people", "failed", (finding("capability.people.few", "", "error", "", **told),))
    return Gate("people", "passed", (finding("capability.people.enough", "", "note", "", **told),))


ACTIVITIES = {"perform": ("操作", "perform"), "sign": ("签发", "sign")}
"""Activity → how it is called in Chinese and English."""

# ---------------------------------------------------------------- standing and logistics

SERVES = {"accredited": ("accredited", "cmc")}
"""Asked standing → standings that meet it; others are met by themselves alone."""


def standing_gate(need: Need, capability: Capability, day: date | None) -> Gate:
    """Whether the capability is in force on the day and has the standing that is asked for."""
    found: list[Finding] = []
    if day is not None and not (capability.valid_from or date.min) <= day <= (capability.valid_until or date.max):
        ends = {"valid_from": _day(capability.valid_from), "valid_until": _day(capability.valid_until)}
        found.append(finding("capability.standing.not_in_force", "", "error", "", day=day, **ends))
    if need.standing:
        found.append(_standing(need.standing, capability.standings, day))
    if not found:
        found.append(finding("capability.standing.not_asked", "", "note"))
    if any(f.severity == "error" for f in found):
        return Gate("standing", "failed", tuple(found))
    return Gate("standing", "unknown" if any(f.severity == "warning" for f in found) else "passed", tuple(found))


def _standing(asked: str, standings: tuple[Standing, ...], day: date | None) -> Finding:
    kinds = SERVES.get(asked, (asked,))
    right = [standing for standing in standings if standing.kind in kinds]
    holding = [standing for standing in right if day is None or standing.holds(day)]
    if holding and not any(standing.checkable for standing in holding):
        return finding("capability.standing.unnamed", "", "warning", asked=asked, kind=holding[0].kind)
    if holding:
        best = next(standing for standing in holding if standing.checkable)
        told = {"asked": asked, "kind": best.kind, "body": best.body, "until": _day(best.valid_until)}
        return finding("capability.standing.met", "", "note", "", **told)
    if right:
        last = max(right, key=lambda s: s.valid_until or date.max)
        told = {"asked": asked, "kind": last.kind, "valid_from": _day(last.valid_from)}
        return finding(
            "capability.standing.out_of_force", "", "error", "", day=day, **told, valid_until=_day(last.valid_until)
        )
    given = ", ".join(dict.fromkeys(standing.kind for standing in standings)) or "—"
    return finding("capability.standing.none", asked=asked, given=given)


def _day(day: date | None) -> str:
    return "—" if day is None else day.isoformat()


def logistics_gate(need: Need, capability: Capability) -> Gate:
    """Whether place, days and price suit. It ranks and never changes a verdict."""
    found: list[Finding] = []
    for kind, most, given in (
        ("days", need.days_most, capability.days), ("price", need.price_most, capability.price)
    ):  # fmt: skip
        if most is not None and given is None:
            found.append(finding("capability.logistics.unstated", "", "warning", kind=kind, most=f"{most:g}"))
        elif most is not None and given is not None and given > most:
            found.append(finding("capability.logistics.more", kind=kind, given=f"{given:g}", most=f"{most:g}"))
    if need.volume and capability.capacity is not None:
        told = {"volume": need.volume, "capacity": f"{capability.capacity:g}"}
        found.append(finding("capability.logistics.capacity", "", "note", "", **told))
    if need.region and capability.region and need.region != capability.region:
        regions = {"wanted": need.region, "given": capability.region}
        found.append(finding("capability.logistics.elsewhere", "", "note", "", **regions))
    if any(f.severity == "error" for f in found):
        return Gate("logistics", "failed", tuple(found))
    unknown = any(f.severity == "warning" for f in found)
    found = found or [finding("capability.logistics.suits", "", "note")]
    return Gate("logistics", "unknown" if unknown else "passed", tuple(found))
