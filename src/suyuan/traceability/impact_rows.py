"""Rows of an impact: one output of one result, before and after, with what it loses; never more than figures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, Protocol

import numpy as np

from suyuan.certificate.certificate import Certificate
from suyuan.quantity.finding import Finding
from suyuan.quantity.quantity import Quantity
from suyuan.quantity.unit import Unit, ratio
from suyuan.traceability.graph import Node
from suyuan.traceability.scenario import stated

State = Literal["evaluated", "linear", "no_traceable_value", "not_computable"]


class Expanded(Protocol):
    """What the walk needs of an expanded uncertainty."""

    @property
    def U(self) -> Any: ...


class Output(Protocol):
    """What the walk needs of an output of an evaluation."""

    @property
    def quantity(self) -> Quantity: ...
    @property
    def expanded(self) -> Expanded: ...
    @property
    def verdict(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class Figure:
    """One value as stated: U None is unknown, verdict «» means that no limits were set."""

    value: float
    u: float
    U: float | None
    verdict: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One output of one result, before and after; of a list, the element (`index`) that loses most.

    unit: of all figures, as shown; day: when it used its standards.
    """

    node: Node
    output: str
    state: State
    unit: str = ""
    index: int | None = None
    old: Figure | None = None
    new: Figure | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def day(self) -> date | None:
        return self.node.day

    @property
    def delta(self) -> float | None:
        """new − old value."""
        return None if self.old is None or self.new is None else self.new.value - self.old.value

    @property
    def relative(self) -> float | None:
        """|new − old| / U_old; None where it is not known."""
        if self.delta is None or self.old is None or self.old.U is None:
            return None
        return abs(self.delta) / self.old.U if self.old.U > 0.0 else (0.0 if self.delta == 0.0 else float("inf"))

    @property
    def growth(self) -> float | None:
        """U_new / U_old; None where it is not known."""
        if self.old is None or self.new is None or not self.old.U or self.new.U is None:
            return None
        return self.new.U / self.old.U

    @property
    def cost(self) -> tuple[int, float, float]:
        """Sort key: verdicts lost first, then |Δ| / U_old, then growth of U."""
        before = self.old.verdict if self.old is not None else ""
        after = self.new.verdict if self.new is not None else ""
        if self.state == "no_traceable_value":
            rank = 2 if before == "pass" else 4
        elif self.state == "not_computable":
            rank = 6
        elif before != after:
            rank = {("pass", "fail"): 0, ("pass", "undecided"): 1}.get((before, after), 3)
        else:
            rank = 5
        return (rank, -(self.relative or 0.0), -(self.growth or 0.0))

    def to_json(self) -> dict[str, Any]:
        """The row for `--json` and the API."""
        return {
            "id": self.node.id, "kind": self.node.kind, "issuer": self.node.issuer, "number": self.node.number,
            "name": dict(self.node.name), "day": self.day.isoformat() if self.day else None, "output": self.output,
            "index": self.index, "state": self.state, "unit": self.unit, "old": _figure_json(self.old),
            "new": _figure_json(self.new), "delta": self.delta, "relative": self.relative, "growth": self.growth,
            "findings": [f.to_json() for f in self.findings],
        }  # fmt: skip


def word(verdict: Any) -> str:
    """A verdict as its word: pass, fail, undecided, or «» where none was taken."""
    if verdict is None or isinstance(verdict, str):
        return verdict or ""
    return str(getattr(verdict, "state", None) or getattr(verdict, "verdict", None) or getattr(verdict, "word", ""))


def compared(
    node: Node, name: str, state: State, outputs: tuple[Any, Any | None], findings: tuple[Finding, ...]
) -> Row:
    """The row of one output, at the element that moves most."""
    before, after = outputs
    unit = before.quantity.unit
    old = _Column(before, unit)
    new = _Column(after, unit) if after is not None and after.quantity.shape == before.quantity.shape else None
    at = 0
    if new is not None and old.value.size > 1:
        with np.errstate(divide="ignore", invalid="ignore"):
            at = int(np.argmax(np.nan_to_num(np.abs(new.value - old.value) / old.U)))
    index = at if before.quantity.ndim else None
    return Row(node, name, state, unit.symbol, index, old.at(at), None if new is None else new.at(at), findings)


class _Column:
    """An output as flat arrays in one unit."""

    def __init__(self, output: Output, unit: Unit) -> None:
        own = output.quantity.unit
        there = output.quantity.to(unit)
        self.value, self.u = np.ravel(there.value), np.ravel(there.u)
        factor = 1.0 if own == unit else ratio(own.as_difference(), unit.as_difference())
        self.U = np.broadcast_to(np.ravel(np.asarray(output.expanded.U, float)) * factor, self.value.shape)
        self.verdict = output.verdict

    def at(self, i: int) -> Figure:
        verdict = self.verdict
        if isinstance(verdict, list | tuple) or (isinstance(verdict, np.ndarray) and verdict.ndim):
            verdict = verdict[i]
        return Figure(float(self.value[i]), float(self.u[i]), float(self.U[i]), word(verdict))


def moved_row(node: Node, place: str, old: Quantity, new: Quantity, findings: tuple[Finding, ...]) -> Row:
    """A linear row: U with the k that the certificate states, unknown where it states none."""
    assert isinstance(node.document, Certificate)
    q = node.document.at(place)
    k = q.uncertainty.k if q is not None and q.uncertainty is not None else None
    before, after = np.ravel(old.value), np.ravel(new.value)
    at = int(np.argmax(np.abs(after - before)))

    def figure(value: Any, u: Any) -> Figure:
        return Figure(float(value[at]), float(np.ravel(u)[at]), None if k is None else k * float(np.ravel(u)[at]))

    index = at if old.ndim else None
    return Row(
        node, place, "linear", old.unit.symbol, index, figure(before, old.u), figure(after, new.u), findings
    )  # fmt: skip


def stated_rows(node: Node, state: State, why: tuple[Finding, ...]) -> Iterator[Row]:
    """What a certificate without a model states, as old figures."""
    rows = list(stated(node).items())
    if not rows:
        yield Row(node, "", state, findings=why)
    for place, q in rows:
        row = moved_row(node, place, q, q, why)
        yield Row(node, place, state, row.unit, row.index, row.old, None, why)


def _figure_json(figure: Figure | None) -> dict[str, Any] | None:
    if figure is None:
        return None
    return {"value": figure.value, "u": figure.u, "U": figure.U, "verdict": figure.verdict or None}
