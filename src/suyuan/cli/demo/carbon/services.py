"""Carbon services of the demo's catalogue: who calibrates stacks, weighers and gases, assays coal, verifies claims.

All laboratories are invented and say so. What they promise is of the size that published ranges have (stack flow 2 to
5 %, gas standards 0.3 to 1 %, belt weighers 0.3 to 0.5 %, carbon of coal 0.5 to 1.5 %, recalled). Nobody assays fly
ash, and moisture of hot flue gas is offered less accurately and not so far as the power plant wants it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from suyuan.cli.demo.carbon.desk import VERIFIER
from suyuan.cli.demo.carbon.power import ENTERPRISE
from suyuan.cli.demo.service import DELIVERED, hash_of
from suyuan.cli.demo.service.laboratories import GAS, SINCE, certificate, flat, span, standing
from suyuan.cli.demo.service.laboratories import NAMES as OTHERS
from suyuan.cli.demo.shelf import NMI, Row, Shelf, both, value
from suyuan.quantity.fields import canonical

CARBON, SCALES, COAL, FUEL = "演示碳计量中心", "演示散料衡器站", "演示煤质检验中心", "演示燃料化验站"
NAMES: Mapping[str, str] = {
    CARBON: "demo carbon metrology centre",
    SCALES: "demo bulk weighing station",
    COAL: "demo coal quality laboratory",
    FUEL: "demo fuel assay station",
    VERIFIER: "demo carbon verification body",
    GAS: OTHERS[GAS],
    ENTERPRISE: "demo riverside power plant",
}
PEOPLE: Sequence[tuple[str, str, str, str, tuple[str, str]]] = (
    (ENTERPRISE, "carbon_manager", "江澄", "Jiang Cheng", ("碳排放管理员", "carbon manager")),
    (VERIFIER, "verifier", "魏核", "Wei He", ("核查组长", "lead verifier")),
)
"""House, account, names, title."""
INVENTED = "演示 CMC，虚构 invented CMC of the demo"
ENDS = "2029-12-31"
Standard = tuple[str, tuple[str, str, str], tuple[str, str, str, str], str, tuple[str, str, str]]
"""Number, thing, (中文, English, value, unit) of its result, U, calibrated range."""
STANDARDS: Sequence[Standard] = (
    ("DEMO-NMI-F-0041", ("S 型皮托管组 PT-4", "set of S-type Pitot tubes PT-4", "PT-4"),
     ("流速系数", "flow velocity, ratio of indication", "0.8412", "1"), "0.0100", ("1", "45", "m/s")),
    ("DEMO-NMI-G-0301", ("氮中二氧化碳基准气体组 CG-3", "set of primary CO2 mixtures CG-3", "CG-3"),
     ("二氧化碳摩尔分数", "amount fraction of CO2", "10.02", "%"), "0.02", ("1", "25", "%")),
    ("DEMO-NMI-G-0302", ("氮中氧气基准气体组 CG-5", "set of primary O2 mixtures CG-5", "CG-5"),
     ("氧摩尔分数", "amount fraction of O2", "10.01", "%"), "0.03", ("0.5", "25", "%")),
    ("DEMO-NMI-T-0310", ("标准温度计 TS-44", "reference thermometer TS-44", "TS-44"),
     ("温度修正", "correction of temperature", "0.010", "K"), "0.05", ("0", "420", "degC")),
    ("DEMO-NMI-P-0310", ("数字压力计 DP-7", "digital pressure gauge DP-7", "DP-7"),
     ("压力示值误差", "error of indicated pressure", "0.01", "kPa"), "0.02", ("10", "160", "kPa")),
    ("DEMO-NMI-H-0310", ("水汽发生器 WV-2", "water vapour generator WV-2", "WV-2"),
     ("水汽摩尔分数", "amount fraction of water vapour", "10.0", "%"), "0.3", ("1", "22", "%")),
    ("DEMO-NMI-M-0520", ("实物标定料斗秤 HS-2", "hopper scale for material tests HS-2", "HS-2"),
     ("质量流量示值误差", "relative error of mass flow rate", "0.0002", "1"), "0.0010", ("10", "3500", "t/h")),
    ("DEMO-NMI-M-0521", ("检衡车砝码组 VW-1", "test vehicle with weights VW-1", "VW-1"),
     ("质量", "mass", "20.0003", "t"), "0.0010", ("1", "150", "t")),
    ("DEMO-NMI-C-0310", ("煤标准物质组 CRM-C3", "set of coal reference materials CRM-C3", "CRM-C3"),
     ("碳质量分数", "mass fraction of carbon", "71.20", "%"), "0.28", ("30", "95", "%")),
    ("DEMO-NMI-C-0311", ("苯甲酸标准物质 CRM-B1", "benzoic acid CRM-B1", "CRM-B1"),
     ("质量热值", "calorific value by mass", "26.454", "MJ/kg"), "0.020", ("10", "40", "MJ/kg")),
)  # fmt: skip


def build(shelf: Shelf) -> None:
    """The standards with their anchors, one register a laboratory, and what is offered beside measurements."""
    for number, thing, (zh, en, figure, unit), U, span_of in STANDARDS:
        made = shelf.paper(number, NMI, thing, (200, -500), [value(zh, en, figure, unit, {"U": U, "k": "2"}, span_of)])
        shelf.anchor(made, "cmc", both(f"{thing[0]}（演示 CMC）", f"{thing[1]} (demo CMC)"), INVENTED)
    offers = {CARBON: _stack(), GAS: [_gas()], SCALES: _scales(), COAL: _coal(), FUEL: [_fuel()]}
    shared = {CARBON: [_rig()], GAS: [_mixture()], VERIFIER: [_verifiers()]}
    for name in NAMES:
        rows = {"capability": offers.get(name, []), "resource": shared.get(name, []), "person": _people(name)}
        fields = {
            "suyuan": "register", "organisation": both(name, NAMES[name]), "demo": True,
            "number": f"DEMO-CARBON-{hash_of({'zh': name}):04d}", "day": shelf.ago(DELIVERED).isoformat(),
            "rows": {kind: given for kind, given in rows.items() if given},
        }  # fmt: skip
        shelf.keep(canonical(fields), f"{fields['number']}.json")


def _people(name: str) -> list[Row]:
    """Who of an enterprise uses the site: the power plant's carbon manager, the verifier of the verification body."""
    return [
        {"id": f"CP-{at:02d}", "name": both(zh, en), "account": account, "title": both(*title),
         "employed_from": "2020-01-01"}
        for at, (of, account, zh, en, title) in enumerate(PEOPLE, 1) if of == name
    ]  # fmt: skip


def _offer(id: str, quantity: str, over: Row, U: Row, standard: str, **more: Any) -> Row:
    row: Row = {"id": id, "quantity": quantity, "interval": over, "uncertainty": U,
                "standards": [certificate(NMI, standard)]}  # fmt: skip
    return row | more


def _place(region: str, place: str, number: str) -> Row:
    return {"region": region, "place": both(place, "demo"),
            "standings": standing("accredited", "演示认可委", number, SINCE, ENDS)}  # fmt: skip


def _on_site(zh: str, en: str, item: str, analyte: str = "") -> Row:
    found: Row = {"item": item, "item_name": both(zh, en), "conditions": {"site": ["on-site"]}}
    return found | ({"analyte": analyte} if analyte else {})


def _stack() -> list[Row]:
    here = _place("310000", "上海", "DEMO-L-0061")
    flow = _on_site("烟气流速仪（RATA、QAL2 平行测量）", "stack flow meters (RATA, parallel measurement of QAL2)",
                    "stack flow meter")  # fmt: skip
    co2 = _on_site("烟气 CO2 分析仪", "CO2 analysers of stacks", "CO2 analyser", "CO2")
    o2 = _on_site("烟气 O2 分析仪", "O2 analysers of stacks", "oxygen analyser", "O2")
    heat = _on_site("烟气温度计", "stack thermometers", "thermometer")
    pressure = _on_site("烟气压力变送器", "stack pressure transmitters", "pressure transmitter")
    moisture = _on_site("烟气湿度仪", "stack hygrometers", "stack hygrometer", "H2O")
    return [
        _offer("CM-01", "velocity", span("2", "40", "m/s"), flat("0.022"), "DEMO-NMI-F-0041", days="6", price="18000",
               method="网格法平行测量", **flow, **here),
        _offer("CM-02", "amount_fraction", span("1", "25", "%"), flat("0.008"), "DEMO-NMI-G-0301", days="3",
               price="3200", **co2, **here),
        _offer("CM-03", "amount_fraction", span("1", "21", "%"), flat("0.010"), "DEMO-NMI-G-0302", days="3",
               price="2600", **o2, **here),
        _offer("CM-04", "temperature", span("0", "300", "degC"), flat("0.8", "degC"), "DEMO-NMI-T-0310", days="3",
               price="900", **heat, **here),
        _offer("CM-05", "pressure", span("50", "120", "kPa"), flat("0.0015"), "DEMO-NMI-P-0310", days="3",
               price="900", **pressure, **here),
        _offer("CM-06", "amount_fraction", span("2", "20", "%"), flat("15", "mmol/mol"), "DEMO-NMI-H-0310", days="5",
               price="6400", **moisture, **here),
    ]  # fmt: skip


def _gas() -> Row:
    return _offer("GAS-02", "amount_fraction", span("1", "25", "%"), flat("0.004"), "DEMO-NMI-G-0301", days="20",
                  price="2400", item="gas standard", analyte="CO2",
                  item_name=both("氮中二氧化碳标准气体", "CO2 in nitrogen, gas standards"),
                  conditions={"site": ["lab"], "matrix": ["N2"]},
                  **_place("110000", "北京", "DEMO-L-0062"))  # fmt: skip


def _scales() -> list[Row]:
    here = _place("320100", "南京", "DEMO-L-0063")
    belt, bridge = (
        _on_site("皮带秤", "belt weighers", "belt weigher"),
        _on_site("汽车衡", "weighbridges", "truck scale"),
    )
    return [
        _offer("BW-01", "mass_flow_rate", span("20", "3000", "t/h"), flat("0.003"), "DEMO-NMI-M-0520", days="8",
               price="26000", method="实物检定", **belt, **here),
        _offer("WB-01", "mass", span("1", "150", "t"), flat("0.001"), "DEMO-NMI-M-0521", days="4", price="5200",
               **bridge, **here),
    ]  # fmt: skip


def _assay(zh: str, en: str) -> Row:
    return {"item": "coal", "item_name": both(zh, en), "conditions": {"site": ["lab"]}}


def _coal() -> list[Row]:
    here, carbon = _place("370100", "济南", "DEMO-L-0064"), _assay("煤、焦的元素碳", "carbon of coal and coke")
    return [
        _offer("CQ-01", "mass_fraction", span("30", "95", "%"), flat("0.008"), "DEMO-NMI-C-0310", days="5",
               price="420", analyte="C", **carbon, **here),
        _offer("CQ-02", "calorific_value_by_mass", span("10", "40", "MJ/kg"), flat("0.006"), "DEMO-NMI-C-0311",
               days="5", price="260", **_assay("煤、焦的发热量", "heat value of coal and coke"), **here),
    ]  # fmt: skip


def _fuel() -> Row:
    """Nearer and cheaper, and not accurate enough for the power plant."""
    return _offer("FA-01", "mass_fraction", span("35", "90", "%"), flat("0.018"), "DEMO-NMI-C-0310", days="2",
                  price="180", analyte="C", **_assay("煤的元素碳", "carbon of coal"),
                  **_place("310000", "上海", "DEMO-L-0065"))  # fmt: skip


# ---------------------------------------------------------------- beside measurements


def _shared(id: str, kind: str, zh: str, en: str, region: str, place: str, **more: Any) -> Row:
    return {"id": id, "kind": kind, "name": both(f"{zh}（演示）", f"{en} (demo)"), "region": region,
            "place": both(place, "demo"), "shared": "public", "contact": "业务受理室",
            "source": "demo data", **more}  # fmt: skip


def _rig() -> Row:
    return _shared("CMR-1", "instrument", "烟气流量参比测量车", "vehicle for reference measurement of stacks", "310000",
                   "上海", quantity="velocity", item="stack flow meter", interval=span("2", "40", "m/s"), days="6",
                   price="18000", certificate=certificate(NMI, "DEMO-NMI-F-0041"))  # fmt: skip


def _mixture() -> Row:
    return _shared("GR-2", "reference_material", "氮中二氧化碳气体标准物质", "CO2 in N2 reference gas", "110000",
                   "北京", quantity="amount_fraction", item="gas standard", days="20", price="2400",
                   certificate=certificate(NMI, "DEMO-NMI-G-0301"))  # fmt: skip


def _verifiers() -> Row:
    return _shared("CV-1", "expert", "排放申报核查组", "team that verifies carbon claims", "310000", "上海",
                   item="carbon claim", days="30", price="48000")  # fmt: skip
