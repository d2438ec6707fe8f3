"""Electric vehicles: the energy meter of a charging pile, and voltage and current of a cell on a cycler.

True: 7.000 kW while charging, the meter shows 0.40 % too much; the cycler shows 1.2 mV too little and 0.05 % too much
current.
"""

from __future__ import annotations

import numpy as np

from suyuan.certificate.certificate import Certificate
from suyuan.cli.demo.lake.made import Made, correction, start_of, times
from suyuan.cli.demo.shelf import BATTERY, CITY, NMI, Shelf, both, used, value

SEED, DAYS = 4021, 20


def build(shelf: Shelf) -> Made:
    """Certificates and readings of a charging pile and a cycler."""
    made = Made()
    standard = shelf.paper(
        "DEMO-NMI-E-0003", NMI, ("电能标准", "electrical energy standard", "ES-3"), (400, -330),
        [value("相对误差", "relative error", "0.00001", "1", {"U": "0.00004", "k": "2"})],
    )  # fmt: skip
    name = both("国家电能基准（演示）", "national standard of electrical energy (demo)")
    shelf.anchor(standard, "national_primary_standard", name, "演示数据，虚构 / invented for the demo")
    _meter(shelf, made, standard)
    _cycler(shelf, made, standard)
    return made


def _meter(shelf: Shelf, made: Made, standard: Certificate) -> None:
    certificate = shelf.paper(
        "DEMO-CITY-E-0512", CITY, ("充电桩电能表 CP-0512", "energy meter of charging pile CP-0512", "CP-0512"),
        (120, -240), [value("相对示值误差", "relative error of indication", "0.0040", "1", {"U": "0.0010", "k": "2"},
                            ("0", "20", "kWh"))], equipment=[used(standard)],
    )  # fmt: skip
    correction(shelf, certificate, shelf.ago(118), instrument="CP-0512", form="formula", model="raw/(1 + e)",
               raw_unit="kWh", parameters={"e": {"place": "0/0", "unit": "1"}})  # fmt: skip
    rng = np.random.default_rng(SEED)
    time = times(shelf.ago(DAYS), 900.0, DAYS * 96)
    busy = rng.random(len(time)) < 0.35
    shown = np.where(busy, 1.75, 0.0) * 1.004
    about = {"name": ("5 号桩电能", "pile 5, energy"),
             "zh": f"充电时 7.000 kW，种子 {SEED}", "en": f"7.000 kW while charging, seed {SEED}",
             "resolution": "0.001", "sampling": 900.0, "place": "演示充电站 5 号桩 / demo station, pile 5"}  # fmt: skip
    stream = made.stream("demo-pile5-energy", "electrical energy of 15 minutes", "kWh", "CP-0512", about)
    made.block(stream, time, shown, 0.0003, start_of(shelf.today))


def _cycler(shelf: Shelf, made: Made, standard: Certificate) -> None:
    certificate = shelf.paper(
        "DEMO-CITY-E-0640", CITY, ("电池测试仪 BT-2 通道 3", "battery cycler BT-2, channel 3", "BT-2/3"), (80, -280),
        [value("电压修正", "correction of voltage", "1.2", "mV", {"U": "0.4", "k": "2"}, ("2.5", "4.3", "V")),
         value("电流的斜率", "gain of current", "0.9995", "1", {"U": "0.0003", "k": "2"}, ("-100", "100", "A"))],
        equipment=[used(standard)],
    )  # fmt: skip
    known = shelf.ago(78)
    correction(shelf, certificate, known, instrument="BT-2/3 U", form="gain_offset", raw_unit="V",
               parameters={"offset": {"place": "0/0"}}, range=["2.5", "4.3"])  # fmt: skip
    correction(shelf, certificate, known, instrument="BT-2/3 I", form="gain_offset", raw_unit="A",
               parameters={"gain": {"place": "1/0"}}, range=["-100", "100"])  # fmt: skip
    rng = np.random.default_rng(SEED + 1)
    count = 6 * 360
    time = times(shelf.ago(6), 10.0, count)
    at = np.arange(count) / count
    voltage = 4.18 - 0.9 * at - 0.25 * at**8
    about = {"resolution": "0.0001", "sampling": 10.0, "place": f"{BATTERY} / demo battery laboratory"}
    told = {"zh": f"0.5C 放电，种子 {SEED + 1}", "en": f"discharge at C/2, seed {SEED + 1}"}
    about |= {"name": ("电芯 118 电压", "cell 118, voltage")}
    stream = made.stream("demo-cell118-voltage", "voltage", "V", "BT-2/3 U", about | told)
    made.block(stream, time, voltage - 0.0012 + rng.normal(0, 1e-4, count), 1e-4, start_of(shelf.ago(5)))
    stream = made.stream("demo-cell118-current", "electric current", "A", "BT-2/3 I", about | told | {
        "name": ("电芯 118 电流", "cell 118, current"), "resolution": "0.001"})  # fmt: skip
    made.block(stream, time, -25.0 / 0.9995 + rng.normal(0, 0.004, count), 0.004, start_of(shelf.ago(5)))
