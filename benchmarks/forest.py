"""Monte Carlo of a forest's biomass: 2 050 trees × 1 000 draws against drawing its random numbers bare.

Ours: diameters with two errors, wood densities, heights from a model, one allometry a draw, residuals, summed to Mg.
Floor: the same count of random numbers of the same kinds from the same generator, chunk by chunk, nothing else.
For the answer: the same draws written out with one large array a step.

    python benchmarks/forest.py [TREES] [DRAWS]

Promise: at most 3 times drawing the numbers (CPU, in turn). Exits 1 where the answers differ or it is broken.
"""

# ruff: noqa: E402 (the thread count must stand before NumPy is loaded)
from __future__ import annotations

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import statistics
import sys
import time

import numpy as np

from suyuan.carbon.forest.height import HeightModel
from suyuan.carbon.forest.montecarlo import CHUNK, Errors, Posterior, Stand, diameter_sd, generator, monte_carlo

LIMIT, ROUNDS = 3.0, 5
MODEL = HeightModel(0.68, 1.03, -0.0836, 0.22, np.zeros((3, 3)), 888, 10.0, 150.0)
ERRORS = Errors("chave_2004", 0.07)


def stand(trees: int) -> tuple[Stand, Posterior]:
    """Trees and a posterior of the size of the published ones, openly synthetic."""
    rng = np.random.default_rng(1)
    diameter = 10.0 + rng.gamma(1.2, 12.0, trees)
    posterior = Posterior(rng.normal(-2.76, 0.03, 1001), rng.normal(0.976, 0.004, 1001), np.full(1001, 0.357))
    return Stand(diameter, rng.normal(0.65, 0.12, trees).clip(0.2, 1.1)), posterior


def bare(trees: int, draws: int) -> float:
    """The numbers that a run draws, and nothing else: four normals, one uniform a tree, one row a draw."""
    kept = 0.0
    for chunk, start in enumerate(range(0, draws, CHUNK)):
        shape = (min(CHUNK, draws - start), trees)
        for kind in ("diameter", "density", "height", "residual"):
            kept += float(generator(0, chunk, kind).standard_normal(shape)[0, 0])
        kept += float(generator(0, chunk, "large").random(shape, dtype=np.float32)[0, 0])
        kept += float(generator(0, chunk, "row").integers(1001, size=shape[0])[0])
    return kept


def written_out(trees: Stand, posterior: Posterior, draws: int) -> np.ndarray:
    """The same model, step by step."""
    found = []
    for chunk, start in enumerate(range(0, draws, CHUNK)):
        shape = (min(CHUNK, draws - start), len(trees.diameter))
        z = {k: generator(0, chunk, k).standard_normal(shape) for k in ("diameter", "density", "height", "residual")}
        small, large, share = diameter_sd("chave_2004", trees.diameter)
        few = generator(0, chunk, "large").random(shape, dtype=np.float32) < share
        d = np.maximum(trees.diameter + z["diameter"] * np.where(few, large, small), 0.1)
        rho = np.clip(trees.wood_density + 0.07 * z["density"], 0.08, 1.39)
        h = np.exp(MODEL.a + MODEL.b * np.log(d) + MODEL.c * np.log(d) ** 2 + MODEL.residual_sd * z["height"])
        row = generator(0, chunk, "row").integers(1001, size=shape[0])
        log_agb = posterior.intercept[row, None] + posterior.slope[row, None] * np.log(rho * h * d**2)
        found.append((np.exp(log_agb + posterior.sd[row, None] * z["residual"]) / 1000.0).sum(axis=1))
    return np.concatenate(found)


def main() -> int:
    """Measure in turn, print, compare."""
    trees, draws = (int(sys.argv[at]) if len(sys.argv) > at else size for at, size in ((1, 2050), (2, 1000)))
    forest, posterior = stand(trees)
    ours = monte_carlo(forest, posterior, ERRORS, MODEL, draws)
    same = np.allclose(ours.total, written_out(forest, posterior, draws), rtol=1e-9)
    spent: dict[str, list[float]] = {"bare": [], "ours": []}
    for _ in range(ROUNDS):
        for name, act in (("bare", lambda: bare(trees, draws)),
                          ("ours", lambda: monte_carlo(forest, posterior, ERRORS, MODEL, draws))):  # fmt: skip
            began = time.process_time()
            act()
            spent[name].append(time.process_time() - began)
    floor, taken = (statistics.median(spent[name]) for name in ("bare", "ours"))
    ratio = statistics.median(o / b for o, b in zip(spent["ours"], spent["bare"], strict=True))
    print(f"{trees} trees x {draws} draws: bare {floor:.3f} s, ours {taken:.3f} s, ratio {ratio:.2f} (limit {LIMIT:g})")
    print(f"answers equal: {same}; total {ours.mean:.1f} Mg, sd {ours.sd:.1f} Mg")
    binds = trees * draws >= 2050 * 1000
    return 0 if same and (ratio <= LIMIT or not binds) else 1


if __name__ == "__main__":
    sys.exit(main())
