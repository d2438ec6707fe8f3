"""Guards of requests for data: formed, judged by others, approved within what was asked, granted as approved.

() holds, findings say what stands against it. What is asked for and what is approved stands in the events themselves.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from suyuan.procedure.admission import Guards
from suyuan.procedure.matter import Event, Matter
from suyuan.quantity.fields import Fields
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.series.dataset.grant import COLUMNS, LADDER, LEAST, MASKS, Grant, grant_of, made
from suyuan.series.dataset.moment import moment_of, text_of
from suyuan.series.resolution import decimal
from suyuan.verbs.snapshot import Snapshot

Answer = Sequence[Finding]
LISTS = ("purpose", "columns", "streams")
COARSER = ("step", "masks")
"""What an approval may add: it gives less, so no request need have asked for it."""


def sharing(known: Snapshot, matter: Matter, event: Event) -> Guards:
    """What the guards of a request find; they ask the request itself, and nothing of the world."""
    return {
        guard.__name__: guard(matter, event)
        for guard in (request_formed, not_own_request, within_request, grant_as_approved, period_over)
    }


def use_of(event: Event | None) -> Mapping[str, Any]:
    """The use that an event asks for or approves; empty where it names none."""
    found = event.content.get("use") if event is not None else None
    return found if isinstance(found, Mapping) else {}


def wrong(use: Mapping[str, Any]) -> tuple[Finding, ...]:
    """What of a use is missing or not well formed."""

    def told(field: str) -> Finding:
        return finding(
            "sharing.request.formed", f"content/use/{field}", field=field, given=str(use.get(field, "—"))[:60]
        )

    found = []
    lists = {key: use.get(key, []) for key in (*LISTS, "masks")}
    found += [
        told(k) for k, v in lists.items() if not isinstance(v, list | tuple) or not all(isinstance(w, str) for w in v)
    ]
    if found:
        return tuple(found)
    if not lists["purpose"]:
        found.append(told("purpose"))
    if use.get("ladder") not in LADDER:
        found.append(told("ladder"))
    if any(word not in COLUMNS for word in lists["columns"]):
        found.append(told("columns"))
    if not str(use.get("least", LEAST)).isdigit():
        found.append(told("least"))
    if any(word not in MASKS for word in lists["masks"]):
        found.append(told("masks"))
    if use.get("step") and not _is_step(use["step"]):
        found.append(told("step"))
    begin, end = (moment_of(str(use.get(key, ""))) for key in ("begin", "end"))
    if begin is None:
        found.append(told("begin"))
    if end is None or (begin is not None and end <= begin):
        found.append(told("end"))
    return tuple(found)


def _is_step(given: Any) -> bool:
    try:
        return isinstance(given, str) and decimal(given, "step") > 0
    except Refused:
        return False


def granted_as(matter: Matter, id: str, issued: int, by: str) -> Grant:
    """The grant that an approved request calls for, under an id. Raises Refused where its approval does not say how."""
    event = matter.last("approved")
    use = use_of(event)
    begin = moment_of(str(use.get("begin", "")))
    if event is None or begin is None:
        raise Refused(finding("sharing.request.formed", "content/use/begin", field="begin", given="—"))
    dataset, _, version = str(matter.fields.get("dataset", "")).partition("@")
    said = event.content.get("conditions", "")
    return made(Grant(
        id, dataset, next(iter(matter.organisation.values())), tuple(use["purpose"]), begin,
        moment_of(str(use.get("end", ""))), version, str(use.get("licence", "")), use["ladder"],
        tuple(use.get("streams", ())), columns=tuple(use.get("columns", ())),
        step=decimal(use["step"], "step") if use.get("step") else None, masks=tuple(use.get("masks", ())),
        least=int(use.get("least", LEAST)), issued=issued, by=by, request=matter.number,
        conditions=said if isinstance(said, str) else json.dumps(said, ensure_ascii=False),
    ))  # fmt: skip


def request_formed(matter: Matter, event: Event) -> Answer:
    """The request names a dataset, purposes, a step of the ladder and a period."""
    if not str(matter.fields.get("dataset", "")):
        return (finding("sharing.request.formed", "fields/dataset", field="dataset", given="—"),)
    return wrong(use_of(event))


def not_own_request(matter: Matter, event: Event) -> Answer:
    """Whoever asked does not judge."""
    asked = {e.person for e in matter.events if e.act in ("asked", "asked_again", "extended")}
    if event.person and event.person in {*asked, *matter.holders("applicant")}:
        return (finding("sharing.request.own", "person", person=event.person),)
    return ()


def within_request(matter: Matter, event: Event) -> Answer:
    """The approval is what was asked for, or less."""
    approved = use_of(event)
    return wrong(approved) or beyond(approved, use_of(last_asked(matter)))


def last_asked(matter: Matter) -> Event | None:
    """The last event that asked for a use."""
    return next((e for e in reversed(matter.events) if e.act in ("asked", "asked_again", "extended")), None)


def beyond(approved: Mapping[str, Any], asked: Mapping[str, Any]) -> tuple[Finding, ...]:
    """Where a use goes beyond another."""

    def told(field: str) -> Finding:
        given, wanted = (_shown(use.get(field)) for use in (approved, asked))
        return finding("sharing.request.beyond", f"content/use/{field}", field=field, given=given, asked=wanted)

    found = []
    if LADDER.index(approved["ladder"]) > LADDER.index(asked.get("ladder", LADDER[0])):
        found.append(told("ladder"))
    for key in LISTS:
        wide, narrow = set(approved.get(key, ())), set(asked.get(key, ()))
        every = key == "streams" and not narrow  # none named is all
        if not every and (wide - narrow or (key == "streams" and not wide)):
            found.append(told(key))
    for key, early in (("begin", True), ("end", False)):
        a, b = moment_of(str(approved.get(key, ""))), moment_of(str(asked.get(key, "")))
        if a is None or b is None or (a < b if early else a > b):
            found.append(told(key))
    return tuple(found)


def _shown(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value or "—")


def grant_as_approved(matter: Matter, event: Event) -> Answer:
    """The grant is well formed and gives what was approved to who asked."""
    content = event.content.get("grant")
    if not isinstance(content, Mapping):
        return (finding("sharing.request.formed", "content/grant", field="grant", given="—"),)
    numbers = json.loads(json.dumps(content), parse_int=str, parse_float=str)
    grant, found = grant_of(Fields(numbers, "content/grant"))
    if grant is None:
        return found
    return tuple(_other(matter, grant))


def _other(matter: Matter, grant: Grant) -> list[Finding]:
    """Where a grant differs from the approval."""
    use = use_of(matter.last("approved"))
    id, _, version = str(matter.fields.get("dataset", "")).partition("@")
    given: dict[str, Any] = {
        "dataset": grant.dataset, "version": grant.version, "request": grant.request, "ladder": grant.ladder,
        "purpose": sorted(grant.purpose), "columns": sorted(grant.columns), "streams": sorted(grant.streams),
        "begin": text_of(grant.begin), "end": text_of(grant.end), "least": str(grant.least),
        "masks": sorted(grant.masks), "step": "" if grant.step is None else format(grant.step, "f"),
    }  # fmt: skip
    wanted: dict[str, Any] = {
        "dataset": id, "version": version, "request": matter.number, "ladder": use.get("ladder", ""),
        **{key: sorted(use.get(key, ())) for key in LISTS},
        **{key: text_of(moment_of(str(use.get(key, "")))) for key in ("begin", "end")},
        "least": str(use.get("least", LEAST)), "masks": sorted(use.get("masks", ())),
        "step": format(decimal(use["step"], "step"), "f") if use.get("step") else "",
    }  # fmt: skip
    found = [_differs(key, given[key], wanted[key]) for key in given if given[key] != wanted[key]]
    if grant.grantee not in matter.organisation.values():
        found.append(_differs("grantee", grant.grantee, list(matter.organisation.values())))
    return found


def _differs(field: str, given: Any, asked: Any) -> Finding:
    where = f"content/grant/{field}"
    return finding("sharing.request.grant", where, field=field, given=_shown(given), asked=_shown(asked))


def period_over(matter: Matter, event: Event) -> Answer:
    """The approved period is over."""
    text = str(use_of(matter.last("approved")).get("end", ""))
    end, now = moment_of(text), moment_of(event.time.isoformat())
    if end is not None and now is not None and now >= end:
        return ()
    return (finding("sharing.request.running", "time", end=text or "—"),)
