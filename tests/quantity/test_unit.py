"""Units: spellings in, D-SI out, exact factors, and the rules for points and differences of temperature."""

from __future__ import annotations

import html
import json
import math
import pickle
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pint
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from suyuan.quantity.atom import PREFIX_WORDS, table
from suyuan.quantity.finding import Refused, sentences
from suyuan.quantity.table import load
from suyuan.quantity.unit import ONE, Unit, added, convert, linear, parse_unit, ratio, subtracted

ORACLE = pint.UnitRegistry()


def code_of(text: str) -> str:
    """The code of the one finding with which a spelling is refused."""
    with pytest.raises(Refused) as caught:
        parse_unit(text)
    (found,) = caught.value.findings
    for language in ("zh", "en"):
        assert "?" not in sentences(found, language)["what"]  # every parameter of the sentence is filled in
    return found.code


# ---------------------------------------------------------------- spellings

SAME = [
    ("um µm μm \\micro\\metre micrometre 微米", "µm"),
    ("1/degC 1/°C °C^-1 ℃⁻¹ \\degreecelsius\\tothe{-1} \\per\\degreecelsius", "1/°C"),
    ("kg/m3 kg/m^3 kg/m³ kg·m⁻³ kg.m-3 \\kilogram\\metre\\tothe{-3} \\kilogram\\per\\metre\\tothe{3}", "kg/m³"),
    ("m/s2 m/s^2 m/s**2 m·s⁻² m/s/s \\metre\\second\\tothe{-2}", "m/s²"),
    ("Ohm ohm Ω \u2126 \\ohm", "Ω"),
    ("W/(m.degC) W/(m·℃) W·m⁻¹·°C⁻¹", "W/(m·°C)"),
    ("L l litre liter \\litre \\liter 升", "L"),
    ("degC °C ℃ \u00baC Cel \\degreecelsius \\degreeCelsius \\celsius 摄氏度", "°C"),
    ("1 \\one % /% m/m 1/1", None),
    ("N.m Nm N*m N-m \\newton\\metre 牛米 牛·米 牛・米 牛.米 牛顿·米 牛顿米", "N·m"),
    ("kN.m 千牛米 千牛·米", "kN·m"),
    ("MPa 兆帕", "MPa"),
    ("kPa 千帕", "kPa"),
    ("mV 毫伏", "mV"),
    ("mA 毫安", "mA"),
    ("kHz 千赫", "kHz"),
    ("kW 千瓦", "kW"),
    ("kWh 千瓦时 kW.h \\kilo\\watt\\hour", "kW·h"),
    ("V/√Hz V/Hz^0.5 V/Hz^(1/2) \\volt\\hertz\\tothe{-0.5}", "V/Hz^(1/2)"),
    ("10⁻⁶/K 10^-6/K 1e-6/K 10*-6/K ×10⁻⁶/K", "10⁻⁶/K"),
]


@pytest.mark.parametrize(("spellings", "symbol"), [row for row in SAME if row[1]])
def test_spellings_of_one_unit(spellings: str, symbol: str) -> None:
    units = {parse_unit(text) for text in spellings.split()}
    assert [unit.symbol for unit in units] == [symbol]


@pytest.mark.parametrize(
    ("text", "symbol", "dsi", "factor"),
    [
        ("mPa s", "mPa·s", r"\milli\pascal\second", 1e-3),
        ("g/mol", "g/mol", r"\gram\mole\tothe{-1}", 1e-3),
        ("m s^-2", "m/s²", r"\metre\second\tothe{-2}", 1.0),
        ("", "1", r"\one", 1.0),
        ("%", "%", r"\percent", 1e-2),
        ("ppm", "ppm", r"\ppm", 1e-6),
        ("min", "min", r"\minute", 60.0),
        ("h", "h", r"\hour", 3600.0),
        ("mL", "mL", r"\milli\litre", 1e-6),
        ("bar", "bar", r"\bar", 1e5),
        ("psi", "psi", "", 6894.757293168362),
        ("r/min", "r/min", r"\minute\tothe{-1}", 1 / 60),
        ("rpm", "rpm", "", 1 / 60),  # not 2π/60, which would be rad/s
        ("revolutions_per_minute", "rpm", "", 1 / 60),
        ("rps", "rps", "", 1.0),
        ("kvar", "kvar", r"\kilo\volt\ampere", 1e3),
        ("km/h", "km/h", r"\kilo\metre\hour\tothe{-1}", 1 / 3.6),
        ("mg", "mg", r"\milli\gram", 1e-6),
        ("kg", "kg", r"\kilogram", 1.0),
        ("furlong", "furlong", "", 201.16840233680466),
    ],
)
def test_symbol_dsi_and_factor(text: str, symbol: str, dsi: str, factor: float) -> None:
    unit = parse_unit(text)
    assert (unit.symbol, unit.dsi) == (symbol, dsi)
    assert unit.factor == pytest.approx(factor, rel=2e-16)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("dB", "quantity.unit.logarithm"),
        ("dBm", "quantity.unit.logarithm"),
        ("dB(A)", "quantity.unit.logarithm"),
        (r"\decibel", "quantity.unit.logarithm"),
        (r"\deci\bel", "quantity.unit.logarithm"),
        ("Np/m", "quantity.unit.logarithm"),
        ("J/kg K", "quantity.unit.ambiguous"),
        ("W/m.K", "quantity.unit.ambiguous"),
        ("cal", "quantity.unit.ambiguous"),
        ("turn", "quantity.unit.ambiguous"),
        ("bbl", "quantity.unit.ambiguous"),
        ("pints", "quantity.unit.ambiguous"),
        ("cycles", "quantity.unit.ambiguous"),
        ("cwt", "quantity.unit.ambiguous"),
        ("cfm", "quantity.unit.unknown"),
        ("pH", "quantity.unit.ambiguous"),
        ("Nm2", "quantity.unit.ambiguous"),
        ("Nm3", "quantity.unit.reference_state"),
        ("Nm³/h", "quantity.unit.reference_state"),
        ("标方", "quantity.unit.reference_state"),
        ("NTU", "quantity.unit.procedure"),
        ("HRC", "quantity.unit.procedure"),
        ("e", "quantity.unit.unknown"),
        ("metre83576", "quantity.unit.unknown"),
        ("mt", "quantity.unit.unknown"),  # a thousandth of a tonne is nobody's intention
        ("kg CO2/mmBtu", "quantity.unit.unknown"),
        ("% of span", "quantity.unit.unknown"),
        ("m^99", "quantity.unit.unknown"),
        ("((((((((m", "quantity.unit.unknown"),
        ("(((m^20)^20)^20)^20", "quantity.unit.unknown"),
        ("m/0", "quantity.unit.unknown"),
        ("2 m", "quantity.unit.unknown"),
        ("m" * 300, "quantity.unit.unknown"),
        ("__import__('os')", "quantity.unit.unknown"),
        ("speed_of_light.__class__", "quantity.unit.unknown"),
        ("dollar", "quantity.unit.unknown"),
        ("(Qm^20)(Qs^20)(QA^20)", "quantity.unit.exponent"),
    ],
)
def test_refused(text: str, code: str) -> None:
    assert code_of(text) == code


@given(st.text(max_size=60) | st.text(alphabet="mkgsAK·./()^*-0123456789 µ°C√\\{}tohe", max_size=40))
def test_any_text_gives_a_unit_or_a_finding(text: str) -> None:
    try:
        unit = parse_unit(text)
    except Refused as refusal:
        assert all(found.code.startswith("quantity.unit.") for found in refusal.findings)
    else:
        assert 0 < unit.factor < math.inf


# ---------------------------------------------------------------- the published files


def units_in(files: list[Path]) -> Iterator[str]:
    """Every unit text of XML files, lists split at blanks."""
    for path in files:
        text = path.read_text("utf-8", errors="replace")
        for tag, content in re.findall(r"<(?:\w+:)?(\w*[uU]nit\w*)(?: [^>]*)?>([^<]*)<", text):
            content = html.unescape(content)
            yield from content.split() if tag.endswith("XMLList") else [content]


def test_every_unit_of_the_sample_certificates(reference: Path) -> None:
    files = [f for folder in ("certificates", "dsi") for f in (reference / "dcc" / folder).glob("*.xml")]
    texts = set(units_in([f for f in files if "IMPROVABLE" not in f.name]))
    assert len(texts) > 80
    for text in texts:
        if re.search(r"bel|neper", text):
            assert code_of(text) == "quantity.unit.logarithm"
            continue
        unit = parse_unit(text)
        again = parse_unit(unit.dsi)
        assert again == unit, text
        assert parse_unit(unit.symbol) == unit, text


def test_improvable_units_are_read_or_refused(reference: Path) -> None:
    texts = set(units_in(list((reference / "dcc" / "dsi").glob("*IMPROVABLE*.xml"))))
    read, refused = set(), {}
    for text in texts:
        try:
            parse_unit(text)
            read.add(text)
        except Refused as refusal:
            refused[text] = refusal.findings[0].code
    assert {r"\meter", r"\liter", r"\kilo\gram", r"\degreeCelsius", r"\mmHg"} <= read
    for text in (
        r"\micro\mega\ampere",
        r"\milli\kilogram",
        r"\femto\one",
        r"\kelvin\tothe{2}\tothe{-2}",
        r"\metre83576",
        r"\milli\hour",
        r"\milli\degreecelsius",
        r"\planckbarNUL",
    ):
        assert refused[text] == "quantity.unit.unknown", text
    assert refused[r"\milli\decibel"] == "quantity.unit.logarithm"


def every_value(node: object, wanted: re.Pattern[str], key: str = "") -> Iterator[str]:
    if isinstance(node, dict):
        for name, item in node.items():
            yield from every_value(item, wanted, name)
    elif isinstance(node, list):
        for item in node:
            yield from every_value(item, wanted, key)
    elif isinstance(node, str) and wanted.fullmatch(key):
        yield node


@pytest.mark.parametrize("name", ["uncertainty.json", "comparison.json", "data-methods.json"])
def test_every_unit_of_the_published_cases(reference: Path, name: str) -> None:
    texts = set(every_value(json.loads((reference / name).read_text("utf-8")), re.compile("([xyU]_)?unit")))
    assert texts
    for text in texts:
        assert parse_unit(text).factor > 0


NOT_UNITS = {"dB": "logarithm", r"\decibel": "logarithm", "NTU": "procedure", "Nm3": "reference_state"}


def test_every_unit_of_our_codes() -> None:
    kinds = load("suyuan.quantity", "codes.quantity_kinds")
    for row in kinds:
        if code := NOT_UNITS.get(row["unit"]):
            assert code_of(row["unit"]) == f"quantity.unit.{code}"
            continue
        unit, dsi = parse_unit(row["unit"]), parse_unit(row["dsi"])
        assert unit.factor == dsi.factor == 1.0, row
        assert unit.dimension == dsi.dimension and unit.kind == dsi.kind, row
        assert unit.si or row["unit"] == "var"
    for row in load("suyuan.quantity", "codes.non_si_units"):
        if row["unit"] in NOT_UNITS:
            assert code_of(row["unit"]) == f"quantity.unit.{NOT_UNITS[row['unit']]}"
        elif row["kind"] == "absorbed dose":  # the rad of 1953: the word belongs to the radian
            assert parse_unit(row["unit"]).dimension == ONE.dimension
        else:
            assert ratio(parse_unit(row["unit"]), parse_unit(row["si_unit"])) == pytest.approx(row["factor"], rel=3e-16)


# ---------------------------------------------------------------- oracles

PINT = (
    "m cm km g kg mg ug t s min h d A mA K mol cd Hz kHz N kN Pa kPa MPa hPa J kJ W kW C V mV uV F pF ohm S Wb T H lm "
    "lx Bq kBq Gy Sv kat rad mrad sr L mL uL bar mbar eV in ft yd mi lb oz lbf psi hp erg dyn atm torr mmHg Ci rem deg "
    "arcmin arcsec angstrom Da ha knot poise St m/s kg/m**3 N*m W/(m*K) V/m mol/L J/(kg*K) m**2 V/Hz**0.5 inHg tex "
    "ppm nmi thou b au"
)


@pytest.mark.parametrize("text", PINT.split(" "))
def test_factor_and_dimension_as_pint(text: str) -> None:
    names = {"thou": "thou", "h": "hour", "t": "metric_ton", "nmi": "nautical_mile", "b": "barn", "Da": "dalton"}
    oracle = ORACLE.Quantity(1.0, names.get(text, text)).to_base_units()
    unit = parse_unit(text)
    # pint takes the density of mercury with other last digits and another CODATA year for the dalton
    near = {"Da": 2e-9, "mmHg": 1e-8, "inHg": 1e-8}.get(text, 1e-14)
    assert unit.factor == pytest.approx(oracle.magnitude, rel=near)
    bases = ("[length]", "[mass]", "[time]", "[current]", "[temperature]", "[substance]", "[luminosity]")
    powers = [oracle.dimensionality.get(base, 0) for base in bases]
    assert [float(p) for p in unit.dimension] == pytest.approx(powers)


def test_every_word_and_prefix_is_valid_d_si(reference: Path) -> None:
    """D-SI 2.2.1 takes what we write, as element and inside a blank-separated list."""
    schema = etree.XMLSchema(etree.parse(str(reference / "dcc" / "xsd" / "dsi" / "v2.2.1.xsd")))
    _, words = table()
    units = [parse_unit("\\" + word) for word in words] + [parse_unit(f"\\{prefix}\\metre") for prefix in PREFIX_WORDS]
    units += [parse_unit(text) for text in ("kg/m3", "W/(m degC)", "V/√Hz", "kvar", "r/min", "1", "psi", "10⁻⁶/K")]
    for unit in units:
        dsi = unit.in_dsi().dsi
        assert re.fullmatch(r"(\\[a-z]+(\\tothe\{-?\d+(\.\d+)?\})?)+", dsi), unit
        assert parse_unit(dsi).converts_to(unit)
        real = f'<si:real xmlns:si="https://ptb.de/si"><si:value>1</si:value><si:unit>{dsi}</si:unit></si:real>'
        assert schema.validate(etree.fromstring(real)), schema.error_log


def test_no_d_si_word_means_coherent_unit() -> None:
    psi = parse_unit("psi")
    assert psi.dsi == ""
    assert psi.in_dsi().dsi == r"\kilogram\metre\tothe{-1}\second\tothe{-2}"
    assert not psi.si and parse_unit("kPa").si


# ---------------------------------------------------------------- conversion


def test_ratio_is_correctly_rounded() -> None:
    assert ratio(parse_unit("um"), parse_unit("mm")) == 1e-3
    assert ratio(parse_unit("nm"), parse_unit("m")) == 1e-9
    assert ratio(parse_unit("deg"), parse_unit("arcsec")) == 3600.0
    assert ratio(parse_unit("km/h"), parse_unit("m/s")) == 1 / 3.6
    assert ratio(parse_unit("rad"), parse_unit("deg")) == 180 / math.pi
    with pytest.raises(Refused) as caught:
        ratio(parse_unit("N.m"), parse_unit("kg"))
    assert caught.value.findings[0].code == "quantity.unit.dimension"
    assert dict(caught.value.findings[0].parameters)["dimension_a"] == "kg·m²/s²"


def test_convert_arrays_and_scales() -> None:
    celsius, kelvin, fahrenheit = (parse_unit(text) for text in ("degC", "K", "degF"))
    assert convert(np.array([0.0, 100.0]), celsius, kelvin).tolist() == [273.15, 373.15]
    assert convert(98.6, fahrenheit, celsius) == pytest.approx(37.0)
    assert convert(-40.0, celsius, fahrenheit) == pytest.approx(-40.0)
    assert linear(celsius, parse_unit("mK")) == (1000.0, 273150.0)
    same = np.array([1.0])
    assert convert(same, celsius, parse_unit("℃")) is same


@given(
    st.floats(-1e6, 1e6), st.sampled_from(["mm", "in", "nmi", "m", "mil"]), st.sampled_from(["um", "ft", "km", "au"])
)
def test_there_and_back(value: float, a: str, b: str) -> None:
    there = convert(value, parse_unit(a), parse_unit(b))
    assert convert(there, parse_unit(b), parse_unit(a)) == pytest.approx(value, rel=1e-15)


# ---------------------------------------------------------------- temperature: points and differences


def test_celsius_is_a_point_alone_and_a_difference_in_a_product() -> None:
    assert parse_unit("°C").kind == "point"
    assert parse_unit("°C").offset == 273.15
    assert parse_unit("1/°C").kind == parse_unit("W/(m °C)").kind == parse_unit("°C2").kind == "difference"
    size = parse_unit("°C").as_difference()
    assert (size.symbol, size.kind, size.dsi, size.offset) == ("°C", "difference", r"\kelvin", 0.0)
    assert size == parse_unit("delta_degC") and size != parse_unit("°C")


def test_sums_of_points_and_differences() -> None:
    point, kelvin = parse_unit("degC"), parse_unit("K")
    size = point.as_difference()
    assert subtracted(point, point) == size
    assert subtracted(point, kelvin) == point
    assert added(point, size) == added(size, point) == added(kelvin, point) == point
    assert added(kelvin, size) == kelvin
    assert subtracted(parse_unit("degF"), point) == parse_unit("delta_degF")
    for refused in (lambda: added(point, point), lambda: subtracted(kelvin, point)):
        with pytest.raises(Refused) as caught:
            refused()
        assert caught.value.findings[0].code == "quantity.unit.point"
    for refused in (lambda: added(point, ONE), lambda: subtracted(ONE, kelvin)):
        with pytest.raises(Refused) as caught:
            refused()
        assert caught.value.findings[0].code == "quantity.unit.dimension"


def test_a_point_is_in_no_product() -> None:
    point = parse_unit("degC")
    for refused in (lambda: point * ONE, lambda: ONE / point, lambda: point * point, lambda: point**2):
        with pytest.raises(Refused) as caught:
            refused()
        assert caught.value.findings[0].code == "quantity.unit.point"
    assert point**1 is point


def test_a_known_difference_never_becomes_a_point() -> None:
    size, point = parse_unit("delta_degC"), parse_unit("degC")
    assert not size.converts_to(point) and not point.converts_to(size)
    assert size.converts_to(parse_unit("mK")) and parse_unit("mK").converts_to(point)
    with pytest.raises(Refused):
        convert(1.0, size, point)
    assert ratio(size, point) == 1.0  # an uncertainty is always a difference


# ---------------------------------------------------------------- products


def test_products_have_sensible_symbols() -> None:
    m, s, n, kelvin = (parse_unit(text) for text in ("m", "s", "N", "K"))
    assert ((n * m).symbol, (n * m).dsi) == ("N·m", r"\newton\metre")
    assert (m / s / s).symbol == (m / s**2).symbol == "m/s²"
    assert (m / s) * s == m
    assert m / m == ONE and ONE * m == m
    expansion = parse_unit("nm") / parse_unit("degC").as_difference()
    assert expansion.symbol == "nm/°C"
    assert expansion * kelvin == parse_unit("nm")
    assert (m**2) ** Fraction(1, 2) == m
    assert (parse_unit("Hz") ** -0.5).dsi == r"\hertz\tothe{-0.5}"
    assert (m ** Fraction(1, 3)).dsi == "" and (m ** (1 / 3)).symbol == "m^(1/3)"
    scaled = parse_unit("10⁻⁶")
    assert parse_unit((scaled**2).symbol).factor == (scaled**2).factor == 1e-12


def test_impossible_exponents() -> None:
    m = parse_unit("m")
    for exponent in (21, math.pi, math.nan, math.inf):
        with pytest.raises(Refused) as caught:
            m**exponent
        assert caught.value.findings[0].code == "quantity.unit.exponent"
    with pytest.raises(Refused):
        m**20 * m**20
    assert ONE**1000 == ONE


WORDS = "m mm s kg N Pa J/(kg.K) 1/degC % deg V/√Hz psi eV mol/L"
SOME = st.sampled_from([parse_unit(text) for text in WORDS.split(" ")])


@given(SOME, SOME, st.sampled_from([-2, -1, 2, Fraction(1, 2)]))
def test_algebra(a: Unit, b: Unit, power: int | Fraction) -> None:
    product, quotient = a * b, a / b
    assert product.factor == pytest.approx(a.factor * b.factor, rel=1e-14)
    assert product.dimension == tuple(x + y for x, y in zip(a.dimension, b.dimension, strict=True))
    assert (quotient * b).converts_to(a) and ratio(quotient * b, a) == pytest.approx(1, rel=1e-15)
    assert (a**power).factor == pytest.approx(a.factor ** float(power), rel=1e-14)
    again = parse_unit(product.symbol)
    assert again.factor == product.factor and again.dimension == product.dimension


def test_units_are_values() -> None:
    unit = parse_unit("W/(m K)")
    assert pickle.loads(pickle.dumps(unit)) == unit
    assert len({unit, parse_unit("W/(m·K)"), parse_unit("W m^-1 K^-1")}) == 1
    with pytest.raises(AttributeError):
        unit.symbol = "x"  # type: ignore[misc]
    assert str(unit) == "W/(m·K)"
