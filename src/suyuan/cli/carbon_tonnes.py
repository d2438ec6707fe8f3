"""How the terminal writes tonnes: plain ones, best estimates at the place of their U, and U, a lower bound with «≥»."""

from __future__ import annotations

import math

from suyuan.cli.language import term


def tonnes(value: float, sign: bool = False) -> str:
    """Tonnes as a person reads them: no decimals from 1000 t on, else four digits; a word where they are not known."""
    if not math.isfinite(value):
        return term("carbon.unknown")
    return f"{value:{'+' if sign else ''},.0f}" if abs(value) >= 1000 else f"{value:{'+' if sign else ''},.4g}"


def known(value: float, lost: float) -> str:
    """A sum of tonnes; unknown where it leaves hours out and nothing was summed: that is not nil."""
    return tonnes(math.nan if lost and not value else value)


def estimate(value: float, U: float, sign: bool = False) -> str:
    """A best estimate at the place of the two digits of its U; plain tonnes where it has none."""
    if not (math.isfinite(value) and math.isfinite(U) and U > 0.0):
        return tonnes(value, sign)
    place = _place(U)
    return f"{round(value, -place):{'+' if sign else ''},.{max(0, -place)}f}"


def spread(U: float, least: bool = False) -> str:
    """An uncertainty to its two digits. least: some of it is not stated, so that it is a lower bound: «≥», and unknown
    where nothing is stated at all."""
    if not math.isfinite(U) or (least and not U > 0.0):
        return term("carbon.unknown")
    if not U > 0.0:
        return "0"
    from suyuan.quantity.notation import rounded_uncertainty

    return f"{'≥ ' if least else ''}{float(rounded_uncertainty(U)):,.{max(0, -_place(U))}f}"


def bounded(U: float, least: bool = False) -> str:
    """The same within a sentence, after the letter U: «= 84,000 t», «≥ 84,000 t», «unknown»."""
    text = spread(U, least)
    return text if text == term("carbon.unknown") else f"{text} t" if least else f"= {text} t"


def relative(U: float, value: float, least: bool = False) -> str:
    """U over its value in percent to two digits; nothing where one of both is nil."""
    return f"{spread(100.0 * U / abs(value), least)} %" if value and U > 0.0 else ""


def _place(U: float) -> int:
    """The decimal place of the second digit of an uncertainty."""
    from suyuan.quantity.notation import rounded_uncertainty

    return math.floor(math.log10(float(rounded_uncertainty(U)))) - 1
