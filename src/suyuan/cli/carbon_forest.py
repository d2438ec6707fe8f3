"""`suyuan carbon forest`: the forests of a plant's document, or a case of trees and plots; and any case of a room."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from suyuan.cli import reading
from suyuan.cli.carbon import plant_of
from suyuan.cli.carbon_budget import budget_json, show_budget
from suyuan.cli.carbon_tonnes import bounded, estimate
from suyuan.cli.command import Data
from suyuan.cli.language import term
from suyuan.cli.output import Answer, Page
from suyuan.cli.register_files import is_table
from suyuan.quantity.finding import Refused, finding, from_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from suyuan.carbon.claim.claim import Part
    from suyuan.carbon.forest.filed import Wood

ROOMS = ("suyuan.verbs.carbon.forest",)
"""Where the kinds of case of trees and plots live."""


@dataclass(frozen=True, kw_only=True)
class AskForest:
    """A plant's document with forests, or a case of trees or plots."""

    file: Annotated[Path, typer.Argument(metavar="PLANT|CASE", help=term("help.carbon.forest_file"))]
    data: Data = None


def forest(asked: AskForest) -> Answer:
    """What forests took up in a year, or the answer to a case."""
    if not is_table(asked.file) and "suyuan" not in reading.read_object(asked.file):
        return case_answer(asked.file, ROOMS)
    return _forests(asked)


def case_answer(file: Path, rooms: Sequence[str]) -> Answer:
    """The answer to a case of some rooms, in words. Raises Refused for a kind of another room, with those there are."""
    from suyuan.cli.answers import show
    from suyuan.store.case_files import case_files
    from suyuan.verbs.cases import KINDS, answer

    case = reading.read_object(file)
    known = [kind for kind, room in KINDS.items() if room in rooms]
    if case.get("kind") not in known:
        raise Refused(finding("cli.carbon.case_kind", f"{file}/kind", given=str(case.get("kind"))[:60],
                              known=", ".join(known)))  # fmt: skip
    with reading.about(file):
        values = answer(case, files=case_files(file.absolute().parent))
    told = tuple(reading.in_file(from_json(row), file) for row in values.pop("findings", ()))
    design = values.get("estimator")
    shown = {**values, "estimator": term(f"carbon.design.{design}")} if design else values
    return Answer(values, lambda page: show(page, case, shown), told)


def _forests(asked: AskForest) -> Answer:
    from suyuan.carbon.forest.filed import read_forests
    from suyuan.cli.carbon_stacks import files_of
    from suyuan.cli.carbon_template import about, placer
    from suyuan.quantity.budget import by_influence
    from suyuan.quantity.fields import Fields
    from suyuan.verbs.carbon.woods import wooded

    plant, told = plant_of(asked.file)
    if not plant.content.get("forests"):
        raise Refused(finding("carbon.wood.none", str(asked.file)))
    with about(asked.file):
        found = wooded(plant, files_of(asked.file, asked.data, plant.enterprise))
    pairs = list(zip(read_forests(Fields(plant.content), plant.overrides), found.parts, strict=True))
    values = {
        "enterprise": plant.enterprise, "unit": plant.unit, "year": plant.year,
        "forests": [{**_forest_json(*pair), "influences": budget_json(by_influence(pair[1].months.sum()))}
                    for pair in pairs],
        "rows": [{"id": row["id"], "status": row["status"], "source": row["source"]} for row in found.rows],
    }  # fmt: skip

    def show(page: Page) -> None:
        for wood, part in pairs:
            page.title(f"{plant.enterprise}  {part.name}  {plant.year}")
            _forest(page, wood, part)

    findings = (*told, *placer(asked.file)(found.findings))
    return Answer(values, show, tuple(dict.fromkeys(findings)))


def _forest_json(wood: Wood, part: Part) -> dict[str, Any]:
    year = part.months.sum()
    return {"name": part.name, "area": wood.boundary.area, "years": wood.years, "estimator": wood.design.name,
            "uptake": -float(year.value), "u": float(year.u), "unit": "tCO2", "u_is_least": part.least,
            "unstated": list(part.unstated)}  # fmt: skip


def _forest(page: Page, wood: Wood, part: Part) -> None:
    from suyuan.quantity.budget import by_influence

    year = part.months.sum()
    U = 2 * float(year.u)
    page.text(term("carbon.uptake", value=estimate(-float(year.value), U), U=bounded(U, part.least)), "bold")
    page.facts([
        (term("carbon.area"), f"{wood.boundary.area:g} ha"), (term("carbon.years_between"), f"{wood.years:g}"),
        (term("answer.estimator"), term(f"carbon.design.{wood.design.name}")),
    ])  # fmt: skip
    show_budget(page, by_influence(year), "influence")


COMMANDS = (("forest", AskForest, forest),)
