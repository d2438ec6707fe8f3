"""The temperature chain of the demo: triple point, thermometers, test chamber and cells of an electric vehicle.

Figures of the thermometer: JCGM 100:2008 H.3 (correction as a line with intercept, slope and their correlation, table
H.6; temperatures of 21 °C to 27 °C). All else is invented and said to be so.
"""

from __future__ import annotations

from suyuan.certificate.certificate import Certificate
from suyuan.cli.demo.shelf import (
    BATTERY,
    CITY,
    NMI,
    Shelf,
    both,
    case,
    from_certificate,
    item,
    particulars,
    stated,
    used,
)

H3 = "JCGM 100:2008 H.3"


def build(shelf: Shelf) -> None:
    """All certificates of the temperature chain."""
    cell = shelf.typed(
        {
            "issuer": NMI,
            "number": "DEMO-NMI-T-0001",
            "act": "calibration",
            "ended": shelf.ago(500).isoformat(),
            "issued": shelf.ago(498).isoformat(),
            "valid_until": shelf.ago(-230).isoformat(),
            "item": {"name": both("水三相点瓶（演示）", "triple-point cell of water (demo)"), "serial": "TPW-7"},
            "results": [
                {
                    "name": both("三相点温度", "temperature of the triple point"),
                    "value": "0.01000",
                    "unit": "degC",
                    "U": "0.00010",
                    "k": "2",
                }
            ],
        }
    )
    shelf.anchor(
        cell,
        "national_primary_standard",
        both("国家基准：ITS-90 水三相点（演示）", "national standard: triple point of water (demo)"),
        "ITS-90, definition of the triple point of water 0.01 °C; U invented for the demo",
    )
    platinum = shelf.typed(
        {
            "issuer": NMI,
            "number": "DEMO-NMI-T-0044",
            "act": "calibration",
            "ended": shelf.ago(260).isoformat(),
            "issued": shelf.ago(258).isoformat(),
            "valid_until": shelf.ago(-46).isoformat(),
            "item": {
                "name": both("标准铂电阻温度计 SPRT-07（演示）", "standard platinum thermometer SPRT-07 (demo)"),
                "serial": "SPRT-07",
            },
            "equipment": [used(cell)],
            "results": [
                {
                    "name": both("20 °C 处的修正", "correction at 20 °C"),
                    "value": "0.0012",
                    "unit": "K",
                    "U": "0.0020",
                    "k": "2",
                    "range": {"lower": "0", "upper": "60", "unit": "degC"},
                }
            ],
        }
    )
    thermometer = _thermometer(shelf, platinum)
    chamber = _chamber(shelf, "DEMO-BAT-0401", thermometer, 25.16, 30, (24.8, 25.2))
    _chamber(shelf, "DEMO-BAT-0402", thermometer, 30.18, 28, (29.8, 30.2))
    _resistance(shelf, chamber)
    _expired(shelf, platinum)


def _thermometer(shelf: Shelf, platinum: Certificate) -> Certificate:
    """The line of GUM H.3: y1 = −0.1712 °C, y2 = 0.002 18, their uncertainties and r = −0.930."""
    span = {"lower": "21", "upper": "27", "unit": "degC"}
    return shelf.typed(
        {
            "issuer": CITY,
            "number": "DEMO-CITY-T-0110",
            "act": "calibration",
            "ended": shelf.ago(170).isoformat(),
            "issued": shelf.ago(168).isoformat(),
            "valid_until": shelf.ago(-190).isoformat(),
            "item": {"name": both("数字温度计 T-38（演示）", "digital thermometer T-38 (demo)"), "serial": "T-38"},
            "basis": H3,
            "equipment": [used(platinum)],
            "results": [
                {
                    "name": both("20 °C 处的修正 y1", "correction at 20 °C, y1"),
                    "value": "-0.1712",
                    "unit": "K",
                    "u": "0.0029",
                    "dof": "9",
                    "range": span,
                },
                {
                    "name": both("修正的斜率 y2", "slope of the correction, y2"),
                    "value": "0.00218",
                    "unit": "1",
                    "u": "0.00067",
                    "dof": "9",
                    "range": span,
                },
            ],
            "correlations": [[0, 1, "-0.930"]],
        }
    )


def _chamber(
    shelf: Shelf, number: str, thermometer: Certificate, reading: float, days: int, limits: tuple[float, float]
) -> Certificate:
    """The temperature of a test chamber: reading plus the correction of the thermometer."""
    day = shelf.ago(days)
    question = case(
        both(f"试验箱 {round(reading)} °C 点的温度", f"temperature of the test chamber at {round(reading)} °C"),
        "t + y1 + y2*(t - 20) + h",
        "degC",
        [
            stated(
                "t",
                "rectangular",
                {"centre": reading, "half_width": 0.005},
                "degC",
                both("温度计示值", "reading of the thermometer"),
                "分辨力 0.01 °C（演示）",
            ),
            from_certificate(
                "y1", thermometer, "0/0", "K", both("20 °C 处的修正", "correction at 20 °C"), round(reading)
            ),
            from_certificate(
                "y2", thermometer, "1/0", "1", both("修正的斜率", "slope of the correction"), round(reading)
            ),
            stated(
                "h",
                "rectangular",
                {"centre": 0.0, "half_width": 0.03},
                "K",
                both("箱内不均匀", "non-uniformity"),
                "演示数据",
            ),
        ],
        day,
        {"lower": limits[0], "upper": limits[1]},
    )
    thing = item("高低温试验箱 CH-2（演示）", "climatic chamber CH-2 (demo)", "CH-2")
    method = both("用数字温度计测量", "measured with a digital thermometer")
    return shelf.issued(question, particulars(number, BATTERY, thing, day, method, shelf.ago(-330)))


def _resistance(shelf: Shelf, chamber: Certificate) -> None:
    """Direct-current resistance of a cell, brought to 25 °C: nonlinear in the temperature."""
    day = shelf.ago(12)
    question = case(
        both("电芯直流内阻（换算到 25 °C）", "direct-current resistance of a cell at 25 °C"),
        "U1/I1*exp(b*(t - 25))",
        "mohm",
        [
            stated("U1", "normal", {"mean": 36.42, "std": 0.02}, "mV", both("电压降", "voltage drop"), "演示数据", 19),
            stated(
                "I1", "normal", {"mean": 30.0, "std": 0.012}, "A", both("脉冲电流", "pulse current"), "演示数据", 19
            ),
            stated(
                "b",
                "normal",
                {"mean": 0.021, "std": 0.002},
                "1/degC",
                both("温度系数", "temperature coefficient"),
                "演示数据",
            ),
            from_certificate("t", chamber, "0/0", "degC", both("试验箱温度", "temperature of the chamber")),
        ],
        day,
        {"upper": 1.22},
    )
    thing = item("动力电池单体 C-118（演示）", "traction battery cell C-118 (demo)", "C-118")
    method = both("脉冲法，换算到 25 °C", "pulse method, converted to 25 °C")
    shelf.issued(question, particulars("DEMO-BAT-0403", BATTERY, thing, day, method, None))


def _expired(shelf: Shelf, platinum: Certificate) -> None:
    """A thermometer used five days after its certificate had run out."""
    old = shelf.typed(
        {
            "issuer": CITY,
            "number": "DEMO-CITY-T-0092",
            "act": "calibration",
            "ended": shelf.ago(250).isoformat(),
            "issued": shelf.ago(249).isoformat(),
            "valid_until": shelf.ago(25).isoformat(),
            "item": {"name": both("工作温度计 T-41（演示）", "working thermometer T-41 (demo)"), "serial": "T-41"},
            "equipment": [used(platinum)],
            "results": [
                {
                    "name": both("修正", "correction"),
                    "value": "0.020",
                    "unit": "K",
                    "U": "0.020",
                    "k": "2",
                    "range": {"lower": "15", "upper": "35", "unit": "degC"},
                }
            ],
        }
    )
    day = shelf.ago(20)
    question = case(
        both("冷却液入口温度", "coolant inlet temperature"),
        "t + c",
        "degC",
        [
            stated(
                "t", "rectangular", {"centre": 24.94, "half_width": 0.05}, "degC", both("示值", "reading"), "演示数据"
            ),
            from_certificate("c", old, "0/0", "K", both("温度计修正", "correction of the thermometer"), 25.0),
        ],
        day,
        {"lower": 24.5, "upper": 25.5},
    )
    thing = item("冷却台架 CB-1（演示）", "cooling bench CB-1 (demo)", "CB-1")
    method = both("用工作温度计测量", "measured with a working thermometer")
    shelf.issued(question, particulars("DEMO-BAT-0404", BATTERY, thing, day, method, None))
