"""Needs of the demo: enterprises that want something measured, each with a target and a reason for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from suyuan.cli.demo.service.laboratories import span
from suyuan.cli.demo.shelf import BATTERY, ENGINE, Row, both

BEARING, CHARGE, STACK = "演示轴承厂", "演示充电运营公司", "演示热电厂"
NAMES: Mapping[str, str] = {
    ENGINE: "demo marine diesel works, metrology room",
    BATTERY: "demo traction battery laboratory",
    BEARING: "demo bearing works",
    CHARGE: "demo charging company",
    STACK: "demo heat and power plant",
}


def absolute(U: str, unit: str) -> Row:
    return {"U": U, "unit": unit, "k": "2"}


def relative(U: str) -> Row:
    return {"U": U, "relative": True, "k": "2"}


def needs() -> Mapping[str, Sequence[Row]]:
    """Organisation → rows of its needs."""
    return {BEARING: _bearing(), ENGINE: _engine(), BATTERY: _battery(), CHARGE: [_charge()], STACK: [_stack()]}


def _need(id: str, zh: str, en: str, quantity: str, interval: Row, target: Row | None, **more: Any) -> Row:
    row: Row = {
        "id": id,
        "title": both(zh, en),
        "quantity": quantity,
        "interval": interval,
        "criticality": "3",
        "firms": "1",
        "source": "demo data",
        **more,
    }
    return {**row, "target": target} if target else row


LAB: Row = {"site": "lab"}
ON_SITE: Row = {"site": "on-site"}


def _bearing() -> list[Row]:
    made: Row = {"standing": "accredited", "stage": "production", "node": "equipment"}
    kept: Row = {"standing": "accredited", "stage": "maintenance", "node": "equipment"}
    return [
        _need(
            "N-2026-031", "定距环长度", "length of spacer rings",
            "length", span("0.5", "100", "mm"), absolute("0.060", "um"), item="gauge block",
            measurand=both("端度规中心长度", "central length of gauges"),
            conditions={**LAB, "ambient_temperature": span("19.9", "20.1", "degC"), "accepts": "products"},
            standing="accredited", stage="production", node="component", criticality="4", firms="3",
            volume="每月 40 件", product=both("轴承定距环，允差 ±0.25 µm", "bearing spacer ring, tolerance ±0.25 µm"),
            days_most="15",
        ),
        _need(
            "N-2026-032", "量块送校", "calibration of gauge blocks",
            "length", span("1", "100", "mm"), absolute("0.1", "um"), item="gauge block", conditions=LAB, firms="6",
            **made,
        ),
        _need(
            "N-2026-033", "扭矩扳子", "torque wrenches",
            "torque", span("10", "150", "N.m"), relative("0.01"), item="torque wrench", firms="9", **kept,
        ),
        _need(
            "N-2026-034", "大扭矩扳子", "large torque wrenches",
            "torque", span("100", "800", "N.m"), relative("0.008"), item="torque wrench", criticality="4", firms="4",
            **kept,
        ),
        _need(
            "N-2026-035", "三坐标现场验收", "acceptance of a coordinate measuring machine on site",
            "length", span("1", "100", "mm"), absolute("0.5", "um"), item="cmm", conditions=ON_SITE,
            stage="use", node="equipment", criticality="2", firms="2",
        ),
        _need(
            "N-2026-036", "测长机现场校准", "length measuring machine on site",
            "length", span("1", "50", "mm"), absolute("0.10", "um"), item="length measuring machine",
            conditions=ON_SITE, stage="maintenance", node="equipment", criticality="2",
        ),
    ]  # fmt: skip


def _engine() -> list[Row]:
    return [
        _need(
            "N-2026-041", "柱塞副配对环规", "setting rings for plunger pairs",
            "length", span("10", "60", "mm"), absolute("0.5", "um"), item="ring gauge", conditions=LAB,
            stage="production", node="component", criticality="5", firms="2", standing="accredited",
            product=both("船用柴油机柱塞副", "plunger pairs of marine diesels"),
        ),
        _need(
            "N-2026-042", "轴系在线扭矩", "torque of a running shaft",
            "torque", span("50", "500", "kN.m"), relative("0.01"), item="torque transducer", conditions=ON_SITE,
            stage="use", node="system", criticality="5", firms="5", product=both("船舶推进轴系", "propulsion shafts"),
        ),
    ]  # fmt: skip


def _battery() -> list[Row]:
    return [
        _need(
            "N-2026-051", "电池冷却液温度", "coolant temperature",
            "temperature", span("15", "45", "degC"), absolute("0.05", "degC"), item="digital thermometer",
            conditions={**LAB, "medium": "water"}, stage="test", node="system", criticality="4", firms="4",
        ),
        _need(
            "N-2026-052", "热电阻 −20 至 500 °C", "platinum thermometers −20 to 500 °C",
            "temperature", span("-20", "500", "degC"), absolute("0.2", "degC"),
            item="industrial platinum resistance thermometer", conditions=LAB,
            standing="accredited", stage="production", node="component", firms="3",
        ),
        _need(
            "N-2026-054", "微小扭矩螺丝刀", "small torque screwdrivers",
            "torque", span("0.1", "2.5", "N.m"), relative("0.01"), item="torque screwdriver",
            standing="accredited", stage="production", node="equipment", criticality="4", firms="5",
            product=both("电池模组的螺钉", "screws of a battery module"),
        ),
        _need(
            "N-2026-053", "电芯内部温度分布", "temperature field inside a cell",
            "temperature", span("-20", "80", "degC"), None, item="temperature field", conditions=LAB,
            stage="design", node="component", criticality="4", firms="6",
        ),
    ]  # fmt: skip


def _charge() -> Row:
    return _need(
        "N-2026-061", "直流充电桩现场检定", "DC chargers on site",
        "energy_dc", span("10", "500", "A"), relative("0.003"), item="DC EV charger", interval_of="electric_current",
        conditions={**ON_SITE, "voltage": span("1000", "1000", "V")}, standing="accredited", stage="use",
        node="service", criticality="5", firms="12", size="1800", size_unit="MW",
    )  # fmt: skip


def _stack() -> Row:
    return _need(
        "N-2026-071", "烟气 NO 低浓度", "low NO in flue gas",
        "amount_fraction", span("20", "500", "umol/mol"), relative("0.02"), analyte="NO", item="NO analyser",
        conditions={"matrix": "N2"}, standing="accredited", stage="use", node="equipment", criticality="4", firms="8",
    )  # fmt: skip
