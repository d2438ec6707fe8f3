"""Where a query has no value: which column, operation or sensitivity is not finite, and in how many rows.

The query for results does not look for this: a row without value makes the sum not finite, which is seen in the
answer. Only then this one is run. It does an operation on finite operands only, so that the first that fails is found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from suyuan.quantity.finding import Finding, finding
from suyuan.series.column import Column, all_finite
from suyuan.series.propagated import Propagated


@dataclass(frozen=True, slots=True)
class Failures:
    """A query for what fails: its expression counts rows, one column a possible finding, and `rows` for all."""

    propagated: Propagated
    expression: Any
    makers: Mapping[str, tuple[str, str, Mapping[str, Any]]]

    def read(self, answer: Mapping[str, Any]) -> tuple[Finding, ...]:
        """What failed, with the number of rows; nothing where all rows have a value and every sensitivity."""
        counts = {name: int(np.ma.filled(np.ma.asarray(answer[name])[0], 0) or 0) for name in (*self.makers, "rows")}
        return tuple(
            finding(code, where, count=counts[name], rows=counts["rows"], **parameters)
            for name, (code, where, parameters) in self.makers.items()
            if counts[name]
        )


def failures(propagated: Propagated) -> Failures:
    """The query for what fails in the rows of a propagated model."""
    import ibis

    p = propagated
    program = p.model.program
    steps = [s for s in program.needed(program.outputs)[0] if isinstance(p.slots[s.result], Column)]
    sources = {name: p.sheet.source(name) for name in p.columns}
    wanted = {f"v{x.index}": x.core for x in sources.values()}
    wanted |= {f"v{p.slots[s.result].index}": p.slots[s.result].core for s in steps}
    slopes = [(o, slot, x) for o, row in enumerate(p.slopes) for slot, x in row.items() if isinstance(x, Column)]
    wanted |= {f"v{x.index}": x.core for _, _, x in slopes}
    table = p.sheet.table(p.source(), wanted, careful=True)
    conditions: dict[str, Any] = {}
    makers: dict[str, tuple[str, str, Mapping[str, Any]]] = {}

    def add(code: str, where: str, condition: Any, **parameters: str) -> None:
        name = f"failed_{len(makers) + 1}"
        conditions[name], makers[name] = condition, (code, where, parameters)

    def finite(*entries: Any) -> Any:
        return all_finite([table[f"v{x.index}"] for x in entries if isinstance(x, Column)])

    for name, source in sources.items():
        add("series.column.not_finite", name, ~finite(source), name=name)
    for step in steps:
        value, operands = p.slots[step.result], [p.slots[slot] for slot in step.operands]
        where, part = p.model.pieces.get(step.result, ("model", step.ufunc.__name__))
        add("series.value.failed", where, finite(*operands) & ~finite(value), part=part)
    for o, slot, slope in slopes:
        name, value = p.model.inputs[slot], p.values[o]
        add("series.slope.failed", f"inputs.{name}", finite(value) & ~finite(slope), name=name, output=p.outputs[o])
    counts = {name: condition.ifelse(1, 0).sum() for name, condition in conditions.items()}
    return Failures(p, table.aggregate(ibis._.count().name("rows"), **counts), makers)
