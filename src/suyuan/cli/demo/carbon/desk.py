"""The desk of the demo's carbon managers: days of the year that is claimed, documents, tables, and claims as made."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np

from suyuan.carbon.claim.claim import Claim, document
from suyuan.carbon.claim.material import materiality
from suyuan.carbon.management.statement import document as stated
from suyuan.carbon.management.verification import Population, needed, sample
from suyuan.carbon.plant import Plant, read_plant
from suyuan.certificate.certificate import Certificate
from suyuan.cli.carbon import factors_of
from suyuan.cli.carbon_stacks import files_of, stacks_of
from suyuan.cli.demo.shelf import Row, Shelf, both, value
from suyuan.quantity.finding import Refused
from suyuan.quantity.table import load, valid_on
from suyuan.store.carbon_tables import FOLDER, own_folder
from suyuan.verbs.carbon.claims import Monitored, claim_of
from suyuan.verbs.carbon.engagement import read_engagement, statement_on
from suyuan.verbs.carbon.monitored import monitored
from suyuan.verbs.carbon.woods import wooded

MADE_UP = "演示数据，虚构"
MANAGER, VERIFIER = "演示碳管理员", "演示核查机构"
SEED = 1
"""Of a verifier's sample."""
SCHEME = "China 2022"
GRID = "grid.statistics.2023.china.average"
"""The national average of electricity that was published last."""
SETTLED = 200
"""Days after which all that happens in the year after the claimed one lies in the past."""


class Desk:
    """Days, documents and tables of the demo's plants, in the folder `carbon` of the data folder."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self.year = shelf.ago(SETTLED).year - 1
        self.folder = shelf.store.folder / FOLDER
        self.folder.mkdir(parents=True, exist_ok=True)
        self.filed: dict[str, str] = {}
        """Number of a plant's year → SHA-256 of its document in the store."""

    def on(self, month: int, day: int, years: int = 0) -> date:
        """A day of the claimed year, or of one so many years after it."""
        return date(self.year + years, month, day)

    def paper(
        self, number: str, issuer: str, thing: tuple[str, str, str], span: tuple[date, date], results: Sequence[Row],
        **more: Any,
    ) -> Certificate:  # fmt: skip
        """A typed certificate; span: day of the calibration, last day of its validity."""
        days = tuple((self.shelf.today - day).days for day in span)
        return self.shelf.paper(number, issuer, thing, (days[0], days[1]), results, **more)

    def error(self, zh: str, en: str, number: str, U: str, span: tuple[str, str, str] | None = None) -> Row:
        """A relative error that a certificate states, k = 2."""
        return value(zh, en, number, "1", {"U": U, "k": "2"}, span)

    def table(self, enterprise: str, name: str, columns: Mapping[str, Sequence[str]]) -> None:
        """A table of texts as CSV, among those of an enterprise."""
        rows = np.stack([np.asarray(column, dtype=str) for column in columns.values()], axis=1)
        lines = [",".join(columns), *(",".join(row) for row in rows.tolist())]
        folder = own_folder(self.shelf.store.folder, enterprise)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")

    def plant(self, name: str, content: Mapping[str, Any]) -> Plant:
        """A plant's year, as a file and in the store."""
        data = json.dumps({"suyuan": "carbon-plant", **content}, ensure_ascii=False, indent=1).encode("utf-8")
        (self.folder / name).write_bytes(data)
        self.shelf.keep(data, name)
        plant, told = read_plant(data)
        if plant is None:
            raise Refused(*told)
        self.filed[plant.number] = hashlib.sha256(data).hexdigest()
        return plant

    def claim(self, plant: Plant, name: str, made: date | None = None, over: tuple[str, str] = ("", "")) -> str:
        """The claim of a plant's year as it was made on a day, as a file and in the store. over: digest of the claim
        that it supersedes, and why. Returns its digest."""
        if made is not None:
            plant = replace(plant, made=made, supersedes=over[0], reason=over[1])
        found, beside = Monitored(), self.folder / name
        if plant.content.get("stacks"):
            found += monitored(plant, stacks_of(plant, beside, self.shelf.store.folder, plant.made)[0])
        if plant.content.get("forests"):
            found += wooded(plant, files_of(beside, self.shelf.store.folder, plant.enterprise))
        folder = self.shelf.store.folder
        made_of = claim_of(plant, found, self.shelf.store.load()[0], self.filed[plant.number], factors_of(folder))
        data = document(made_of.claim)
        beside.write_bytes(data)
        added = self.shelf.store.add(data, name)
        if not added.stored:
            raise Refused(*added.findings)
        return added.digest

    def verified(self, claim: str, name: str, day: date, wrong: tuple[float, str] | None = None) -> None:
        """A verifier's record on a claim and the statement that follows, as files and, the statement, in the store.

        wrong: tonnes that the largest month of the sample states too much, and why.
        """
        one = self.shelf.store.value(claim)
        assert isinstance(one, Claim)
        size = needed(Population.of(one), materiality("EU", one.legal)[0])
        largest = sample(one, size, SEED)[0]
        found = [] if wrong is None else [
            {"part": largest.part, "month": largest.month, "tonnes": round(largest.tonnes - wrong[0], 3),
             "note": wrong[1]}]  # fmt: skip
        record = {"suyuan": "carbon-verification", "claim": claim, "verifier": VERIFIER, "day": day.isoformat(),
                  "materiality": "EU", "size": size, "seed": SEED, "note": MADE_UP, "found": found,
                  "rest_checked": True}  # fmt: skip
        text = json.dumps(record, ensure_ascii=False, indent=1).encode("utf-8")
        (self.folder / f"record-{name}").write_bytes(text)
        did, told = read_engagement(text)
        if did is None:
            raise Refused(*told)
        data = stated(statement_on(one, did))
        (self.folder / f"statement-{name}").write_bytes(data)
        self.shelf.keep(data, f"statement-{name}")


def component(name: str, of: str, u: float, shared: bool, certificate: Certificate | None = None, **more: Any) -> Row:
    """A component of uncertainty of a stream; with a certificate, its first stated value, U with k = 2."""
    spread: Row = {"u_rel": u} if certificate is None else {"U_rel": 2.0 * u, "k": 2}
    found: Row = {"name": name, "of": of, **spread, "shared": shared, **more}
    if certificate is not None:
        found |= {"issuer": certificate.issuer, "number": certificate.number, "place": "0/0"}
        if certificate.valid_until is not None:
            found["valid_until"] = certificate.valid_until.isoformat()
    return found


def override(row: str, day: date) -> Row:
    """Who admits a rule row that nobody has checked against its text."""
    reason = "演示：标准原文尚未核对，暂按此值 / demo: text not checked yet"
    return {"row": row, "person": MANAGER, "reason": reason, "day": day.isoformat()}


def of_years(year: int, day: date) -> list[Row]:
    """Who admits the demo's rules for a year that they were not made for; nobody has to where they were."""
    row = next(one for one in load("suyuan.carbon", "schemes") if one["scheme"] == SCHEME)
    return [] if valid_on([row], date(year, 7, 1)) else [override(str(row["id"]), day)]


def last_published(row: str, day: date) -> Row:
    """Who admits a grid factor of another purpose and year, since none was published for the accounts of the year."""
    reason = ("演示：该年度的核算因子尚未公布，暂取最近公布的全国平均（能源统计用） / demo: no accounting factor of the"
              " year is published yet; the national average last published, for statistics, is taken")  # fmt: skip
    return {**override(row, day), "reason": reason}


def named(zh: str, en: str) -> dict[str, str]:
    """Both names of a thing of the demo."""
    return both(f"{zh}（演示）", f"{en} (demo)")
