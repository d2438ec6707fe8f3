"""Bases of coal analysis: as received (ar), air dried (ad), dry (d), dry ash-free (daf).

What burns is coal as received; a laboratory analyses air-dried coal and reports dry values. Between them stand two
moistures, each a measured quantity: a carbon content on the wrong basis is wrong by the moisture, 5 to 30 %.
"""

from __future__ import annotations

from typing import Any, Literal, get_args

from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.quantity import Quantity

Basis = Literal["ar", "ad", "d", "daf"]
BASES: tuple[Basis, ...] = get_args(Basis)


def as_received(content: Any, basis: Basis, moisture_ar: Any, moisture_ad: Any = None, ash_ar: Any = None) -> Any:
    """A mass content on a basis as the content of coal as received, in the unit of `content`.

    ad: C_ar = C_ad·(100 − M_ar)/(100 − M_ad); d: C_ar = C_d·(100 − M_ar)/100;
    daf: C_ar = C_daf·(100 − M_ar − A_ar)/100.
    moisture_ar: total moisture, %; moisture_ad: moisture of the air-dried sample, %; ash_ar: ash as received, %; all
    numbers, arrays or quantities. GB/T 483 and ISO 1170 state these conversions (from memory; they follow from the
    definitions of the bases, since what is dried away is mass).
    Raises Refused for a basis that is not known, a moisture that is absent, and one outside 0 to 100 %.

    >>> round(as_received(62.0, "ad", 12.0, 2.0), 4)
    55.6735
    >>> as_received(60.0, "d", 10.0)
    54.0
    """
    if basis not in BASES:
        raise Refused(finding("carbon.basis.unknown", "basis", given=str(basis)[:20], known=", ".join(BASES)))
    if basis == "ar":
        return content
    total = _percent(moisture_ar, "moisture_ar")
    if basis == "d":
        return content * (1.0 - total / 100.0)
    if basis == "ad":
        return content * ((100.0 - total) / (100.0 - _percent(moisture_ad, "moisture_ad")))
    rest = 100.0 - total - _percent(ash_ar, "ash_ar")
    return content * (rest / 100.0)


def _percent(value: Any, name: str) -> Any:
    if value is None:
        raise Refused(finding("carbon.basis.absent", name, name=name))
    plain = value.value if isinstance(value, Quantity) else value
    low, high = (plain.min(), plain.max()) if hasattr(plain, "min") else (plain, plain)
    if not (float(low) >= 0.0 and float(high) < 100.0):
        raise Refused(finding("carbon.basis.percent", name, name=name, given=f"{float(low):g} … {float(high):g}"))
    return value
