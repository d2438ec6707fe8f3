"""Numbers as people read them: grouped, with a real minus, ± U, unit and k; never without what belongs to them.

Groups of three from five digits on are drawn by a margin, not typed: a copied number stays a number.
"""

from __future__ import annotations

import math
import re
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from suyuan.site.terms import term

Number = str | float | int | Decimal
MINUS = "\u2212"
_NUMBER = re.compile(r"^\s*([+\-\u2212]?)(\d*)(?:\.(\d*))?(?:[eE]([+\-]?\d+))?\s*$")


def _grouped(digits: str, *, from_left: bool) -> str:
    """Digits in drawn groups of three, from the decimal point outwards; fewer than five stay together."""
    if len(digits) < 5:
        return digits
    first = 3 if from_left else len(digits) % 3 or 3
    groups = [digits[:first], *(digits[i : i + 3] for i in range(first, len(digits), 3))]
    return groups[0] + "".join(f'<span class="g">{group}</span>' for group in groups[1:])


def digits(text: str, *, sign: bool = False) -> SafeString:
    """A number given as text, its digits kept: `-0.082` → −0.082, `299792458` in drawn groups, `1.2e-6` × 10⁻⁶.

    Text that is no number is shown as it is.
    """
    found = _NUMBER.match(text)
    if not found or not (found[2] or found[3]):
        return format_html('<span class="n">{}</span>', text)
    mark, whole, fraction, exponent = found.groups()
    is_zero = not (whole + (fraction or "")).strip("0")
    lead = MINUS if mark in ("-", MINUS) and not is_zero else "+" if sign and not is_zero else ""
    body = _grouped(whole or "0", from_left=False)
    if fraction:
        body += "." + _grouped(fraction, from_left=True)
    if exponent is not None:
        body += f" × 10<sup>{str(int(exponent)).replace('-', MINUS)}</sup>"
    return mark_safe(f'<span class="n">{lead}{body}</span>')  # made of digits and our own marks only


def unit_html(unit: str) -> SafeString:
    """A unit after a thin drawn space; nothing for 1."""
    shown = str(unit or "").replace("μ", "µ").replace("·", " ")
    return format_html('<span class="un">{}</span>', shown) if shown not in ("", "1", "\\one") else SafeString("")


def rounded_uncertainty(uncertainty: float) -> Decimal:
    """U to two digits, to the nearest, up where the nearest would lower it by more than 5 %."""
    exact = Decimal(repr(abs(float(uncertainty))))
    if exact == 0:
        return exact
    step = Decimal(1).scaleb(exact.adjusted() - 1)
    nearest = exact.quantize(step, ROUND_HALF_UP)
    if nearest < exact * Decimal("0.95"):
        nearest += step
    if nearest.adjusted() > exact.adjusted():  # 0.0996 became 0.100: two digits again
        nearest = nearest.quantize(step.scaleb(1))
    return nearest


def to_place_of(value: float, uncertainty: Decimal) -> Decimal:
    """The value at the last place of its uncertainty (GUM 7.2.6), half to even."""
    return Decimal(repr(float(value))).quantize(
        Decimal(1).scaleb(int(uncertainty.as_tuple().exponent)), ROUND_HALF_EVEN
    )


def plain(value: Number, significant: int = 6) -> str:
    """A number without uncertainty as text: text stays as printed, floats get up to six digits."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, float) and not math.isfinite(value):
        return "∞" if value > 0 else f"{MINUS}∞" if value < 0 else term("none.unknown")
    text = f"{float(value):.{significant}g}" if isinstance(value, float) else str(value)
    if "e" in text and 1e-5 < abs(float(text)) < 1e9:
        text = format(Decimal(text), "f")
    return text


def with_uncertainty(value: Number, uncertainty: Number) -> tuple[str, str]:
    """Value and uncertainty as texts at one place; texts stay as printed."""
    if isinstance(value, str) or isinstance(uncertainty, str):
        return plain(value), plain(uncertainty)
    if not (math.isfinite(float(value)) and math.isfinite(float(uncertainty))) or float(uncertainty) == 0:
        return plain(value), plain(uncertainty)
    shown = rounded_uncertainty(float(uncertainty))
    size = to_place_of(float(value), shown)
    largest = max(size.adjusted() if size else shown.adjusted(), shown.adjusted())
    if shown.adjusted() >= -5 and largest < 9 and int(shown.as_tuple().exponent) <= 0:
        return format(size, "f"), format(shown, "f")
    power = largest
    return f"{format(size.scaleb(-power), 'f')}e{power}", f"{format(shown.scaleb(-power), 'f')}e{power}"


def quantity_html(
    value: Number | None,
    uncertainty: Number | None = None,
    unit: str = "",
    *,
    k: Number | None = None,
    sign: bool = False,
    stated: bool = False,
) -> SafeString:
    """`+0.254 ± 0.071 µm`, *k* = 2. No value is «unknown»; with `stated`, no uncertainty is said to be not stated."""
    if value is None or value == "":
        return format_html('<span class="mute">{}</span>', term("none.unknown"))
    if uncertainty is None or uncertainty == "":
        body = digits(plain(value), sign=sign) + unit_html(unit)
        missing = format_html('<span class="ku">{}</span>', _no_uncertainty()) if stated else SafeString("")
        return mark_safe(f'<span class="q">{body}{missing}</span>')
    left, right = with_uncertainty(value, uncertainty)
    if "e" in left and "e" in right and left.partition("e")[2] == right.partition("e")[2]:
        power = str(int(left.partition("e")[2])).replace("-", MINUS)
        left, right = left.partition("e")[0], right.partition("e")[0]
        inner = f'({digits(left, sign=sign)}<span class="pm">±</span>{digits(right)}) × 10<sup>{power}</sup>'
    else:
        inner = f'{digits(left, sign=sign)}<span class="pm">±</span>{digits(right)}'
    factor = f'<span class="ku"><i class="sy">k</i> = {escape(plain(k, 3))}</span>' if k is not None else ""
    return mark_safe(f'<span class="q">{inner}{unit_html(unit)}</span>{factor}')


def _no_uncertainty() -> SafeString:
    return format_html('<i class="sy">U</i> {}', term("none.not_stated"))


def spoken_number(value: float, uncertainty: float | None, unit: str) -> str:
    """Value ± U unit as plain text, for labels that are read aloud."""
    shown_unit = "" if unit in ("", "1", "\\one") else f" {unit}"
    if uncertainty is None:
        return f"{plain(float(value))}{shown_unit}".replace("-", MINUS)
    left, right = with_uncertainty(float(value), float(uncertainty))
    return f"{left} ± {right}{shown_unit}".replace("-", MINUS)
