"""What a gate says, what carries a capability, and a capability at all gates."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from suyuan.capability.capability import Capability
from suyuan.capability.interval import Interval
from suyuan.capability.matching.adequacy import Adequacy
from suyuan.quantity.finding import Finding

State = Literal["passed", "failed", "unknown"]
Proof = Literal["evidence", "stated"]
"""What counts as a chain: evidence at hand, or that the laboratory stated its capability at all."""
GATES = ("measurand", "interval", "conditions", "uncertainty", "chain", "people", "standing", "logistics")
PROVEN = ("conditions", "chain", "people", "standing")
"""Gates that hold for the whole of a capability or not at all, and that a proof needs beside the uncertainty."""

CONTRADICTS = (
    "capability.support.uncertainty.below_standard",
    "capability.support.budget.sum",
    "capability.support.budget.denied",
)
"""Findings of a support by which the promised U is less than the evidence allows: the evidence beats the claim."""
OTHER_KIND = "capability.support.standard.kind"
"""Finding of a support whose standards state another kind of quantity only: they carry something else."""


@dataclass(frozen=True, slots=True)
class Support:
    """What carries a capability on a day. chain: of its standards to the SI («unstated»: it names no standard);
    tested: by comparisons; persons: authorised for it on the day, None where nobody knows; findings: why; lacking:
    what fewer may do, «perform» or «sign», where both are asked for; reach: what the standards cover, in the coherent
    unit, where the capability claims more; else None."""

    chain: Literal["complete", "broken", "unknown", "unstated"] = "unstated"
    findings: tuple[Finding, ...] = ()
    tested: Literal["supported", "contradicted", "untested"] = "untested"
    persons: int | None = None
    lacking: str = ""
    reach: Interval | None = None

    @property
    def other_kind(self) -> bool:
        """Whether none of the standards states the capability's kind of quantity."""
        return any(item.code == OTHER_KIND for item in self.findings)

    @property
    def contradicts(self) -> tuple[Finding, ...]:
        """Those of the findings by which less is promised than the evidence allows."""
        return tuple(item for item in self.findings if item.code in CONTRADICTS)


@dataclass(frozen=True, slots=True)
class Gate:
    """One gate. findings: the reasons, also of a gate that is passed; margin: by which share it is met (above 0) or
    missed (below 0): 1 − U/U_target, minus the uncovered share of the interval; None where it has no size."""

    name: str
    state: State
    findings: tuple[Finding, ...] = ()
    margin: float | None = None


@dataclass(frozen=True, slots=True)
class Examined:
    """A capability that agrees in measurand, at all gates. covered: the part of the need's interval that it covers;
    adequacy: its uncertainty over that part; both in the unit of the need."""

    capability: Capability
    support: Support
    gates: tuple[Gate, ...]
    covered: Interval | None = None
    adequacy: Adequacy = field(default_factory=Adequacy)

    def gate(self, name: str) -> Gate:
        """A gate by its name."""
        return next(gate for gate in self.gates if gate.name == name)

    def passes(self, *names: str) -> bool:
        """Whether all of some gates are passed."""
        return all(gate.state == "passed" for gate in self.gates if gate.name in names)

    @property
    def failed(self) -> tuple[str, ...]:
        """Names of the gates before logistics that are failed or unknown."""
        return tuple(gate.name for gate in self.gates if gate.state != "passed" and gate.name != "logistics")

    @property
    def can(self) -> bool:
        """Whether the whole need is proven by this capability alone."""
        return not self.failed
