"""One text search and one need over 10⁵ capabilities: what a page waits for, at the 95th percentile.

Capabilities are those of `matching.py`, their items under one of the names that scopes print; queries are names of
items and quantities in both languages, one or two words, half of them with a value and unit, as people type them. One
need is screened at a time, as a page does it.

    python benchmarks/capability_search.py [capabilities]

CPU milliseconds, the 95th percentile and the median over 200 queries and 200 needs; beside them one pass of NumPy over
as many numbers as there are capabilities, for scale. Exits 1 where a query by an item's name does not find that item;
promises no time, which belongs to the machine.
"""

# ruff: noqa: E402 (the thread count must stand before NumPy is loaded)
from __future__ import annotations

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import argparse
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from matching import Draw

from suyuan.capability.asking.search import Index
from suyuan.capability.capability import Capability
from suyuan.capability.matching.columns import CapabilityColumns
from suyuan.capability.matching.screen import screen
from suyuan.capability.taxonomy import items, quantities

TIMES = 200


def named(draw: Draw, capability: Capability) -> Capability:
    """A capability whose item is printed under one of its names."""
    item = items().get(capability.item)
    names = {"zh": draw.pick(item.zh), "en": draw.pick(item.en)} if item else {}
    return replace(capability, item_name=names, place={"zh": f"演示市 {draw.rng.integers(40)}"})


def queries(draw: Draw, capabilities: list[Capability]) -> Iterable[tuple[str, str]]:
    """What people type, and the key of the item that it names («» for a quantity)."""
    for _ in range(TIMES):
        c = draw.pick(capabilities)
        item = items().get(c.item)
        kind = quantities()[c.quantity]
        text = draw.pick((*item.zh, *item.en)) if item and draw.rng.random() < 0.7 else draw.pick((*kind.zh, *kind.en))
        key = item.key if item and text in (*item.zh, *item.en) else ""
        if draw.rng.random() < 0.5:
            text += f" {c.interval.low + 0.3 * (c.interval.high - c.interval.low):.3g} {c.interval.unit.symbol}"
        yield text, key


def spread(works: Iterable[Callable[[], Any]]) -> tuple[float, float, list[Any]]:
    """95th percentile and median of CPU in milliseconds, and the answers."""
    times, answers = [], []
    for work in works:
        begin = time.process_time()
        answers.append(work())
        times.append(1e3 * (time.process_time() - begin))
    return float(np.percentile(times, 95)), float(np.median(times)), answers


def main() -> int:
    """Draw, index, ask, check, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("capabilities", nargs="?", type=int, default=100_000)
    wish = parser.parse_args()
    draw = Draw(20_260_902)
    capabilities = [named(draw, draw.capability(at)) for at in range(wish.capabilities)]
    begin = time.process_time()
    index = Index.of_capabilities(capabilities)
    indexed = time.process_time() - begin
    columns = CapabilityColumns.of(capabilities)
    by_key = {c.key: c for c in capabilities}
    asked = list(queries(draw, capabilities))
    needs = [draw.need(at) for at in range(TIMES)]
    index.search(asked[0][0])
    screen(columns, needs[:1])
    found = spread(lambda text=text: index.search(text) for text, _ in asked)  # type: ignore[misc]
    one = spread(lambda need=need: screen(columns, [need]) for need in needs)  # type: ignore[misc]
    numbers = np.random.default_rng(1).random(len(capabilities))
    floor = spread(lambda: (numbers * 2.0).sum() for _ in range(TIMES))
    missed = [
        text
        for (text, key), hits in zip(asked, found[2], strict=True)
        if key and not any(by_key[hit.key].item == key for hit in hits)
    ]
    print(f"{len(capabilities)} capabilities, index built in {indexed:.1f} s of CPU; {TIMES} of each, CPU milliseconds")
    for name, (high, middle, _) in (("one text search", found), ("one need", one), ("one pass of NumPy", floor)):
        print(f"{name:20} 95 % {high:8.2f}   median {middle:8.2f}   {high / floor[0]:6.0f} × the pass")
    if missed:
        print(f"{len(missed)} queries do not find the item that they name: {missed[:5]}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
