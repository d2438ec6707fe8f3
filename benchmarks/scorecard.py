"""Scorecards of 500 centres from 10⁶ facts beside one pass over the same columns.

The pass: which facts are in force on the day, and how many good ones each centre has (two comparisons, one mask, one
`numpy.bincount` over all facts). Ours: every indicator and gate of the draft guideline, shares, medians, weighted
shares, distinct sources, ratios, scores by curve, intervals and gates, for all centres. Both read the same arrays. The
answers are held against a plain loop on a sample of centres. Laying out the columns (once for all days and guidelines)
is printed beside.

    python benchmarks/scorecard.py [facts] [centres]

CPU seconds of this process (other jobs do not count), medians, one BLAS thread. Exits 1 where an answer differs or the
ratio is above 5.
"""

# ruff: noqa: E402 (the thread count must stand before NumPy is loaded)
from __future__ import annotations

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import argparse
import math
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import numpy as np

from suyuan.centre.columns import KIND_CODES, FactColumns, from_arrays
from suyuan.centre.guideline import Rule
from suyuan.centre.measure import first_day
from suyuan.centre.scorecard import Scorecards, gate_rule, indicators, score
from suyuan.centre.sensitivity import sensitivity
from suyuan.centre.shipped import guideline

DAY, MOST, SAMPLE = date(2026, 6, 1), 5.0, 8
DOCUMENTS = ("task_book", "feasibility", "yearly_report")


def median(work: Callable[[], Any], times: int = 9) -> float:
    """Median CPU milliseconds."""
    seconds = []
    for _ in range(times):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return 1e3 * statistics.median(seconds)


def world(facts: int, centres: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Plain columns: all kinds in equal shares, one in twenty unknown, one in ten not in force."""
    rng, on = np.random.default_rng(20_260_601), DAY.toordinal()
    plain: dict[str, np.ndarray] = {
        "centre": rng.integers(0, centres, facts).astype(np.int32),
        "kind": rng.integers(0, len(KIND_CODES), facts).astype(np.int16),
        "good": rng.choice(np.array([1, 0, -1], np.int8), facts, p=[0.8, 0.15, 0.05]),
        "value": rng.gamma(2.0, 2.0, facts),
        "weight": rng.integers(1, 6, facts).astype(float),
        "subject": rng.integers(0, 5000, facts).astype(np.int32),
        "since": (on - rng.integers(-200, 2800, facts)).astype(np.int32),
        "until": (on + rng.integers(-150, 2800, facts)).astype(np.int32),
        "year": rng.integers(2022, 2030, facts).astype(np.int16),
    }
    return plain, rng.integers(0, len(DOCUMENTS), facts).astype(np.int32)


def one_pass(columns: FactColumns) -> np.ndarray:
    """What is in force on the day, and the good ones of each centre."""
    on = DAY.toordinal()
    counted = (columns.since <= on) & (columns.until >= on) & (columns.good == 1)
    return np.bincount(columns.centre[counted], minlength=len(columns.centres))


# ---------------------------------------------------------------- the same by a loop


def plain_value(rows: list[dict[str, float]], lower: list[dict[str, float]], rule: Rule) -> tuple[float, float]:
    """Interval of a value by a loop over the facts of one centre."""
    if not rows or (rule.measure == "ratio" and not lower):
        return -math.inf, math.inf
    good, open_ = ([r for r in rows if r["good"] == state] for state in (1, -1))
    if rule.measure == "count":
        return len(good), len(good) + len(open_)
    if rule.measure in ("share", "weighted_share"):

        def weigh(r: dict[str, float]) -> float:
            return r["weight"] if rule.measure == "weighted_share" else 1.0

        whole, sure = sum(map(weigh, rows)), sum(map(weigh, good))
        return sure / whole, (sure + sum(map(weigh, open_))) / whole
    if rule.measure in ("distinct", "years"):
        name = "subject" if rule.measure == "distinct" else "year"
        return len({r[name] for r in good}), len({r[name] for r in good + open_})
    if rule.measure == "median":
        ends = (
            statistics.median(end if r["good"] == -1 else r["value"] for r in rows) for end in (-math.inf, math.inf)
        )
        low, high = ends
        return low, high
    if rule.measure == "ratio":  # of the years of which both are known, none ahead of the day
        both = {r["year"] for r in rows if r["good"] != 0} & {r["year"] for r in lower if r["good"] != 0}
        rows, lower = ([r for r in part if r["year"] in both and r["year"] <= DAY.year] for part in (rows, lower))
        if not rows or not lower:
            return -math.inf, math.inf
    sums = [(sum(r["value"] for r in part if r["good"] == 1), sum(r["value"] for r in part if r["good"] != 0))
            for part in (rows, lower)]  # fmt: skip
    if rule.measure == "sum":
        return sums[0]
    return (sums[0][0] / sums[1][1], sums[0][1] / sums[1][0]) if sums[1][0] > 0 else (-math.inf, math.inf)


def wrong(cards: Scorecards, plain: Mapping[str, np.ndarray], names: np.ndarray) -> str:
    """What differs between the scorecards and a loop, for a sample of centres."""
    on = DAY.toordinal()
    rules = [(row.id, row.rule, cards.low[:, i], cards.high[:, i]) for i, row in enumerate(cards.indicators)]
    gates = enumerate(cards.guideline.gates)
    rules += [(gate.id, gate_rule(gate), cards.gate_low[:, n], cards.gate_high[:, n]) for n, gate in gates]
    for centre in range(0, len(cards.centres), max(1, len(cards.centres) // SAMPLE)):
        own = np.flatnonzero((plain["centre"] == centre) & (plain["since"] <= on) & (plain["until"] >= on))
        rows = [{name: column[i].item() for name, column in plain.items()} | {"name": int(names[i])} for i in own]
        for id, rule, low, high in rules:
            if rule is None:
                continue
            chosen = [[r for r in rows if r["kind"] == KIND_CODES.index(kind) and _wanted(r, rule, on)] if kind else []
                      for kind in (rule.kind, rule.against)]  # fmt: skip
            expected = plain_value(chosen[0], chosen[1], rule)
            if not np.allclose((low[centre], high[centre]), expected, rtol=1e-9):
                return f"centre {centre}, {id}: {low[centre]}…{high[centre]}, by the loop {expected}"
    return ""


def _wanted(row: Mapping[str, float], rule: Rule, on: int) -> bool:
    if rule.years and row["since"] < first_day(date.fromordinal(on), rule.years):
        return False
    return all(DOCUMENTS[int(row["name"])] == value for value in rule.where.values())


def main() -> int:
    """Check the answers, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("facts", nargs="?", type=int, default=1_000_000)
    parser.add_argument("centres", nargs="?", type=int, default=500)
    wish = parser.parse_args()
    made = guideline("DRAFT-CENTRE", "1")
    assert made is not None
    plain, names = world(wish.facts, wish.centres)
    centres = [f"c{n}" for n in range(wish.centres)]
    start = time.process_time()
    columns = from_arrays(centres, plain, {"name": (names, DOCUMENTS)})
    for indicator in indicators(made):  # the index of subjects, which is else made when first asked for
        if indicator.rule is not None and indicator.rule.measure == "distinct":
            columns.named(indicator.rule.kind)
    laid = 1e3 * (time.process_time() - start)
    cards = score(columns, made, DAY)
    fault = wrong(cards, plain, names)
    if fault:
        print(fault)
        return 1
    floor, ours = median(lambda: one_pass(columns)), median(lambda: score(columns, made, DAY).total)
    size = f"{wish.facts:.3g} facts, {wish.centres} centres"
    print(f"NumPy {np.__version__}, {size}, {len(cards.indicators)} indicators, {len(made.gates)} gates")
    print(f"equal to a plain loop for {min(SAMPLE, wish.centres)} centres, every indicator and gate")
    print(f"columns laid out {laid:.0f} ms (once); one pass {floor:.1f} ms; all scorecards {ours:.1f} ms")
    print(f"ratio {ours / floor:.2f} (at most {MOST:g})")
    of_few = plain["centre"] < 50
    part = {name: column[of_few] for name, column in plain.items()}
    few = score(from_arrays(centres[:50], part, {"name": (names[of_few], DOCUMENTS)}), made, DAY)
    ranks = median(lambda: sensitivity(few), 3)
    print(f"ranks of {len(few.centres)} centres under 2000 drawn weights {ranks:.0f} ms")
    return 0 if ours <= MOST * floor else 1


if __name__ == "__main__":
    sys.exit(main())
