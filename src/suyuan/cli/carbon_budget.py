"""How the terminal shows what an uncertainty hangs on: influences in words, certificates by issuer and number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from suyuan.cli.carbon_tonnes import spread
from suyuan.cli.language import one_of, term

if TYPE_CHECKING:
    from suyuan.cli.output import Page
    from suyuan.quantity.budget import Budget
    from suyuan.quantity.influence import Source

SHOWN = 12
"""Rows of a budget that a terminal shows; `--json` has them all."""


def budget_json(budget: Budget) -> list[dict[str, Any]]:
    """Rows of a budget as plain values."""
    return [{"name": row.name, "source": str(row.source), "contribution": row.contribution, "share": row.share}
            for row in budget]  # fmt: skip


def show_budget(page: Page, budget: Budget, by: str, contribution: str = "carbon.contribution") -> None:
    """The largest rows of a budget. by: «influence» or «certificate»; contribution: term of the head of its column."""
    page.title(term(f"carbon.by_{by}"))
    heads = [term(key) for key in ("carbon.certificate", contribution, "carbon.share")]
    rows = [[certificate(row.source), spread(abs(row.contribution)), f"{100 * row.share:.1f} %"]
            for row in budget[:SHOWN]]  # fmt: skip
    if by == "influence":
        heads = [term("carbon.influence"), *heads]
        rows = [[influence_said(row.name), *cells] for row, cells in zip(budget, rows, strict=False)]
    page.table(heads, rows, (len(heads) - 2, len(heads) - 1))


def influence_said(name: str) -> str:
    """An influence in the language of the terminal."""
    from suyuan.carbon.words import influence

    return one_of(influence(name))


def certificate(source: Source) -> str:
    """A certificate by issuer and number, or that there is none."""
    return f"{source.issuer} {source.number}".strip() if source.number else term("carbon.no_certificate")
