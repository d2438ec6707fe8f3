"""The carbon mass balance of a plant's year on a terminal: what each flow carries, what was emitted, and by what U."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from suyuan.cli.carbon import columns
from suyuan.cli.carbon_budget import budget_json, show_budget
from suyuan.cli.carbon_tonnes import bounded, estimate, spread, tonnes
from suyuan.cli.language import term

if TYPE_CHECKING:
    from collections.abc import Sequence

    from suyuan.carbon.sector.balance import Balance, Flow
    from suyuan.cli.output import Page


def balance_json(found: Balance) -> dict[str, Any]:
    """A mass balance as plain values."""
    from suyuan.quantity.budget import by_influence

    year = found.emission.sum()
    return {
        "carbon_in": found.carbon_in, "carbon_out": found.carbon_out, "carbon_stock": found.carbon_stock,
        "closure": found.closure, "unit_of_carbon": "tC", "emission": float(year.value), "u": float(year.u),
        "flows": [{"name": flow.name, "side": flow.side, **_carbon(flow)} for flow in found.flows],
        "influences": budget_json(by_influence(year)),
    }  # fmt: skip


def _carbon(flow: Flow) -> dict[str, float]:
    """The mass and carbon of a flow over the year with its u, 0 where nobody states one (the part says so)."""
    from suyuan.carbon.fuel.calculation import plain

    content = flow.content
    u = float(content.sum().u) if hasattr(content, "blocks") else 0.0
    return {"amount": float(plain(flow.mass).sum()), "carbon": float(plain(content).sum()), "u": u}


def show_balance(page: Page, found: Balance, least: Sequence[str] = ()) -> None:
    """The flows of a balance, how much of the carbon left in something, and what the emission hangs on. least: names of
    the flows whose U is a lower bound, and with them that of the emission."""
    from suyuan.quantity.budget import by_influence

    year = found.emission.sum()
    U, lacking = 2 * float(year.u), any(flow.name in least for flow in found.flows)
    page.title(term("carbon.balance"))
    page.text(term("carbon.balance.said", carbon_in=tonnes(found.carbon_in), carbon_out=tonnes(found.carbon_out),
                   carbon_stock=tonnes(found.carbon_stock), percent=f"{100 * found.closure:.1f}",
                   emission=estimate(float(year.value), U), U=bounded(U, lacking)))  # fmt: skip
    rows = [(flow, _carbon(flow)) for flow in found.flows]
    page.table(columns("carbon.part", "carbon.kind", "carbon.balance.amount", "carbon.balance.carbon",
                       "carbon.balance.U"), [
        [flow.name, term(f"carbon.kind.{flow.side}"), tonnes(one["amount"]), tonnes(one["carbon"]),
         spread(2 * one["u"], flow.name in least)] for flow, one in rows
    ], (2, 3, 4))  # fmt: skip
    show_budget(page, by_influence(year), "influence")
