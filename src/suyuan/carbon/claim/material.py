"""What is material for a total: the misstatement from which a verifier, or a cross-check, may not look away."""

from __future__ import annotations

import math

from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.table import Row, load


def materiality(scheme: str, legal: float) -> tuple[float, Row]:
    """The material misstatement, tCO2, for a claim, and the row that says so. Raises Refused for another scheme.

    >>> materiality("ISO 14064-3", 1000.0)[0]
    50.0
    """
    rows = load("suyuan.carbon", "management.materiality")
    for row in rows:
        if row["scheme"] != scheme:
            continue
        if abs(legal) <= row.get("up_to", math.inf) and abs(legal) > row.get("above", -1.0):
            return abs(legal) * float(row["value"]), row
    raise Refused(finding("carbon.verify.scheme", "scheme", given=scheme[:40], known=", ".join(schemes())))


def schemes() -> tuple[str, ...]:
    """The schemes that say what is material."""
    return tuple(dict.fromkeys(str(row["scheme"]) for row in load("suyuan.carbon", "management.materiality")))


def strictest(legal: float) -> tuple[float, Row]:
    """The smallest misstatement that any scheme calls material, tCO2, and its row.

    >>> strictest(1_000_000.0)[1]["id"]
    'materiality.eu_large'
    """
    return min((materiality(scheme, legal) for scheme in schemes()), key=lambda one: float(one[1]["value"]))
