"""Suyuan 溯源: measurement results with uncertainty, identity and evidence.

The face is small; the rest is by word: `suyuan.certificate`, `suyuan.traceability`, `suyuan.verbs`, … Names are loaded
when they are first used, so that `import suyuan` costs nothing.

>>> import suyuan as sy
>>> standard = sy.quantity(50.000623, 25e-6, "mm", dof=18, label="standard block")
>>> a = standard + sy.quantity(0.000215, 9.7e-6, "mm", dof=25.6)
>>> b = standard - sy.quantity(0.000102, 9.7e-6, "mm", dof=25.6)
>>> print(f"{float((a - b).u) * 1e6:.1f} nm")
13.7 nm
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from suyuan.quantity.quantity import Quantity

__version__ = "0.1.0"

_FACE = {
    "Quantity": "suyuan.quantity.quantity",
    "joint": "suyuan.quantity.quantity",
    "correlated": "suyuan.quantity.correlated",
    "complex_quantity": "suyuan.quantity.complex_quantity",
    "constant": "suyuan.quantity.constant",
    "propagate": "suyuan.quantity.propagate",
    "sensitivities": "suyuan.quantity.sensitivities",
    "second_order": "suyuan.quantity.second_order",
    "monte_carlo": "suyuan.quantity.montecarlo.simulation",
    "validate": "suyuan.quantity.montecarlo.validation",
    "covariance": "suyuan.quantity.covariance",
    "correlation": "suyuan.quantity.covariance",
    "by_influence": "suyuan.quantity.budget",
    "by_certificate": "suyuan.quantity.budget",
    "fit_line": "suyuan.quantity.fit.polynomial",
    "fit_curve": "suyuan.quantity.fit.curve",
    "predict": "suyuan.quantity.fit.calibration_curve",
    "inverse": "suyuan.quantity.fit.calibration_curve",
    "Formula": "suyuan.quantity.formula.formula",
    "expanded": "suyuan.quantity.coverage",
    "decide": "suyuan.quantity.conformity.decision",
    "notate": "suyuan.quantity.notation",
    "Refused": "suyuan.quantity.finding",
    "evaluate": "suyuan.verbs.evaluate",
}
__all__ = ["load", "quantity", "save", "type_a", *_FACE]


def __getattr__(name: str) -> Any:
    if name == "quantity":
        return import_module("suyuan.quantity")
    if name in _FACE:
        value = getattr(import_module(_FACE[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"suyuan has no {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)


def type_a(readings: ArrayLike, unit: str = "1", label: str = "") -> Quantity:
    """The mean of repeated readings as a quantity: u = s/√n, n − 1 degrees of freedom (GUM 4.2).

    readings: shape (n,), in `unit`. Raises Refused where fewer than two usable readings are given.

    >>> q = type_a([4.999, 5.001, 5.000, 5.003, 4.997], "V")
    >>> float(q.value), float(q.dof)
    (5.0, 4.0)
    """
    from suyuan.quantity.finding import Refused, errors
    from suyuan.quantity.quantity import quantity as make
    from suyuan.quantity.type_a.readings import mean

    found, findings = mean(readings)
    if errors(findings):
        raise Refused(*errors(findings))
    return make(found.mean, found.u, unit, dof=found.dof, distribution="student_t", label=label)


def save(path: str | Path, results: dict[str, Quantity], **intermediate: Quantity) -> None:
    """Write results to an archive file; read together with other archives they stay correlated.

    A path that ends in .parquet gets columns, for large arrays (extra «lake»); any other gets JSON.
    """
    from suyuan.quantity.archive import archive

    Path(path).write_bytes(_form(path, archive).dump(results, intermediate))


def load(path: str | Path) -> dict[str, Quantity]:
    """The results of an archive file by name. Raises Refused if it is damaged or altered."""
    from suyuan.quantity.archive import archive

    return dict(_form(path, archive).load(Path(path).read_bytes(), str(path)).results)


def _form(path: str | Path, usual: Any) -> Any:
    """The form of archive that a file's ending asks for."""
    return import_module("suyuan.quantity.archive.columns") if Path(path).suffix.lower() == ".parquet" else usual
