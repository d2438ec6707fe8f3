"""Monte Carlo of the biomass and carbon of trees, with each error independent or shared as one says.

A draw: diameters with their measurement error, wood densities, heights from the height model with its residual, one row
of the posterior of the allometry (one for all trees of a draw: it is one equation), and the residual of each tree.
Published practice draws wood density and carbon fraction for each tree alone; where the error is one of the species or
of the whole stand it does not average out, and the result is up to twice as uncertain. Both can be asked for here.

Draws are keyed by (seed, chunk, kind) and made for every tree of the table, there or not, so two inventories of one
table with one seed share what belongs to a tree: its residual, its wood density, its departure from the height model.
In-growth and mortality shift nothing. What belongs to a measurement is also keyed by its occasion, and is not shared.

Two forms of an equation differ by exp(½σ²), 6.6 % for σ = 0.357: a line fitted to logarithms gives the median of a
tree, a printed «a» that is already corrected its mean. Here residuals are drawn, so a posterior is that of the fitted
line (`parameters.Equation`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.forest.allometry import above_zero, row_named
from suyuan.carbon.forest.height import HeightModel
from suyuan.quantity.finding import Refused, finding

Array = NDArray[np.float64]
Sharing = Literal["tree", "species", "all"]
SHARINGS: tuple[Sharing, ...] = ("tree", "species", "all")
CHUNK = 64
"""Draws that are made at once: with some thousand trees they stay in the cache."""
MOST_DRAWS, LEAST_DRAWS = 1_000_000, 10
_KINDS = ("diameter", "large", "density", "height", "residual", "fraction", "row")
_MEASURED = ("diameter", "large")
"""Kinds that belong to a measurement, not to a tree; so does a measured height."""
_LOG_GRAM = np.log(1e-3)  # ln of a kilogram in Mg


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """Draws of an allometric equation: ln AGB/kg = intercept + slope·x + N(0, sd); arrays (m,), or (m, trees) where
    each tree has its own.

    intercept: of the line as fitted to logarithms, not corrected for the back-transform: the median of a tree;
    powers: x = ln(ρ^p·H^q·D^r), numbers or arrays (trees,).
    """

    intercept: Array
    slope: Array
    sd: Array
    powers: tuple[Any, Any, Any] = (1.0, 1.0, 2.0)

    def moved(self, intercept: Any, slope: Any) -> Posterior:
        """The same draws with both parameters moved."""
        return replace(self, intercept=self.intercept + intercept, slope=self.slope + slope)


@dataclass(frozen=True, slots=True, eq=False)
class Stand:
    """Trees of a stand. diameter: cm; wood_density: g/cm³; height: m, measured, or None for the height model;
    species: index of each tree's taxon, for errors that a species shares; plot: index of each tree's plot; there: which
    trees of the table stand in this inventory, None for all (of the others nothing is read); occasion: of measuring."""

    diameter: Array
    wood_density: Array
    height: Array | None = None
    species: NDArray[np.int64] | None = None
    plot: NDArray[np.int64] | None = None
    there: NDArray[np.bool_] | None = None
    occasion: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Errors:
    """What errs, and who shares it. diameter_error: name of the row, «» for none; wood_density_sd: g/cm³; height_sd: m,
    of measured heights, beside the height model's residual; carbon_fraction: mean and sd, as fractions, None for
    biomass; shared: «wood_density» or «carbon_fraction» → one of SHARINGS, «tree» where nothing is said."""

    diameter_error: str = ""
    wood_density_sd: float = 0.0
    height_sd: float = 0.0
    carbon_fraction: tuple[float, float] | None = None
    shared: Mapping[str, Sharing] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """Totals of a stand, Mg. total (draws,); plots (draws, plots), None without plots."""

    total: Array
    plots: Array | None

    @property
    def mean(self) -> float:
        return float(self.total.mean())

    @property
    def sd(self) -> float:
        return float(self.total.std(ddof=1))

    def interval(self, p: float = 0.95) -> tuple[float, float]:
        """Central interval of the totals, quantiles of type 7."""
        low, high = np.quantile(self.total, [(1 - p) / 2, (1 + p) / 2])
        return float(low), float(high)


def diameter_sd(name: str, diameter: Array) -> tuple[Array, float, float]:
    """Standard deviation of the small error, cm, that of the large error, and the share of trees that have it.

    >>> diameter_sd("chave_2004", np.array([10.0, 30.0, 80.0]))[0].round(4).tolist()
    [0.1524, 0.2764, 0.5864]
    """
    row = row_named("diameter_error", name)
    slope, offset = row["value"]
    return slope * diameter + offset, float(row["sd_large"]), float(row["share_large"])


def monte_carlo(
    stand: Stand, posterior: Posterior, errors: Errors, model: HeightModel | None, draws: int, seed: int = 0
) -> Drawn:
    """Totals of a stand over draws, Mg of biomass, or of carbon where a carbon fraction is given.

    model: for the heights of a stand without any. Raises Refused for trees that are not above zero, for neither heights
    nor a model, for species or plots that do not number the trees, for too many draws, a seed below zero, and for an
    unknown sharing.
    """
    if seed < 0:
        raise Refused(finding("carbon.forest.seed", "seed", given=seed))
    stand = _filled(stand)
    _check(stand, posterior, errors, model, draws)
    log_d, log_density = np.log(stand.diameter), np.log(stand.wood_density)
    total = np.empty(draws)
    plots = None if stand.plot is None else np.empty((draws, int(stand.plot.max()) + 1))
    for chunk, start in enumerate(range(0, draws, CHUNK)):
        size = min(CHUNK, draws - start)
        source = {kind: generator(seed, chunk, kind, _occasion(stand, kind)) for kind in _KINDS}
        log_agb = _one_chunk(stand, posterior, errors, model, (log_d, log_density), size, source)
        mass = np.exp(log_agb + _LOG_GRAM)
        _to_carbon(mass, stand, errors, source["fraction"])
        if stand.there is not None:
            mass[:, ~stand.there] = 0.0
        total[start : start + size] = mass.sum(axis=1)
        if plots is not None:
            for draw in range(size):
                plots[start + draw] = np.bincount(stand.plot, mass[draw], plots.shape[1])  # type: ignore[arg-type]
    return Drawn(total, plots)


def generator(seed: int, chunk: int, kind: str, occasion: int = 0) -> np.random.Generator:
    """The source of the numbers of one kind of one chunk of draws, on one occasion of measuring."""
    key = [seed, chunk, _KINDS.index(kind), occasion]
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence(key)))


def _occasion(stand: Stand, kind: str) -> int:
    measured = kind in _MEASURED or (kind == "height" and stand.height is not None)
    return stand.occasion if measured else 0


def _filled(stand: Stand) -> Stand:
    """Trees that are not there get 1 for what nobody reads of them."""
    there = stand.there
    if there is None:
        return stand
    size = len(stand.diameter)
    if len(there) != size or not there.any():
        raise Refused(finding("carbon.forest.numbers", "there", name="there", given=int(there.sum()), trees=size))
    d, density = (np.where(there, values, 1.0) for values in (stand.diameter, stand.wood_density))
    height = None if stand.height is None else np.where(there, stand.height, 1.0)
    return replace(stand, diameter=d, wood_density=density, height=height)


def _one_chunk(
    stand: Stand, posterior: Posterior, errors: Errors, model: HeightModel | None, logs: tuple[Array, Array], size: int,
    source: Mapping[str, np.random.Generator],
) -> Array:  # fmt: skip
    """ln AGB/kg of each tree (size, trees)."""
    shape = (size, len(stand.diameter))
    log_d, log_density = logs
    if errors.diameter_error:
        log_d = np.log(_diameters(stand.diameter, errors.diameter_error, shape, source))
    if errors.wood_density_sd > 0.0:
        log_density = np.log(_densities(stand, errors, shape, source["density"]))
    p, q, r = posterior.powers
    x = p * log_density + r * log_d
    if np.any(q):
        x = x + q * _log_heights(stand, errors, model, log_d, shape, source["height"])
    row = source["row"].integers(len(posterior.intercept), size=size)
    found = source["residual"].standard_normal(shape)
    intercept, slope, sd = (
        values[row].reshape(size, -1) for values in (posterior.intercept, posterior.slope, posterior.sd)
    )
    found *= sd
    found += slope * x
    found += intercept
    return found


def _log_heights(
    stand: Stand, errors: Errors, model: HeightModel | None, log_d: Array, shape: tuple[int, int],
    source: np.random.Generator,
) -> Array:  # fmt: skip
    """ln H, measured with its error or from the height model with its residual."""
    if stand.height is not None:
        if not errors.height_sd > 0.0:
            return np.log(stand.height)
        return np.log(np.maximum(stand.height + errors.height_sd * source.standard_normal(shape), 0.1))
    assert model is not None
    found = source.standard_normal(shape)
    found *= model.residual_sd
    found += model.log_height(log_d)
    return found


def _diameters(diameter: Array, name: str, shape: tuple[int, int], source: Mapping[str, np.random.Generator]) -> Array:
    """Diameters with their error, cm: a few trees have the large one; none falls below 0.1 cm."""
    small, large, share = diameter_sd(name, diameter)
    found = source["diameter"].standard_normal(shape)
    found *= np.where(source["large"].random(shape, dtype=np.float32) < share, large, small)
    found += diameter
    return np.maximum(found, 0.1, out=found)


def _densities(stand: Stand, errors: Errors, shape: tuple[int, int], source: np.random.Generator) -> Array:
    """Wood densities, g/cm³, kept within their bounds; one error for each tree, species or for all."""
    low, high = (float(one) for one in row_named("bounds", "wood_density")["value"])
    z = _shared(errors.shared.get("wood_density", "tree"), stand, shape, source)
    return np.clip(stand.wood_density + errors.wood_density_sd * z, low, high)


def _shared(sharing: Sharing, stand: Stand, shape: tuple[int, int], source: np.random.Generator) -> Array:
    """Standard normal errors (size, trees): one a tree, one a species, or one for all."""
    if sharing == "tree":
        return source.standard_normal(shape)
    if sharing == "all":
        return source.standard_normal((shape[0], 1))
    assert stand.species is not None
    return source.standard_normal((shape[0], int(stand.species.max()) + 1))[:, stand.species]


def _to_carbon(mass: Array, stand: Stand, errors: Errors, source: np.random.Generator) -> None:
    """Biomass to carbon in place."""
    if errors.carbon_fraction is None:
        return
    mean, sd = errors.carbon_fraction
    z = _shared(errors.shared.get("carbon_fraction", "tree"), stand, (len(mass), mass.shape[1]), source)
    mass *= np.clip(mean + sd * z, 0.0, 1.0)


def _check(stand: Stand, posterior: Posterior, errors: Errors, model: HeightModel | None, draws: int) -> None:
    above_zero(stand.diameter, "diameter")
    above_zero(stand.wood_density, "wood_density")
    if stand.height is not None:
        above_zero(stand.height, "height")
    elif model is None and np.any(posterior.powers[1]):
        raise Refused(finding("carbon.forest.needs", "height", equation="ln AGB", needs="height"))
    if not LEAST_DRAWS <= draws <= MOST_DRAWS:
        raise Refused(finding("carbon.forest.draws", "n_draws", given=draws, low=LEAST_DRAWS, high=MOST_DRAWS))
    for name, sharing in errors.shared.items():
        if sharing not in SHARINGS or name not in ("wood_density", "carbon_fraction"):
            raise Refused(finding("carbon.forest.sharing", name, given=str(sharing)[:40], known=", ".join(SHARINGS)))
        if sharing == "species" and stand.species is None:
            raise Refused(finding("carbon.forest.needs", name, equation=name, needs="species"))
    for name, numbers in (("species", stand.species), ("plot", stand.plot)):
        if numbers is not None and (len(numbers) != len(stand.diameter) or int(numbers.min()) < 0):
            raise Refused(finding("carbon.forest.numbers", name, name=name, given=len(numbers),
                                  trees=len(stand.diameter)))  # fmt: skip
