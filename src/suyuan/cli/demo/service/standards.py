"""Certificates on which the invented capabilities rest, beside those of the length and temperature chains;
their chains end at the CMC of the demo's national institute, declared as an anchor."""

from __future__ import annotations

from collections.abc import Sequence

from suyuan.cli.demo.shelf import NMI, Row, Shelf, both, value


def _blocks(U: str, *values: str) -> Row:
    """Lengths of a set of gauge blocks of 0.5 mm to 100 mm; U in mm with k = 3."""
    name, span = both("20 °C 时的长度", "length at 20 °C"), {"lower": "0.5", "upper": "100", "unit": "mm"}
    return {"name": name, "value": list(values), "unit": "mm", "U": U, "k": "3", "range": span}


ROWS: Sequence[tuple[str, tuple[str, str, str], Row]] = (
    (
        "DEMO-NMI-L-0205",
        ("成套标准量块 0.5–100 mm", "set of standard gauge blocks, 0.5–100 mm", "KB-83"),
        _blocks("0.000075", "0.500012", "24.999987", "50.000035", "100.000061"),
    ),
    (
        "DEMO-NMI-L-0207",
        ("港口站成套标准量块 0.5–100 mm", "set of standard gauge blocks of the harbour, 0.5–100 mm", "KB-91"),
        _blocks("0.000078", "0.500021", "25.000016", "50.000043", "99.999972"),
    ),
    (
        "DEMO-NMI-L-0208",
        ("柴油机厂成套量块 0.5–100 mm", "set of gauge blocks of the diesel works, 0.5–100 mm", "KB-95"),
        _blocks("0.00015", "0.500051", "25.000072", "50.000093", "100.000114"),
    ),
    (
        "DEMO-NMI-L-0209",
        ("内径测量机 LM-2", "internal length measuring machine LM-2", "LM-2"),
        value(
            "长度示值误差", "error of indicated length", "0.00005", "mm", {"U": "0.00020", "k": "2"}, ("1", "150", "mm")
        ),
    ),
    (
        "DEMO-NMI-T-0303",
        ("固定点容器组 0–420 °C", "set of fixed-point cells, 0–420 °C", "FP-3"),
        value(
            "固定点温度的修正",
            "correction of fixed-point temperatures",
            "0.0000",
            "K",
            {"U": "0.0008", "k": "2"},
            ("0", "420", "degC"),
        ),
    ),
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
        value(
            "直流电能的相对误差",
            "relative error of DC energy",
            "0.00008",
            "1",
            {"U": "0.00040", "k": "2"},
            ("0.5", "600", "A"),
        ),
    ),
)
SOURCE = "演示 CMC，虚构 invented CMC of the demo"


def build(shelf: Shelf) -> None:
    """Type the certificates in and declare where their chains end."""
    for number, thing, row in ROWS:
        certificate = shelf.paper(number, NMI, thing, (200, -500), [row])
        shelf.anchor(certificate, "cmc", both(f"{thing[0]}（演示 CMC）", f"{thing[1]} (demo CMC)"), SOURCE)
