"""Certificates on which the invented capabilities rest, beside those of the length and temperature chains;
their chains end at the CMC of the demo's national institute, declared as an anchor."""

from __future__ import annotations

from collections.abc import Sequence

from suyuan.cli.demo.shelf import NMI, Row, Shelf, both, value

BLOCKS: Row = {
    "name": both("20 °C 时的长度", "length at 20 °C"),
    "value": ["0.500012", "24.999987", "50.000035", "100.000061"],
    "unit": "mm",
    "U": "0.000075",
    "k": "3",
    "range": {"lower": "0.5", "upper": "100", "unit": "mm"},
}
ROWS: Sequence[tuple[str, tuple[str, str, str], Row]] = (
    ("DEMO-NMI-L-0205", ("成套标准量块 0.5–100 mm", "set of standard gauge blocks, 0.5–100 mm", "KB-83"), BLOCKS),
    (
        "DEMO-NMI-T-0302",
        ("标准铂电阻温度计 SPRT-08", "standard platinum thermometer SPRT-08", "SPRT-08"),
        value("0 °C 修正", "correction at 0 °C", "0.0008", "K", {"U": "0.0040", "k": "2"}, ("0", "100", "degC")),
    ),
    (
        "DEMO-NMI-M-0501",
        ("扭矩传感器 TT-1，1 kN·m", "torque transducer TT-1, 1 kN·m", "TT-1"),
        value("示值比", "ratio of indication", "1.00012", "1", {"U": "0.0010", "k": "2"}, ("0.5", "1000", "N.m")),
    ),
    (
        "DEMO-NMI-T-0301",
        ("标准铂电阻温度计 SPRT-21", "standard platinum thermometer SPRT-21", "SPRT-21"),
        value("0 °C 修正", "correction at 0 °C", "-0.0013", "K", {"U": "0.0040", "k": "2"}, ("-60", "660", "degC")),
    ),
    (
        "DEMO-NMI-Q-0077",
        ("氮中一氧化氮气体标准物质 800 µmol/mol", "NO in N2 reference gas 800 µmol/mol", "Q-77"),
        value("摩尔分数", "amount fraction", "801.2", "umol/mol", {"U": "4.0", "k": "2"}, ("50", "1000", "umol/mol")),
    ),
    (
        "DEMO-NMI-E-0912",
        ("直流电能标准装置 DC-3", "DC energy standard DC-3", "DC-3"),
        value("相对误差", "relative error", "0.00008", "1", {"U": "0.00040", "k": "2"}, ("0.5", "600", "A")),
    ),
)
SOURCE = "演示 CMC，虚构 invented CMC of the demo"


def build(shelf: Shelf) -> None:
    """Type the certificates in and declare where their chains end."""
    for number, thing, row in ROWS:
        certificate = shelf.paper(number, NMI, thing, (200, -500), [row])
        shelf.anchor(certificate, "cmc", both(f"{thing[0]}（演示 CMC）", f"{thing[1]} (demo CMC)"), SOURCE)
