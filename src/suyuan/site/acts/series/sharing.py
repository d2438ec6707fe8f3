"""Sharing: publish a dataset version, ask for its use, judge the request, grant, read under a grant, revoke.

Every read stands in the log before anybody gets a byte; a grant is never changed, it ends or is revoked.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import PermissionDenied

from suyuan.lake.datasets import learn, publish_dataset, shelf_of
from suyuan.lake.handed import Handed, hand_over
from suyuan.lake.shelf import Shelf
from suyuan.lake.table import now
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.series.dataset.attributes import missing
from suyuan.series.dataset.grant import Asked, Grant, Revocation, grant_fields, made, still_standing
from suyuan.series.dataset.ledger import Line
from suyuan.series.dataset.moment import text_of
from suyuan.series.dataset.version import DatasetVersion, Head, Wanted
from suyuan.site.acts import service
from suyuan.site.acts.log import told
from suyuan.site.acts.matters import matter as matters
from suyuan.site.acts.matters.matter import Seen
from suyuan.site.acts.series import catalogue, held
from suyuan.site.acts.service import may
from suyuan.store.zone import zone_name
from suyuan.verbs.matter.guards_sharing import granted_as, last_asked, use_of

PROCEDURE = "data_request"
STEWARD = ("steward",)
SEE_LOG = ("steward", "regulate", "direct")


def may_publish(user: Any) -> bool:
    """Whether somebody publishes datasets, grants and revokes."""
    return may(user, *STEWARD)


def _allow(user: Any) -> None:
    if not may_publish(user):
        raise PermissionDenied


def shelf() -> Shelf | None:
    """What this site shares; None where there is no lake yet."""
    place = held.lake()
    return None if place is None else shelf_of(place)


def _shelf() -> Shelf:
    found = shelf()
    if found is None:
        raise Refused(finding("site.data.no_lake", "lake"))
    return found


# ---------------------------------------------------------------- datasets


def publish(
    user: Any, head: Head, wanted: Sequence[Wanted], software: str
) -> tuple[DatasetVersion, tuple[Finding, ...]]:
    """Publish what counts now as a version that can be cited, and which attributes a catalogue still wants.

    Raises PermissionDenied, and Refused with all that is wrong.
    """
    _allow(user)
    place = held.lake()
    if place is None:
        raise Refused(finding("site.data.no_lake", "lake"))
    version = publish_dataset(place, head, wanted, held.join().corrections, now(), software)
    told("published", user.get_username(), version.digest, name=version.name, streams=len(version.parts))
    return version, missing(version)


def version_named(user: Any, name: str) -> DatasetVersion | None:
    """A version that somebody may know of, by «id@version» or id; None where there is none."""
    known, _ = catalogue.versions()
    found = [v for v in known if name in (v.name, v.head.id) and catalogue.listed(v, user)]
    return max(found, key=lambda v: v.known, default=None)


# ---------------------------------------------------------------- grants


@dataclass(frozen=True)
class Held:
    """A grant with its standing: state «valid», «revoked», «expired», «early»; revocation: where there is one."""

    grant: Grant
    state: str
    revocation: Revocation | None
    against: tuple[Finding, ...]


def names_of(user: Any) -> frozenset[str]:
    """For whom somebody uses data: the account and the organisations that it speaks for."""
    return frozenset({user.get_username(), *service.organisations_of(user)})


def own_requests(user: Any) -> frozenset[str]:
    """Numbers of the requests that somebody made."""
    name = user.get_username()
    return frozenset(v.matter.number for v in matters.listed(user, PROCEDURE) if name in v.matter.holders("applicant"))


def holds(user: Any, grant: Grant) -> bool:
    """Whether a grant is for somebody: in name, for an organisation, or as whoever asked for it."""
    return grant.grantee in names_of(user) or (bool(grant.request) and grant.request in own_requests(user))


def grants(user: Any) -> tuple[tuple[Held, ...], tuple[Finding, ...]]:
    """The grants that somebody may see, the newest first: all for who keeps the log, else one's own."""
    place = shelf()
    if place is None:
        return (), ()
    every, damaged = place.grants()
    revoked, moment = place.revocations(), now()
    some = [g for g in every if may(user, *SEE_LOG) or holds(user, g)]
    rows = [_held(g, revoked, moment) for g in some]
    return tuple(sorted(rows, key=lambda h: -h.grant.issued)), damaged


def _held(grant: Grant, revoked: Sequence[Revocation], moment: int) -> Held:
    against = still_standing(grant, revoked, moment)
    end = next((r for r in revoked if r.grant == grant.id and r.time <= moment), None)
    state = "revoked" if end else "early" if moment < grant.begin else "expired" if against else "valid"
    return Held(grant, state, end, against)


def grant(user: Any, given: Grant) -> Grant:
    """Keep a grant. Raises PermissionDenied, Refused with all that is wrong, and for an unknown dataset."""
    _allow(user)
    place = _shelf()
    known, _ = place.datasets()
    if given.dataset not in {v.head.id for v in known}:
        names = ", ".join(sorted({v.head.id for v in known})) or "—"
        raise Refused(finding("sharing.dataset.unknown", given.dataset, known=names))
    moment = now()
    if given.end is not None and given.end <= moment:
        raise Refused(finding("sharing.grant.ended", given.id or "—", end=text_of(given.end), now=text_of(moment)))
    about: dict[str, Any] = {"issued": moment, "by": user.get_username(), "zone": given.zone or zone_name()}
    fresh = made(replace(given, id=given.id or f"g-{secrets.token_hex(6)}", **about))
    place.add_grant(fresh)
    told("granted", user.get_username(), fresh.digest, name=fresh.dataset, grant=fresh.id, grantee=fresh.grantee)
    return fresh


def revoke(user: Any, id: str, reason: str) -> None:
    """From now on the grant does not hold. Raises PermissionDenied, Refused without a reason or for an unknown one."""
    _allow(user)
    if not reason.strip():
        raise Refused(finding("site.data.reason", "reason"))
    _shelf().revoke(Revocation(id, now(), reason.strip(), user.get_username()))
    told("revoked", user.get_username(), name=id, reason=reason.strip()[:300])


def read(user: Any, name: str, id: str, purpose: str, form: str) -> Handed:
    """What a grant gives somebody of a dataset; in the log first. Raises Refused with every reason against it."""
    place = held.lake()
    if place is None:
        raise Refused(finding("site.data.no_lake", "lake"))
    learn(place, held.join().corrections, now())
    held_grant = _shelf().grant(id)
    who = held_grant.grantee if holds(user, held_grant) else user.get_username()
    return hand_over(place, name, id, Asked(who, purpose), form, now())


def log(user: Any) -> tuple[tuple[Line, ...], tuple[Finding, ...]]:
    """The lines of the log, the newest first, and whether its chain is whole; of somebody else only one's own."""
    place = shelf()
    if place is None:
        return (), ()
    lines, found = place.ledger.read()
    if may(user, *SEE_LOG):
        return lines[::-1], found
    mine = {h.grant.id for h in grants(user)[0]}
    return tuple(line for line in lines[::-1] if line.use.grant in mine), ()


# ---------------------------------------------------------------- requests


def ask(user: Any, version: DatasetVersion, organisation: str, use: Mapping[str, Any]) -> Seen:
    """Open a request for the use of a dataset. Raises Refused with all that stands against it."""
    title = {k: v for k, v in version.head.title.items() if v} or {"": version.name}
    opened = matters.unopened(
        PROCEDURE,
        matters.numbered(PROCEDURE, "D"),
        title,
        {"": organisation or user.get_username()},
        fields={"dataset": version.head.id},
        roles={"applicant": (user.get_username(),)},
    )
    return matters.open_matter(user, opened, "asked", "applicant", {"use": dict(use)})


def requests(user: Any) -> list[Seen]:
    """The requests that somebody may see, the newest first."""
    return matters.listed(user, PROCEDURE)


def step(user: Any, number: str, act: str, text: str, more: Mapping[str, Any]) -> Seen:
    """The next step of a request; its grant is made and kept with the step «granted», one revoked with «revoked».

    more: classification and risk of an assessment; step and masks by which an approval gives less than was asked for.

    Raises Http404 for whoever may not see it, Refused with everything that stands against the step.
    """
    view = matters.seen(PROCEDURE, number, user)
    if act == "assessed":
        content: dict[str, Any] = {
            "assessment": text,
            "classification": more.get("classification", ""),
            "risk": more.get("risk", ""),
        }
    elif act == "approved":
        coarser = {key: more[key] for key in ("step", "masks") if more.get(key)}
        content = {"use": {**use_of(last_asked(view.matter)), **coarser}, "conditions": text}
    elif act == "granted":
        return _granted(user, view)
    else:
        if not text.strip():
            raise Refused(finding("site.data.reason", "text"))
        content = {"reason": text, "report": text}
    if act != "ended":
        content.pop("report", None)
    done = matters.step(user, PROCEDURE, number, act, content)
    if act == "revoked":
        for one in _shelf().grants()[0]:
            if one.request == number:
                _shelf().revoke(Revocation(one.id, now(), text.strip(), user.get_username()))
    return done


def _granted(user: Any, view: Seen) -> Seen:
    """The grant as it was approved: kept first, so that no matter says «granted» without one."""
    _allow(user)
    fresh = grant(user, granted_as(view.matter, f"g-{view.matter.number}", now(), user.get_username()))
    return matters.step(user, PROCEDURE, view.matter.number, "granted", {"grant": grant_fields(fresh)})


def use_asked(
    purpose: str, ladder: str, begin: int | None, end: int | None, columns: Sequence[str], streams: Sequence[str] = ()
) -> dict[str, Any]:
    """A use as a request states it; streams: () for all."""
    return {
        "purpose": [w.strip() for w in purpose.replace("，", ",").split(",") if w.strip()],
        "ladder": ladder,
        "begin": text_of(begin),
        "end": text_of(end),
        "columns": list(columns),
        "streams": list(streams),
    }
