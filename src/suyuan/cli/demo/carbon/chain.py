"""Certificates behind the demo's power plant: from anchors to the stack and to the coal, and what was withdrawn later.

One gas standard stands behind both the stack's CO2 analyser and the laboratory's carbon analyser, so monitoring and
calculation are not independent. The certificate of the flow meter was found wrong in the spring after the year.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

from suyuan.certificate.certificate import Certificate
from suyuan.cli.demo.carbon.desk import Desk, component, named
from suyuan.cli.demo.lake.made import correction
from suyuan.cli.demo.shelf import CITY, NMI, Row, both, used, value

LABORATORY = "演示煤质化验室"
INVENTED = "演示数据，虚构 / invented for the demo"
GAS, GAS_U, READ = "12.50", 0.125, 12.56
"""What the gas standard holds, % CO2, its U (k = 2), and what the analyser read when it was fed with it."""
FIRST_ERROR, WRONG_ERROR, RIGHT_ERROR = 0.012, 0.010, 0.022
"""Relative error of the flow meter: until March; as first certified afterwards; as it was."""
RENEWED = (3, 12)
"""Month and day on which the flow meter was calibrated again."""
WEIGHTS = "DEMO-NMI-M-0500"
AREA = 38.47
"""Of the measuring section, m²."""


@dataclass(frozen=True, slots=True)
class Other:
    """A channel with a certificate of its own. number, U: what it states, in `unit`; raw_unit: of the readings."""

    thing: tuple[str, str]
    serial: str
    states: tuple[str, str]
    number: str
    unit: str
    U: str
    raw_unit: str
    standard: tuple[str, str, str]
    anchor: tuple[str, str]


OTHERS = {
    "temperature": Other(
        ("烟气温度计 CEMS-T-02", "stack thermometer CEMS-T-02"), "CEMS-T-02", ("修正值", "correction"), "-0.4", "K",
        "1.0", "degC", ("温度标准装置", "temperature standard", "ST-T"),
        ("国家温度基准", "national temperature standard")),
    "pressure": Other(
        ("烟气压力变送器 CEMS-P-02", "stack pressure transmitter CEMS-P-02"), "CEMS-P-02", ("修正值", "correction"),
        "0.12", "kPa", "0.20", "kPa", ("压力标准装置", "pressure standard", "ST-P"),
        ("国家压力基准", "national pressure standard")),
    "moisture": Other(
        ("烟气湿度仪 CEMS-H-02", "stack hygrometer CEMS-H-02"), "CEMS-H-02", ("斜率", "gain"), "1.03", "1", "0.06", "%",
        ("湿度标准装置", "humidity standard", "ST-H"), ("国家湿度基准", "national humidity standard")),
}  # fmt: skip


def found_wrong(desk: Desk) -> date:
    """The day on which the error of the flow certificate was found."""
    return desk.on(4, 14, 1)


@dataclass(frozen=True, slots=True)
class Behind:
    """The certificates of the calculation, and of what both share."""

    gas: Certificate
    scales: tuple[Certificate, Certificate]
    meter: Certificate
    area: Certificate


def build(desk: Desk) -> Behind:
    """All certificates, with their corrections and the statement."""
    gas = _gas(desk)
    _flow(desk)
    _others(desk)
    return Behind(gas, _scales(desk), _meter(desk), _area(desk))


def _standard(desk: Desk, number: str, thing: tuple[str, str, str], row: Row, anchor: tuple[str, str]) -> Certificate:
    """A standard of the national institute, at which chains end."""
    made = desk.paper(number, NMI, thing, (desk.on(2, 6, -1), desk.on(2, 5, 4)), [row])
    desk.shelf.anchor(made, "national_primary_standard", named(*anchor), INVENTED)
    return made


def _gas(desk: Desk) -> Certificate:
    made = desk.paper(
        "DEMO-NMI-G-0125", NMI, ("氮中二氧化碳标准气体", "CO2 in nitrogen, reference gas", "GBW-D-0125"),
        (desk.on(12, 1, -2), desk.shelf.ago(-40)),
        [value("摩尔分数", "amount fraction", GAS, "%", {"U": f"{GAS_U}", "k": "2"})],
    )  # fmt: skip
    name = named("有证标准物质：氮中 CO2", "certified reference material: CO2 in nitrogen")
    desk.shelf.anchor(made, "certified_reference_material", name, INVENTED)
    correction(desk.shelf, made, desk.on(1, 2), instrument="CEMS-CO2-02", form="formula", model=f"raw*c/{READ}",
               raw_unit="%", parameters={"c": {"place": "0/0", "unit": "%"}}, range=["0", "20"])  # fmt: skip
    return made


def _flow(desk: Desk) -> None:
    """The flow meter's certificates: until March, from then on, and the one that replaced this."""
    standard = _standard(desk, "DEMO-NMI-F-0021", ("气体流速标准装置", "gas velocity standard facility", "VS-21"),
                         value("流速", "velocity", "20.00", "m/s", {"U": "0.06", "k": "2"}),
                         ("国家气体流速基准", "national standard of gas velocity"))  # fmt: skip
    thing = ("烟气流速仪 CEMS-V-02", "stack velocity meter CEMS-V-02", "CEMS-V-02")
    again = desk.on(*RENEWED)
    spans = ((desk.on(3, 10, -1), desk.on(3, 20)), (again, desk.on(9, 11, 1)), (again, desk.on(9, 11, 1)))
    errors = (FIRST_ERROR, WRONG_ERROR, RIGHT_ERROR)
    known = (desk.on(1, 2), desk.on(3, 20), found_wrong(desk))
    made = []
    for number, span, error, day in zip(("0041", "0042", "0042A"), spans, errors, known, strict=True):
        row = desk.error("相对示值误差", "relative error of indication", f"{error:.3f}", "0.030", ("0", "40", "m/s"))
        issued = {"issued": day.isoformat()} if number == "0042A" else {}
        one = desk.paper(f"DEMO-CITY-F-{number}", CITY, thing, span, [row], equipment=[used(standard)], **issued)
        correction(desk.shelf, one, day, instrument="CEMS-V-02", form="formula", model="raw/(1 + e)", raw_unit="m/s",
                   parameters={"e": {"place": "0/0", "unit": "1"}})  # fmt: skip
        made.append(one)
    reason = both("参比皮托管系数抄错；更正本为 0042A", "coefficient of the reference tube copied wrongly; see 0042A")
    desk.shelf.statement("withdrawn", made[1], made[2], again, reason, found_wrong(desk))


def _others(desk: Desk) -> None:
    """Temperature, pressure and moisture of the stack, each with a standard of its own."""
    for role, one in OTHERS.items():
        row = value(*one.states, one.number, one.unit, {"U": one.U, "k": "2"})
        of_standard = value("标准值", "reference", "0", one.unit, {"U": f"{float(one.U) / 50:g}", "k": "2"})
        standard = _standard(desk, f"DEMO-NMI-{one.serial[5]}-0270", one.standard, of_standard, one.anchor)
        made = desk.paper(
            f"DEMO-CITY-{one.serial[5]}-0270", CITY, (*one.thing, one.serial), (desk.on(12, 3, -1), desk.on(1, 20, 1)),
            [row], equipment=[used(standard)],
        )  # fmt: skip
        correction(desk.shelf, made, desk.on(1, 2), instrument=one.serial, form="gain_offset", raw_unit=one.raw_unit,
                   parameters={"gain" if role == "moisture" else "offset": {"place": "0/0"}})  # fmt: skip


def _scales(desk: Desk) -> tuple[Certificate, Certificate]:
    """The belt weigher before and after its calibration at the end of May."""
    weights = _standard(desk, WEIGHTS, ("链码组", "chain weights", "CW-5"),
                        value("线质量", "mass to length", "50.000", "kg/m", {"U": "0.010", "k": "2"}),
                        ("国家质量基准", "national standard of mass"))  # fmt: skip
    thing = ("入炉煤皮带秤 BS-01", "belt weigher of the coal BS-01", "BS-01")
    row = desk.error("相对误差", "relative error", "0.000", "0.006")
    first, second = (
        desk.paper(number, CITY, thing, span, [row], equipment=[used(weights)])
        for number, span in (
            ("DEMO-CITY-M-0811", (desk.on(5, 28, -1), desk.on(5, 31))),
            ("DEMO-CITY-M-0812", (desk.on(5, 30), desk.on(5, 31, 1))),
        )
    )
    return first, second


def _meter(desk: Desk) -> Certificate:
    standard = _standard(desk, "DEMO-NMI-E-0008", ("电能标准", "electrical energy standard", "ES-8"),
                         desk.error("相对误差", "relative error", "0.00001", "0.00004"),
                         ("国家电能基准", "national standard of electrical energy"))  # fmt: skip
    return desk.paper(
        "DEMO-CITY-E-0731", CITY, ("启备变关口电能表 EM-07", "energy meter of the station transformer EM-07", "EM-07"),
        (desk.on(11, 4, -1), desk.shelf.ago(-25)), [desk.error("相对误差", "relative error", "0.0006", "0.004")],
        equipment=[used(standard)],
    )  # fmt: skip


def _area(desk: Desk) -> Certificate:
    tape = _standard(desk, "DEMO-NMI-L-0077", ("钢卷尺标准装置", "standard of steel tapes", "LT-7"),
                     value("长度", "length", "5.0000", "m", {"U": "0.0001", "k": "2"}),
                     ("国家长度基准", "national standard of length"))  # fmt: skip
    return desk.paper(
        "DEMO-CITY-L-0371", CITY, ("1 号烟囱测量断面", "stack 1, measuring section", "S-1"),
        (desk.on(9, 3, -1), desk.on(9, 2, 4)), [value("截面积", "area", f"{AREA}", "m2", {"U": "0.20", "k": "2"})],
        equipment=[used(tape)],
    )  # fmt: skip


def weighbridge(desk: Desk) -> Certificate:
    """The weighbridge of the steel works."""
    weights = next(c for c in desk.shelf.evidence.certificates if c.number == WEIGHTS)
    return desk.paper(
        "DEMO-CITY-M-0907", CITY, ("汽车衡 WB-03", "weighbridge WB-03", "WB-03"), (desk.on(12, 8, -1), desk.on(12, 31)),
        [desk.error("相对误差", "relative error", "0.000", "0.008")], equipment=[used(weights)],
    )  # fmt: skip


def crossing(bridge: Certificate) -> Row:
    """What the works' weighbridge errs by: one error for all that crosses it, in and out."""
    return component("汽车衡校准", "amount", 0.004, True, bridge)


def report(desk: Desk, gas: Certificate, year: int, stated: Row) -> Certificate:
    """The laboratory's report of a month as a certificate. stated: the same report as the plant's document has it."""
    month = stated["month"]
    end = desk.on(month, 28, year - desk.year)
    u = math.hypot(stated["u_method"], stated["u_month"], stated["carbon"] * GAS_U / 2.0 / float(GAS))
    results = [
        value("空干基碳", "carbon, air-dried", f"{stated['carbon']:.2f}", "%", {"U": f"{2.0 * u:.2f}", "k": "2"}),
        value("全水分", "total moisture", f"{stated['moisture_ar']:.1f}", "%",
              {"U": f"{2.0 * stated['u_moisture']:.1f}", "k": "2"}),
        value("空干基水分", "moisture, air-dried", f"{stated['moisture_ad']:.2f}", "%", {"U": "0.10", "k": "2"}),
        value("收到基低位发热量", "net calorific value, as received", f"{stated['heat']:.2f}", "MJ/kg",
              {"U": "0.30", "k": "2"}),
    ]  # fmt: skip
    return desk.paper(
        stated["number"], stated["issuer"],
        (f"入炉煤缩分样 {year}-{month:02d}", f"coal as fired, sample of {year}-{month:02d}", f"{year}-{month:02d}"),
        (end, end), results, equipment=[used(gas)], valid_until="", issued=stated["issued"],
    )  # fmt: skip
