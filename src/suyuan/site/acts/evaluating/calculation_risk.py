"""The form of conformity: tolerance limits, what is known of the items and of the error, and what is asked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from suyuan.site.acts.evaluating.calculation import Form, Reader, mapping, number_text, title_text

ASKED = ("value", "acceptance", "target")
"""The specific risk of one value; the global risks of acceptance limits; the limits for a wanted risk."""
PARAMETERS: Mapping[str, tuple[str, ...]] = {
    "normal": ("mean", "std"),
    "rectangular": ("centre", "half_width"),
    "triangular": ("centre", "half_width"),
    "arcsine": ("centre", "half_width"),
    "trapezoid": ("centre", "half_width", "beta"),
    "curvilinear_trapezoid": ("centre", "half_width", "d"),
    "student_t": ("location", "scale", "dof"),
    "student_t_std": ("mean", "std", "dof"),
    "gamma": ("shape", "scale"),
    "exponential": ("mean",),
}
"""Distribution → its parameters, in the order of the slots of the form."""
SLOTS = ("a", "b", "c")
VARIABLES = ("value", "item", "error")
OTHER = "other"
"""A distribution that the form does not show."""
NAMES = (
    "title", "unit", "asked", "lower", "upper", "accept_lower", "accept_upper", "target",
    *(f"{v}_{part}" for v in VARIABLES for part in ("distribution", *SLOTS, "raw")),
)  # fmt: skip
OWN = frozenset(("title", "unit", "limits", "value", "item", "error", "acceptance", "target_consumer_risk"))


def _to_input(reader: Reader) -> dict[str, Any]:
    asked = reader.text("asked") or "value"
    body: dict[str, Any] = {n: text for n in ("title", "unit") if (text := reader.text(n))}
    body["limits"] = _limits(reader, "lower", "upper")
    if asked == "value":
        return body | {"value": _variable(reader, "value")}
    body |= {name: _variable(reader, name) for name in ("item", "error")}
    if asked == "target":
        return body | {"target_consumer_risk": reader.number("target")}
    return body | {"acceptance": _limits(reader, "accept_lower", "accept_upper")}


def _limits(reader: Reader, lower: str, upper: str) -> dict[str, float]:
    ends = (("lower", reader.optional(lower)), ("upper", reader.optional(upper)))
    return {side: end for side, end in ends if end is not None}


def _variable(reader: Reader, name: str) -> dict[str, Any]:
    distribution = reader.text(f"{name}_distribution") or "normal"
    if distribution == OTHER:
        return kept(reader.text(f"{name}_raw"))
    names = PARAMETERS.get(distribution, ())
    given = {key: reader.number(f"{name}_{slot}") for key, slot in zip(names, SLOTS, strict=False)}
    return {"distribution": distribution, "parameters": given}


def kept(text: str) -> dict[str, Any]:
    """A row that only the case form knows, as it came; empty where that is none."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _from_input(body: Mapping[str, Any]) -> dict[str, str]:
    limits, acceptance = mapping(body.get("limits")), mapping(body.get("acceptance"))
    asked = "target" if "target_consumer_risk" in body else "acceptance" if "item" in body else "value"
    fields = {
        "title": title_text(body.get("title")), "unit": str(body.get("unit") or ""), "asked": asked,
        "lower": number_text(limits.get("lower")), "upper": number_text(limits.get("upper")),
        "accept_lower": number_text(acceptance.get("lower")), "accept_upper": number_text(acceptance.get("upper")),
        "target": number_text(body.get("target_consumer_risk")),
    }  # fmt: skip
    for name in VARIABLES:
        if name in body:
            fields |= _variable_fields(name, body[name])
    return fields


def _variable_fields(name: str, value: Any) -> dict[str, str]:
    """The fields of a variable; what they cannot hold (a sample, a histogram, degrees of freedom) is kept as it is."""
    row = mapping(value)
    distribution, given = row.get("distribution"), mapping(row.get("parameters"))
    names = PARAMETERS.get(distribution, ()) if isinstance(distribution, str) else ()
    if not names or set(given) != set(names) or set(row) - {"distribution", "parameters"}:
        return {f"{name}_distribution": OTHER, f"{name}_raw": json.dumps(value, ensure_ascii=False)}
    return {f"{name}_distribution": str(distribution)} | {
        f"{name}_{slot}": number_text(given[key]) for key, slot in zip(names, SLOTS, strict=False)
    }


def _place(parts: list[str]) -> str:
    """The field of a place such as item/parameters/std."""
    head, last = parts[0], parts[-1]
    if head == "limits":
        return last if last in ("lower", "upper") else "lower"
    if head == "acceptance":
        return f"accept_{last}" if last in ("lower", "upper") else "accept_upper"
    if head == "target_consumer_risk":
        return "target"
    if head in VARIABLES:
        for names in PARAMETERS.values():
            if last in names:
                return f"{head}_{SLOTS[names.index(last)]}"
        return f"{head}_distribution"
    return head


FORMS = (
    Form("conformity", NAMES, OWN, _to_input, _from_input, _place,
         {"asked": "value"} | {f"{v}_distribution": "normal" for v in VARIABLES}),
)  # fmt: skip
