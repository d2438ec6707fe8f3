"""Filled cases of measurement studies to begin with: small published data with their source, or constructed numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

FLOW = [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]
"""NIST/SEMATECH e-Handbook 6.3.2.2."""
PARTS = [
    [[0.29, 0.41, 0.64], [-0.56, -0.68, -0.58], [1.34, 1.17, 1.27], [0.47, 0.5, 0.64], [-0.8, -0.92, -0.84]],
    [[0.08, 0.25, 0.07], [-0.47, -1.22, -0.68], [1.19, 0.94, 1.34], [0.01, 1.03, 0.2], [-0.56, -1.2, -1.28]],
    [[0.04, -0.11, -0.15], [-1.38, -1.13, -0.96], [0.88, 1.09, 0.67], [0.14, 0.2, 0.11], [-1.46, -1.07, -1.45]],
]
"""AIAG MSA worked example, the first five parts."""
DAYS = [f"2026-03-{day:02d}" for day in range(1, 11)] + [f"2026-04-{day:02d}" for day in range(1, 6)]

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
        "constructed",
        {"values": [97.07, 97.05, 97.05, 97.08, 97.11, 97.01, 97.05, 97.08],
         "stds": [0.085, 0.052, 0.038, 0.036, 0.049, 0.036, 0.052, 0.117], "dofs": [5, 5, 5, 5, 5, 5, 5, 5],
         "time": [0, 1, 2, 3, 4, 5, 6, 7], "baseline_before": 5},
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
        {"values": [2.001, 1.999, 2.025, 1.997, 1.976, 1.987, 1.995, 2.056, 2.001], "lower": 1.8, "upper": 2.2,
         "declared": {"Cp": 1.678, "Cpk": 1.345}, "subgroup_size": 3, "within_estimator": "range"},
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
    "energy_balance": (
        "constructed",
        {"master": [64.5, 38.2, 51.9, 75.1, 47.3, 58.8, 33.4, 69.6],
         "meters": {"pile 1": [40.1, 10.2, 30.4, 25.3, 12.1, 38.9, 20.3, 30.2],
                    "pile 2": [23.4, 27.1, 20.6, 48.8, 34.3, 18.9, 12.2, 38.4]},
         "flag": {"k": 2, "limit_percent": 2}, "master_error_percent": {"value": 0.0, "U": 0.4, "k": 2}},
    ),
    "colocation": (
        "constructed",
        {"date": DAYS, "reference": [1.0, 1.2, 1.1, 1.6, 2.0, 1.8, 1.4, 1.3, 1.1, 0.9, 1.9, 2.1, 1.7, 1.6, 1.5],
         "sensor": [1010, 1052, 1027, 1130, 1208, 1170, 1085, 1065, 1024, 985, 1150, 1195, 1120, 1102, 1078],
         "fit_months": ["2026-03"], "bias_months": ["2026-04"]},
    ),
}  # fmt: skip
