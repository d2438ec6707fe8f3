"""`suyuan evaluate --template KIND`: a filled case of a kind, to save and to put one's own numbers into."""

from __future__ import annotations

import json
import sys
from typing import Any

import typer

from suyuan.quantity.finding import Refused

PUBLISHED = {
    "model": "s1-9.3-mass",
    "line_fit": "gum-h3-thermometer-line",
    "anova": "gum-h5-anova",
    "coverage_factor": "s2-coverage-factor-ellipse",
    "conformity": "jcgm106-ball-bearing-risks",
    "summary_statistics": "strd-numacc4",
}
"""Kind → published example that shows its fields."""
ADDED: dict[str, dict[str, Any]] = {"model": {"unit": "mg"}}
"""Kind → fields that the published example has no need of."""
OWN: dict[str, dict[str, Any]] = {
    "polynomial_fit": {
        "x": [0.0, 1.0, 2.0, 3.0, 4.0, 5.0], "y": [0.02, 1.12, 2.41, 3.93, 5.58, 7.52], "method": "weighted",
        "u_y": [0.02, 0.02, 0.02, 0.03, 0.03, 0.03], "degree": 2,
    },
    "curve_fit": {
        "x": [0.0, 1.0, 2.0, 3.0, 4.0, 5.0], "y": [10.1, 6.0, 3.7, 2.2, 1.4, 0.8], "model": "a*exp(-b*x)",
        "parameters": ["a", "b"], "start": [10.0, 0.5],
    },
    "match": {
        "demand": {
            "quantity": "length", "item": "gauge block", "lo": 1, "hi": 100, "unit": "mm", "U_absolute": 0.05,
            "U_unit": "um", "accreditation": "accredited", "date": "2026-09-01", "max_days": 20, "site": "lab",
        },
        "capabilities": [
            {
                "id": "A-1", "lab": "demo laboratory A", "accreditation": "CMC", "quantity": "length",
                "item": "gauge block", "lo": 0.5, "hi": 100, "unit": "mm", "u_abs": 0.03, "u_lin": 0.3,
                "u_unit": "um", "lin_per": "m", "k": 2, "conditions": {"site": "lab"}, "days": 15,
                "valid_to": "2027-12-31",
            },
            {
                "id": "B-1", "lab": "demo laboratory B", "accreditation": "accredited", "quantity": "length",
                "item": "gauge block", "lo": 0.5, "hi": 50, "unit": "mm", "u_abs": 0.06, "u_unit": "um", "k": 2,
                "conditions": {"site": "lab"}, "days": 8, "valid_to": "2027-12-31",
            },
        ],
    },
    "asof_correction": {
        "knowledge_times": ["2026-05-01T00:00:00Z", "2026-08-01T00:00:00Z"],
        "certificates": [
            {"id": "K1", "inst": "T-1", "valid_from": "2026-01-10T00:00:00Z", "issued_known": "2026-01-12T00:00:00Z",
             "gain": 1.0002, "offset": -0.03, "u_gain": 2e-5, "u_offset": 0.004, "r": -0.5, "leaf": "REF/2025"},
            {"id": "K2", "inst": "T-1", "valid_from": "2026-06-01T00:00:00Z", "issued_known": "2026-06-03T00:00:00Z",
             "gain": 1.0005, "offset": -0.05, "u_gain": 2e-5, "u_offset": 0.004, "r": -0.5, "leaf": "REF/2025"},
        ],
        "readings": [
            {"n": 1, "inst": "T-1", "time": "2026-03-01T00:00:00Z", "raw": 100.2, "u_read": 0.01},
            {"n": 2, "inst": "T-1", "time": "2026-07-01T00:00:00Z", "raw": 100.3, "u_read": 0.01},
        ],
        "means": [{"known": "2026-08-01T00:00:00Z", "readings": [1, 2]}],
        "compare": ["2026-05-01T00:00:00Z", "2026-08-01T00:00:00Z"],
    },
    "inspected_part": {
        "unit": "mm", "u": 0.0004,
        "certificate": {"length": [100, 400, 700], "error": [0.0004, 0.0016, 0.0029], "U": [0.0008, 0.0012, 0.0016],
                        "k": 2},
        "characteristics": [
            {"name": "L1", "value": 120.0016, "lower": 119.992, "upper": 120.008, "stated": "PASS"},
            {"name": "L2", "value": 420.0104, "lower": 419.992, "upper": 420.008, "stated": "FAIL"},
            {"name": "L3", "value": 660.0147, "lower": 659.992, "upper": 660.008, "stated": "FAIL"},
        ],
    },
}  # fmt: skip
"""Kind without a published example → constructed numbers."""


def template(kind: str) -> dict[str, Any]:
    """A filled case of a kind, with where its numbers come from, or a document of a round; Refused for other kinds."""
    from suyuan.cli.comparison_templates import TEMPLATES
    from suyuan.cli.round_templates import DOCUMENTS
    from suyuan.quantity.finding import finding
    from suyuan.verbs.assurance.examples import STUDIES
    from suyuan.verbs.carbon.examples import CARBON
    from suyuan.verbs.examples import example

    if kind in DOCUMENTS:
        return DOCUMENTS[kind]()
    cited = {**TEMPLATES, **STUDIES, **CARBON}
    if kind in cited:
        source, body = cited[kind]
        return {"kind": kind, "source": source, "input": body}
    if kind in OWN:
        return {"kind": kind, "source": "constructed", "input": OWN[kind]}
    found = example(PUBLISHED.get(kind, ""))
    if found is None:
        known = ", ".join(sorted((*PUBLISHED, *OWN, *cited, *DOCUMENTS)))
        raise Refused(finding("case.kind.unknown", "--template", kind=kind[:60], known=known))
    return {"kind": kind, "source": found.source, "input": {**found.input, **ADDED.get(kind, {})}}


def print_template(kind: str) -> None:
    """Print the filled case of a kind and end the command; nothing where none is asked for."""
    if kind:
        sys.stdout.write(json.dumps(template(kind), ensure_ascii=False, indent=1) + "\n")
        raise typer.Exit(0)
