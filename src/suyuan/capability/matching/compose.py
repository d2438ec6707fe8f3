"""Several capabilities for one need: adjoining intervals, several laboratories, a transfer standard in between.

A set is minimal where no member can be left out. A chain need → transfer standard → capability has

    U² = U_capability² + U_transfer² + 2 k² Σ c_capability·c_transfer     (sum over influences that both rest on)
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from suyuan.capability.capability import Capability, Stated, Term
from suyuan.capability.interval import Interval
from suyuan.capability.matching.adequacy import Adequacy, Ratio, ratio_at, searched
from suyuan.capability.matching.cover import Span, at_most, common, length, spans, within, without
from suyuan.capability.matching.gate import PROVEN, Examined, Proof, Support
from suyuan.capability.matching.gates import SUITS, conditions_gate, examine, listed
from suyuan.capability.need import Need
from suyuan.capability.taxonomy import quantity_key, same_item
from suyuan.capability.uncertainty import Matrix, Table, Uncertainty, unit_at
from suyuan.certificate.certificate import Text
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.unit import linear, ratio
from suyuan.traceability.evidence import Key

MOST_SETS = 64
"""Minimal sets that are listed."""
MOST_CANDIDATES = 200
"""Candidates among which sets are looked for."""
MOST_STEPS = 5_000
"""Partial sets that are looked at, so that a thousand candidates do not take for ever."""


def minimal_sets(
    candidates: Sequence[tuple[Hashable, Iterable[Span]]], whole: Span, most: int = MOST_SETS
) -> tuple[tuple[tuple[int, ...], ...], bool]:
    """All sets of candidates that together cover a whole and from which none can be left out, the smallest first.

    candidates: what names each, and the spans that it covers; of two with one name the first that fits counts once.
    Returns the sets as positions of candidates, and whether these are all there are (the search is bounded).

    >>> minimal_sets([("a", [(-40, 300)]), ("b", [(300, 600)]), ("c", [(250, 350)])], (-20, 500))
    (((0, 1),), True)
    """
    parts = [within(whole, own) for _, own in candidates]
    kept = _fewer(parts, whole) if len(parts) > MOST_CANDIDATES else range(len(parts))
    cells = _cells(whole, [parts[i] for i in kept])
    masks = [0] * len(parts)
    for i in kept:
        masks[i] = _mask(parts[i], cells)
    full = (1 << len(cells)) - 1
    if _union(masks) != full:
        return (), True
    by_cell = [[i for i in kept if masks[i] >> at & 1] for at in range(len(cells))]
    found: dict[tuple[int, ...], None] = {}
    stack: list[tuple[tuple[int, ...], int, int]] = [((), 0, 0)]  # members, cells covered, cells covered twice
    steps = 0
    while stack and steps <= MOST_STEPS and len(found) < most:
        chosen, covered, twice = stack.pop()
        steps += 1
        if covered == full:
            found[tuple(sorted(chosen))] = None
            continue
        first = (~covered & (covered + 1)).bit_length() - 1  # the lowest cell that is not covered
        able = sorted(
            by_cell[first], key=lambda i: (masks[i] & ~covered).bit_count()
        )  # the greediest is looked at first
        for i in able:
            more = ((*chosen, i), covered | masks[i], twice | (covered & masks[i]))
            if all(masks[j] & ~more[2] for j in more[0]):  # each covers something alone: else it never gets minimal
                stack.append(more)
    return tuple(sorted(found, key=lambda s: (len(s), s))), not stack and len(kept) == len(parts)


def _cells(whole: Span, parts: Sequence[Sequence[Span]]) -> list[Span]:
    if whole[0] == whole[1]:
        return [whole]
    ends: list[float] = []
    for end in sorted({*whole, *(end for own in parts for span in own for end in span)}):
        if not ends or not at_most(end, ends[-1]):
            ends.append(end)
    return list(pairwise(ends))


def _mask(parts: Sequence[Span], cells: Sequence[Span]) -> int:
    """The cells that lie in parts, as bits. Ends of cells are ends of parts, so the middle of a cell tells."""
    middles = [(low + high) / 2.0 for low, high in cells]
    mask = 0
    for low, high in parts:
        first, last = bisect_left(middles, low), bisect_right(middles, high)
        mask |= (1 << last) - (1 << first) if last > first else 0
    return mask


def _fewer(parts: Sequence[Sequence[Span]], whole: Span) -> list[int]:
    """A cover of the whole, if there is one, and of the rest the widest: as many as can be looked through."""
    by_width = sorted(range(len(parts)), key=lambda i: -length(parts[i]))
    spans_of = sorted((span, i) for i in by_width for span in parts[i])
    kept: list[int] = []
    reached, at = whole[0], 0
    while not at_most(whole[1], reached) and len(kept) < MOST_CANDIDATES:
        furthest: tuple[float, int] | None = None
        while at < len(spans_of) and at_most(spans_of[at][0][0], reached):
            furthest = max(furthest or (-math.inf, 0), (spans_of[at][0][1], spans_of[at][1]))
            at += 1
        if furthest is None or furthest[0] <= reached:
            break
        reached = furthest[0]
        kept.append(furthest[1])
    return list(dict.fromkeys((*kept, *by_width)))[:MOST_CANDIDATES]


def _union(masks: Iterable[int]) -> int:
    result = 0
    for mask in masks:
        result |= mask
    return result


# ---------------------------------------------------------------- composites


@dataclass(frozen=True, slots=True)
class Shared:
    """What several members rest on: an influence by its identity, or a certificate of a standard."""

    identity: str
    certificate: Key | None
    keys: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Composite:
    """Capabilities that together meet a need. parts: of each member, where it suffices, in the unit of the need;
    shared: results of different parts are correlated through these."""

    members: tuple[Examined, ...]
    parts: tuple[tuple[Interval, ...], ...]
    shared: tuple[Shared, ...] = ()

    @property
    def laboratories(self) -> tuple[str, ...]:
        """Their laboratories, each once."""
        return tuple(dict.fromkeys(member.capability.key[0] for member in self.members))


def composites(
    need: Need, examined: Iterable[Examined]
) -> tuple[tuple[Composite, ...], tuple[Composite, ...], tuple[Finding, ...]]:
    """Minimal sets that meet a need together: of one laboratory, of several, and what limited the search.

    examined: those that meet it alone are left out; of the others those count that are proven but for their interval
    or for a part on which U is too large, there where U suffices.
    """
    able = [e for e in examined if not e.can and e.passes(*PROVEN) and e.adequacy.adequate]
    whole, unit = (need.interval.low, need.interval.high), need.interval.unit
    by_laboratory: dict[str, list[Examined]] = {}
    for item in able:
        by_laboratory.setdefault(item.capability.key[0], []).append(item)
    one: list[Composite] = []
    limited = False
    for members in by_laboratory.values():
        sets, complete = minimal_sets([(e, spans(e.adequacy.adequate, unit)) for e in members], whole)
        one += [_composite([members[i] for i in chosen]) for chosen in sets]
        limited |= not complete
    sets, complete = minimal_sets([(e, spans(e.adequacy.adequate, unit)) for e in able], whole)
    several = [c for chosen in sets if len((c := _composite([able[i] for i in chosen])).laboratories) > 1]
    limited |= not complete
    told = (finding("capability.compose.limited", "", "note", most=MOST_SETS),) if limited else ()
    return tuple(one), tuple(several), told


def _composite(members: Sequence[Examined]) -> Composite:
    members = sorted(members, key=lambda e: (e.adequacy.adequate[0].low, e.capability.key))
    return Composite(
        tuple(members), tuple(e.adequacy.adequate for e in members), shared([e.capability for e in members])
    )


def shared(capabilities: Iterable[Capability]) -> tuple[Shared, ...]:
    """Influences and certificates of standards that more than one capability rests on."""
    by: dict[tuple[str, Key | None], set[tuple[str, str]]] = {}
    for item in capabilities:
        named: set[tuple[str, Key | None]] = {("", key) for key in item.standards} | {
            ("", t.certificate) for t in item.budget if t.certificate
        }
        named |= {(term.identity, None) for term in item.budget if term.identity}
        for what in named:
            by.setdefault(what, set()).add(item.key)
    found = [Shared(*what, tuple(sorted(keys))) for what, keys in by.items() if len(keys) > 1]
    return tuple(sorted(found, key=lambda s: (s.identity, s.certificate or ("", ""))))


# ---------------------------------------------------------------- chains


@dataclass(frozen=True, slots=True)
class Transfer:
    """A transfer standard: an artefact or instrument that carries a value from a laboratory to the place of the need.

    id, owner; quantity, item: its own class, for which a capability must exist; serves: classes of items that it can
    measure (none: any); interval, uncertainty: of the step that it adds (stability, transport, comparison), without its
    own calibration; conditions: under which it works at the place of the need; budget: of that step; standards:
    certificates of its own calibration; calibrated_by: capability that calibrates it, «id» or «laboratory/id», «» for
    any that can; days, price: to have it; available_from, available_until: days on which it can be had.
    """

    id: str
    owner: Text
    quantity: str
    item: str
    interval: Interval
    uncertainty: Uncertainty
    serves: tuple[str, ...] = ()
    conditions: Mapping[str, Stated] = field(default_factory=dict)
    budget: tuple[Term, ...] = ()
    name: Text = field(default_factory=dict)
    standards: tuple[Key, ...] = ()
    calibrated_by: str = ""
    region: str = ""
    days: float | None = None
    price: float | None = None
    currency: str = "CNY"
    available_from: date | None = None
    available_until: date | None = None
    source: str = ""
    status: str = ""
    demo: bool = False

    def available(self, day: date) -> bool:
        """Whether it can be had on a day, as far as its row says."""
        return (self.available_from or date.min) <= day <= (self.available_until or date.max)


@dataclass(frozen=True, slots=True)
class Chain:
    """Need → transfer standard → capability. adequacy: of both steps together; shared: identities or certificates that
    both rest on, counted as fully correlated with one sign; apart: the largest U/U_target if they were independent."""

    transfer: Transfer
    capability: Examined
    adequacy: Adequacy
    shared: tuple[str, ...] = ()
    apart: float | None = None

    @property
    def can(self) -> bool:
        """Whether both steps together suffice over the whole need."""
        worst = self.adequacy.worst
        return worst is not None and worst.suffices and not self.adequacy.unstated

    @property
    def undone(self) -> bool:
        """Whether it would suffice, were it not for what both steps rest on."""
        return not self.can and bool(self.shared) and self.apart is not None and at_most(self.apart, 1.0)


def chains(
    need: Need, capabilities: Iterable[Capability], transfers: Iterable[Transfer],
    supports: Mapping[tuple[str, str], Support], day: date | None = None, proof: Proof = "evidence",
) -> tuple[Chain, ...]:  # fmt: skip
    """The chains by which a need can be met over its whole interval, the best first; then those that only seem to.

    Those that seem to are `undone`: enough if both steps were independent, and they are not. The conditions of the need
    bind the transfer standard, not the laboratory that calibrates it.
    """
    if need.target is None:
        return ()
    known = tuple(capabilities)
    found = [
        chain
        for transfer in transfers
        if serves(need, transfer)
        for capability in known
        if quantity_key(capability.quantity) == quantity_key(need.quantity)
        and same_item(transfer.item, capability.item) in SUITS
        and calibrates(capability, transfer)
        and (chain := _chain(need, transfer, capability, supports.get(capability.key), day, proof)) is not None
    ]
    return tuple(sorted((c for c in found if c.can or c.undone), key=_order))


def _order(chain: Chain) -> tuple[bool, float]:
    return not chain.can, chain.adequacy.worst.ratio if chain.adequacy.worst is not None else 0.0


def calibrates(capability: Capability, transfer: Transfer) -> bool:
    """Whether a capability is the one that a transfer standard names, or of a laboratory that certified it."""
    names = set(capability.laboratory.values())
    if transfer.calibrated_by:
        own = {capability.id, *(f"{name}{sign}{capability.id}" for name in names for sign in ("/", " "))}
        return transfer.calibrated_by in own
    return not transfer.standards or any(issuer in names for issuer, _ in transfer.standards)


def serves(need: Need, transfer: Transfer) -> bool:
    """Whether a transfer standard measures what is needed, on such an item, under its conditions."""
    if quantity_key(transfer.quantity) != quantity_key(need.quantity):
        return False
    if transfer.serves and not any(same_item(need.item, other) in SUITS for other in transfer.serves):
        return False
    as_stated = Capability(transfer.id, transfer.owner, transfer.quantity, transfer.interval, None,
                           conditions=transfer.conditions)  # fmt: skip
    return conditions_gate(replace(need, stage="", node=""), as_stated).state == "passed"


def _kinks(uncertainty: Uncertainty, interval: Interval, need: Need) -> tuple[float, ...]:
    """Points of a table, in the unit of the need: between two points of a grid a narrow peak would stay unseen."""
    points = uncertainty.form.points if isinstance(uncertainty.form, Table | Matrix) else ()
    return tuple(Interval(p, p, interval.unit).to(need.interval.unit).low for p in points)


def _chain(
    need: Need, transfer: Transfer, capability: Capability, support: Support | None, day: date | None, proof: Proof
) -> Chain | None:
    step = replace(need, item=transfer.item, conditions={}, stage="", node="")
    found = examine(step, capability, support, day, proof)
    if not found.passes(*PROVEN, "interval") or capability.uncertainty is None or need.target is None:
        return None
    try:
        own = transfer.interval.to(need.interval.unit)
        part = common((own.low, own.high), (need.interval.low, need.interval.high))
        if part is None or without((need.interval.low, need.interval.high), [part]):
            return None
        together, ids = _together(need, transfer, capability)
        alone, _ = _together(need, replace(transfer, budget=()), capability)
        kinks = (*_kinks(capability.uncertainty, capability.interval, need), *_kinks(transfer.uncertainty,
                 transfer.interval, need))  # fmt: skip
        whole, apart = (searched(r, part, need.interval.unit, need.target, (), kinks) for r in (together, alone))
        return Chain(transfer, found, whole, ids, apart.worst.ratio if ids and apart.worst is not None else None)
    except Refused:
        return None


def _together(need: Need, transfer: Transfer, capability: Capability) -> tuple[Ratio, tuple[str, ...]]:
    assert need.target is not None and capability.uncertainty is not None
    target, over = need.target, need.interval
    first = ratio_at(capability.uncertainty, capability.interval, over, target, {})
    second = ratio_at(transfer.uncertainty, transfer.interval, over, target, need.conditions)
    both = [(a, b, same) for a in capability.budget for b in transfer.budget if (same := _one_influence(a, b))]
    ids = tuple(sorted({same for _, _, same in both}))
    pairs = [
        (term_ratio(a, capability.uncertainty, capability.interval, need),
         term_ratio(b, transfer.uncertainty, transfer.interval, need))
        for a, b, _ in both
    ]  # fmt: skip

    def together(Y: NDArray[np.float64]) -> NDArray[np.float64]:
        square = first(Y) ** 2 + second(Y) ** 2
        for a, b in pairs:
            square = square + 2.0 * a(Y) * b(Y)
        return np.asarray(np.sqrt(square))

    return together, ids


def _one_influence(a: Term, b: Term) -> str:
    """By what two terms are one influence: identity, or the certificate that both come from; «» where they are not."""
    if a.identity and a.identity == b.identity:
        return a.identity
    return " ".join(a.certificate) if a.certificate is not None and a.certificate == b.certificate else ""


def term_ratio(term: Term, u: Uncertainty, interval: Interval, need: Need) -> Ratio:
    """k·c/U_target of one term, as a function of quantity values in the need's unit."""
    assert need.target is not None
    target, over = need.target, need.interval
    factor = target.k * ratio(unit_at(u, interval.unit), target.unit or over.unit) / target.U
    slope, intercept = linear(over.unit, interval.unit)

    def against(Y: NDArray[np.float64]) -> NDArray[np.float64]:
        Y = np.where(Y == 0.0, 1e-300, Y) if target.relative else Y
        y = slope * Y + intercept
        c = contribution(term, y) * (np.abs(y) if u.relative else 1.0)
        return np.asarray(factor * c / (np.abs(Y) if target.relative else 1.0))

    return against


def contribution(term: Term, y: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """Standard uncertainty contribution √(u² + (slope·y)²) of a term, as it is stated (a fraction where U is one)."""
    return np.asarray(np.hypot(term.u, term.slope * np.asarray(y, np.float64)))


def said(composite: Composite) -> str:
    """Members with their parts as one line of text."""
    pairs = zip(composite.members, composite.parts, strict=True)
    return ", ".join(f"{member.capability.id} ({listed(part)})" for member, part in pairs)
