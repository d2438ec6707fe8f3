"""What a member reports: for each measurand a value with its uncertainty, budget and the standards behind it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """One contribution. u: standard uncertainty of the input, in its own unit; sensitivity: ∂result/∂input, so that
    |sensitivity|·u is in the unit of the result; issuer, certificate, place: the certified value that it comes from,
    «» where none: two members whose lines name one certificate are correlated through it."""

    name: str
    u: float
    sensitivity: float = 1.0
    dof: float | None = None
    distribution: str = "normal"
    issuer: str = ""
    certificate: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Reported:
    """One result. value, U, k, u, dof: in the unit of the measurand, None where not stated (U with k, or u); text: the
    digits and the unit as they were reported; factor: from the reported unit to that of the measurand, by which a
    budget line, which stays as reported, is multiplied; measured: the day; a pilot's repeated measurements are results
    with their own days."""

    measurand: str
    value: float
    U: float | None = None
    k: float | None = None
    u: float | None = None
    dof: float | None = None
    measured: date | None = None
    budget: tuple[BudgetLine, ...] = ()
    remark: str = ""
    text: Mapping[str, str] = field(default_factory=dict)
    factor: float = 1.0

    @property
    def standard(self) -> float | None:
        """The standard uncertainty: u as stated, else U/k, else that of the budget, else None."""
        if self.u is not None:
            return self.u
        if self.U is not None and self.k:
            return self.U / self.k
        return self.of_budget

    @property
    def of_budget(self) -> float | None:
        """u = √Σ(c·u)² of the budget lines, in the unit of the measurand; None without a budget."""
        if not self.budget:
            return None
        return self.factor * math.hypot(*(line.sensitivity * line.u for line in self.budget))


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that goes with a submission, such as a certificate: its name, media type, SHA-256 and bytes."""

    name: str
    media: str
    digest: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Submission:
    """All that one member reports.

    protocol: digest of the protocol that it answers; measured_by: the person; standards: (issuer, number) of the
    member's own measurement standards, which the outcome will support or contradict.
    """

    protocol: str
    member: str
    results: tuple[Reported, ...]
    measured_by: str = ""
    standards: tuple[tuple[str, str], ...] = ()
    conditions: str = ""
    files: tuple[Attached, ...] = ()
    digest: str = ""
