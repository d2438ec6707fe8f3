"""Makes the files of this folder: `python docs/example/industry/make.py`. All data are invented; seeds and truths stand
here. A test runs this and finds the same bytes.

True: the panel's twelve lengths deviate as DEVIATIONS says and the machine adds its error of indication; the cell takes
and gives 25 A while the cycler shows 0.05 % too much current and 1.2 mV too little; the stack has 35 ± 8 mg/m³ of SO2
at 33.3 m³/s while its analyser shows (true − 0.4)/1.02 and its flow meter 1.5 % too much; the sensor of PM ages.
"""

from __future__ import annotations

import json
import math
import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
DAY = datetime(2026, 3, 2)
LENGTHS = (100, 250, 400, 550, 700, 850)
ERRORS = (0.4, 0.9, 1.6, 2.1, 2.9, 3.3)
EXPANDED = (0.8, 1.0, 1.2, 1.4, 1.6, 1.8)
"""The coordinate measuring machine's certificate: mm, µm, µm (k = 2)."""
NOMINAL = (120, 180, 240, 300, 360, 420, 480, 540, 600, 660, 720, 780)
DEVIATIONS = (1.2, -3.0, 4.6, 7.3, -5.9, 8.8, 2.2, 6.2, -8.9, 9.1, 5.2, 12.5)
"""True deviations of the panel's lengths, µm; the tolerance is ± 8 µm."""


def qif() -> str:
    """The results of the panel: the machine's own verdicts are by its readings alone."""
    rng = random.Random(1903)
    definitions, nominals, items, measured = [], [], [], []
    for k, (nominal, deviation) in enumerate(zip(NOMINAL, DEVIATIONS, strict=True)):
        at = min(max(sum(length <= nominal for length in LENGTHS) - 1, 0), len(LENGTHS) - 2)
        share = (nominal - LENGTHS[at]) / (LENGTHS[at + 1] - LENGTHS[at])
        error = ERRORS[at] + share * (ERRORS[at + 1] - ERRORS[at])
        value = nominal + round((deviation + error + rng.gauss(0.0, 0.4)) * 10.0) / 10.0 / 1000.0
        status = "PASS" if abs(value - nominal) <= 0.008 else "FAIL"
        definitions.append(
            f'   <LinearCharacteristicDefinition id="{100 + k}"><Tolerance><MaxValue>0.008</MaxValue>'
            "<MinValue>-0.008</MinValue><DefinedAsLimit>false</DefinedAsLimit></Tolerance>"
            "</LinearCharacteristicDefinition>"
        )
        nominals.append(
            f'   <LinearCharacteristicNominal id="{200 + k}"><CharacteristicDefinitionId>{100 + k}'
            f"</CharacteristicDefinitionId><TargetValue>{nominal}</TargetValue></LinearCharacteristicNominal>"
        )
        items.append(
            f'   <LinearCharacteristicItem id="{300 + k}"><Name>L{k + 1:02d}</Name><CharacteristicNominalId>{200 + k}'
            "</CharacteristicNominalId></LinearCharacteristicItem>"
        )
        measured.append(
            f'     <LinearCharacteristicMeasurement id="{400 + k}"><Status><CharacteristicStatusEnum>{status}'
            f"</CharacteristicStatusEnum></Status><CharacteristicItemId>{300 + k}</CharacteristicItemId>"
            f"<Value>{value:.4f}</Value></LinearCharacteristicMeasurement>"
        )

    def listed(name: str, rows: list[str]) -> str:
        return f'  <{name} n="{len(rows)}">\n' + "\n".join(rows) + f"\n  </{name}>"

    return f"""<?xml version="1.0" encoding="UTF-8"?>
<!-- Synthetic: made by make.py, measured on no part. -->
<QIFDocument xmlns="http://qifstandards.org/xsd/qif3" versionQIF="3.0.0" idMax="500">
 <MeasurementResources><MeasurementDevices n="1"><CartesianCMM id="1"><Name>CMM-7 (invented)</Name>
  <SerialNumber>CMM-7</SerialNumber></CartesianCMM></MeasurementDevices></MeasurementResources>
 <FileUnits><PrimaryUnits><LinearUnit><SIUnitName>meter</SIUnitName><UnitName>mm</UnitName>
  <UnitConversion><Factor>0.001</Factor></UnitConversion></LinearUnit></PrimaryUnits></FileUnits>
 <Characteristics>
{listed("CharacteristicDefinitions", definitions)}
{listed("CharacteristicNominals", nominals)}
{listed("CharacteristicItems", items)}
 </Characteristics>
 <MeasurementsResults n="1">
  <MeasurementResults id="2"><MeasuredCharacteristics>
   <CharacteristicMeasurements n="{len(measured)}">
{chr(10).join(measured)}
   </CharacteristicMeasurements></MeasuredCharacteristics>
   <InspectionStatus><InspectionStatusEnum>FAIL</InspectionStatusEnum></InspectionStatus></MeasurementResults>
 </MeasurementsResults>
</QIFDocument>
"""


def panel() -> dict[str, Any]:
    """The case of the panel."""
    return {
        "kind": "inspected_part", "source": "synthetic, made by make.py",
        "input": {
            "unit": "mm", "file": "panel.qif", "u": 0.0004,
            "certificate": {"length": list(LENGTHS), "error": [e / 1000 for e in ERRORS],
                            "U": [u / 1000 for u in EXPANDED], "k": 2},
        },
    }  # fmt: skip


# ---------------------------------------------------------------- a cell on a cycler


def cell() -> str:
    """Two cycles of a cell, a row every 30 s; the capacity counter begins again with each step."""
    rng = random.Random(4021)
    lines = ["Record,Cycle Index,Step Index,Step Type,Date,Current(A),Voltage(V),Capacity(Ah)"]
    record, moment = 0, DAY
    for cycle in (1, 2):
        for step, (kind, current, rows) in enumerate(
            (("CC DChg", -25.0, 230), ("Rest", 0.0, 20), ("CC Chg", 25.0, 234), ("Rest", 0.0, 20)), 1
        ):
            counted = 0.0
            for row in range(rows):
                at = row / rows
                full = 1.0 - at if kind == "CC DChg" else at if kind == "CC Chg" else 0.0 if step == 2 else 1.0
                sag = 0.03 if kind == "CC Chg" else -0.03 if kind == "CC DChg" else 0.0
                voltage = 3.3 + 0.85 * full + sag - 0.3 * math.exp(-12.0 * full) - 0.0012 + rng.gauss(0.0, 1e-4)
                shown = current / 0.9995 + (rng.gauss(0.0, 0.004) if current else 0.0)
                counted += abs(shown) * (30.0 / 3600.0) if row else 0.0
                record += 1
                lines.append(
                    f"{record},{cycle},{step},{kind},{moment:%Y-%m-%d %H:%M:%S},{shown:.3f},{voltage:.4f},{counted:.4f}"
                )
                moment += timedelta(seconds=30)
    return "\n".join(lines) + "\n"


# ---------------------------------------------------------------- packets of a stack


def crc(data: bytes) -> int:
    """The checksum of HJ 212-2017, appendix A."""
    register = 0xFFFF
    for byte in data:
        register = (register >> 8) ^ byte
        for _ in range(8):
            register = (register >> 1) ^ 0xA001 if register & 1 else register >> 1
    return register


def packets() -> bytes:
    """A day of ten-minute values; three packets of the night never came, one was hurt on its way."""
    rng = random.Random(3107)
    made = []
    for n in range(144):
        moment = DAY + timedelta(minutes=10 * n)
        so2 = (35.0 + 8.0 * math.sin(2.0 * math.pi * n / 144.0) + rng.gauss(0.0, 1.5) - 0.4) / 1.02
        flow = 33.3333 * 1.015 * (1.0 + rng.gauss(0.0, 0.02))
        if n in (20, 21, 22):
            continue
        body = (
            f"QN={moment:%Y%m%d%H%M%S}000;ST=31;CN=2051;PW=123456;MN=DEMO0000000000STACK00001;Flag=4;CP=&&"
            f"DataTime={moment:%Y%m%d%H%M%S};a21026-Avg={so2:.1f},a21026-Flag=N;a00000-Avg={flow:.2f},a00000-Flag=N&&"
        ).encode()
        check = crc(body) ^ (1 if n == 77 else 0)
        made.append(b"##%04d" % len(body) + body + b"%04X\r\n" % check)
    return b"".join(made)


# ---------------------------------------------------------------- certificates


def certificate(number: str, issuer: str, item: tuple[str, str, str], days: tuple[str, str], results: list[Any],
                **more: Any) -> dict[str, Any]:  # fmt: skip
    zh, en, serial = item
    return {
        "suyuan": "typed-certificate", "issuer": issuer, "number": number, "act": "calibration", "ended": days[0],
        "issued": days[0], "valid_until": days[1],
        "item": {"name": {"zh": f"{zh}（示例，虚构）", "en": f"{en} (example, invented)"}, "serial": serial},
        "results": results, **more,
    }  # fmt: skip


def value(zh: str, en: str, number: str, unit: str, spread: dict[str, str]) -> dict[str, Any]:
    return {"name": {"zh": zh, "en": en}, "value": number, "unit": unit, **spread}


def correction(instrument: str, paper: dict[str, Any], form: str, raw: str, **fields: Any) -> dict[str, Any]:
    return {
        "suyuan": "correction", "instrument": instrument,
        "certificate": {"issuer": paper["issuer"], "number": paper["number"]}, "form": form, "raw_unit": raw,
        "known": paper["issued"], "declared_by": "Example Plant (invented)", **fields,
    }  # fmt: skip


def papers() -> dict[str, dict[str, Any]]:
    """Certificates and corrections of cycler, analyser, flow meter and sensor."""
    lab, year = "Example City Laboratory", ("2026-01-15", "2027-01-14")
    cycler = certificate("EX-E-0640", lab, ("电池测试仪通道", "channel of a battery cycler", "BT-9/1"), year, [
        value("电压修正", "correction of voltage", "1.2", "mV", {"U": "0.4", "k": "2"}),
        value("电流的斜率", "gain of current", "0.9995", "1", {"U": "0.0003", "k": "2"})])  # fmt: skip
    so2 = certificate("EX-G-0101", lab, ("烟气分析仪", "stack gas analyser", "AN-7"), year, [
        value("斜率", "gain", "1.020", "1", {"U": "0.012", "k": "2"}),
        value("截距", "offset", "0.4", "mg/m3", {"U": "0.4", "k": "2"})], correlations=[[0, 1, "-0.40"]])  # fmt: skip
    flow = certificate("EX-F-0031", lab, ("烟气流量计", "stack flow meter", "FM-7"), year, [
        value("相对示值误差", "relative error of indication", "0.015", "1", {"U": "0.012", "k": "2"})])  # fmt: skip
    both = {"gain": {"place": "0/0"}, "offset": {"place": "1/0"}}
    return {
        "cycler.json": cycler,
        "cycler-voltage.json": correction("BT-9/1_U", cycler, "gain_offset", "V", range=["2.5", "4.3"],
                                          parameters={"gain": {"value": "1"}, "offset": {"place": "0/0"}}),
        "cycler-current.json": correction("BT-9/1_I", cycler, "gain_offset", "A", range=["-50", "50"],
                                          parameters={"gain": {"place": "1/0"}}),
        "so2.json": so2,
        "so2-correction.json": correction("AN-7", so2, "gain_offset", "mg/m3", parameters=both, range=["0", "100"]),
        "flow.json": flow,
        "flow-correction.json": correction("FM-7", flow, "formula", "m3/s", model="raw/(1 + e)",
                                           parameters={"e": {"place": "0/0", "unit": "1"}}, range=["0", "60"]),
        **colocated(both),
    }  # fmt: skip


def colocated(both: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The fit of the colocation study as a certificate that ends where the study says, and its correction."""
    body, found = study()
    fit, fitted = found["fit"], [x for x, day in zip(body["sensor"], body["date"], strict=True) if day < "2026-04"]
    r = -(sum(fitted) / len(fitted)) / math.sqrt(sum(x * x for x in fitted) / len(fitted))
    days = found["valid_from"][:10], found["valid_until"][:10]
    paper = certificate(
        "EX-COLO-2026-1", "Example Air Network", ("颗粒物传感器", "sensor of particulate matter", "PM-3"), days,
        [value("斜率", "slope", f"{fit['slope']:.7f}", "1", {"u": f"{fit['u_slope']:.2g}"}),
         value("截距", "intercept", f"{fit['intercept']:.5f}", "mg/m3", {"u": f"{fit['u_intercept']:.2g}"})],
        correlations=[[0, 1, f"{r:.5f}"]],
    )  # fmt: skip
    parameters = {"a": {"place": "1/0", "unit": "mg/m3"}, "b": {"place": "0/0", "unit": "1"}}
    return {
        "colocation.json": paper,
        "colocation-correction.json": correction(
            "PM-3", paper, "formula", "1", model="a + b*raw", unit="mg/m3", parameters=parameters,
            valid_from=days[0], range=[str(fit["low"]), str(fit["high"])]),
    }  # fmt: skip


def study() -> tuple[dict[str, Any], dict[str, Any]]:
    """The constructed colocation (`suyuan evaluate --template colocation`) and its answer."""
    from suyuan.verbs.assurance.examples import STUDIES
    from suyuan.verbs.cases import answer

    body = STUDIES["colocation"][1]
    return body, answer({"kind": "colocation", "input": body})


def sensor() -> str:
    """The readings of the colocated sensor."""
    body = study()[0]
    rows = (f"{day}T12:00:00,{x}" for day, x in zip(body["date"], body["sensor"], strict=True))
    return "\n".join(("time,sensor", *rows)) + "\n"


def files() -> dict[str, bytes]:
    """Name → content of every file."""
    made = {name: json.dumps(body, ensure_ascii=False, indent=1) + "\n"
            for name, body in {"panel.json": panel(), **papers()}.items()}  # fmt: skip
    texts = {**made, "panel.qif": qif(), "cell.csv": cell(), "sensor.csv": sensor()}
    return {name: text.encode() for name, text in texts.items()} | {"stack.hj212": packets()}


if __name__ == "__main__":
    for name, content in files().items():
        (HERE / name).write_bytes(content)
