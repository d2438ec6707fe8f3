"""What two engines have to agree about, whichever the second one is."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from suyuan.lake.engine import Running
from suyuan.quantity.finding import Refused
from suyuan.quantity.formula.formula import Formula
from suyuan.series.propagated import propagated
from suyuan.series.reading import Independent, Reading
from suyuan.series.rows import rows
from suyuan.series.sums import sums
from tests.lake.formulas import formula_of, inputs_of, table_of, worst_difference


def sums_agree(both: tuple[Running, Running], seed: int) -> None:
    """Value, u and the sum of every influence of a random formula, group by group."""
    query = sums(propagated(Formula(formula_of(seed)), inputs_of(seed)), by=["g"])
    found = []
    for engine in both:
        engine.arrow("readings", table_of(seed))
        found.append(engine.sums(query))
    assert worst_difference(*found, query) <= 1e-10


def rows_agree(both: tuple[Running, Running]) -> None:
    """Value and u row by row."""
    query = rows(propagated(Formula("a*log(a/b) + sqrt(k*a)"), inputs_of(5)), ["c"])
    answers = []
    for engine in both:
        engine.arrow("readings", table_of(5))
        kept, found = engine.rows(query)
        order = np.argsort(kept["c"])
        answers.append((found["result"].value[order], found["result"].u[order]))
    np.testing.assert_allclose(answers[0], answers[1], rtol=1e-12)


def told_alike(both: tuple[Running, Running]) -> None:
    """Engines differ in 1/0 and log(−2): one answers infinity, one nothing, one stops."""
    p = propagated(Formula("a/b + log(a)"), {name: Reading(name, independent=Independent(0.01)) for name in "ab"})
    told = []
    for engine in both:
        engine.arrow("readings", pa.table({"a": [0.5, 1.0, -2.0], "b": [1.0, 0.0, 1.0]}))
        with pytest.raises(Refused) as caught:
            engine.sums(sums(p))
        told.append([(f.code, f.where, f.parameters) for f in caught.value.findings])
    assert told[0] == told[1] and {t[0] for t in told[0]} >= {"series.value.failed"}
