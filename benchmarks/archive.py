"""Archives of large arrays beside bare Parquet, and budgets of 10⁵ influences beside one pass over the sensitivities.

Archive: n values with one own influence each and 20 shared ones, written to bytes and read back as a quantity, beside
pyarrow writing and reading the same columns with the same settings. Ours also checks that all is finite, seals every
column with SHA-256 and verifies it. Promise: at most 3 times the bare write and read, from n = 1 000 000 on.

Budget: a result that depends on 10⁵ elements of one influence array (a sum of readings), and one that depends on 10⁵
influences of their own. Floor: read the sensitivities once, square, add, share, sort. Promise: at most 3 times the
floor for both. Beside, without a promise: by source, by certificate, by input with 5000 correlated inputs, all rows.

    python benchmarks/archive.py [n]

CPU seconds of this process, medians in turn, one thread. Exits 1 where an answer differs or a promise is broken.
"""

# ruff: noqa: E402 (the thread count must stand before NumPy is loaded)
from __future__ import annotations

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import argparse
import io
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from suyuan.quantity.archive import archive
from suyuan.quantity.archive import columns as archive_columns
from suyuan.quantity.block import Block, Dense
from suyuan.quantity.budget import by_certificate, by_element, by_influence, by_input, by_source
from suyuan.quantity.influence import Influence, Source, identity
from suyuan.quantity.propagate import propagate
from suyuan.quantity.quantity import Quantity, quantity, stack

LIMIT, BINDS, SHARED, MANY = 3.0, 1_000_000, 20, 100_000


def measured(works: dict[str, Callable[[], Any]], times: int) -> dict[str, float]:
    """Median CPU seconds of each, in turn, so that all see the same machine."""
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(times):
        for name, work in works.items():
            start = time.process_time()
            work()
            seconds[name].append(time.process_time() - start)
    return {name: statistics.median(row) for name, row in seconds.items()}


# ---------------------------------------------------------------- archive


def large(n: int) -> Quantity:
    """n lengths by one instrument with 20 shared influences, each of its own course."""
    rng = np.random.default_rng(7)
    x = quantity(rng.uniform(1.0, 2.0, n), rng.uniform(0.1, 0.2, n), "mm", label="x")
    shared = [quantity(0.0, 0.01 * (i + 1), "mm", label=f"s{i}") for i in range(SHARED)]
    courses = [rng.uniform(0.5, 1.5, n) for _ in range(SHARED)]

    def model(x: Any, *shared: Any) -> Any:
        for s, course in zip(shared, courses, strict=True):
            x = x + s * course
        return x

    y: Quantity = propagate(model, x, *shared)
    return y


def columns_of(y: Quantity) -> list[np.ndarray]:
    """The numbers that an archive must hold: values, own and shared components."""
    parts = y.blocks.values()
    own = [b.own.coefficient[0] for b in parts if b.own is not None]
    dense = [row for b in parts if b.dense is not None for row in b.dense.scale]
    return [y.value, *own, *dense]


def bare_write(columns: list[np.ndarray]) -> bytes:
    import pyarrow
    import pyarrow.parquet

    fields = [pyarrow.field(f"c{i}", pyarrow.float64(), nullable=False) for i in range(len(columns))]
    table = pyarrow.Table.from_arrays([pyarrow.array(c) for c in columns], schema=pyarrow.schema(fields))
    sink = io.BytesIO()
    pyarrow.parquet.write_table(table, sink, **archive_columns.OPTIONS)
    return sink.getvalue()


def bare_read(data: bytes) -> list[np.ndarray]:
    import pyarrow
    import pyarrow.parquet

    table = pyarrow.parquet.ParquetFile(pyarrow.BufferReader(data)).read(use_threads=False)
    return [column.to_numpy() for column in table.columns]


def archives(n: int) -> bool:
    """Check, measure, print; whether the promise is kept."""
    import pyarrow

    y = large(n)
    columns = columns_of(y)
    bare, ours = bare_write(columns), archive_columns.dump({"y": y})
    back = archive_columns.load(ours).results["y"]
    same = all(np.array_equal(a, b) for a, b in zip(bare_read(bare), columns, strict=True))
    if not (same and back.same_as(y) and len(columns) == 2 + SHARED):
        print("archive: what was read is not what was written")
        return False
    few = large(1000)
    text = archive.dump({"y": few})
    works: dict[str, Callable[[], Any]] = {
        "bare write": lambda: bare_write(columns),
        "archive write": lambda: archive_columns.dump({"y": y}),
        "bare read": lambda: bare_read(bare),
        "archive read": lambda: archive_columns.load(ours),
        "JSON write, 1000 values": lambda: archive.dump({"y": few}),
        "JSON read, 1000 values": lambda: archive.load(text),
    }
    times = measured(works, 5)
    print(f"n = {n}, {SHARED} shared influences, {len(ours) / 1e6:.0f} MB ({len(bare) / 1e6:.0f} bare); pyarrow "
          f"{pyarrow.__version__}")  # fmt: skip
    for name, value in times.items():
        print(f"  {name:26} {value * 1e3:9.1f} ms")
    write, read = (times[f"archive {what}"] / times[f"bare {what}"] for what in ("write", "read"))
    both = (times["archive write"] + times["archive read"]) / (times["bare write"] + times["bare read"])
    print(f"  write {write:.2f}, read {read:.2f} times the bare one")
    if n < BINDS:
        print(f"no verdict: the promise binds from n = {BINDS} on")
        return True
    print(f"archive write and read ≤ {LIMIT:g} × bare: {both:.2f} {'kept' if both <= LIMIT else 'BROKEN'}")
    return both <= LIMIT


# ---------------------------------------------------------------- budget


def influences_apart(c: np.ndarray) -> Quantity:
    """A scalar with one influence a component, from ten certificates and a thousand lines each."""
    parts = {}
    for i, component in enumerate(c):
        source = Source("Lab", f"A-{i % 10}", f"results/{i // 100}")
        one = Influence(identity("benchmark", str(i)), 1, np.ones(1), 50.0, label=f"x{i}", source=source)
        parts[one.id] = Block(one, None, Dense(np.array([component])))
    return Quantity(0.0, quantity(1.0).unit, parts)


def floor(components: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Contributions and shares, the largest first."""
    variance = components * components
    share = variance / variance.sum()
    order = np.argsort(-share)
    return components[order], share[order]


def budgets() -> bool:
    """Check, measure, print; whether both promises are kept."""
    c = np.random.default_rng(3).normal(size=MANY)
    total = quantity(np.zeros(MANY), np.abs(c), label="readings").sum()
    apart = influences_apart(c)
    standard = quantity(1.0, 0.5, label="standard")
    inputs = {f"x{i}": standard + quantity(0.0, 0.1) for i in range(5000)}
    slopes = dict.fromkeys(inputs, 1.0)
    result = stack(list(inputs.values())).sum()

    def once_array() -> tuple[np.ndarray, np.ndarray]:
        (part,) = total.blocks.values()
        assert part.dense is not None and part.dense.weights is not None
        return floor(part.dense.weights[0])

    def once_dict() -> tuple[np.ndarray, np.ndarray]:
        return floor(np.fromiter((b.dense.scale[0] for b in apart.blocks.values()), float, MANY))  # type: ignore[union-attr]

    works: dict[str, Callable[[], Any]] = {
        "one array: floor": once_array,
        "one array: by_element": lambda: by_element(total),
        "apart: floor": once_dict,
        "apart: by_influence": lambda: by_influence(apart),
        "apart: by_source": lambda: by_source(apart),
        "apart: by_certificate": lambda: by_certificate(apart),
        "apart: by_influence, all rows": lambda: list(by_influence(apart)),
        "5000 inputs: by_input": lambda: by_input(result, inputs, slopes),
    }
    for name, view in (("one array: floor", by_element(total)), ("apart: floor", by_influence(apart))):
        contribution, share = works[name]()
        agree = np.allclose(np.abs(view.contribution), np.abs(contribution), rtol=1e-12)
        if not (agree and np.allclose(view.share, share, rtol=1e-12) and abs(view.share.sum() - 1.0) < 1e-12):
            print(f"budget, {name}: answer differs")
            return False
    times = measured(works, 9)
    print(f"budgets of {MANY} influences")
    for name, value in times.items():
        print(f"  {name:30} {value * 1e3:9.2f} ms")
    ratios = {
        "by_element of one array": times["one array: by_element"] / times["one array: floor"],
        "by_influence of 10⁵ influences": times["apart: by_influence"] / times["apart: floor"],
    }
    for name, value in ratios.items():
        print(f"{name} ≤ {LIMIT:g} × one pass and sort: {value:.2f} {'kept' if value <= LIMIT else 'BROKEN'}")
    return max(ratios.values()) <= LIMIT


def main() -> int:
    """Both parts; pyarrow is wanted for the first."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("n", nargs="?", type=int, default=BINDS)
    wish = parser.parse_args()
    try:
        import pyarrow
    except ImportError:
        print("left out: archives in columns (pyarrow is not installed); no verdict")
        return 0 if budgets() else 1
    pyarrow.set_cpu_count(1)
    kept = [archives(wish.n), budgets()]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
