"""The graph of uses: closures over millions of synthetic arcs, and the full impact of a shifted standard.

Closure: what rests on a node, in a graph like a calibration hierarchy (few nodes on top, every node one parent, a
quarter of them a second one, fan-out skewed), with 1e6 and 1e7 arcs, against `scipy.sparse.csgraph` on the same graph
and the same seeds; both must find the same nodes. Impact: one standard, ten working standards issued from it, some
hundreds of saved results; the standard is shifted, every result is evaluated again, and each answer is compared with
the one known by hand. Prints milliseconds and judges no speed.

    python benchmarks/graph.py [results]

CPU seconds of this process (other jobs do not count), medians, one BLAS thread. Exits 1 where an answer differs.
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
import scipy
from scipy import sparse
from scipy.sparse import csgraph

from suyuan.certificate.certificate import Certificate, Identification, Item
from suyuan.certificate.dcc_read import read
from suyuan.certificate.typed import read_typed, to_document
from suyuan.quantity.archive.archive import dump
from suyuan.traceability.arcs import Arcs
from suyuan.traceability.evidence import Evidence, SavedResult
from suyuan.traceability.graph import build
from suyuan.traceability.impact import Impact
from suyuan.traceability.saved import read_result, result_document
from suyuan.traceability.scenario import Shifted
from suyuan.verbs.evaluate import evaluate
from suyuan.verbs.issue import Particulars, issue
from suyuan.verbs.trace import impact_of

SIZES = (1_000_000, 10_000_000)
WANTED = (10, 10_000, 250_000)
"""Sizes of closures looked for; the whole graph below the first node comes on top."""
DAY, SHIFT, WORKING, STANDARD = date(2026, 6, 1), 2e-6, 10, ("Laboratory N", "N-1")


def median(work: Callable[[], Any], times: int) -> float:
    """Median CPU milliseconds."""
    seconds = []
    for _ in range(times):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return 1e3 * statistics.median(seconds)


# ---------------------------------------------------------------- closure


def hierarchy(arcs: int) -> tuple[np.ndarray, np.ndarray, int]:
    """Parents, children and the number of nodes: four nodes for five arcs, every arc to a higher number."""
    rng = np.random.default_rng(20_260_101)
    count = arcs * 4 // 5
    nodes = np.arange(1, count)
    first = (nodes * rng.random(count - 1) ** 2).astype(np.int32)  # towards the top, so that fan-out is skewed
    second = nodes[rng.random(count - 1) < arcs / count - 1.0]
    other = (second * rng.random(second.size)).astype(np.int32)
    return np.concatenate([first, other]), np.concatenate([nodes, second]).astype(np.int32), count


def seeds(graph: Arcs) -> list[int]:
    """Nodes whose closures are nearest to the wanted sizes, among some hundred, and the first node."""
    tried = np.unique(np.geomspace(1, graph.count - 1, 300).astype(int))
    sizes = np.array([graph.downstream([node]).size for node in tried])
    nearest = [int(tried[np.argmin(np.abs(np.log((sizes + 1) / wanted)))]) for wanted in WANTED]
    return [*dict.fromkeys(nearest), 0]


def closures(arcs: int) -> bool:
    """Time both for one size of graph; False where they differ."""
    parent, child, count = hierarchy(arcs)
    start = time.process_time()
    graph = Arcs.between(parent, child, count)
    built = time.process_time() - start
    matrix = sparse.csr_matrix((np.ones(parent.size), (parent, child)), shape=(count, count))
    print(f"{parent.size:.3g} arcs, {count:.3g} nodes, built in {built:.2f} s")
    for seed in seeds(graph):
        ours = graph.downstream([seed])
        reached = csgraph.breadth_first_order(matrix, seed, return_predecessors=False)
        if not np.array_equal(np.sort(ours), np.sort(reached[1:])):
            print(f"node {seed}: {ours.size} nodes, {reached.size - 1} by scipy")
            return False
        repeat = 3 if ours.size > 100_000 else 15
        mine = median(lambda seed=seed: graph.downstream([seed]), repeat)  # type: ignore[misc]
        peer = median(
            lambda seed=seed: csgraph.breadth_first_order(matrix, seed, return_predecessors=False),  # type: ignore[misc]
            repeat,
        )
        print(f"  {ours.size:9d} nodes below: {mine:9.3f} ms   scipy {peer:9.3f} ms   {peer / mine:6.2f} of its speed")
    return True


# ---------------------------------------------------------------- impact


def standard() -> Certificate:
    """A gauge block of 50 mm, U = 50 nm, k = 2."""
    fields = {
        "issuer": STANDARD[0], "number": STANDARD[1], "act": "calibration", "ended": "2026-01-10",
        "issued": "2026-01-12", "item": {"name": {"zh": "量块", "en": "gauge block"}, "serial": "GB-1"},
        "basis": "comparison",
        "results": [{"name": {"zh": "长度", "en": "length"}, "value": "50.000100", "unit": "mm", "U": "0.000050",
                     "k": "2"}],
    }  # fmt: skip
    certificate, findings = read_typed(to_document(fields))
    assert certificate is not None, findings
    return certificate


def used(name: str, certificate: Certificate) -> dict[str, Any]:
    """An input that a certificate gives."""
    place = {"issuer": certificate.issuer, "number": certificate.number, "place": "0/0", "sha256": certificate.digest}
    return {"name": name, "distribution": "certificate", "parameters": place, "unit": "mm"}


def question(model: str, certificate: Certificate, mean: float, evaluation: str) -> dict[str, Any]:
    """A case with one input from a certificate and one of its own."""
    own = {"name": "m", "distribution": "normal", "parameters": {"mean": mean, "std": 1e-4}, "unit": "mm", "dof": 9}
    return {
        "kind": "model",
        "input": {
            "model": model, "unit": "mm", "inputs": [used("s", certificate), own], "day": DAY.isoformat(),
            "want": ["first_order"], "coverage_probability": 0.95, "evaluation": evaluation,
            "limits": {"lower": 49.0, "upper": 151.0},
        },
    }  # fmt: skip


def working(number: int, parent: Certificate) -> Certificate:
    """A working standard, issued with its model: s + m."""
    thing = Item({"zh": "工作量块", "en": "working block"}, "", "", (Identification("manufacturer", f"W-{number}"),))
    known = Evidence(certificates=(parent,))
    name = f"W-{number}"
    done = evaluate(question("s + m", parent, 1e-4 * number, f"{number:032x}"), known)
    particulars = Particulars(
        issuer="Laboratory W", number=name, item=thing, ended=DAY, issued=DAY, customer="C",
        persons=(("A", "calibrated"), ("B", "approved")), method={"zh": "比较", "en": "comparison"},
    )  # fmt: skip
    certificate, findings = read(issue(done, particulars, known))
    assert certificate is not None, findings
    return certificate


def saved(number: int, parent: Certificate, known: Evidence) -> SavedResult:
    """A result of a workshop: 2·s + m, kept and not issued."""
    done = evaluate(question("2*s + m", parent, 1e-3 * number, f"{number + 4096:032x}"), known)
    archive = dump({name: output.quantity for name, output in done.outputs.items()})
    result, findings = read_result(result_document(f"R-{number}", "Workshop", DAY, done.document, archive))
    assert result is not None, findings
    return result


def world(results: int) -> Evidence:
    """One standard, ten working standards, and the results that rest on them in turn."""
    top = standard()
    middle = tuple(working(number, top) for number in range(WORKING))
    known = Evidence(certificates=(top, *middle))
    rows = tuple(saved(number, middle[number % WORKING], known) for number in range(results))
    return Evidence(certificates=known.certificates, results=rows)


def wrong(found: Impact, results: int) -> str:
    """What differs from the answer by hand: each working standard moves by d, each result by 2·d; U stays."""
    if len(found.rows) != WORKING + results:
        return f"{len(found.rows)} rows, {WORKING + results} expected"
    moves: Mapping[str, float] = {"certificate": SHIFT, "result": 2.0 * SHIFT}
    for row in found.rows:
        if row.state != "evaluated" or row.delta is None or row.growth is None:
            return f"{row.node.title}: {row.state}"
        if not math.isclose(row.delta, moves[row.node.kind], abs_tol=1e-12) or not math.isclose(row.growth, 1.0):
            return f"{row.node.title}: moves by {row.delta}, {moves[row.node.kind]} expected"
    return ""


def impacts(results: int) -> bool:
    """Time the full impact of a shift; False where an answer differs."""
    evidence = world(results)
    scenario = Shifted(STANDARD, "0/0", SHIFT)
    graph = build(evidence)
    fault = wrong(impact_of(evidence, scenario, graph), results)
    if fault:
        print(f"impact: {fault}")
        return False
    making = median(lambda: build(evidence), 5)
    whole = median(lambda: impact_of(evidence, scenario, graph), 3)
    count = WORKING + results
    print(f"impact of a shift on {WORKING} certificates and {results} results, all as by hand")
    print(f"  graph {making:.1f} ms, impact {whole:.0f} ms: {whole / count:.2f} ms a result, evaluated twice each")
    return True


def main() -> int:
    """Check the answers, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", nargs="?", type=int, default=500, help="saved results below the standard")
    wish = parser.parse_args()
    print(f"NumPy {np.__version__}, scipy {scipy.__version__}")
    return 0 if all([*map(closures, SIZES), impacts(wish.results)]) else 1


if __name__ == "__main__":
    sys.exit(main())
