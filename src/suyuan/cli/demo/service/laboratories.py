"""Laboratories of the demo, their certificates, and the pieces that rows of registers are made of."""

from __future__ import annotations

from collections.abc import Mapping

from suyuan.cli.demo.shelf import BATTERY, CITY, ENGINE, NMI, Row, both

PORT, TORQUE, CHARGER, GAS, HEAT = (
    "演示港口量具站",
    "演示力学校准实验室",
    "演示充电设备检测站",
    "演示气体分析中心",
    "演示热工实验室",
)
EAST = "演示华东长度站"
NAMES: Mapping[str, str] = {
    NMI: "demo national institute",
    CITY: "demo city institute",
    ENGINE: "demo marine diesel works, metrology room",
    BATTERY: "demo traction battery laboratory",
    PORT: "demo harbour gauge station",
    TORQUE: "demo mechanics calibration laboratory",
    CHARGER: "demo charger test station",
    GAS: "demo gas analysis centre",
    HEAT: "demo thermal laboratory",
    EAST: "demo east China length station",
}


def organisation(name: str) -> dict[str, str]:
    """The name of a demo organisation in both languages."""
    return both(name, NAMES[name])


def span(low: str, high: str, unit: str) -> Row:
    return {"low": low, "high": high, "unit": unit}


def root_sum(a: str, b: str, unit: str) -> Row:
    """Q[a, b·L]; b: U unit per unit of the interval."""
    return {"form": "root_sum", "a": a, "b": b, "unit": unit, "k": "2"}


def flat(U: str, unit: str = "") -> Row:
    """One U for the whole interval; without a unit it is relative."""
    row: Row = {"form": "value", "U": U, "k": "2"}
    return {**row, "unit": unit} if unit else {**row, "relative": True}


def standing(kind: str, body: str, number: str, since: str, until: str) -> list[Row]:
    row = {"kind": kind, "body": body, "number": number, "valid_from": since, "valid_until": until}
    return [{**row, "source": "demo data"}]


def certificate(issuer: str, number: str) -> Row:
    return {"issuer": issuer, "number": number}


def term(symbol: str, zh: str, en: str, u: str, source: str, of: Row | None = None, slope: str = "") -> Row:
    """One line of a budget; u in the unit of U."""
    row: Row = {"symbol": symbol, "label": both(zh, en), "u": u, "source": source}
    if slope:
        row["slope"] = slope
    return {**row, "certificate": of} if of else row


SINCE, UNTIL = "2025-01-01", "2028-12-31"
BLOCK = certificate(NMI, "DEMO-NMI-L-0202")
COMPARATOR = certificate(NMI, "DEMO-NMI-L-0417")
LASER = certificate(NMI, "DEMO-NMI-L-0633")
HARBOUR_BLOCKS, ENGINE_BLOCKS = certificate(NMI, "DEMO-NMI-L-0207"), certificate(NMI, "DEMO-NMI-L-0208")
MACHINE, FIXED_POINTS = certificate(NMI, "DEMO-NMI-L-0209"), certificate(NMI, "DEMO-NMI-T-0303")
BLOCKS, PLATINUM = certificate(NMI, "DEMO-NMI-L-0205"), certificate(NMI, "DEMO-NMI-T-0302")
THERMOMETER = certificate(NMI, "DEMO-NMI-T-0044")
TRANSDUCER, FIXED = certificate(NMI, "DEMO-NMI-M-0501"), certificate(NMI, "DEMO-NMI-T-0301")
NITRIC, ENERGY = certificate(NMI, "DEMO-NMI-Q-0077"), certificate(NMI, "DEMO-NMI-E-0912")
