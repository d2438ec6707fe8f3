"""What capabilities rest on as columns, and the bits by which a screen says which gates a pair does not pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from suyuan.capability.capability import Capability
from suyuan.capability.matching.columns import Bytes, Codes, Floats
from suyuan.capability.matching.cover import NEAR
from suyuan.capability.matching.gate import Proof, Support
from suyuan.capability.matching.gates import chain_gate, people_gate

INTERVAL, CONDITIONS, UNCERTAINTY, CHAIN, PEOPLE, STANDING, LOGISTICS, OPEN = (1 << bit for bit in range(8))
"""Bits of the gates that a pair does not pass, in their order; OPEN: the uncertainty was not judged."""
BITS = {"interval": INTERVAL, "conditions": CONDITIONS, "uncertainty": UNCERTAINTY, "chain": CHAIN, "people": PEOPLE,
        "standing": STANDING, "logistics": LOGISTICS}  # fmt: skip


def gates_of(bits: int) -> tuple[str, ...]:
    """The names of the gates in a byte.

    >>> gates_of(INTERVAL | STANDING)
    ('interval', 'standing')
    """
    return tuple(name for name, bit in BITS.items() if bits & bit)


@dataclass(frozen=True, slots=True)
class Rests:
    """What n capabilities rest on. bits: (n,) of the gates uncertainty, chain and people that they do not pass whatever
    is wanted; low, high: (n,) what their standards cover, in SI units, infinite where nothing bounds it."""

    bits: Bytes
    low: Floats
    high: Floats

    def ordered(self, origin: Codes) -> Rests:
        """The same in another order."""
        return Rests(self.bits[origin], self.low[origin], self.high[origin])


def unbound(n: int) -> Rests:
    """Nothing that n capabilities rest on is wrong, and nothing bounds what they reach."""
    return Rests(np.zeros(n, np.uint8), np.full(n, -np.inf), np.full(n, np.inf))


def resting(
    capabilities: Sequence[Capability], supports: Mapping[tuple[str, str], Support], proof: Proof = "evidence"
) -> Rests:
    """What each capability rests on, as far as it does not depend on the need; see `gates.examine`."""
    known: dict[tuple[Support, int], int] = {}
    result = unbound(len(capabilities))
    nothing = Support()
    for at, capability in enumerate(capabilities):
        support = supports.get(capability.key, nothing)
        asked = (support, capability.persons)
        if asked not in known:
            chain = CHAIN if chain_gate(support, proof).state != "passed" else 0
            chain |= UNCERTAINTY if support.contradicts else 0
            known[asked] = chain | (PEOPLE if people_gate(capability, support).state != "passed" else 0)
        result.bits[at] = known[asked]
        if support.reach is not None:
            slack = NEAR * max(abs(support.reach.low), abs(support.reach.high))
            result.low[at], result.high[at] = support.reach.low - slack, support.reach.high + slack
    return result
