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
    value,
)

H3 = "JCGM 100:2008 H.3"


def build(shelf: Shelf) -> None:
    """All certificates of the temperature chain."""
    cell = shelf.paper(
        "DEMO-NMI-T-0001", NMI, ("水三相点瓶", "triple-point cell of water", "TPW-7"), (500, -230),
        [value("三相点温度", "temperature of the triple point", "0.01000", "degC", {"U": "0.00010", "k": "2"})],
    )  # fmt: skip
    shelf.anchor(
        cell,
        "national_primary_standard",
        both("国家基准：ITS-90 水三相点（演示）", "national standard: triple point of water (demo)"),
        "ITS-90, definition of the triple point of water 0.01 °C; U invented for the demo",
    )
    platinum = shelf.paper(
        "DEMO-NMI-T-0044", NMI, ("标准铂电阻温度计 SPRT-07", "standard platinum thermometer SPRT-07", "SPRT-07"),
        (260, -46),
        [value("20 °C 处的修正", "correction at 20 °C", "0.0012", "K", {"U": "0.0020", "k": "2"}, ("0", "60", "degC"))],
        equipment=[used(cell)],
    )  # fmt: skip
    thermometer = _thermometer(shelf, platinum)
    chamber = _chamber(shelf, "DEMO-BAT-0401", thermometer, 25.16, 30, (24.8, 25.2))
    _chamber(shelf, "DEMO-BAT-0402", thermometer, 30.18, 28, (29.8, 30.2))
    _resistance(shelf, chamber)
    _expired(shelf, platinum)


def _thermometer(shelf: Shelf, platinum: Certificate) -> Certificate:
    """The line of GUM H.3: y1 = −0.1712 °C, y2 = 0.002 18, their uncertainties and r = −0.930."""
    span = ("21", "27", "degC")
    return shelf.paper(
        "DEMO-CITY-T-0110", CITY, ("数字温度计 T-38", "digital thermometer T-38", "T-38"), (170, -190),
        [value("20 °C 处的修正 y1", "correction at 20 °C, y1", "-0.1712", "K", {"u": "0.0029", "dof": "9"}, span),
         value("修正的斜率 y2", "slope of the correction, y2", "0.00218", "1", {"u": "0.00067", "dof": "9"}, span)],
        basis=H3, equipment=[used(platinum)], correlations=[[0, 1, "-0.930"]],
    )  # fmt: skip


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
    old = shelf.paper(
        "DEMO-CITY-T-0092", CITY, ("工作温度计 T-41", "working thermometer T-41", "T-41"), (250, 25),
        [value("修正", "correction", "0.020", "K", {"U": "0.020", "k": "2"}, ("15", "35", "degC"))],
        equipment=[used(platinum)],
    )  # fmt: skip
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
