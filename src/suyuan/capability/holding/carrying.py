"""Whether the standards that a capability names can carry its kind of quantity at all.

    a certificate states that kind, at a value or over a range ─┐
    else the budget cites every named certificate ──────────────┴─▶ carried; else the chain proves something else

A whole chain to the SI of a thermometer proves nothing of torque. Quantities that are made of others (torque of force
and length, say) are carried by a budget that cites what they are made of. ±1 µm of a comparator is no length of a
block, and a deviation without a range names no place, so neither carries a length.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from suyuan.capability.capability import Capability, Term
from suyuan.capability.holding.stated import Dimension, Points, akin, kind_in, kinds_on, related
from suyuan.capability.taxonomy import dimension_of, plain, quantities, quantity_key
from suyuan.capability.uncertainty import Formula, Table, Uncertainty, at
from suyuan.certificate.certificate import Certificate
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.unit import parse_unit
from suyuan.traceability.evidence import Anchor, Key

_ONE = parse_unit("1").dimension


class Standards:
    """What the named standards state, asked once for each set of them and each kind of quantity.

    stated: issuer and number → what that certificate states; anchors: declared, with or without a certificate.
    """

    def __init__(
        self,
        certificates: Mapping[Key, Certificate],
        stated: Mapping[Key, tuple[tuple[Dimension, Points], ...]],
        anchors: Sequence[Anchor] = (),
    ) -> None:
        self._certificates, self._stated = certificates, stated
        self._anchors: dict[Key, list[Anchor]] = {}
        for anchor in anchors:
            self._anchors.setdefault((anchor.issuer, anchor.number), []).append(anchor)
        self._known: dict[tuple[object, ...], bool] = {}
        self._words: dict[Key, tuple[frozenset[str], str]] = {}

    def against(self, c: Capability) -> Iterator[Finding]:
        """What stands against a capability: none of its standards is of its kind, or they are somebody else's."""
        if c.standards and self.whole(c) and not self.carry(c) and not self.cited(c):
            yield self.told(c)
        yield from self.elsewhere(c)

    def whole(self, c: Capability) -> bool:
        """Whether all that it names is at hand; what is not may be of its kind."""
        return all(key in self._certificates or key in self._anchors for key in c.standards)

    def carry(self, c: Capability) -> bool:
        """Whether one of the standards states the kind of quantity of a capability."""
        sizes = c.interval.low >= 0.0
        place = (c.standards, c.quantity, c.interval.unit, bool(c.interval_of), sizes)
        if place not in self._known:
            self._known[place] = any(self._states(key, c, sizes) for key in c.standards)
        return self._known[place]

    def _states(self, key: Key, c: Capability, sizes: bool) -> bool:
        if key not in self._certificates:
            named = (kind_in(text, None) for anchor in self._anchors.get(key, ()) for text in anchor.name.values())
            return any(kind and related(c.quantity, kind) == "same" for kind in named)
        own = c.interval.unit.dimension
        if c.interval_of or not any(own):
            return self._says(key, c)
        return any(
            dimension == own and not math.isnan(points.low) and not (points.signed and sizes)
            and points.relation(c.quantity) != "other"
            for dimension, points in self._stated.get(key, ())
        )  # fmt: skip

    def _says(self, key: Key, c: Capability) -> bool:
        """By its words alone: of quantities of dimension one, which all share a unit, and of those whose interval is of
        another quantity, as the relative error of an energy meter over a range of currents."""
        if key not in self._words:
            self._words[key] = _said(self._certificates[key])
        kinds, words = self._words[key]
        if quantity_key(c.quantity) not in quantities():
            return plain(c.quantity) in words
        return any(related(c.quantity, kind) == "same" for kind in kinds)

    def cited(self, c: Capability) -> bool:
        """Whether its budget can be recomputed and cites every certificate that it names, with a contribution, and one
        of them has something to do with the quantity: a base dimension in common, as far as both are known, and where
        it is the same dimension also the broadest kind: energy is no torque, a difference of lengths no length."""
        if c.uncertainty is None or not math.isfinite(largest_U(c, c.uncertainty)):
            return False
        terms = {term.certificate for term in c.budget if term.certificate is not None and _counts(term)}
        if not c.standards or not terms.issuperset(c.standards):
            return False
        own = dimension_of(c.quantity) or (_ONE if c.interval_of else c.interval.unit.dimension)
        stated = [place for key in c.standards for place in self._stated.get(key, ())]
        all_known = all(self._stated.get(key) for key in c.standards)
        if not any(own) or not all_known:
            return True
        return any(
            any(a and b for a, b in zip(own, dimension, strict=True))
            and (dimension != own or akin(c.quantity, points.kind or points.item_kind))
            for dimension, points in stated
        )

    def told(self, c: Capability) -> Finding:
        """That none of the standards states the kind of a capability."""
        named = "; ".join(" ".join(key).strip() for key in c.standards)
        where = " ".join(c.key)
        return finding("capability.support.standard.kind", where, "warning", id=c.id, quantity=c.quantity, named=named)

    def elsewhere(self, c: Capability) -> Iterator[Finding]:
        """Certificates that it cites and that were made out to somebody else than its laboratory."""
        names = [plain(name) for name in c.laboratory.values() if name]
        cited = dict.fromkeys((*c.standards, *(t.certificate for t in c.budget if t.certificate is not None)))
        for key in cited:
            customer = self._certificates[key].customer if key in self._certificates else ""
            there = plain(customer)
            if there and names and not any(name in there or there in name for name in names):
                yield finding(
                    "capability.support.standard.customer", " ".join(c.key), "warning", id=c.id,
                    named=" ".join(key).strip(), customer=customer, laboratory=c.key[0],
                )  # fmt: skip


def _counts(term: Term) -> bool:
    return abs(term.u) > 0.0 or abs(term.slope) > 0.0


def largest_U(c: Capability, u: Uncertainty) -> float:
    """The largest U over the interval in its own terms; U is convex between the points of a table."""
    ends = [x for x in (c.interval.low, c.interval.high) if math.isfinite(x)]
    if isinstance(u.form, Table):
        ends += [x for x in u.form.points if c.interval.low <= x <= c.interval.high]
    if isinstance(u.form, Formula) and len(ends) == 2:
        ends = list(np.linspace(ends[0], ends[1], 257))
    y = np.array([x for x in ends if x or not u.relative])
    if not y.size:
        return math.nan
    try:
        U = at(u, y, c.interval.unit)
    except Refused:
        return math.nan
    U = U / np.abs(y) if u.relative else U
    return float(np.nanmax(U)) if np.any(np.isfinite(U)) else math.nan


def _said(certificate: Certificate) -> tuple[frozenset[str], str]:
    """Kinds of quantity of which the words of a certificate speak, and the words of its results."""
    texts = [text for q in certificate.quantities() for text in (q.quantity_kind, *q.name.values(), q.label) if text]
    items = " ".join(plain(name) for thing in certificate.items for name in thing.name.values())
    kinds = {kind_in(text, None) for text in texts} | set(kinds_on(items))
    return frozenset(kinds - {""}), plain(" ".join(texts))
