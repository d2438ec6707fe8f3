"""Numbers as people read them: grouped, with a real minus, ± U, unit and k; never without what belongs to them.

The digits are those of `quantity.notation`; here they become HTML. Groups of three from five digits on are drawn by a
margin, not typed: a copied number stays a number.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import Any

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from suyuan.quantity import notation
from suyuan.quantity.notation import MINUS
from suyuan.site.terms import term

Number = str | float | int | Decimal
_NUMBER = re.compile(r"^\s*([+\-\u2212]?)(\d*)(?:\.(\d*))?(?:\s*(?:[eE]| × 10\^?)([+\-\u2212]?\d+))?\s*$")
_ANGLES = ("°", "′", "″")  # stand close to the number; every other symbol after a thin space
_UNSHOWN = ("", "1", "\\one")
_FROM_SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", f"0123456789{MINUS}+")


def digits(text: str, *, sign: bool = False) -> SafeString:
    """A number given as text, its digits kept: `-0.082` → −0.082, `299792458` in drawn groups, `1.2e-6` × 10⁻⁶.

    Text that is no number is shown as it is.
    """
    straight = re.sub(r" × 10([⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺]+)$", lambda m: "e" + m[1].translate(_FROM_SUPERSCRIPT), text.strip())
    found = _NUMBER.match(straight)
    if not found or not (found[2] or found[3]):
        return format_html('<span class="n">{}</span>', text)
    mark, whole, fraction, exponent = found.groups()
    is_zero = not (whole + (fraction or "")).strip("0")
    lead = MINUS if mark in ("-", MINUS) and not is_zero else "+" if (sign or mark == "+") and not is_zero else ""
    first, *rest = notation.groups((whole or "0") + (f".{fraction}" if fraction else ""))
    body = first + "".join(f'<span class="g">{group}</span>' for group in rest)
    if exponent is not None:
        body += f" × 10<sup>{str(int(exponent.replace(MINUS, '-'))).replace('-', MINUS)}</sup>"
    return mark_safe(f'<span class="n">{lead}{body}</span>')  # made of digits and our own marks only


def unit_html(unit: Any) -> SafeString:
    """A unit (or its symbol) after a thin drawn space; nothing for 1."""
    shown = str(getattr(unit, "symbol", unit) or "").replace("μ", "µ")
    if shown in _UNSHOWN:
        return SafeString("")
    return format_html("{}", shown) if shown in _ANGLES else format_html('<span class="un">{}</span>', shown)


def plain(value: Number, significant: int = 6) -> str:
    """A number without uncertainty as text: text stays as printed, floats get up to six digits."""
    return value.strip() if isinstance(value, str) else notation.number(value, significant) or term("none.unknown")


def missing(value: Any) -> bool:
    """Whether there is no number: None, «», nan."""
    return value is None or value == "" or (isinstance(value, float) and math.isnan(value))


def quantity_html(
    value: Number | None,
    uncertainty: Number | None = None,
    unit: Any = "",
    *,
    k: Number | None = None,
    sign: bool = False,
    stated: bool = False,
) -> SafeString:
    """`(+0.254 ± 0.071) µm`, *k* = 2. No value is «unknown»; with `stated`, no uncertainty is said to be not stated."""
    if value is None or missing(value):
        return format_html('<span class="mute">{}</span>', term("none.unknown"))
    if uncertainty is None or missing(uncertainty):
        body = digits(plain(value), sign=sign) + unit_html(unit)
        told = format_html('<span class="ku"><i class="sy">U</i> {}</span>', term("none.not_stated")) if stated else ""
        return mark_safe(f'<span class="q">{body}</span>{told}')
    pair = _pair(value, uncertainty, sign)
    if unit_html(unit) and not pair.startswith("("):
        pair = f"({pair})"  # the unit belongs to both numbers
    factor = f'<span class="ku"><i class="sy">k</i> = {escape(plain(k, 3))}</span>' if k is not None else ""
    return mark_safe(f'<span class="q">{pair}{unit_html(unit)}</span>{factor}')


def _pair(value: Number, uncertainty: Number, sign: bool) -> str:
    """«value ± uncertainty»: texts stay as printed, numbers are written by GUM 7.2.6."""
    between = '<span class="pm">±</span>'
    if isinstance(value, str) or isinstance(uncertainty, str):
        return f"{digits(plain(value), sign=sign)}{between}{digits(plain(uncertainty))}"
    written = notation.notate(value, uncertainty, sign=sign)
    if written.exponent != written.uncertainty_exponent or not written.exponent:
        return f"{digits(written.value_text or '')}{between}{digits(written.uncertainty_text or '')}"
    power = str(written.exponent).replace("-", MINUS)
    left, right = digits(written.value_digits or ""), digits(written.uncertainty_digits or "")
    return f"({left}{between}{right}) × 10<sup>{power}</sup>"


def spoken_number(value: float, uncertainty: float | None, unit: str) -> str:
    """Value ± U unit as plain text, for labels that are read aloud."""
    shown_unit = "" if unit in _UNSHOWN else f" {unit}"
    if uncertainty is None:
        return f"{plain(float(value))}{shown_unit}".replace("-", MINUS)
    written = notation.notate(float(value), float(uncertainty))
    pair = f"{written.value_text} ± {written.uncertainty_text}"
    return f"({pair}){shown_unit}" if shown_unit else pair
