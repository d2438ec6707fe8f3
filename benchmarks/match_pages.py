"""The pages of needs and capabilities with 10⁵ capabilities on the register: how long one waits.

Capabilities are those of `matching.py` with the names of `capability_search.py`, delivered as registers of 100 invented
laboratories into a store; needs likewise. Pages are asked for through Django's test client, without a network: the list
of needs with a text search, the list of capabilities with a filter, a need, and a capability, each a different one.

    python benchmarks/match_pages.py [capabilities] [times] [--data FOLDER]

First is told what is done once (reading, what carries each capability, columns, index, screening all needs), in CPU
and wall seconds; then milliseconds of each page, CPU of this process with wall beside it, the 95th percentile and the
median; one pass of NumPy over as many numbers as there are capabilities, for scale. Exits 1 where a page is not what it
should be, or where the 95th percentile of a need or a text search is above half a second of CPU, which binds from 10⁵
capabilities on. FOLDER keeps what was delivered, and what was read of it, for the next time.
"""

# ruff: noqa: E402 (the thread count must stand before NumPy is loaded)
from __future__ import annotations

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import argparse
import logging
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import numpy as np
from capability_search import named, queries
from matching import Draw

from suyuan.capability.capability import Capability
from suyuan.capability.need import Need
from suyuan.capability.write import capability_row, need_row
from suyuan.quantity.fields import canonical

LABORATORIES, NEEDS, PROMISED, BINDS = 100, 300, 500.0, 100_000
CERTIFICATE = ("演示国家计量院 demo", "DEMO-1")


def text(value: Any) -> Any:
    """Numbers as text, as a register has them."""
    if isinstance(value, dict):
        return {key: text(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [text(inner) for inner in value]
    return f"{value:.10g}" if isinstance(value, float) else value


def register(owner: str, kind: str, rows: Sequence[dict[str, Any]]) -> bytes:
    """A delivery of one organisation."""
    return canonical(
        {"suyuan": "register", "organisation": {"zh": owner}, "number": owner, "day": "2026-01-05", "demo": True,
         "rows": {kind: [text({k: v for k, v in row.items() if k not in ("laboratory", "organisation")})
                         for row in rows]}}
    )  # fmt: skip


def fill(folder: Path, capabilities: Sequence[Capability], needs: Sequence[Need]) -> None:
    """Put everything in as documents."""
    from suyuan.store.folder import Store

    store = Store(folder)
    for n in range(LABORATORIES):
        rows = [capability_row(c) for c in capabilities[n::LABORATORIES]]
        added = store.add(register(f"演示实验室 {n:02d}", "capability", rows), f"{n}.json")
        if not added.stored:
            raise SystemExit(f"a register was refused: {added.findings[:2]}")
    added = store.add(register("演示企业", "need", [need_row(need) for need in needs]), "needs.json")
    if not added.stored:
        raise SystemExit(f"the needs were refused: {added.findings[:2]}")


def spread(works: Sequence[Callable[[], Any]]) -> tuple[tuple[float, ...], tuple[float, ...], list[Any]]:
    """95th percentile and median of CPU, and of wall time, in milliseconds, and the answers."""
    cpu, wall, answers = [], [], []
    for work in works:
        begin, here = time.perf_counter(), time.process_time()
        answers.append(work())
        cpu.append(1e3 * (time.process_time() - here))
        wall.append(1e3 * (time.perf_counter() - begin))
    both = [(float(np.percentile(times, 95)), float(np.median(times))) for times in (cpu, wall)]
    return both[0], both[1], answers


def timed(name: str, work: Callable[[], Any]) -> Any:
    """Something that is done once; CPU and wall seconds."""
    begin, here = time.perf_counter(), time.process_time()
    value = work()
    print(f"  {name:<44s}{time.process_time() - here:8.2f} s{time.perf_counter() - begin:10.2f} s")
    return value


def main() -> int:
    """Draw, fill, warm up, ask, check, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("capabilities", nargs="?", type=int, default=100_000)
    parser.add_argument("times", nargs="?", type=int, default=100)
    parser.add_argument("--data", type=Path)
    wish = parser.parse_args()
    draw = Draw(20_260_902)
    capabilities = [named(draw, draw.capability(at)) for at in range(wish.capabilities)]
    needs = [draw.need(at) for at in range(NEEDS)]
    folder = wish.data or Path(tempfile.mkdtemp(prefix="suyuan-pages-")) / "data"
    print(f"{wish.capabilities} capabilities of {LABORATORIES} laboratories, {NEEDS} needs")
    print("once")
    if not (folder / "index.jsonl").exists():
        timed("written into the store", lambda: fill(folder, capabilities, needs))
    from suyuan.site.start import prepare

    prepare(folder, demo=True)
    logging.disable(logging.CRITICAL)
    from django.contrib.auth.models import User
    from django.test import Client

    from suyuan.site.acts.matching import capability as acts
    from suyuan.site.acts.matching import need as need_acts
    from suyuan.site.acts.service import now_known

    client = Client(headers={"host": "localhost"})
    client.force_login(User.objects.get(username="customer"))
    snapshot = timed("read", lambda: (s := now_known(), s.capabilities, s.needs)[0])
    timed("what carries each capability", lambda: need_acts.supports(snapshot))
    timed("columns", lambda: need_acts.columns(snapshot))
    timed("words indexed", lambda: acts.index(snapshot))
    timed("all needs screened", lambda: need_acts.verdicts(snapshot))
    timed("which hold, what can be chosen", lambda: (acts.states(snapshot), acts.choices(snapshot)))
    timed("first page", lambda: client.get("/match"))

    names = list(need_acts.known(snapshot))[: wish.times]
    asked = [query for query, _ in queries(draw, capabilities)][: wish.times]
    some = [capabilities[int(at)] for at in draw.rng.integers(len(capabilities), size=wish.times)]
    pages = {
        "a need": [f"/match/{quote(name)}" for name in names],
        "a text search": ["/match?" + urlencode({"q": query}) for query in asked],
        "the list, filtered and sorted": ["/capabilities?" + urlencode({"q": q, "sort": "low"}) for q in asked],
        "a capability": [f"/capabilities/{quote(place(capabilities, c))}" for c in some],
    }  # fmt: skip
    return told(client, pages, wish.capabilities)


def place(capabilities: Sequence[Capability], c: Capability) -> str:
    """Laboratory and id under which a capability was delivered."""
    at = int(c.id.rpartition("-")[2]) if c.id.rpartition("-")[2].isdigit() else capabilities.index(c)
    at = at if at < len(capabilities) and capabilities[at] is c else capabilities.index(c)
    return f"演示实验室 {at % LABORATORIES:02d}/{c.id}"


def told(client: Any, pages: dict[str, list[str]], n: int) -> int:
    """Ask for every page, print how long it takes. Returns 1 where something is wrong."""
    numbers = np.random.default_rng(1).random(n)
    bare = spread([lambda: float(np.sum(numbers * numbers > 0.5))] * 50)[0][1]
    print(f"{'':<34s}{'CPU / ms':>20s}{'wall / ms':>20s}{'':>12s}")
    print(f"{'page':<34s}{'95 %':>10s}{'median':>10s}{'95 %':>10s}{'median':>10s}{'in passes':>12s}")
    wrong = 0
    for name, addresses in pages.items():
        works = [lambda address=address: client.get(address) for address in addresses]
        (high, middle), wall, answers = spread(works)
        bad = sum(answer.status_code != 200 for answer in answers)
        late = n >= BINDS and name in ("a need", "a text search") and high > PROMISED
        wrong += bad + late
        said = f"  {bad} pages failed" if bad else "  slower than promised" if late else ""
        print(f"{name:<34s}{high:10.0f}{middle:10.0f}{wall[0]:10.0f}{wall[1]:10.0f}{middle / bare:12.0f}{said}")
    print(f"{'one pass of NumPy':<34s}{'':>10s}{bare:10.2f}{'':>20s}{1:12d}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
