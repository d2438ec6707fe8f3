"""Intervals, uncertainties and conditions as people write them in a cell, read where they can mean one thing only.

    0.5 mm~100 mm · (0.5～100) mm · -40 ℃ 至 300 ℃        interval
    U=0.03 µm, k=2 · Urel=0.5%, k=2 · U=0.03 µm+0.3×10⁻⁶L · Q[0.03, 0.3L] µm, L in m        uncertainty
    介质=空气; 频率=(10~100) Hz        conditions

What can mean two things is not guessed: the reason comes back instead. Source: forms of scopes after ILAC-P14:09/2020
clause 5 and CIPM MRA-G-13 (CMC entries).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from suyuan.quantity.finding import Refused
from suyuan.quantity.unit import Unit, linear, parse_unit, ratio

Form = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Unclear:
    """Why a text was not read: a key of `WHY`; given: the piece in question."""

    key: str
    given: str = ""


WHY: Mapping[str, tuple[str, str]] = {
    "interval": ("看不出是一个区间；应如「0.5~100 mm」", "no interval is seen; write it as “0.5~100 mm”"),
    "comma": ("逗号是小数点还是分隔？小数点写成「.」", "is the comma a decimal sign? Write a point"),
    "several": ("一格里有几个区间；一个区间写一行", "there are several intervals; give each a row"),
    "unit": ("没有单位", "there is no unit"),
    "unknown_unit": ("不认识的单位", "the unit is not known"),
    "two_units": ("两端的单位不是同一种量", "the two ends have units of different quantities"),
    "backwards": ("下限大于上限（low > high）", "low is above high"),
    "mpe": ("这是最大允许误差，不是不确定度", "this is a maximum permissible error and no uncertainty"),
    "class": ("这是准确度等级，不是不确定度", "this is an accuracy class and no uncertainty"),
    "plus_minus": ("不确定度不写 ±；不知是允差还是 U", "an uncertainty bears no ±: tolerance or U?"),
    "spread": ("U 是一个范围，看不出哪一点用哪个 U", "U is a range: it is not said which U holds where"),
    "length_unit": ("没有说明函数里的量以什么单位计，如「L 以 m 计」",
                    "the unit of the quantity in the function is not said; add e.g. “L in m”"),
    "uncertainty": ("看不出是怎样的不确定度", "the form of the uncertainty is not seen"),
    "percent": ("量的单位本身是 %，看不出是绝对的还是相对的；相对的写 Urel",
                "the quantity itself is in %: absolute or relative? Write Urel for relative"),
    "negative": ("不确定度不能为负", "an uncertainty is not negative"),
    "standard": ("小写 u 是标准不确定度；请写扩展不确定度 U 和 k",
                 "a small u is a standard uncertainty; write the expanded U with its k"),
    "fraction": ("没有写 %：是百分数还是比值？写成「Urel=0.5%」或「Urel=5×10⁻³」",
                 "without %: per cent or a plain fraction? Write “Urel=0.5%” or “Urel=5×10⁻³”"),
    "condition": ("条件应写成「名称=值」，用分号隔开", "write conditions as “name=value”, parted by semicolons"),
}  # fmt: skip
"""Why a text is not read, in both languages."""

_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_RUN = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺]+")
_SIGNS = str.maketrans({"−": "-", "–": "-", "—": "-", "～": "~", "〜": "~", "∼": "~", "：": ":", "，": ",", "；": ";",
                        "（": "(", "）": ")", "［": "[", "］": "]", "μ": "µ", "✕": "×",
                        "\u00a0": " ", "\u2009": " ", "\u202f": " ", "\u3000": " ", "＝": "=", "％": "%", "℃": "°C",
                        "《": "<", "。": "."})  # fmt: skip
NUMBER = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+|\s*[×x*]\s*10\^?[+-]?\d+)?|[+-]?10\^[+-]?\d+"
_TEN = re.compile(r"^(.*?)\s*(?:[×x*]\s*)?10\^?([+-]?\d+)$")


def tidy(text: str) -> str:
    """The text with one spelling of each sign; powers as 10^-6.

    >>> tidy("0.3×10⁻⁶Ｌ，ｋ＝２")
    '0.3×10^-6L,k=2'
    """
    text = _RUN.sub(lambda run: "^" + run[0].translate(_RAISED), text)
    kept = "".join(c if c in "µΩ℃" else unicodedata.normalize("NFKC", c) for c in text)
    return " ".join(kept.translate(_SIGNS).split())


def number(text: str) -> Decimal | None:
    """A number as it is typed, powers of ten included; None where it is none.

    >>> number("0.3×10^-6"), number("1.5e3"), number("abc")
    (Decimal('3E-7'), Decimal('1.5E+3'), None)
    """
    text = text.strip()
    try:
        if "×" in text or "*" in text or "x" in text or text.startswith(("10^", "+10^", "-10^")):
            parts = _TEN.match(text)
            if parts is None:
                return None
            first = parts[1].strip()
            value = (Decimal(first) if first not in ("", "+", "-") else Decimal(f"{first}1")).scaleb(int(parts[2]))
        else:
            value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() and abs(value.adjusted()) < 300 else None


def plain(value: Decimal | float) -> str:
    """A number as JSON text.

    >>> plain(Decimal("3E-7")), plain(Decimal("100")), plain(0.1 + 0.2)
    ('0.0000003', '100', '0.30000000000000004')
    """
    if isinstance(value, float):
        return repr(value)
    text = f"{value:f}"
    return text if len(text) < 24 else f"{value:E}"


def unit_or_none(text: str) -> Unit | None:
    """The unit of a text, None where it names none."""
    try:
        return parse_unit(text)
    except Refused:
        return None


# ---------------------------------------------------------------- intervals

_BETWEEN = rf"({NUMBER})\s*([^\d~]*?)\s*(?:~|至|到|to|\.\.\.?|…)\s*({NUMBER})\s*(.*)"
_DASH = rf"({NUMBER})\s*([^\d~]*?)\s*(?:-{{1,2}})\s*({NUMBER})\s*(.*)"
_ONE = re.compile(rf"(≤|<=|<|≥|>=|>|不大于|不小于)?\s*({NUMBER})\s*(.*)")


def interval(text: str, unit: str = "") -> Form | Unclear:
    """An interval as a JSON row has it.

    text: as typed; unit: of the column, where the cell bears none. Two units of one kind become that of the upper end.

    >>> interval("0.5~100 mm"), interval("0.5 mm ～ 1 m")["low"]
    ({'low': '0.5', 'high': '100', 'unit': 'mm'}, '0.0005')
    >>> interval("100~0.5 mm").key, interval("some mm").key, interval("20 °C")["high"]
    ('backwards', 'interval', '20')
    """
    given = tidy(text)
    bracketed = re.fullmatch(r"[(\[](.*?)[)\]]\s*(.*)", given)
    if bracketed and re.search(r"\d", bracketed[1]):
        given = f"{bracketed[1]} {bracketed[2]}".strip()
    given = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", given)
    if re.search(r"\d,\d", given):
        return Unclear("comma", text)
    if len(re.findall(r"\d[^~;]*~", given)) > 1 or re.search(r"\d.*;.*\d", given):
        return Unclear("several", text)
    both = re.fullmatch(_BETWEEN, given) or re.fullmatch(_DASH, given)
    if both is None:
        return _one_ended(given, unit)
    low, first, high, last = number(both[1]), both[2].strip(), number(both[3]), both[4].strip() or unit
    if low is None or high is None:
        return Unclear("interval", text)
    if not last:
        return Unclear("unit", text)
    upper, lower = unit_or_none(last), unit_or_none(first) if first else None
    if upper is None or (first and lower is None):
        return Unclear("unknown_unit", last if upper is None else first)
    if lower is not None and lower != upper:
        if not lower.converts_to(upper):
            return Unclear("two_units", f"{first}, {last}")
        slope, shift = linear(lower, upper)
        low = Decimal(repr(float(f"{float(low) * slope + shift:.15g}")))
    if low > high:
        return Unclear("backwards", f"{plain(low)} > {plain(high)}")
    return {"low": plain(low), "high": plain(high), "unit": last}


def _one_ended(given: str, unit: str) -> Form | Unclear:
    """«≤ 100 mm» is open at the other end; one value is an interval of no width."""
    one = _ONE.fullmatch(given)
    if one is None:
        return Unclear("interval", given)
    value, symbol = number(one[2]), one[3].strip() or unit
    if value is None:
        return Unclear("interval", given)
    if not symbol:
        return Unclear("unit", given)
    if unit_or_none(symbol) is None:
        return Unclear("unknown_unit", symbol)
    if one[1]:
        return {"high" if one[1] in ("≤", "<=", "<", "不大于") else "low": plain(value), "unit": symbol}
    return {"low": plain(value), "high": plain(value), "unit": symbol}


# ---------------------------------------------------------------- uncertainties

K = re.compile(r"[,;(\s]*\(?\s*k\s*[=:]\s*(\d+(?:\.\d+)?)\s*\)?", re.IGNORECASE)
_HEAD = re.compile(r"^(U\s*_?\s*\(?\s*(?:rel|r|95)?\s*\)?)\s*[=:]\s*", re.IGNORECASE)
_LENGTH = re.compile(
    r"[,;(\s]*\(?\s*(?:其中|where)?\s*([A-Za-z])\s*(?:in|以|单位为|单位|:|/)\s*([^\s,;()]+?)\s*(?:计|为单位)?\s*\)?\s*$"
)
_QUAD = re.compile(rf"Q\s*\[\s*({NUMBER})\s*(\S*?)\s*,\s*({NUMBER})\s*[·*×]?\s*([A-Za-z])\s*\]\s*(.*)")
_SUM = re.compile(rf"\(?\s*({NUMBER})\s*([^\d+\s]*)\s*\+\s*({NUMBER})\s*([^\d\s)]*?)\s*[·*×]?\s*([A-Z])\s*\)?\s*(.*)")
_OF_ONE = ("%", "‰", "1", "%RH", "%rh")
"""Interval units of which a percentage can be the unit of U or a part of the value."""
AMBIGUOUS = Decimal("0.1")
"""A relative U without % from which on people rather mean per cent."""
_VALUE = re.compile(rf"({NUMBER})\s*(\S.*)?")


def uncertainty(text: str, interval_unit: str = "", unit: str = "") -> Form | Unclear:
    """An uncertainty as a JSON row has it.

    text: as typed; interval_unit: of the capability's interval, in which a function's quantity is taken; unit: of U
    where the cell bears none. A slope of dimension one (0.3×10⁻⁶·L) is converted exactly.

    >>> uncertainty("U=0.03 µm, k=2")
    {'form': 'value', 'U': '0.03', 'unit': 'µm', 'k': '2'}
    >>> uncertainty("Urel=0.5%, k=2")
    {'form': 'value', 'U': '0.005', 'relative': True, 'k': '2'}
    >>> uncertainty("U=0.03 µm+0.3×10⁻⁶L", "mm")
    {'form': 'line', 'a': '0.03', 'b': '0.0003', 'unit': 'µm'}
    >>> uncertainty("Q[0.03, 0.3L] µm, L in m", "mm")
    {'form': 'root_sum', 'a': '0.03', 'b': '0.0003', 'unit': 'µm'}
    >>> uncertainty("Q[0.03,0.3L] µm", "mm").key, uncertainty("±0.5 mm").key, uncertainty("0.5级").key
    ('length_unit', 'plus_minus', 'class')
    """
    given = tidy(text)
    refused = _foreign(given)
    if refused is not None:
        return refused
    found: Form = {}
    k = K.search(given)
    if k is not None:
        found["k"] = k[1]
        given = (given[: k.start()] + " " + given[k.end() :]).strip(" ,;")
    length = _LENGTH.search(given)
    inner = ""
    if length is not None and re.search(rf"{length[1]}\b|{length[1]}[\])]", given[: length.start()]):
        inner, given = length[2], given[: length.start()].strip(" ,;(")
    head = _HEAD.match(given)
    if head is not None and head[1].startswith("u"):
        return Unclear("standard", given)
    relative = head is not None and "r" in head[1].casefold().replace("u", "", 1)
    given = given[head.end() :] if head else given
    if not relative and given.endswith("%") and interval_unit in _OF_ONE and unit != "%":
        return Unclear("percent", given)
    made = _function(given, interval_unit, inner) or _single(given, relative, unit)
    return made if isinstance(made, Unclear) else made | found


def _foreign(given: str) -> Unclear | None:
    if re.search(r"MPE|最大允许误差|允差", given, re.IGNORECASE):
        return Unclear("mpe", given)
    if re.search(r"\d\s*[级等]|级$|class", given, re.IGNORECASE):
        return Unclear("class", given)
    if "±" in given or "+/-" in given:
        return Unclear("plus_minus", given)
    if re.search(rf"(?:{NUMBER})[^\d]*(?:~|至)\s*(?:{NUMBER})", given):
        return Unclear("spread", given)
    return None


def _function(given: str, interval_unit: str, inner: str) -> Form | Unclear | None:
    """A function of the quantity, or None where there is none."""
    quad = _QUAD.fullmatch(given)
    if quad is not None:
        a, b, symbol, slope = number(quad[1]), number(quad[3]), quad[5].strip() or quad[2], ""
        form = "root_sum"
    else:
        total = _SUM.fullmatch(given)
        if total is None:
            return Unclear("uncertainty", given) if re.search(r"[\[+]", given) else None
        a, b, symbol, slope = number(total[1]), number(total[3]), total[6].strip() or total[2].strip(), total[4].strip()
        form = "line"
        if total[2].strip() and slope in ("", "ppm"):  # 0.03 µm + 0.3×10⁻⁶·L: the slope is of dimension one
            inner, slope = "1", "ppm" if slope else ""
    if a is None or b is None:
        return Unclear("uncertainty", given)
    if a < 0 or b < 0:
        return Unclear("negative", given)
    of = unit_or_none(symbol) if symbol else None
    if of is None:
        return Unclear("unknown_unit" if symbol else "unit", symbol or given)
    per = _per(b, of, (inner, slope), interval_unit)
    if isinstance(per, Unclear):
        return per
    return {"form": form, "a": plain(a), "b": plain(per), "unit": symbol}


def _per(b: Decimal, of: Unit, said: tuple[str, str], interval_unit: str) -> Decimal | Unclear:
    """The slope in U unit per interval unit. said: unit of the quantity («1»: the slope is a plain number), and what
    stands behind the slope."""
    inner, behind = said
    along = unit_or_none(interval_unit) if interval_unit else None
    if along is None:
        return Unclear("unit", interval_unit)
    along = along.as_difference()
    if inner == "1":
        if not along.converts_to(of.as_difference()):
            return Unclear("two_units", f"{interval_unit}, {of.symbol}")
        scale = ratio(along, of.as_difference()) * (1e-6 if behind == "ppm" else 1.0)
        return _times(b, scale)
    if not inner:
        return Unclear("length_unit")
    taken = unit_or_none(inner)
    if taken is None or not along.converts_to(taken.as_difference()):
        return Unclear("two_units" if taken else "unknown_unit", f"{inner}, {interval_unit}" if taken else inner)
    return _times(b, ratio(along, taken.as_difference()))


def _times(b: Decimal, scale: float) -> Decimal:
    return (b * Decimal(repr(float(f"{scale:.15g}")))).normalize()


def _single(given: str, relative: bool, unit: str) -> Form | Unclear:
    one = _VALUE.fullmatch(given)
    value = number(one[1]) if one else None
    if one is None or value is None:
        return Unclear("uncertainty", given)
    if value < 0:
        return Unclear("negative", given)
    symbol = (one[2] or unit).strip()
    if relative and not symbol and value >= AMBIGUOUS and "10^" not in given:
        return Unclear("fraction", given)
    if symbol in ("%", "‰", "ppm") or (relative and symbol in ("", "1")):
        part = {"%": Decimal("0.01"), "‰": Decimal("0.001"), "ppm": Decimal("0.000001")}.get(symbol, Decimal(1))
        if not relative and symbol in ("%", "‰") and unit in ("%", "‰"):
            return {"form": "value", "U": plain(value), "unit": symbol}
        return {"form": "value", "U": plain((value * part).normalize()), "relative": True}
    if relative:
        return Unclear("two_units", f"Urel, {symbol}")
    if not symbol:
        return Unclear("unit", given)
    if unit_or_none(symbol) is None:
        return Unclear("unknown_unit", symbol)
    return {"form": "value", "U": plain(value), "unit": symbol}


# ---------------------------------------------------------------- conditions


_AROUND = re.compile(rf"\(?\s*({NUMBER})\s*(?:±|\+/-)\s*({NUMBER})\s*\)?\s*(\S.*)")


def _around(value: str) -> Form | None:
    """«(20 ± 1) °C» as an interval, None where it is none."""
    found = _AROUND.fullmatch(value)
    middle, half = (number(found[1]), number(found[2])) if found else (None, None)
    if found is None or middle is None or half is None or half < 0 or unit_or_none(found[3].strip()) is None:
        return None
    return {"low": plain(middle - half), "high": plain(middle + half), "unit": found[3].strip()}


def conditions(text: str) -> dict[str, Any] | Unclear:
    """Conditions «name=value; name=value»: an interval where it reads as one, else words, parted by / or 、.

    >>> conditions("介质=空气/氮气; 频率=(10~100) Hz")
    {'介质': ['空气', '氮气'], '频率': {'low': '10', 'high': '100', 'unit': 'Hz'}}
    >>> conditions("温度: (20±1) ℃"), conditions("频率=10~100").key
    ({'温度': {'low': '19', 'high': '21', 'unit': '°C'}}, 'unit')
    """
    found: dict[str, Any] = {}
    for piece in re.split(r"[;\n]", tidy(text)):
        if not piece.strip():
            continue
        sides = piece if "=" in piece else piece.replace(":", "=", 1)
        name, _, value = (part.strip() for part in sides.partition("="))
        if not name or not value:
            return Unclear("condition", piece.strip())
        span = (_around(value) or interval(value)) if re.search(r"\d", value) else Unclear("interval")
        if isinstance(span, Unclear) and span.key in ("unit", "two_units", "backwards", "comma"):
            return span  # it is an interval, and one that cannot be read is no word
        words = [word.strip() for word in re.split(r"[/、|]", value) if word.strip()]
        found[name] = words if isinstance(span, Unclear) else span
    return found
