"""Every way to a reference value by its name: one measurand in, a `Consensus` out.

Who contributes is an argument of the results; statistics exclude nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from suyuan.comparison import consensus
from suyuan.comparison.results import Consensus
from suyuan.quantity.finding import Refused, finding

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Results:
    """What n laboratories found for one measurand, in one unit.

    labs: names; x, u: values and standard uncertainties (n,); dof: degrees of freedom (n,), infinite where not stated;
    contributing: (n,) true for those that count in the reference value; covariance: (n, n), None where independent.
    """

    labs: tuple[str, ...]
    x: Array
    u: Array
    dof: Array
    contributing: Array
    covariance: Array | None = None

    @classmethod
    def of(cls, x: Any, u: Any, **more: Any) -> Results:
        """Results without names, all contributing, unless said otherwise."""
        x, u = np.asarray(x, float), np.asarray(u, float)
        given: dict[str, Any] = {"labs": tuple(str(i + 1) for i in range(x.size)), "dof": np.full(x.shape, np.inf),
                                 "contributing": np.ones(x.shape, bool)}  # fmt: skip
        return cls(x=x, u=u, **{**given, **more})


@dataclass(frozen=True, slots=True)
class Settings:
    """Choices that a method may read. constants: «exact», or «printed» as in the standards; draws, seed: of Monte
    Carlo; given: value and u of a reference from outside."""

    constants: Literal["exact", "printed"] = "exact"
    draws: int = 1_000_000
    seed: int = 1
    given: tuple[float, float] | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


Method = Callable[[Results, Settings], Consensus]


def estimate(method: str, results: Results, settings: Settings = Settings()) -> Consensus:
    """The reference value by a method of `METHODS`. Raises Refused for a name that is not known, and for bad input.

    >>> found = estimate("weighted_mean", Results.of([10.0, 10.2], [0.3, 0.4]))
    >>> round(float(found.value), 3), round(float(found.u), 2)
    (10.072, 0.24)
    """
    if method not in METHODS:
        raise Refused(finding("comparison.method.unknown", "method", method=method, known=", ".join(METHODS)))
    return METHODS[method](results, settings)


def _weighted(r: Results, s: Settings) -> Consensus:
    return consensus.weighted_mean(r.x, r.u, r.contributing)


METHODS: Mapping[str, Method] = {"weighted_mean": _weighted}
