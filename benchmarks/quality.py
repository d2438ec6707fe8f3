"""All rules of quality over minute data of one stream, beside the two running medians that Hampel's rule alone needs.

Clean readings, the same with planted faults (a code for «missing», values below absolute zero, a frozen stretch, a
spike, a gap), and readings of which every second is impossible. What was planted must be found, exactly, and nothing in
the clean ones. Promise: from 10⁶ readings on at most 8 × the two running medians.

    python benchmarks/quality.py [READINGS]     default 1000000

Exits 1 where a fault is missed or invented, or the promise is broken.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from decimal import Decimal
from statistics import median
from typing import Any

import numpy as np
from scipy.ndimage import median_filter

from suyuan.quantity.correction import Correction, gain_and_offset
from suyuan.quantity.quantity import quantity
from suyuan.series.block import Block
from suyuan.series.quality.check import Checked, check
from suyuan.series.quality.examined import examined
from suyuan.series.stream import Stream

LIMIT, BINDING = 8.0, 10**6
MINUTE, NOW = 60_000_000, 1_796_000_000_000_000
STREAM = Stream("t", "Celsius temperature", "degC", "PT-01", resolution=Decimal("0.01"), sampling=60.0)


def certificate() -> Correction:
    model, given = gain_and_offset(quantity(1.0002, 2e-5), quantity(-0.03, 0.02))
    return Correction("c", "PT-01", model, given, 0, 0, raw_unit="degC", unit="degC")


def checked(count: np.ndarray, keep: np.ndarray | None = None) -> Checked:
    begin = NOW - (len(count) + 10) * MINUTE
    times = begin + np.arange(len(count), dtype=np.int64) * MINUTE
    if keep is not None:
        times, count = times[keep], count[keep]
    block = Block("t", "PT-01", times, count, Decimal("0.01"), received=NOW)
    return check(examined(STREAM, [block], [certificate()], NOW))


def seconds(act: Callable[[], Any]) -> float:
    """CPU seconds, the median of five."""
    found = []
    for _ in range(5):
        begin = time.process_time()
        act()
        found.append(time.process_time() - begin)
    return median(found)


def told(found: Checked) -> dict[str, int]:
    return {one.rule: one.readings for one in found.observations}


def main() -> int:
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    rng = np.random.default_rng(0)
    clean = np.rint(2000 + 500 * np.sin(np.arange(n) / 229.0) + rng.normal(0.0, 5.0, n)).astype(np.int64)
    bad = clean.copy()
    bad[n // 10 : n // 10 + 40] = -20_000
    bad[n // 5] = -30_000
    bad[n // 4 : n // 4 + 60] = bad[n // 4]
    bad[n // 3] += 500
    keep = np.r_[0 : n // 2, n // 2 + 30 : n]
    half = clean.copy()
    half[::2] = -30_000
    fine = not told(checked(clean))
    seen = told(checked(bad, keep))
    wanted = {"missing_code": 40, "impossible": 1, "clock_gap": 2}
    # the codes stand still too: 40 of them and the frozen stretch of 60
    fine &= {rule: seen.get(rule) for rule in wanted} == wanted and 100 <= seen.get("frozen", 0) <= 104
    fine &= seen.get("spike", 0) >= 2 and set(seen) <= {*wanted, "frozen", "spike"}
    fine &= told(checked(half)).get("impossible") == len(half[::2])
    value = clean / 100.0
    floor = seconds(lambda: median_filter(np.abs(value - median_filter(value, 11)), 101))
    broken = False
    for name, count in (("clean", clean), ("planted", bad), ("every second is bad", half)):
        ours = seconds(lambda count=count: checked(count))  # type: ignore[misc]
        ratio = ours / floor
        broken |= ratio > LIMIT and n >= BINDING
        print(
            f"{name:22} {n} readings  {ours * 1e3:7.0f} ms  {ratio:5.1f} × two running medians ({floor * 1e3:.0f} ms)"
        )
    print("what was planted is found" if fine else "a fault is missed or invented", seen)
    return 0 if fine and not broken else 1


if __name__ == "__main__":
    sys.exit(main())
