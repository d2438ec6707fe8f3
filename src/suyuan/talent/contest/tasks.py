"""Task templates and their inputs: what a person is given, and how it is treated rightly.

A template is a measurement model in text with inputs: series of readings, certificates, limits, exact numbers. The
right treatment is the kernel's: each part of each input is one influence, the model is evaluated on quantities. A slip
is the same evaluation with another formula or with one component wrong, so the diagnosis needs no second model.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from suyuan.certificate.certificate import Text
from suyuan.quantity.coverage import coverage_factor
from suyuan.quantity.formula.formula import Formula
from suyuan.quantity.quantity import Quantity, joint, quantity
from suyuan.quantity.table import load

PACKAGE = "suyuan.talent.contest"
Kind = Literal["readings", "abba", "certificate", "limit", "exact", "observed"]
Component = tuple[str, str]
"""Name of an input and of a part of its uncertainty: «type_a», «resolution», «certificate», «limit»."""
Factors = Mapping[Component, float]
"""Factors on the standard uncertainties of components: 1 where none stands, 0 leaves a component out."""
ROOT3 = math.sqrt(3.0)
CHOICES: Mapping[str, Text] = {
    "pass": {"zh": "合格（满意）", "en": "pass (satisfactory)"},
    "fail": {"zh": "不合格（不满意）", "en": "fail (not satisfactory)"},
    "undecided": {"zh": "待定", "en": "undecided"},
    "signal": {"zh": "有失控信号", "en": "signal"},
    "none": {"zh": "无失控信号", "en": "no signal"},
}
"""Decisions that tasks ask for."""
PLAIN: Factors = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Input:
    """One input quantity as a person was given it.

    name, label, unit; kind; value: estimate in `unit` (the mean of readings); printed: as given; readings: what the
    value is the mean of (of ABBA cycles: the differences), rows: as written down; s, dof: standard deviation of one
    reading with its degrees of freedom (of the readings, or known before: pooled), n: readings; resolution, counted:
    whether it enters; U, k: of a certificate; half: half-width of a rectangle; with_: certificate that it shares a
    standard with, r: correlation.
    """

    name: str
    label: Text
    unit: str
    kind: Kind
    value: float
    printed: str = ""
    readings: tuple[float, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    s: float = 0.0
    dof: float = math.inf
    n: int = 0
    pooled: bool = False
    resolution: float = 0.0
    counted: bool = True
    U: float = 0.0
    k: float = 2.0
    half: float = 0.0
    with_: str = ""
    r: float = 0.0

    def components(self) -> dict[str, tuple[float, float, str]]:
        """Name → (standard uncertainty, degrees of freedom, distribution) of what makes the input uncertain."""
        if self.kind in ("readings", "abba"):
            found = {"type_a": (self.s / math.sqrt(self.n), self.dof, "student_t")}
            if self.resolution > 0.0 and self.counted:
                found["resolution"] = (0.5 * self.resolution / ROOT3, math.inf, "rectangular")
            return found
        if self.kind == "certificate":
            return {"certificate": (self.U / self.k, math.inf, "normal")}
        return {"limit": (self.half / ROOT3, math.inf, "rectangular")} if self.kind == "limit" else {}


@dataclass(frozen=True, slots=True)
class Template:
    """A task as data. id; topic; level: 1 to 3; title, text: with places for drawn numbers; unit: of the answer;
    formula: model; k: «2» or «t95»; alternatives: slip → formula that makes it; decision: its rule, empty for none;
    tolerance: half-width that the job allows, as an expression; rule: the row of the table."""

    id: str
    topic: str
    level: int
    title: Text
    text: Text
    unit: str
    formula: str
    k: Literal["2", "t95", ""]
    alternatives: Mapping[str, str]
    decision: Mapping[str, Any]
    tolerance: str
    rule: Mapping[str, Any] = field(repr=False)

    @property
    def asks(self) -> tuple[str, ...]:
        """What an answer holds: value, and U with k, decision and extra where the task asks for them."""
        some = {"U": self.k, "k": self.k, "decision": self.decision, "extra": self.rule.get("extra")}
        return ("value", *(name for name, there in some.items() if there))


@cache
def templates() -> Mapping[str, Template]:
    """The templates of the house by id.

    >>> len(templates()) >= 10, templates()["gauge_block"].unit
    (True, 'µm')
    """
    return {row["id"]: _template(row) for row in load(PACKAGE, "tasks.templates")}


def _template(row: Mapping[str, Any]) -> Template:
    return Template(
        row["id"], row["topic"], row["level"], row["title"], row["text"], row["unit"], row["formula"], row["k"],
        row.get("alternatives", {}), row.get("decision", {}), row.get("tolerance", ""), row,
    )  # fmt: skip


def evaluate(formula: str, inputs: Mapping[str, Input], factors: Factors = PLAIN, correlated: bool = True) -> Quantity:
    """The result of a model on inputs as a quantity of the kernel, each component one influence «input.component».

    factors: on single components; correlated: whether correlations of certificates count. Numbers are in the units of
    the inputs, the result in that of the template, so all is computed without units.
    """
    known: dict[str, Any] = {}
    for one in inputs.values():
        if one.name in known:
            continue
        partner = inputs.get(one.with_) if correlated and one.with_ else None
        if partner is not None:
            pair = (one, partner)
            u = [p.U / p.k * factors.get((p.name, "certificate"), 1.0) for p in pair]
            label = f"{one.name}, {partner.name}.certificate"
            both = joint([p.value for p in pair], u, [[1.0, one.r], [one.r, 1.0]], label=label)
            known[one.name], known[partner.name] = both
            continue
        total: Any = one.value
        for name, (u_one, dof, distribution) in one.components().items():
            size = u_one * factors.get((one.name, name), 1.0)
            if size > 0.0:
                total = total + quantity(0.0, size, dof=dof, distribution=distribution, label=f"{one.name}.{name}")
        known[one.name] = total
    result = _formula(formula).evaluate(known)
    return result if isinstance(result, Quantity) else quantity(float(result))


def number(formula: str | float, known: Mapping[str, Any]) -> float:
    """An expression as a number, from names with plain values."""
    return float(_formula(formula).evaluate(known)) if isinstance(formula, str) else float(formula)


@cache
def _formula(text: str) -> Formula:
    return Formula(text)


def factor_k(rule: str, dof: float) -> float:
    """Coverage factor by the rule of a task: 2, or the quantile of Student's t for 95 %.

    >>> factor_k("2", 5.0), round(factor_k("t95", 5.0), 2)
    (2.0, 2.57)
    """
    return float(coverage_factor(0.95, dof)) if rule == "t95" else 2.0


def spread(rows: NDArray[np.float64]) -> float:
    """Experimental standard deviation of readings, shape (n,)."""
    return float(np.std(rows, ddof=1))
