"""Filled comparison cases to begin with: facts from published comparisons, with their source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

GAUGE = (
    ("L1", 15.0, 9.0), ("L2", 15.0, 14.0), ("L3", 30.0, 10.0), ("L4", 18.0, 13.0), ("L5", 24.0, 9.0), ("L6", -9.0, 7.0),
    ("L7", 33.0, 9.0), ("L8", 12.5, 8.6), ("L9", 8.8, 10.0),
)  # fmt: skip
"""Deviations from nominal length of a gauge block of 1 mm, nm (CCL-K1), laboratories without their names."""
CREOSOTE = ((24.28, 24.0), (20.4, 19.91), (19.3, 19.7), (20.3, 20.3), (20.53, 20.88), (18.56, 16.58), (19.7, 20.5),
            (21.1, 20.78), (20.71, 21.66))  # fmt: skip
ITEMS = ((0.185, 0.194), (0.187, 0.189), (0.182, 0.186), (0.188, 0.196), (0.191, 0.181), (0.188, 0.180),
         (0.187, 0.196), (0.177, 0.186), (0.179, 0.187), (0.188, 0.196))  # fmt: skip

TEMPLATES: Mapping[str, tuple[str, dict[str, Any]]] = {
    "key_comparison": (
        "CCL-K1, gauge block of 1 mm: deviations from nominal length",
        {
            "unit": "nm", "methods": ["weighted_mean", "consistency", "mandel_paule", "largest_consistent_subset"],
            "data": [{"lab": lab, "value": x, "u": u} for lab, x, u in GAUGE],
        },
    ),
    "proficiency": (
        "ISO 5725-2, creosote",
        {
            "unit": "%", "methods": ["classical", "median", "nIQR", "algorithm_A", "Q_method", "hampel"],
            "data": [{"lab": str(i + 1), "value": sum(row) / 2.0} for i, row in enumerate(CREOSOTE)],
        },
    ),
    "precision": (
        "ISO 5725-2, creosote",
        {"unit": "%", "data": [{"lab": str(i + 1), "values": list(row)} for i, row in enumerate(CREOSOTE)]},
    ),
    "homogeneity": (
        "ten items in duplicate, worked example for ISO 13528 annex B",
        {
            "unit": "mg/kg", "sigma_pt": 0.02807,
            "data": [{"item": i + 1, "values": list(row)} for i, row in enumerate(ITEMS)],
        },
    ),
    "scores": (
        "CCQM-K30, three of its results",
        {
            "unit": "mg/kg", "sigma_pt": 0.1, "assigned": {"value": 2.99, "U": 0.06, "k": 2},
            "data": [
                {"lab": "KRISS", "value": 2.893, "U": 0.044, "k": 2.13}, {"lab": "LGC", "value": 3.0, "U": 0.1, "k": 2},
                {"lab": "LNE", "value": 3.13, "U": 0.12, "k": 2},
            ],
        },
    ),
    "stability": (
        "constructed",
        {"unit": "mg/kg", "sigma_pt": 0.02807, "before": [0.1895, 0.188, 0.184], "after": [0.1885, 0.191, 0.187]},
    ),
    "assigned_value": (
        "CCQM-K30, its value as that of a reference material; the other parts are constructed",
        {
            "unit": "mg/kg", "way": "reference_material", "sigma_pt": 0.1, "value": 2.99, "u": 0.03,
            "u_heterogeneity": 0.01, "u_instability": 0.0, "u_transport": 0.0,
        },
    ),
    "within_laboratory": (
        "ISO 5725-2, creosote: range/√2 of the two results of each laboratory",
        {
            "unit": "%", "dof": 1,
            "data": [{"lab": str(i + 1), "s": round(abs(x - y) / 2**0.5, 4)} for i, (x, y) in enumerate(CREOSOTE)],
        },
    ),
    "multi_round": (
        "constructed",
        {
            "window": 4, "slack": 0.5, "interval": 5.0,
            "data": [
                {"lab": "L1", "z": [1.2, 0.9, 1.6, 1.1, 1.4, 1.3, 1.7, 1.5]},
                {"lab": "L2", "z": [-0.3, None, 0.8, -1.1, 0.2, 0.6, -0.4, 0.1]},
            ],
        },
    ),
    "linking": (
        "constructed",
        {
            "unit": "1",
            "linking": [
                {"lab": "L1", "d_cipm": 0.12, "u_cipm": 0.08, "y_rmo": 0.30, "u_rmo": 0.09, "r": 0.3},
                {"lab": "L2", "d_cipm": -0.05, "u_cipm": 0.06, "y_rmo": 0.16, "u_rmo": 0.07, "r": 0.3},
                {"lab": "L3", "d_cipm": 0.03, "u_cipm": 0.07, "y_rmo": 0.21, "u_rmo": 0.06, "r": 0.3},
            ],
            "rmo_only": [{"lab": "R1", "y_rmo": 0.25, "u": 0.10}, {"lab": "R2", "y_rmo": -0.10, "u": 0.12}],
        },
    ),
    "drift": (
        "constructed",
        {
            "unit": "V", "model": "linear", "u_pilot": 0.0005,
            "pilot": [
                {"t": 0, "value": 10.0002}, {"t": 30, "value": 10.0011}, {"t": 61, "value": 10.0019},
                {"t": 92, "value": 10.0031},
            ],
            "participants": [
                {"lab": lab, "t": t, "value": x, "u": u}
                for lab, t, x, u in (("A", 10, 10.0013, 0.0008), ("B", 20, 10.0001, 0.001), ("C", 45, 10.0042, 0.0009),
                                     ("D", 75, 10.0020, 0.0012))
            ],
        },
    ),
    "youden": (
        "ISO 5725-2, creosote: the two results of each laboratory",
        {"unit": "%", "data": [{"lab": str(i + 1), "x": x, "y": y} for i, (x, y) in enumerate(CREOSOTE)]},
    ),
}  # fmt: skip
"""Kind → (source, input)."""
