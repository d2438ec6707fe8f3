"""Environment: emissions of a stack (SO2, flow), an air sensor beside a reference; a late replacement, a withdrawal.

True: SO2 35 mg/m³ with a daily swing of 8; the analyser shows (true − 0.4)/1.02 until its drift, (true − 0.4)/1.035
afterwards. Flow 120 000 m³/h, shown 1.5 % too high. PM2.5 40 µg/m³; the sensor shows 1.18 times that and 3 more.
"""

from __future__ import annotations

import numpy as np

from suyuan.certificate.certificate import Certificate
from suyuan.cli.demo.lake.made import SECOND, Made, correction, start_of, times
from suyuan.cli.demo.shelf import CITY, NMI, Shelf, both, used, value

DAYS, SEED, DRIFT = 30, 3107, 12
SO2_U, STEP = 0.3, 600.0
BEFORE = 20
"""Days of the stack's readings that were handed in before its first dataset was published."""


def build(shelf: Shelf) -> Made:
    """Certificates and readings of a power station's stack and of an air station."""
    made = Made()
    gas = shelf.paper(
        "DEMO-NMI-G-0035", NMI, ("SO2 标准气体", "SO2 in nitrogen, reference gas", "GBW-D-0035"), (300, -430),
        [value("质量浓度", "mass concentration", "100.2", "mg/m3", {"U": "1.0", "k": "2"})],
    )  # fmt: skip
    name = both("有证标准物质：氮中 SO2（演示）", "certified reference material: SO2 in nitrogen (demo)")
    shelf.anchor(gas, "certified_reference_material", name, "演示数据，虚构 / invented for the demo")
    _sulphur_dioxide(shelf, made, gas)
    _flow(shelf, made)
    _sensor(shelf, made)
    return made


def _sulphur_dioxide(shelf: Shelf, made: Made, gas: Certificate) -> None:
    """Ten-minute values over 30 days; the analyser drifts, and its new certificate comes eight days late."""
    results = [
        [value("斜率", "gain", gain, "1", {"U": "0.012", "k": "2"}, ("0", "100", "mg/m3")),
         value("截距", "offset", "0.4", "mg/m3", {"U": "0.4", "k": "2"}, ("0", "100", "mg/m3"))]
        for gain in ("1.020", "1.035")
    ]  # fmt: skip
    thing = ("烟气分析仪 CEMS-SO2-01", "stack gas analyser CEMS-SO2-01", "CEMS-SO2-01")
    old, new = (
        shelf.paper(number, CITY, thing, days, rows, equipment=[used(gas)], correlations=[[0, 1, "-0.40"]])
        for number, days, rows in (
            ("DEMO-CITY-G-0101", (60, -300), results[0]), ("DEMO-CITY-G-0102", (DRIFT, -350), results[1]),
        )
    )  # fmt: skip
    for certificate, known in ((old, shelf.ago(57)), (new, shelf.ago(4))):
        correction(shelf, certificate, known, instrument="CEMS-SO2-01", form="gain_offset", raw_unit="mg/m3",
                   parameters={"gain": {"place": "0/0"}, "offset": {"place": "1/0"}}, range=["0", "100"])  # fmt: skip
    shelf.statement("superseded", old, new, shelf.ago(DRIFT), both("重新校准后斜率改变", "gain changed"), shelf.ago(4))
    rng = np.random.default_rng(SEED)
    first = shelf.ago(DAYS)
    time = times(first, STEP, DAYS * 144)
    phase = 2.0 * np.pi * np.arange(len(time)) / 144.0
    true = 35.0 + 8.0 * np.sin(phase) + rng.normal(0.0, 1.5, len(time))
    gain = np.where(time < start_of(shelf.ago(DRIFT)), 1.02, 1.035)
    shown = (true - 0.4) / gain + rng.normal(0.0, SO2_U, len(time))
    about = {"name": ("1 号烟囱 SO2", "stack 1, SO2"),
             "zh": f"真值 35±8 mg/m³，种子 {SEED}", "en": f"true 35 ± 8 mg/m3, seed {SEED}", "resolution": "0.1",
             "sampling": STEP, "place": "1 号烟囱 / stack 1"}  # fmt: skip
    stream = made.stream("demo-stack1-so2", "mass concentration of SO2", "mg/m3", "CEMS-SO2-01", about)
    keep = np.ones(len(time), bool)
    keep[9 * 144 + 48 : 9 * 144 + 84] = False  # a gap of six hours
    early = np.arange(len(time)) < BEFORE * 144
    end = start_of(shelf.today)  # after the last reading: nothing is received before it was read
    made.block(stream, time[keep & early], shown[keep & early], SO2_U, start_of(shelf.ago(DAYS - BEFORE)))
    made.block(stream, time[keep & ~early], shown[keep & ~early], SO2_U, end)
    again = slice(20 * 144, 20 * 144 + 72)  # delivered twice
    made.block(stream, time[again], shown[again], SO2_U, end + SECOND)
    clash = slice(22 * 144, 22 * 144 + 12)  # the same times, other values
    made.block(stream, time[clash], shown[clash] + 2.0, SO2_U, end + 2 * SECOND)


def _flow(shelf: Shelf, made: Made) -> None:
    standard = shelf.paper(
        "DEMO-NMI-F-0012", NMI, ("气体流量标准装置", "gas flow standard facility", "FS-12"), (500, -600),
        [value("流量", "flow rate", "100000", "m3/h", {"U": "300", "k": "2"})],
    )  # fmt: skip
    name = both("国家气体流量基准（演示）", "national standard of gas flow (demo)")
    shelf.anchor(standard, "national_primary_standard", name, "演示数据，虚构 / invented for the demo")
    certificate = shelf.paper(
        "DEMO-CITY-F-0031", CITY, ("烟气流量计 CEMS-Q-01", "stack flow meter CEMS-Q-01", "CEMS-Q-01"), (90, -270),
        [value("相对示值误差", "relative error of indication", "0.015", "1", {"U": "0.012", "k": "2"},
               ("50000", "200000", "m3/h"))], equipment=[used(standard)],
    )  # fmt: skip
    correction(shelf, certificate, shelf.ago(88), instrument="CEMS-Q-01", form="formula", model="raw/(1 + e)",
               raw_unit="m3/h", parameters={"e": {"place": "0/0", "unit": "1"}})  # fmt: skip
    rng = np.random.default_rng(SEED + 1)
    time = times(shelf.ago(DAYS), STEP, DAYS * 144)
    shown = 120_000.0 * 1.015 * (1.0 + rng.normal(0.0, 0.02, len(time)))
    about = {"name": ("1 号烟囱流量", "stack 1, flow"),
             "zh": f"真值 120 000 m³/h，种子 {SEED + 1}", "en": f"true 120 000 m3/h, seed {SEED + 1}",
             "resolution": "10", "sampling": STEP, "place": "1 号烟囱 / stack 1"}  # fmt: skip
    stream = made.stream("demo-stack1-flow", "volume flow rate", "m3/h", "CEMS-Q-01", about)
    parts = slice(0, BEFORE * 144), slice(BEFORE * 144, None)
    for part, received in zip(parts, (start_of(shelf.ago(DAYS - BEFORE)), start_of(shelf.today)), strict=True):
        made.block(stream, time[part], shown[part], 500.0, received)


def _sensor(shelf: Shelf, made: Made) -> None:
    """A low-cost sensor beside a reference instrument, 90 days; the sensor's certificate is withdrawn half-way."""
    reference = shelf.paper(
        "DEMO-NMI-P-0025", NMI, ("PM2.5 基准采样器", "PM2.5 reference sampler", "PMR-25"), (400, -500),
        [value("斜率", "gain", "1.000", "1", {"U": "0.010", "k": "2"}, ("0", "500", "ug/m3"))],
    )  # fmt: skip
    name = both("PM2.5 国家标准装置（演示）", "national PM2.5 facility (demo)")
    shelf.anchor(reference, "national_primary_standard", name, "演示数据，虚构 / invented for the demo")
    certificate = shelf.paper(
        "DEMO-CITY-P-0077", CITY, ("空气传感器 AS-77", "air sensor AS-77", "AS-77"), (100, -130),
        [value("斜率", "gain", "0.8475", "1", {"U": "0.030", "k": "2"}, ("0", "300", "ug/m3")),
         value("截距", "offset", "-2.54", "ug/m3", {"U": "1.6", "k": "2"}, ("0", "300", "ug/m3"))],
        equipment=[used(reference)], correlations=[[0, 1, "-0.80"]],
    )  # fmt: skip
    given = {"gain": {"place": "0/0"}, "offset": {"place": "1/0"}}
    correction(shelf, reference, shelf.ago(390), instrument="PMR-25", form="gain_offset", raw_unit="ug/m3",
               parameters={"gain": {"place": "0/0"}})  # fmt: skip
    correction(shelf, certificate, shelf.ago(98), instrument="AS-77", form="gain_offset", raw_unit="ug/m3",
               parameters=given)  # fmt: skip
    reason = both("比对发现校准时进气口漏气", "a leak at the inlet was found after the calibration")
    shelf.statement("withdrawn", certificate, None, shelf.ago(45), reason, shelf.ago(40))
    rng = np.random.default_rng(SEED + 2)
    time = times(shelf.ago(90), 3600.0, 90 * 24)
    true = np.maximum(40.0 + 15.0 * np.sin(2.0 * np.pi * np.arange(len(time)) / 31.0) + rng.normal(0, 4, len(time)), 1)
    place = "演示大气站 / demo air station"
    for id, said, instrument, shown, u in (
        (
            "demo-air-reference",
            ("大气站 PM2.5 参比仪", "air station, PM2.5 reference"),
            "PMR-25",
            true + rng.normal(0, 0.5, len(time)),
            0.5,
        ),
        (
            "demo-air-sensor",
            ("大气站 PM2.5 传感器", "air station, PM2.5 sensor"),
            "AS-77",
            1.18 * true + 3.0 + rng.normal(0, 2.0, len(time)),
            2.0,
        ),
    ):
        about = {"name": said, "zh": f"真值 40±15 µg/m³，种子 {SEED + 2}", "en": f"true 40 ± 15 ug/m3, seed {SEED + 2}",
                 "resolution": "0.1", "sampling": 3600.0, "place": place}  # fmt: skip
        stream = made.stream(id, "mass concentration of PM2.5", "ug/m3", instrument, about)
        made.block(stream, time, shown, u, start_of(shelf.today))
