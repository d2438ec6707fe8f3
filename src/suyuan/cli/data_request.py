"""`suyuan data request`: ask for the use of a dataset, take the next step of a request; documents of a matter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from suyuan.cli import measured, reading, service
from suyuan.cli.language import term
from suyuan.cli.output import Answer, Page
from suyuan.quantity.finding import Refused, errors, finding

if TYPE_CHECKING:
    from suyuan.procedure.matter import Matter
    from suyuan.series.dataset.grant import Grant

PROCEDURE = "data_request"


@dataclass(frozen=True, kw_only=True)
class Request:
    """A new request, or the next step of one."""

    dataset: Annotated[str, typer.Argument(metavar="[DATASET]", help=term("help.data.name"))] = ""
    matter: Annotated[Path | None, typer.Option("--matter", metavar="FILE", help=term("help.data.matter"))] = None
    act: Annotated[str, typer.Option("--act", metavar="ACT", help=term("help.data.act"))] = "asked"
    number: Annotated[str, typer.Option("--number", metavar="NUMBER", help=term("help.data.number"))] = ""
    organisation: Annotated[str, typer.Option("--for", metavar="NAME", help=term("help.data.for"))] = ""
    person: Annotated[str, typer.Option("--person", metavar="NAME", help=term("help.data.person"))]
    role: Annotated[str, typer.Option("--role", metavar="ROLE", help=term("help.data.role"))] = "applicant"
    content: Annotated[Path | None, typer.Option("--content", metavar="FILE", help=term("help.data.content"))] = None
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help=term("help.out"))]


def request(asked: Request) -> Answer:
    """The matter with one more event, in a new file; the file that was is not touched."""
    from suyuan.procedure.matter import Event, Matter
    from suyuan.procedure.write import matter_document
    from suyuan.store.zone import house_zone
    from suyuan.verbs.matter.matters import procedure_named, stands, take

    reading.free(asked.out)
    if asked.matter is None:
        text = {"": f"{asked.dataset}"}
        matter = Matter(
            PROCEDURE, asked.number, text, {"": asked.organisation}, {"dataset": asked.dataset},
            {"applicant": (asked.person,)},
        )  # fmt: skip
    else:
        matter = _matter(asked.matter)
    content = _by_the_house(reading.read_object(asked.content) if asked.content is not None else {})
    moment = datetime.now(house_zone()).replace(microsecond=0)
    event = Event(asked.act, moment, asked.person, asked.role, content)
    done = take(_nothing(moment), matter, event, roles={asked.role: (asked.person,)} if _judges(asked.role) else None)
    reading.write_new(asked.out, matter_document(done))
    where = stands(done, moment)
    state = procedure_named(PROCEDURE).state(where.state.name)
    values: dict[str, Any] = {
        "number": done.number, "state": where.state.name, "due": where.due, "keeper": where.keeper,
        "possible": [p.step.act for p in where.possible], "written": str(asked.out),
    }  # fmt: skip

    def put(page: Page) -> None:
        page.text(service.written(asked.out))
        page.facts((
            (term("column.state"), service.shown(state.title) if state is not None else ""),
            (term("column.due"), where.due), (term("data.possible"), ", ".join(values["possible"])),
        ))  # fmt: skip

    return Answer(values, put)


def _by_the_house(content: Mapping[str, Any]) -> Mapping[str, Any]:
    """The content with days alone of its use as moments: they begin at midnight of the house, as options have it."""
    from suyuan.series.dataset.moment import moment_of, text_of

    use, zone = content.get("use"), measured.zone_of("")
    if not isinstance(use, Mapping):
        return content
    made = dict(use)
    for key in ("begin", "end"):
        text = use.get(key)
        if isinstance(text, str) and len(text) == 10 and (moment := moment_of(text, zone)) is not None:
            made[key] = text_of(moment)
    return {**content, "use": made}


def _judges(role: str) -> bool:
    """Roles that the house gives; the applicant holds its role in the matter."""
    return role in ("steward", "owner")


def _nothing(moment: datetime) -> Any:
    """A snapshot of an empty house: the guards of a request ask the request itself."""
    from suyuan.traceability.evidence import Evidence
    from suyuan.verbs.snapshot import Documents, snapshot

    return snapshot(Evidence(), Documents(), moment.date())


def _matter(path: Path) -> Matter:
    from suyuan.procedure.read import read_matter

    with reading.about(path):
        found, told = read_matter(reading.read_bytes(path))
        if found is None or errors(told):
            raise Refused(*told)
        if found.procedure != PROCEDURE:
            raise Refused(finding("sharing.document.kind", "procedure", expected=PROCEDURE))
    return found


def approved(path: Path, id: str, by: str) -> Grant:
    """The grant that an approved or granted request calls for. Raises Refused for a request that is neither."""
    from suyuan.lake.table import now
    from suyuan.series.dataset.grant import made
    from suyuan.verbs.matter.guards_sharing import granted_as

    matter = _matter(path)
    last = matter.events[-1].act if matter.events else ""
    if last not in ("approved", "granted"):
        raise Refused(finding("sharing.request.formed", str(path), field="approved", given=last or "—"))
    return made(replace(granted_as(matter, id or f"g-{matter.number}", now(), by), zone=str(measured.zone_of(""))))


COMMANDS: tuple[tuple[str, Any, Any], ...] = (("request", Request, request),)
