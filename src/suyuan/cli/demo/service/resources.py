"""Shared resources of the demo's organisations in several regions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from suyuan.cli.demo.service.laboratories import BLOCK, BLOCKS, CHARGER, EAST, GAS, HEAT, LASER, TORQUE, span, term
from suyuan.cli.demo.shelf import CITY, NMI, Row, both

Offer = tuple[str, str, str, str, str, Row]
"""id, kind, 中文, English, quantity, and what else stands in the row."""

_OFFERS: Mapping[str, tuple[str, str, Sequence[Offer]]] = {
    NMI: ("110000", "北京", [
        ("NR-1", "standard", "633 nm 碘稳频激光", "iodine-stabilised laser", "length",
         {"certificate": LASER, "shared": "members", "days": "60"}),
    ]),
    CITY: ("310000", "上海", [
        ("CR-1", "standard", "标准量块 KB-13，25 mm", "standard gauge block KB-13", "length",
         {"item": "gauge block", "certificate": BLOCK, "days": "5", "price": "200",
          "interval": span("25", "25", "mm")}),
        ("CR-2", "expert", "量块与环规测量专家", "expert for gauge blocks and rings", "length", {"days": "3"}),
        ("CR-3", "laboratory_room", "20 °C ± 0.05 °C 恒温室", "room at 20 °C ± 0.05 °C", "temperature",
         {"capacity": "2", "price": "1500"}),
    ]),
    TORQUE: ("440300", "深圳", [
        ("TR-1", "instrument", "扭矩校准装置 1 kN·m", "torque calibration device 1 kN·m", "torque",
         {"item": "torque wrench", "interval": span("0.5", "1000", "N.m"), "U": {"value": "0.005", "k": "2"},
          "days": "4", "price": "900"}),
    ]),
    CHARGER: ("330100", "杭州", [
        ("HR-1", "instrument", "直流电能现场校验仪", "on-site DC energy calibrator", "energy_dc",
         {"days": "2", "price": "1200"}),
    ]),
    GAS: ("110000", "北京", [
        ("GR-1", "reference_material", "氮中一氧化氮气体标准物质（演示）", "NO in N2 reference gas (demo)",
         "amount_fraction", {"days": "14", "price": "600"}),
    ]),
    HEAT: ("610100", "西安", [
        ("WR-1", "method", "热电阻 −80 °C 至 600 °C 分段校准方法", "piecewise method for thermometers", "temperature",
         {"shared": "members"}),
    ]),
    EAST: ("320500", "苏州", [
        ("ER-1", "instrument", "测长机 3 m", "length measuring machine 3 m", "length",
         {"days": "6", "price": "500", "interval": span("0", "3000", "mm")}),
    ]),
}  # fmt: skip
"""Organisation → region, place and what it shares, with the public where nothing else is said."""


def resources() -> Mapping[str, Sequence[Row]]:
    """Organisation → rows of its shared resources."""
    return {
        owner: [_resource(offer, region, place) for offer in offers]
        for owner, (region, place, offers) in _OFFERS.items()
    }


def transfers() -> Mapping[str, Sequence[Row]]:
    """Organisation → its transfer standards. One rests on the very block that the laboratory above it uses too."""
    drift = term("δ_d", "两次校准间的漂移", "drift between calibrations", "0.016", "五年记录 five years of records")
    return {
        EAST: [
            _transfer(
                "ET-1", "现场量块组 8 块", "set of eight gauge blocks for work on site", span("0.5", "100", "mm"),
                {"form": "value", "U": "0.30", "unit": "um", "k": "2"},
                serves=["cmm", "measuring microscope"], calibrated_by=f"{CITY}/CITY-L-01", days="4", price="600",
                budget=[term("δθ", "现场温度", "temperature on site", "0.14", "20 °C ± 1 °C"), drift],
            ),
            _transfer(
                "ET-2", "便携比较仪，以 25 mm 量块为基准", "portable comparator on a 25 mm block",
                span("0.5", "60", "mm"), {"form": "value", "U": "0.070", "unit": "um", "k": "2"},
                serves=["length measuring machine"], calibrated_by=f"{CITY}/CITY-L-01", days="6", price="900",
                budget=[term("l_s", "标准量块（与市院同一块）", "standard block, the one that the city institute uses",
                             "0.025", "DEMO-NMI-L-0202, u = U/3", BLOCK),
                        term("δ_t", "运输", "transport", "0.018", "往返前后各测一次 measured before and after"), drift],
            ),
        ],
        CITY: [
            _transfer(
                "CT-1", "便携比较仪，以成套量块为基准", "portable comparator on a set of blocks",
                span("0.5", "60", "mm"), {"form": "value", "U": "0.070", "unit": "um", "k": "2"},
                serves=["length measuring machine"], calibrated_by=f"{NMI}/NMI-L-01", days="12", price="2400",
                budget=[term("l_b", "成套量块", "set of blocks", "0.025", "DEMO-NMI-L-0205, u = U/3", BLOCKS),
                        term("δ_t", "运输", "transport", "0.018", "往返前后各测一次 measured before and after"), drift],
            ),
        ],
    }  # fmt: skip


def _transfer(id: str, zh: str, en: str, interval: Row, uncertainty: Row, **more: Any) -> Row:
    return {
        "id": id,
        "name": both(zh, en),
        "quantity": "length",
        "item": "gauge block",
        "interval": interval,
        "uncertainty": uncertainty,
        "conditions": {"site": ["on-site"]},
        "region": "310000",
        "source": "演示数据 demo data",
        **more,
    }


def _resource(offer: Offer, region: str, place: str) -> Row:
    id, kind, zh, en, quantity, more = offer
    return {
        "id": id,
        "kind": kind,
        "name": both(zh, en),
        "quantity": quantity,
        "region": region,
        "place": both(place, "demo"),
        "contact": "业务受理室",
        "source": "demo data",
        "shared": "public",
        **more,
    }
