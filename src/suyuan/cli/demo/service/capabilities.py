"""Capabilities of the demo's laboratories.

The laboratories are invented. The figures of torque, charger, resistance thermometer and gas come from the project's
own invented set of capabilities; those of length and temperature follow from the budgets of its certificates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from suyuan.cli.demo.service.laboratories import (
    BLOCK,
    BLOCKS,
    CHARGER,
    COMPARATOR,
    EAST,
    ENERGY,
    ENGINE_BLOCKS,
    FIXED,
    FIXED_POINTS,
    GAS,
    HARBOUR_BLOCKS,
    HEAT,
    LASER,
    MACHINE,
    NITRIC,
    PLATINUM,
    PORT,
    SINCE,
    THERMOMETER,
    TORQUE,
    TRANSDUCER,
    UNTIL,
    certificate,
    flat,
    root_sum,
    span,
    standing,
    term,
)
from suyuan.cli.demo.shelf import BATTERY, CITY, ENGINE, NMI, Row, both

LENGTH_BUDGET = [
    term("l_s", "标准量块", "standard block", "0.025", "DEMO-NMI-L-0202, u = U/3", BLOCK),
    term("d", "比较读数", "comparison reading", "0.0058", "A, n = 25", None),
    term("d_c", "比较仪", "comparator", "0.0067", "DEMO-NMI-L-0417", COMPARATOR),
    term("δθ", "两块温差", "temperature difference", "0.0041", "JCGM 100 H.1.3.6", None, "0.00026"),
    term("δα", "膨胀系数之差", "difference of expansion", "0.001", "JCGM 100 H.1.3.5", None, "0.00006"),
]


def capabilities() -> Mapping[str, Sequence[Row]]:
    """Laboratory → rows of its capabilities."""
    return {
        NMI: _national(),
        CITY: _city(),
        PORT: [_port()],
        ENGINE: [_engine()],
        BATTERY: [_battery()],
        EAST: [_east()],
        TORQUE: _torque(),
        CHARGER: _charger(),
        GAS: [_gas()],
        HEAT: _heat(),
    }


def _length(id: str, U: Row, standards: Sequence[Row], place: str, **more: Any) -> Row:
    return {
        "id": id,
        "quantity": "length",
        "item": "gauge block",
        "item_name": both("量块、端规", "gauge blocks, end gauges"),
        "measurand": both("端度规中心长度", "central length of end gauges"),
        "interval": span("0.5", "100", "mm"),
        "uncertainty": U,
        "conditions": {
            "site": ["lab"],
            "ambient_temperature": span("19.9", "20.1", "degC"),
            "accepts": ["products", "laboratory standards"],
        },
        "method": "JJG 146-2011",
        "standards": list(standards),
        "stages": ["production", "test", "use"],
        "nodes": ["component", "equipment"],
        "place": both(place, "demo"),
        **more,
    }


def _national() -> list[Row]:
    return [
        _length(
            "NMI-L-01",
            root_sum("0.020", "0.0002", "um"),
            [LASER],
            "北京",
            region="110000",
            days="30",
            conditions={
                "site": ["lab"],
                "ambient_temperature": span("19.95", "20.05", "degC"),
                "accepts": ["laboratory standards"],
            },
            price="1800",
            standings=standing("cmc", "KCDB (demo)", "DEMO-CMC-L-1", SINCE, UNTIL),
            budget=[term("λ", "激光波长与折射率", "laser wavelength, index", "0.008", "DEMO-NMI-L-0633", LASER)],
        ),
        {
            "id": "NMI-T-01",
            "quantity": "temperature",
            "item": "standard platinum resistance thermometer",
            "item_name": both("标准铂电阻温度计", "standard platinum thermometers"),
            "interval": span("0", "420", "degC"),
            "uncertainty": {
                "form": "table",
                "points": ["0", "100", "420"],
                "U": ["1", "2", "4"],
                "unit": "mK",
                "k": "2",
            },
            "conditions": {"site": ["lab"]},
            "method": "JJG 160-2007",
            "region": "110000",
            "place": both("北京", "demo"),
            "standards": [certificate(NMI, "DEMO-NMI-T-0001"), FIXED_POINTS],
            "days": "30",
            "price": "2600",
            "standings": standing("cmc", "KCDB (demo)", "DEMO-CMC-T-1", SINCE, UNTIL),
        },
    ]


def _city() -> list[Row]:
    mine = {"region": "310000", "standings": standing("accredited", "演示认可委", "DEMO-L-0001", SINCE, "2027-12-31")}
    return [
        _length(
            "CITY-L-01",
            root_sum("0.056", "0.0006", "um"),
            [BLOCK, BLOCKS, COMPARATOR],
            "上海",
            days="10",
            price="300",
            persons="1",
            budget=LENGTH_BUDGET,
            **mine,
        ),
        {
            "id": "CITY-L-02",
            "quantity": "length",
            "item": "ring gauge",
            "item_name": both("光面环规", "plain ring gauges"),
            "measurand": both("环规内径", "inside diameter of rings"),
            "interval": span("3", "150", "mm"),
            "uncertainty": root_sum("0.3", "0.002", "um"),
            "conditions": {"site": ["lab"]},
            "method": "JJG 894-1995",
            "standards": [certificate(NMI, "DEMO-NMI-L-0201"), MACHINE],
            "days": "8",
            "price": "260",
            "persons": "1",
            "stages": ["production", "test"],
            "nodes": ["component"],
            "place": both("上海", "demo"),
            **mine,
        },
        _city_thermometer(mine),
    ]


def _city_thermometer(mine: Row) -> Row:
    return {
        "id": "CITY-T-01",
        "quantity": "temperature",
        "item": "digital thermometer",
        "item_name": both("数字温度计", "digital thermometers"),
        "interval": span("0", "100", "degC"),
        "uncertainty": {
            "form": "table",
            "points": ["0", "25", "100"],
            "U": ["0.020", "0.012", "0.030"],
            "unit": "degC",
            "k": "2",
        },
        "conditions": {"site": ["lab"], "medium": ["water", "oil"]},
        "method": "JJF 1366-2012",
        "standards": [THERMOMETER, PLATINUM],
        "days": "7",
        "price": "240",
        "persons": "1",
        "stages": ["test", "use"],
        "nodes": ["equipment", "system"],
        "place": both("上海", "demo"),
        **mine,
        "budget": [
            term("T_s", "标准铂电阻", "standard thermometer", "0.002", "DEMO-NMI-T-0044", THERMOMETER),
            term("δT_b", "液槽均匀与波动", "bath uniformity", "0.010", "ISO/IEC 17025, 7.2.2"),
            term("δT_r", "分辨力", "resolution", "0.003", "0.01 °C/(2√3)"),
        ],
    }


def _port() -> Row:
    """Rests on a standard that failed a comparison."""
    return _length(
        "PORT-L-01",
        root_sum("0.056", "0.0005", "um"),
        [certificate(NMI, "DEMO-NMI-L-0310"), HARBOUR_BLOCKS],
        "宁波",
        region="330200",
        days="6",
        price="220",
        standings=standing("accredited", "演示认可委", "DEMO-L-0007", SINCE, "2027-06-30"),
    )


def _engine() -> Row:
    """For its own works only, without any standing."""
    return _length(
        "ENG-L-01",
        root_sum("0.15", "0.001", "um"),
        [certificate(CITY, "DEMO-CITY-L-0103"), ENGINE_BLOCKS],
        "镇江",
        region="321100",
        days="2",
    )


def _east() -> Row:
    """States everything and shows nothing: no standard is named."""
    return _length(
        "EAST-L-01",
        root_sum("0.040", "0.0003", "um"),
        [],
        "苏州",
        region="320500",
        days="12",
        price="350",
        standings=standing("accredited", "演示认可委", "DEMO-L-0021", SINCE, "2027-12-31"),
    )


def _battery() -> Row:
    """Rests on a thermometer whose certificate ran out."""
    return {
        "id": "BAT-T-01",
        "quantity": "temperature",
        "item": "digital thermometer",
        "item_name": both("试验箱内温度", "temperature in chambers"),
        "interval": span("15", "35", "degC"),
        "uncertainty": flat("0.05", "degC"),
        "conditions": {"site": ["lab", "on-site"], "medium": ["air"]},
        "standards": [certificate(CITY, "DEMO-CITY-T-0092")],
        "region": "320400",
        "place": both("常州", "demo"),
        "days": "3",
        "price": "400",
        "stages": ["test"],
        "nodes": ["component", "system"],
    }


def _torque() -> list[Row]:
    shared = {
        "quantity": "torque",
        "item": "torque wrench",
        "item_name": both("扭矩扳子", "torque wrenches"),
        "conditions": {"site": ["lab"]},
        "method": "JJG 707-2014",
        "region": "440300",
        "place": both("深圳", "demo"),
        "stages": ["production", "maintenance"],
        "nodes": ["equipment"],
        "standards": [TRANSDUCER],
        "standings": standing("accredited", "演示认可委", "DEMO-L-0033", SINCE, "2027-12-31"),
    }
    return [
        {
            "id": "TQ-01",
            "interval": span("5", "1000", "N.m"),
            "uncertainty": flat("0.01"),
            "days": "5",
            "price": "200",
            **shared,
        },
        {
            "id": "TQ-02",
            "interval": span("0.5", "200", "N.m"),
            "uncertainty": flat("0.006"),
            "days": "7",
            "price": "260",
            **shared,
        },
    ]


def _charger() -> list[Row]:
    shared = {
        "quantity": "energy_dc",
        "item": "DC EV charger",
        "item_name": both("非车载充电机", "DC chargers"),
        "interval_of": "electric_current",
        "region": "330100",
        "place": both("杭州", "demo"),
        "stages": ["use"],
        "nodes": ["equipment", "service"],
        "standards": [ENERGY],
    }
    return [
        {
            "id": "CH-01",
            "interval": span("1", "400", "A"),
            "uncertainty": flat("0.0025"),
            "days": "10",
            "price": "1200",
            "conditions": {"site": ["on-site"], "voltage": span("0", "750", "V")},
            "standings": standing("accredited", "演示认可委", "DEMO-L-0040", SINCE, "2027-12-31"),
            **shared,
        },
        {
            "id": "CH-02",
            "interval": span("1", "600", "A"),
            "uncertainty": flat("0.001"),
            "days": "3",
            "price": "700",
            "conditions": {"site": ["on-site"], "voltage": span("0", "1000", "V")},
            **shared,
        },
    ]


def _gas() -> Row:
    return {
        "id": "GAS-01",
        "quantity": "amount_fraction",
        "analyte": "NO",
        "item": "NO analyser",
        "item_name": both("氮氧化物分析仪", "NO analysers"),
        "interval": span("50", "1000", "umol/mol"),
        "uncertainty": flat("0.01"),
        "conditions": {"matrix": ["N2"], "site": ["lab"]},
        "region": "110000",
        "place": both("北京", "demo"),
        "standards": [NITRIC],
        "days": "12",
        "price": "800",
        "stages": ["use"],
        "nodes": ["equipment", "service"],
        "standings": standing("cmc", "KCDB (demo)", "DEMO-CMC-Q-3", SINCE, "2027-12-31"),
    }


def _heat() -> list[Row]:
    shared = {
        "quantity": "temperature",
        "item": "industrial platinum resistance thermometer",
        "item_name": both("工业铂热电阻", "industrial platinum thermometers"),
        "conditions": {"site": ["lab"]},
        "method": "JJG 229-2010",
        "region": "610100",
        "place": both("西安", "demo"),
        "days": "8",
        "nodes": ["component"],
        "stages": ["production", "use"],
        "standards": [FIXED],
        "standings": standing("accredited", "演示认可委", "DEMO-L-0052", SINCE, "2027-12-31"),
    }
    return [
        {
            "id": "HT-01",
            "interval": span("-40", "300", "degC"),
            "uncertainty": flat("0.03", "degC"),
            "price": "180",
            **shared,
        },
        {
            "id": "HT-02",
            "interval": span("300", "600", "degC"),
            "uncertainty": flat("0.15", "degC"),
            "price": "220",
            **shared,
        },
    ]
