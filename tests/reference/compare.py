"""Compare an answer with what a case expects, by the tolerances of the case form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def differences(expected: Any, got: Any, tolerance: Mapping[str, Any], path: str = "") -> list[str]:
    """Where `got` does not agree; list positions do not count in the paths of tolerances."""
    if isinstance(expected, dict):
        if not isinstance(got, dict):
            return [f"{path}: {got!r} is no object"]
        return [
            line
            for key, value in expected.items()
            for line in (
                differences(value, got[key], tolerance, f"{path}.{key}" if path else key)
                if key in got
                else [f"{path}.{key}: missing"]
            )
        ]
    if isinstance(expected, list):
        if not isinstance(got, list) or len(got) != len(expected):
            return [f"{path}: {got!r} has not the length of {expected!r}"]
        pairs = enumerate(zip(expected, got, strict=True))
        return [line for at, (e, g) in pairs for line in differences(e, g, _of_element(tolerance, at), path)]
    if isinstance(expected, bool) or not isinstance(expected, int | float):
        return [] if expected == got else [f"{path}: {got!r} is not {expected!r}"]
    if isinstance(got, bool) or not isinstance(got, int | float):
        return [f"{path}: {got!r} is no number"]
    allowed = _allowed(expected, path, tolerance)
    return [] if abs(got - expected) <= allowed else [f"{path}: {got!r} is not {expected!r} within {allowed!r}"]


def _of_element(tolerance: Mapping[str, Any], at: int) -> Mapping[str, Any]:
    """The tolerances of one element of a list: «abs» may be a list beside it."""
    return {
        key: {kind: x[at] if isinstance(x, list) else x for kind, x in row.items()} for key, row in tolerance.items()
    }


def _allowed(expected: float, path: str, tolerance: Mapping[str, Any]) -> float:
    """The tolerance of the longest path that leads to the number."""
    leading = [key for key in tolerance if path == key or path.startswith(key + ".")]
    row = tolerance[max(leading, key=len)] if leading else tolerance.get("*", {})
    if "abs" in row:
        return float(row["abs"])
    if "rel" in row:
        return float(row["rel"]) * abs(expected) if expected else float(row["rel"])
    return 0.0
