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

import math
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from suyuan.quantity.conformity.decision import Decisions, Verdict
    from suyuan.quantity.coverage import Expanded
    from suyuan.quantity.quantity import Quantity
    from suyuan.traceability.evidence import Evidence

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
    "Curve": "suyuan.quantity.fit.curve",
    "predict": "suyuan.quantity.fit.calibration_curve",
    "inverse": "suyuan.quantity.fit.calibration_curve",
    "Formula": "suyuan.quantity.formula.formula",
    "notate": "suyuan.quantity.notation",
    "Refused": "suyuan.quantity.finding",
}
__all__ = ["decide", "evaluate", "expanded", "load", "quantity", "save", "type_a", "type_b", *_FACE]


class _Face(ModuleType):
    """The package. `quantity` is a function with the modules of its room as attributes, whatever has been imported."""

    @property
    def quantity(self) -> Any:
        if "_verb" not in self.__dict__:
            self.__dict__["_verb"] = import_module("suyuan.quantity").Verb()
        return self.__dict__["_verb"]

    @quantity.setter
    def quantity(self, room: ModuleType) -> None:
        """The import system hangs the room up here; it is found through the function."""


sys.modules[__name__].__class__ = _Face


def __getattr__(name: str) -> Any:
    if name == "type_b":
        return import_module("suyuan.quantity.type_b")
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


def expanded(
    value: Quantity | ArrayLike,
    u: ArrayLike | None = None,
    dof: ArrayLike = math.inf,
    p: float | None = None,
    truncate: bool = False,
) -> Expanded:
    """Expanded uncertainty and coverage interval: `expanded(q, 0.95)` of a quantity, or of plain numbers.

    U = k·u, k the quantile of Student's t (GUM G.6.4). Of a quantity: p as second argument or by name, its u and
    effective degrees of freedom; results in its unit. Of numbers: see `suyuan.quantity.coverage.expanded`.
    truncate: cut the degrees of freedom to an integer. Raises Refused if p is no probability.

    >>> import suyuan as sy
    >>> e = sy.expanded(sy.quantity(50_000_838.0, 32.0, "nm", dof=16.7), 0.99, truncate=True)       # GUM H.1.7
    >>> round(e.U), e.dof
    (93, 16.0)
    """
    from suyuan.quantity import coverage
    from suyuan.quantity.finding import Refused, finding
    from suyuan.quantity.quantity import Quantity

    if not isinstance(value, Quantity):
        if u is None or p is None:
            raise TypeError("expanded() of numbers needs u and p: what is not stated is not nil")
        return coverage.expanded(value, u, dof, p, truncate)
    if value.is_complex:
        raise Refused(finding("quantity.complex.operation", operation="expanded"))
    asked: Any = u if p is None else p
    return coverage.expanded(value.value, value.u, value.dof, asked, truncate)


def decide(
    value: Quantity | float,
    U: float | None = None,
    lower: Quantity | float | None = None,
    upper: Quantity | float | None = None,
    guard_factor: float = 1.0,
    *,
    p: float = 0.95,
) -> Verdict | Decisions:
    """Decide conformity by the simple rule with guard band w = r·U (JCGM 106, ILAC-G8).

    value: a quantity, whose U is k·u for the coverage probability p unless stated; or a number with its U; lower,
    upper: limits as quantities, or as numbers in the unit of the value; guard_factor: r. Returns a `Verdict`, of an
    array `Decisions`; what forbids a decision stands in their findings.
    Raises Refused for a limit of another dimension.

    >>> import suyuan as sy
    >>> sy.decide(sy.quantity(10.08, 0.005, "mm"), upper=10.10).state, sy.decide(10.09, 0.02, upper=10.10).state
    ('pass', 'undecided')
    """
    from suyuan.quantity.conformity import decision
    from suyuan.quantity.quantity import Quantity

    if not isinstance(value, Quantity):
        return decision.decide(value, U, lower, upper, guard_factor)  # type: ignore[arg-type]
    low, high = (x.to(value.unit).value if isinstance(x, Quantity) else x for x in (lower, upper))
    spread = expanded(value, p).U if U is None else U
    if value.shape:
        return decision.decide_array(value.value, spread, low, high, guard_factor)
    ends = [None if x is None else float(x) for x in (low, high)]
    return decision.decide(float(value.value), float(spread), ends[0], ends[1], guard_factor)


def evaluate(
    case: Mapping[str, Any] | str | Path, evidence: Evidence | None = None, evaluation: str = "",
    bounds: str | None = None,
) -> Any:  # fmt: skip
    """Evaluate a case: a document, or the path of its JSON file (`docs/case.md`).

    Of kind «model»: an `Evaluation` (see `suyuan.verbs.evaluate.evaluate` for the arguments); of any other kind, and of
    a model without first order: a dict with the keys of the kind. Raises Refused with every fault found.
    """
    from suyuan.quantity.finding import Refused, finding
    from suyuan.verbs.cases import answer
    from suyuan.verbs.document import parse_json
    from suyuan.verbs.evaluate import evaluate as of_model

    document = parse_json(_read(case), str(case)) if isinstance(case, str | Path) else case
    if not isinstance(document, Mapping):
        raise Refused(finding("face.case.form", got=type(case).__name__))
    body = document.get("input")
    want = body.get("want") if isinstance(body, Mapping) else None
    if document.get("kind") != "model" or (isinstance(want, list) and want and "first_order" not in want):
        from suyuan.store.case_files import case_files

        beside = Path(case).absolute().parent if isinstance(case, str | Path) else None
        return answer(document, evidence, case_files(beside))
    return of_model(document, evidence, evaluation, bounds)


def save(path: str | Path, results: dict[str, Quantity], *, overwrite: bool = False, **intermediate: Quantity) -> None:
    """Write results to an archive file; read together with other archives they stay correlated.

    A path that ends in .parquet gets columns, for large arrays (extra «lake»); any other gets JSON. A file that is
    there already is kept, and Refused raised, unless `overwrite`.
    """
    from suyuan.quantity.archive import archive
    from suyuan.quantity.finding import Refused, finding

    content = _form(path, archive).dump(results, intermediate)
    try:
        with open(path, "wb" if overwrite else "xb") as file:
            file.write(content)
    except FileExistsError:
        raise Refused(finding("face.file.exists", str(path))) from None
    except OSError as error:
        raise Refused(finding("face.file.not_written", str(path), reason=error.strerror or error)) from None


def load(path: str | Path) -> dict[str, Quantity]:
    """The results of an archive file by name. Raises Refused if it is missing, damaged or altered."""
    from suyuan.quantity.archive import archive

    return dict(_form(path, archive).load(_read(path), str(path)).results)


def _read(path: str | Path) -> bytes:
    from suyuan.quantity.finding import Refused, finding

    try:
        return Path(path).read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a text that is no path
        reason = getattr(error, "strerror", None) or error
        raise Refused(finding("face.file.not_read", str(path)[:200], reason=reason)) from None


def _form(path: str | Path, usual: Any) -> Any:
    """The form of archive that a file's ending asks for."""
    return import_module("suyuan.quantity.archive.columns") if Path(path).suffix.lower() == ".parquet" else usual
