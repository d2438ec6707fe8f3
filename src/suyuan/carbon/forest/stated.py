"""Equations that a forest's document states itself, for species of its own (key «equations»)."""

from __future__ import annotations

import math

from suyuan.carbon.forest.parameters import GIVES, Equation, Parameters
from suyuan.quantity.fields import Fields
from suyuan.quantity.finding import Refused, errors

ALONE = ("u_ln_a", "u_b", "r")
"""What is stated of the parameters: all three or none, since without their correlation u is several times too large."""


def read_equations(forest: Fields) -> tuple[Equation, ...]:
    """The equations of a forest, those without a fault; faults are in `forest.found`.

    Each has a, b and the powers of ρ, H and D: AGB = a·(ρ^p·H^q·D^r)^b, kg; `gives`, mean or median, says which a is;
    `species` whose trees it is for, left out for all others; `low` and `high`, cm; `residual_sd`; `u_ln_a`, `u_b`, `r`;
    and its source, which is its identity: one source and name, one error.
    """
    found = [one for inner in forest.several("equations") if (one := _one(inner)) is not None]
    names = [one.species for one in found]
    for name in sorted({name for name in names if names.count(name) > 1}):
        forest.report("carbon.wood.twice", "equations", species=name or "∅")
    return tuple(found)


def _one(fields: Fields) -> Equation | None:
    before = len(errors(fields.found))
    species, source, gives = fields.text("species"), fields.text("source", True), fields.choice("gives", GIVES)
    name = fields.text("name") or species or "1"
    given = {key: number.value for key in ("a", "b") if (number := fields.number(key, True)) is not None}
    more = {key: number.value for key in ("low", "high", "residual_sd", *ALONE) if (number := fields.number(key))}
    powers = [number.value for number in fields.numbers("powers", True)]
    fields.asked.add("note")
    fields.close()
    stated = [key for key in ALONE if key in more]
    if 0 < len(stated) < len(ALONE):
        missing = next(key for key in ALONE if key not in more)
        fields.report("typed.field.missing", missing, field=missing)
    if len(errors(fields.found)) > before:
        return None
    if len(powers) != 3 or not given["a"] > 0.0 or not more.get("residual_sd", 0.0) >= 0.0:
        fields.report("carbon.wood.equation", a=f"{given['a']:g}", powers=", ".join(f"{one:g}" for one in powers))
        return None
    try:
        parameters = Parameters(more["u_ln_a"], more["u_b"], more["r"], name, ("equation", source, name), source) \
            if stated else None  # fmt: skip
    except Refused as refused:
        fields.found.extend(refused.findings)
        return None
    p, q, r = powers
    return Equation(name, given["a"], given["b"], (p, q, r), gives, parameters, species, more.get("low", 0.0),
                    more.get("high", math.inf), more.get("residual_sd"))  # fmt: skip
