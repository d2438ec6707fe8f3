"""D-SI numbers and uncertainties: digits into floats, and what stands in an uncertainty element.

Two dialects are told apart by their elements: `expandedUnc` and `coverageInterval` (up to D-SI 2.1), `expandedMU`,
`standardMU` and `coverageIntervalMU` (from 2.2). A single value and a list of white-space separated values take the
same way. Nothing is guessed: a text that is not one number of D-SI's grammar gives no number.

Sources: D-SI XSD 2.0.0, 2.1.0, 2.2.1.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from suyuan.certificate.certificate import Uncertainty
from suyuan.certificate.xml import Element, place
from suyuan.quantity.distribution import LAWS
from suyuan.quantity.finding import Finding, finding

SI = "{https://ptb.de/si}"
RULE = "D-SI 2"

Report = Callable[[Finding], None]

# The decimal number of D-SI: no comma, no thousands sign, no infinity; `float` alone would take «1_0» and «inf».
_NUMBER = re.compile(r"[-+]?(?:\d*\.\d+|\d+\.?)(?:[eE][-+]?\d+)?", re.ASCII)
# A text of these characters only, that `float` takes, is in that grammar: the quick way for almost every number.
_PLAIN = "0123456789+-.eE"

_DISTRIBUTION = {
    "": "normal",
    "normal": "normal",
    "gaussian": "normal",
    "gauss": "normal",
    "rectangular": "rectangular",
    "rectangle": "rectangular",
    "uniform": "rectangular",
    "triangular": "triangular",
    "triangle": "triangular",
    "student": "student_t",
    "student-t": "student_t",
    "students-t": "student_t",
    "t": "student_t",
    "u-shaped": "arcsine",
    "u-distribution": "arcsine",
    **{name.replace("_", "-"): name for name in LAWS},
}


def both(*names: str) -> tuple[str, ...]:
    return tuple(SI + name + suffix for name in names for suffix in ("", "XMLList"))


UNCERTAINTY = frozenset(
    both(
        "measurementUncertaintyUnivariate",
        "measurementUncertaintyUnivaraite",
        "listMeasurementUncertaintyUnivariate",
        "listUnivariateUnc",
        "expandedUnc",
        "expandedMU",
        "standardMU",
        "coverageInterval",
        "coverageIntervalMU",
    )
)
"""The elements that hold an uncertainty, in both dialects, wrappers included."""

# Element → letter, inside an uncertainty.
_LETTER = {
    **dict.fromkeys(both("uncertainty", "valueExpandedMU"), "U"),
    **dict.fromkeys(both("standardUnc", "valueStandardMU"), "u"),
    **dict.fromkeys(both("intervalMin"), "low"),
    **dict.fromkeys(both("intervalMax"), "high"),
    **dict.fromkeys(both("coverageFactor"), "k"),
    **dict.fromkeys(both("coverageProbability"), "p"),
    **dict.fromkeys(both("distribution"), "d"),
}


def numbers(element: Element, report: Report) -> tuple[list[str], NDArray[np.float64] | None]:
    """The numbers of an element, with their digits as printed; None (and a finding) unless every one is a number.

    «NaN» is read as such: a point that the certificate leaves open. Only an element named …XMLList holds several, so
    that «1 000.5» is not taken for two values.
    """
    text = element.text or ""
    tokens = text.split()
    if not tokens:
        report(finding("certificate.dsi.number_missing", place(element), rule=RULE, element=local_name(element)))
        return [], None
    several = len(tokens) > 1 and not element.tag.endswith("XMLList")
    if several or len(element) or not text.isascii():
        report(finding("certificate.dsi.number", place(element), rule=RULE, text=text.strip()[:60], position=1))
        return [], None
    values = _floats(tokens, element, report)
    if values is None:
        return [], None
    if "NaN" in tokens:
        report(finding("certificate.dsi.nan", place(element), "warning", RULE, element=local_name(element)))
    return tokens, np.array(values)


def _floats(tokens: list[str], element: Element, report: Report) -> list[float] | None:
    """The tokens as floats; None (and a finding with the position) unless each is a number of D-SI or «NaN»."""
    if not "".join(tokens).strip(_PLAIN):
        try:
            values = list(map(float, tokens))
            if math.isfinite(sum(values)) or all(map(math.isfinite, values)):
                return values
        except ValueError:
            pass
    for index, token in enumerate(tokens):
        if token != "NaN" and not (_NUMBER.fullmatch(token) and math.isfinite(float(token))):
            report(finding("certificate.dsi.number", place(element), rule=RULE, text=token[:60], position=index + 1))
            return None
    return [math.nan if token == "NaN" else float(token) for token in tokens]


def uncertainty(element: Element, count: int, report: Report) -> Uncertainty | None:
    """The uncertainty that an element states for `count` values; None (and a finding) where it is not usable."""
    fields: dict[str, list[str]] = {}
    for child in element:
        letter = _LETTER.get(child.tag)
        if letter is not None:
            text = child.text or ""
            if len(child) or (letter != "d" and not text.isascii()):
                strange(child, report)
                return None
            tokens = text.split()
            if len(tokens) > 1 and letter != "d" and not str(child.tag).endswith("XMLList"):
                report(finding("certificate.dsi.number", place(child), rule=RULE, text=text.strip()[:60], position=1))
                return None
            fields[letter] = tokens
        elif child.tag in UNCERTAINTY:
            return uncertainty(child, count, report)
        else:
            strange(child, report)
    return of_fields(fields, count, element, report)


def of_fields(fields: dict[str, list[str]], count: int, element: Element, report: Report) -> Uncertainty | None:
    """Assemble the tokens of an uncertainty by letter (U, u, k, p, d, low, high) into a value.

    A coverage interval has its standard uncertainty as value (k = 1) and its ends in `lower` and `upper`.
    """
    bounds = _bounds(fields, count, element, report) if "low" in fields or "high" in fields else None
    letter = "U" if "U" in fields else "u"
    if not fields.get(letter):
        report(finding("certificate.dsi.uncertainty_missing", place(element), rule=RULE))
        return None
    value = _column(fields, letter, count, element, report)
    if value is None:
        return None
    if any(v < 0 for v in value):
        text = " ".join(fields[letter])[:60]
        report(finding("certificate.dsi.uncertainty_negative", place(element), rule=RULE, text=text))
        return None
    if "NaN" in fields[letter]:
        report(finding("certificate.dsi.nan", place(element), "warning", RULE, element=letter))
        if all(map(math.isnan, value)):
            return None
    p = _probability(fields, count, element, report)
    distribution = _distribution(fields.get("d", ()), element, report)
    if letter == "u" and bounds is not None:
        return Uncertainty("interval", np.array(value), tuple(fields["u"]), 1.0, p, None, distribution, *bounds)
    if letter == "u":
        return Uncertainty("standard", np.array(value), tuple(fields["u"]), None, p, None, distribution)
    return _expanded(fields, np.array(value), count, p, distribution, element, report)


def _expanded(
    fields: dict[str, list[str]],
    value: NDArray[np.float64],
    count: int,
    p: float | None,
    distribution: str,
    element: Element,
    report: Report,
) -> Uncertainty | None:
    printed = tuple(fields["U"])
    if not fields.get("k"):
        report(finding("certificate.dsi.k_missing", place(element), rule=RULE))
        return Uncertainty("expanded", value, printed, None, p, None, distribution)
    factors = _column(fields, "k", count, element, report)
    if factors is None:
        return None
    if all(map(math.isnan, factors)):
        report(finding("certificate.dsi.nan", place(element), "note", RULE, element="k"))
        return Uncertainty("expanded", value, printed, None, p, None, distribution)
    if not all(k > 0 for k in factors):
        report(finding("certificate.dsi.k_unusable", place(element), rule=RULE, text=" ".join(fields["k"])[:60]))
        return None
    if any(k != factors[0] for k in factors):
        # A stated quantity has one k; where a list prints several they are divided out at once.
        report(finding("certificate.dsi.k_differs", place(element), "note", RULE))
        return Uncertainty("standard", value / factors, (), None, None, None, distribution)
    return Uncertainty("expanded", value, printed, factors[0], p, None, distribution)


def _bounds(
    fields: dict[str, list[str]], count: int, element: Element, report: Report
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    low = _column(fields, "low", count, element, report)
    high = _column(fields, "high", count, element, report)
    if low is None or high is None or not bool((np.array(low) <= np.array(high)).all()):
        report(finding("certificate.dsi.interval", place(element), rule=RULE))
        return None
    return np.array(low), np.array(high)


def _column(
    fields: dict[str, list[str]], letter: str, count: int, element: Element, report: Report
) -> list[float] | None:
    """One field of an uncertainty as numbers, given once or once for each value; None where it cannot be used."""
    tokens = fields.get(letter)
    if not tokens:
        return None
    if len(tokens) not in (1, count):
        code, where = "certificate.dsi.lengths", place(element)
        report(finding(code, where, rule=RULE, values=count, other=len(tokens), what=letter))
        return None
    return _floats(tokens, element, report)


def _probability(fields: dict[str, list[str]], count: int, element: Element, report: Report) -> float | None:
    """The coverage probability that all values share; None where none is stated, or they differ, or it is not one."""
    values = _column(fields, "p", count, element, report)
    if values is None or any(p != values[0] for p in values):
        return None
    if not 0 < values[0] <= 1:
        report(finding("certificate.dsi.p", place(element), "warning", RULE, text=" ".join(fields["p"])[:60]))
        return None
    return values[0]


def _distribution(words: Sequence[str], element: Element, report: Report) -> str:
    if not words or words == ["normal"]:
        return "normal"
    names = {_DISTRIBUTION.get(word.casefold().replace("_", "-").replace(" ", "-"), "") for word in words}
    if len(names) == 1 and "" not in names:
        return names.pop()
    report(finding("certificate.dsi.distribution", place(element), "warning", RULE, text=" ".join(words)[:60]))
    return "unknown"


def stack(each: Sequence[Uncertainty | None], element: Element, report: Report) -> Uncertainty | None:
    """The uncertainties of single values as one: as stated where all speak alike, else as standard uncertainties."""
    stated = [u for u in each if u is not None]
    first = stated[0]
    alike = {(u.kind, u.k, u.p, u.distribution) for u in stated}
    if len(alike) == 1 and len(stated) == len(each):
        low = [u.lower for u in stated if u.lower is not None]
        high = [u.upper for u in stated if u.upper is not None]
        return replace(
            first,
            value=np.concatenate([u.value for u in stated]),
            printed=tuple(token for u in stated for token in u.printed),
            lower=np.concatenate(low) if low else None,
            upper=np.concatenate(high) if high else None,
        )
    if any(u.kind == "expanded" and u.k is None for u in stated):
        report(finding("certificate.dsi.k_missing", place(element), rule=RULE))
        return None
    if len(stated) < len(each):
        report(finding("certificate.dsi.uncertainty_partial", place(element), "warning", RULE))
    value = [math.nan if u is None else float(u.value[0]) / (u.k or 1.0) for u in each]
    same = {u.distribution for u in stated}
    return Uncertainty("standard", np.array(value), distribution=same.pop() if len(same) == 1 else "unknown")


def strange(element: Element, report: Report) -> None:
    report(finding("certificate.dsi.construct", place(element), "warning", RULE, construct=local_name(element)))


def local_name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]
