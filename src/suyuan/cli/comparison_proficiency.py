"""Answers of what surrounds a proficiency test before a person: stability, assigned values, rounds, modes."""

from __future__ import annotations

from suyuan.cli.comparison_cells import BEYOND, Values, at, n, score, u_text, unit_of
from suyuan.cli.language import term
from suyuan.cli.output import Page


def stability(page: Page, body: Values, values: Values) -> None:
    """The change of the items beside both limits."""
    keys = ("difference", "u", "limit", "expanded_limit")
    page.facts([*((term(f"stability.{key}"), n(values[key], 4)) for key in keys), _in_unit(body)])
    for key in ("passes", "passes_expanded"):
        good = values[key]
        mark, verdict = ("✓", "yes") if good else ("✗", "no")
        page.text(f"  {mark} {term(f'stability.{key}.{verdict}')}", "" if good else BEYOND)


def assigned_value(page: Page, body: Values, values: Values) -> None:
    """The value with its uncertainty, how it was found, and whether u may be forgotten beside σ_pt."""
    rows = [
        (term("assigned.way"), term(f"assigned.{values['way']}")),
        (term("assigned.value"), at(values["value"], values["u"])),
        (term("assigned.u"), u_text(values["u"])),
    ]
    if "method" in values:
        rows += [(term("assigned.method"), term(f"statistic.{values['method']}")),
                 (term("assigned.s"), u_text(values["s"]))]  # fmt: skip
    if "n" in values:
        rows.append((term("assigned.n"), str(values["n"])))
    page.facts([*rows, _in_unit(body)])
    good = values["negligible"]
    if good is not None:
        mark, verdict = ("✓", "yes") if good else ("!", "no")
        page.text(f"  {mark} {term(f'assigned.negligible.{verdict}')}", "" if good else BEYOND)


def within_laboratory(page: Page, body: Values, values: Values) -> None:
    """w* and its limit, and the standard deviations by size with those above it marked."""
    page.facts([*((term(f"within.{key}"), n(values[key], 5)) for key in ("w", "eta", "xi", "limit", "n")),
                _in_unit(body)])  # fmt: skip
    above = set(values["above"])
    rows = []
    for row in sorted(body["data"], key=lambda row: -row["s"]):
        over = str(row["lab"]).strip() in above
        s = n(row["s"], 5) + (f" {row['unit']}" if row.get("unit") else "")
        rows.append([row["lab"], s, (f"! {term('within.above')}", BEYOND) if over else ""])
    page.table([term(f"compare.column.{c}") for c in ("lab", "s", "mark")], rows, (1,))


def multi_round(page: Page, body: Values, values: Values) -> None:
    """Sums over the rounds with their probabilities, the last running score and cusums, and the first signal."""
    page.facts([(term(f"rounds.{key}"), n(values[key], 4)) for key in ("window", "slack", "interval")])
    rows = []
    for i, row in enumerate(body["data"]):
        sums = [(f"{text}{mark and ' ' + mark[0]}", mark and mark[1])
                for text, mark in (score(values["RSZ"][i], 2.0, 3.0),)]  # fmt: skip
        signal = [at + 1 for at, seen in enumerate(values["signal"][i]) if seen]
        said: object = (f"! {term('rounds.signal_from', round=signal[0])}", BEYOND) if signal else ""
        last = [n(values[key][i][-1], 3) for key in ("running", "cusum_high", "cusum_low")]
        rows.append([row["lab"], values["n"][i], *sums, n(values["p_RSZ"][i], 2), n(values["SSZ"][i], 4),
                     n(values["p_SSZ"][i], 2), *last, said])  # fmt: skip
    columns = ("n", "RSZ", "p", "SSZ", "p", "running", "cusum_high", "cusum_low", "signal")
    page.table([term("compare.column.lab"), *(term(f"rounds.{c}") for c in columns)], rows, range(1, 9))
    page.text("  " + term("rounds.marks"), "dim")


def modes(page: Page, found: Values) -> None:
    """The modes of a density, the highest first, with the share of resampled rounds that have them."""
    page.title(term("density.modes", h=n(found["bandwidth"], 3)))
    columns = (found["modes"], found["heights"], found["support"])
    rows = [
        [at(value, found["bandwidth"]), n(height, 3), n(100.0 * support, 3)]
        for value, height, support in zip(*columns, strict=True)
    ]
    page.table([term(f"density.{c}") for c in ("mode", "height", "support")], rows, (0, 1, 2))


def _in_unit(body: Values) -> tuple[str, str]:
    return term("compare.unit"), unit_of(body)
