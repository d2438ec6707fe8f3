"""Answer a case of the public exchange form: `kind` and `input` in, an object with the keys of the kind out.

Only `kind` and `input` are read, never an id or prose. What is not built is refused by name.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from suyuan.quantity.covariance import correlation
from suyuan.quantity.finding import Refused, finding
from suyuan.traceability.evidence import Evidence
from suyuan.verbs.evaluate import Evaluation, evaluate

Answer = dict[str, Any]


def answer(case: Mapping[str, Any], evidence: Evidence | None = None) -> Answer:
    """The object that the kind of case asks for (the keys of `expected`, and perhaps more).

    Raises Refused where the kind, or a want of it, is not built, and for bad input.
    """
    built = KINDS.get(str(case.get("kind")))
    if built is None:
        raise Refused(finding("case.want.not_built", "/kind", kind=case.get("kind"), want="-", distribution="-"))
    return built(case, evidence)


def _model(case: Mapping[str, Any], evidence: Evidence | None) -> Answer:
    return {"first_order": first_order(evaluate(case, evidence))}


def first_order(evaluation: Evaluation) -> Answer:
    """value, u, u_relative, dof, k, U, low, high; by output name where the model has several, then also r."""
    rows = {}
    for name, output in evaluation.outputs.items():
        spread = output.expanded
        rows[name] = {
            "value": output.value,
            "u": output.u,
            "u_relative": output.u / abs(output.value) if output.value else None,
            "dof": _number(spread.dof),
            "k": _number(spread.k),
            "U": _number(spread.U),
            "low": _number(spread.low),
            "high": _number(spread.high),
        }
    if evaluation.case.single:
        return next(iter(rows.values()))
    result: Answer = {key: {name: row[key] for name, row in rows.items()} for key in next(iter(rows.values()))}
    result["r"] = {
        a: {b: _number(correlation(x.quantity, y.quantity)) for b, y in evaluation.outputs.items()}
        for a, x in evaluation.outputs.items()
    }
    return result


def _number(value: Any) -> float | None:
    """A float; infinite or undefined is null, since JSON has no word for it."""
    number = float(np.asarray(value))
    return number if math.isfinite(number) else None


KINDS: Mapping[str, Callable[[Mapping[str, Any], Evidence | None], Answer]] = {"model": _model}
