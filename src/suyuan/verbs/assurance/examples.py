"""Filled cases of measurement studies to begin with: small published data with their source, or constructed numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from suyuan.verbs.assurance.ship_block import ship_block

FLOW = [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]
"""NIST/SEMATECH e-Handbook 6.3.2.2."""
PARTS = [
    [[0.29, 0.41, 0.64], [-0.56, -0.68, -0.58], [1.34, 1.17, 1.27], [0.47, 0.5, 0.64], [-0.8, -0.92, -0.84]],
    [[0.08, 0.25, 0.07], [-0.47, -1.22, -0.68], [1.19, 0.94, 1.34], [0.01, 1.03, 0.2], [-0.56, -1.2, -1.28]],
    [[0.04, -0.11, -0.15], [-1.38, -1.13, -0.96], [0.88, 1.09, 0.67], [0.14, 0.2, 0.11], [-1.46, -1.07, -1.45]],
]
"""AIAG MSA worked example, the first five parts."""
DEFECTS = [16, 14, 28, 16, 12, 20, 10, 12, 10, 17, 19, 17, 14, 16, 15, 13, 14, 16, 11, 20, 11, 19, 16, 31, 13]
"""NIST/SEMATECH e-Handbook 6.3.3.1, defects of 25 wafers."""
SMOOTHED = [52.0, 47.0, 53.0, 49.3, 50.1, 47.0, 51.0, 50.1, 51.2, 50.5, *FLOW]
"""NIST/SEMATECH e-Handbook 6.3.2.4."""


def _waves(n: int, *parts: tuple[float, float]) -> list[float]:
    """Sums of waves that look like chance and are the same everywhere; parts: amplitude and angle a step."""
    return [sum(a * math.sin(w * i + a) for a, w in parts) for i in range(n)]


def _subgroups() -> list[list[float]]:
    """Twenty subgroups of five; the last ones have shifted."""
    noise = _waves(100, (0.02, 7.3), (0.015, 3.1), (0.01, 12.7))
    return [[round(10.0 + (0.03 if i >= 15 else 0.0) + noise[5 * i + j], 3) for j in range(5)] for i in range(20)]


def _pairs() -> list[list[float]]:
    """Two quantities that go together, except once."""
    a, b = _waves(30, (1.0, 2.3), (0.6, 5.9)), _waves(30, (0.25, 4.1), (0.2, 8.7))
    rows = [[round(20.0 + x, 2), round(50.0 + 2.0 * x + y, 2)] for x, y in zip(a, b, strict=True)]
    rows[21] = [20.9, 48.1]
    return rows


def _watched() -> list[float]:
    """Thirty values in control and thirty that begin to drift."""
    noise = _waves(60, (0.02, 4.7), (0.015, 9.1), (0.01, 2.2))
    return [round(97.07 + x + max(0, i - 40) * 0.003, 3) for i, x in enumerate(noise)]


def _turned() -> list[float]:
    """A process that fits its tolerance, read to a micrometre."""
    return [round(10.002 + x, 3) for x in _waves(80, (0.02, 6.1), (0.016, 3.7), (0.012, 11.3))]


def _balance() -> dict[str, Any]:
    """Ten piles under one meter for forty days; pile 7 reads 4.2 % high."""
    errors = [0.3, -0.4, 0.1, 0.5, -0.2, 0.0, 4.2, -0.5, 0.2, -0.1]
    loads = [_waves(40, (14.0 - 0.6 * m, 1.9 + 0.37 * m), (6.0 + 0.7 * m, 5.3 + 0.71 * m)) for m in range(10)]
    meters = {f"pile {m + 1}": [round(28.0 + x, 2) for x in row] for m, row in enumerate(loads)}
    noise = _waves(40, (0.15, 7.7), (0.1, 3.3))
    master = [
        round(
            sum(row[d] / (1.0 + e / 100.0) for row, e in zip(meters.values(), errors, strict=True)) + 4.0 + noise[d], 2
        )
        for d in range(40)
    ]
    return {"unit": "kWh", "master": master, "meters": meters, "flag": {"k": 2, "limit_percent": 2},
            "master_error_percent": {"value": 0.0, "U": 0.2, "k": 2}}  # fmt: skip


def _beside() -> dict[str, Any]:
    """A sensor beside a reference for ten months, fitted in the first three, ageing from the fifth on."""
    days = [date(2026, 1, 2) + timedelta(days=3 * i) for i in range(100)]
    r = [1.6 + x for x in _waves(100, (0.6, 1.7), (0.3, 4.3))]
    noise = _waves(100, (6.0, 5.1), (4.0, 9.7))
    sensor = [round(200.0 * (x + 4.0) + e + max(0, d.month - 4) * 5.0) for d, x, e in zip(days, r, noise, strict=True)]
    return {"unit": "mg/m³", "date": [d.isoformat() for d in days], "reference": [round(x, 2) for x in r],
            "sensor": sensor, "fit_months": ["2026-01", "2026-02", "2026-03"]}  # fmt: skip


STUDIES: Mapping[str, tuple[str, dict[str, Any]]] = {
    "gauge_rr": (
        "AIAG MSA worked example, first five parts",
        {"readings": PARTS, "design": "crossed", "constants": "computed", "tolerance": 4.0, "sigma_multiples": [6]},
    ),
    "bias_study": (
        "constructed",
        {"unit": "mm", "values": [10.012, 10.015, 10.011, 10.013, 10.014],
         "reference": {"value": 10.0, "U": 0.006, "k": 2}},
    ),
    "linearity": (
        "AIAG MSA example, four readings of each",
        {"reference": [2, 4, 6, 8, 10],
         "readings": [[2.7, 2.5, 2.4, 2.5], [5.1, 3.9, 4.2, 5.0], [5.8, 5.7, 5.9, 5.9], [7.6, 7.7, 7.8, 7.7],
                      [9.1, 9.3, 9.5, 9.3]]},
    ),
    "type_1": (
        "constructed",
        {"unit": "mm", "values": [19.998, 19.999, 20.0, 20.001, 20.002], "counts": [3, 6, 12, 5, 4],
         "reference": 20.0, "tolerance": 0.1},
    ),
    "attribute_agreement": (
        "constructed",
        {"appraisers": ["A", "B"],
         "decisions": [[[1, 1], [0, 0], [1, 0], [0, 0], [1, 1]], [[1, 1], [0, 0], [0, 0], [0, 1], [1, 1]]],
         "reference": [1, 0, 0, 0, 1]},
    ),
    "stability_study": (
        "constructed",
        {"unit": "mm", "time": [0, 7, 14, 21, 28],
         "readings": [[5.01, 5.02, 5.0], [5.0, 5.02, 5.01], [5.02, 5.01, 5.03], [5.01, 5.0, 5.02], [5.02, 5.03, 5.01]],
         "reference": {"value": 5.01, "u": 0.004}},
    ),
    "control_chart": ("NIST/SEMATECH e-Handbook 6.3.2.2", {"chart": "individuals", "values": FLOW}),
    "check_standard": (
        "constructed", {"unit": "mg", "values": _watched(), "time": list(range(60)), "baseline_before": 30},
    ),
    "calibration_curve": (
        "NIST/SEMATECH e-Handbook, load cell, first reading of each level",
        {"x": [2, 4, 6, 8, 10, 12, 14], "y": [0.20024, 0.40056, 0.60087, 0.8013, 1.00173, 1.20227, 1.40282],
         "degree": 2},
    ),
    "gauge_bias": (
        "NIST/SEMATECH e-Handbook 2.5.3.1.2, two wafers",
        {"gauge": [1, 281, 283, 2062, 2362],
         "artefacts": [[95.1548, 95.1408, 95.1493, 95.1125, 95.0928], [99.3118, 99.3548, 99.3211, 99.2831, 99.306]]},
    ),
    "nested": (
        "constructed",
        {"run": [1, 1, 1, 1, 2, 2, 2, 2], "artefact": ["a", "a", "b", "b", "a", "a", "b", "b"],
         "values": [95.18, 95.16, 99.31, 99.3, 95.2, 95.17, 99.33, 99.32],
         "stds": [0.12, 0.02, 0.13, 0.04, 0.1, 0.06, 0.08, 0.1]},
    ),
    "capability_with_uncertainty": (
        "ISO 22514-7 definitions",
        {"Q_MP": [0.1, 0.2, 0.3], "Cp_observed": [1.0, 1.33, 1.67]},
    ),
    "declared_statistics": (
        "constructed",
        {"unit": "mm", "values": _turned(), "lower": 9.9, "upper": 10.1, "u": 0.008,
         "declared": {"Cp": 1.85, "Cpk": 1.6}, "subgroup_size": 5, "within_estimator": "range"},
    ),
    "interval_attributes": (
        "NASA-HDBK-8739.19-5, table 5-1",
        {"time": [21, 42, 63, 84, 140, 189, 269.5, 346.5], "n": [4, 6, 14, 13, 22, 49, 18, 6],
         "in_tolerance": [4, 5, 9, 8, 12, 20, 9, 2], "target": 0.8, "time_unit": "d"},
    ),
    "interval_variables": (
        "NASA-HDBK-8739.19-5, tables 7-2 to 7-7",
        {"time": [70, 86, 104, 135, 167, 173], "drift": [0.1, 0.11, 0.251, 0.299, 0.403, 0.615], "degree": 2,
         "u0": 0.28, "u_target": 0.5, "time_unit": "d"},
    ),
    "energy_balance": ("constructed", _balance()),
    "colocation": ("constructed", _beside()),
    "survey_points": ("constructed", ship_block()),
}  # fmt: skip

FURTHER: Mapping[str, tuple[tuple[str, str, dict[str, Any]], ...]] = {
    "control_chart": (
        ("xbar_r", "constructed",
         {"unit": "mm", "chart": "xbar_r", "values": _subgroups(), "rules": "western_electric"}),
        ("ewma", "NIST/SEMATECH e-Handbook 6.3.2.4",
         {"chart": "ewma", "values": SMOOTHED, "target": 50, "s": 2.0539, "lambda": 0.3}),
        ("cusum", "NIST/SEMATECH e-Handbook 6.3.2.4, its data",
         {"chart": "cusum", "values": SMOOTHED, "target": 50, "k": 1.0, "h": 5.0}),
        ("c", "NIST/SEMATECH e-Handbook 6.3.3.1", {"chart": "c", "values": DEFECTS, "rules": "western_electric"}),
        ("t2", "constructed", {"chart": "t2", "values": _pairs()}),
    ),
}  # fmt: skip
"""Kind → further cases: what each shows, its source, its input."""
