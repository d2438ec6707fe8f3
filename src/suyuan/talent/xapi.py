"""Training and contests as xAPI statements: who did what, with which result, as a learning record store takes it.

A statement is a plain JSON object: actor by an account (no mail address), verb by its IRI, activity, result, context.
Statements are valid for xAPI 1.0.3 and 2.0 alike; ids and times are arguments.

Source: ADL xAPI specification 1.0.3, part two (statements); IEEE 9274.1.1 (xAPI 2.0) keeps these properties.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.talent.badge import moment, read_moment

VERBS: Mapping[str, tuple[str, str, str]] = {
    "attended": ("http://adlnet.gov/expapi/verbs/attended", "参加了", "attended"),
    "attempted": ("http://adlnet.gov/expapi/verbs/attempted", "尝试了", "attempted"),
    "completed": ("http://adlnet.gov/expapi/verbs/completed", "完成了", "completed"),
    "passed": ("http://adlnet.gov/expapi/verbs/passed", "通过了", "passed"),
    "failed": ("http://adlnet.gov/expapi/verbs/failed", "未通过", "failed"),
    "scored": ("http://adlnet.gov/expapi/verbs/scored", "得分", "scored"),
}
"""Verb → IRI and words in Chinese and English."""
ACTIVITIES: Mapping[str, str] = {
    "course": "http://adlnet.gov/expapi/activities/course",
    "assessment": "http://adlnet.gov/expapi/activities/assessment",
    "question": "http://adlnet.gov/expapi/activities/question",
    "meeting": "http://adlnet.gov/expapi/activities/meeting",
}
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_DURATION = re.compile(r"P(?=.)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?")
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
STATEMENT = frozenset(
    ("id", "actor", "verb", "object", "result", "context", "timestamp", "stored", "authority", "version", "attachments")
)


@dataclass(frozen=True, slots=True)
class Activity:
    """What was done. id: IRI; kind: a key of ACTIVITIES; name: language → text."""

    id: str
    kind: str
    name: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Score:
    """raw between least and most; scaled = (raw − least)/(most − least)."""

    raw: float
    most: float = 100.0
    least: float = 0.0


@dataclass(frozen=True, slots=True)
class Told:
    """What a statement says besides actor, verb and activity. hours: duration; parent: IRI of what it is part of;
    registration: UUID of the attempt; platform: name of this site."""

    score: Score | None = None
    success: bool | None = None
    completion: bool | None = None
    hours: float | None = None
    parent: str = ""
    registration: str = ""
    platform: str = "Suyuan"
    extensions: Mapping[str, Any] = field(default_factory=dict)


def statement(
    account: tuple[str, str], verb: str, activity: Activity, time: datetime, id: str = "", told: Told = Told()
) -> dict[str, Any]:
    """A statement as a JSON object.

    account: home page of the accounts and name of the person there; verb: a key of VERBS; id: UUID, «» for one that
    follows from the content, so that the same statement told twice is one. Raises Refused for what xAPI does not allow.

    >>> course = Activity("urn:suyuan:course:mass", "course", {"en": "Mass"})
    >>> from datetime import UTC
    >>> made = statement(("https://demo.example", "p1"), "attended", course, datetime(2026, 1, 2, tzinfo=UTC))
    >>> made["verb"]["id"], made["timestamp"]
    ('http://adlnet.gov/expapi/verbs/attended', '2026-01-02T00:00:00Z')
    """
    if verb not in VERBS or activity.kind not in ACTIVITIES:
        wrong, given = ("verb", verb) if verb not in VERBS else ("object", activity.kind)
        raise Refused(finding("contest.statement.field", wrong, field=wrong, given=given[:60]))
    iri, zh, en = VERBS[verb]
    made: dict[str, Any] = {
        "actor": {"objectType": "Agent", "account": {"homePage": account[0], "name": account[1]}},
        "verb": {"id": iri, "display": {"zh": zh, "en": en}},
        "object": {
            "objectType": "Activity", "id": activity.id,
            "definition": {"type": ACTIVITIES[activity.kind], "name": dict(activity.name)},
        },
        "timestamp": timestamp(time),
    }  # fmt: skip
    result = _result(told)
    if result:
        made["result"] = result
    context: dict[str, Any] = {"platform": told.platform}
    if told.registration:
        context["registration"] = told.registration
    if told.parent:
        context["contextActivities"] = {"parent": [{"objectType": "Activity", "id": told.parent}]}
    made["context"] = context
    made["id"] = id or str(uuid.uuid5(uuid.NAMESPACE_URL, repr(sorted(_flat(made)))))
    found = tuple(faults(made))
    if found:
        raise Refused(*found)
    return made


def timestamp(time: datetime) -> str:
    """A time as statements bear it: ISO 8601 in UTC, with the fraction of its second where it has one, so that two
    statements of the same second keep their order. Raises Refused for a time without its zone.

    >>> from datetime import UTC
    >>> timestamp(datetime(2026, 1, 2, 3, 4, 5, 250_000, tzinfo=UTC))
    '2026-01-02T03:04:05.250Z'
    """
    fraction = f"{time.microsecond:06d}"
    kept = "" if not time.microsecond else f".{fraction[:3] if fraction.endswith('000') else fraction}"
    return f"{moment(time).removesuffix('Z')}{kept}Z"


def duration(hours: float) -> str:
    """A duration in seconds to the hundredth, which is as fine as xAPI tells durations apart.

    >>> duration(1.5), duration(0.25 / 3600)
    ('PT5400S', 'PT0.25S')
    """
    seconds = f"{3600.0 * hours:.2f}".rstrip("0").rstrip(".")
    return f"PT{seconds}S"


def _result(told: Told) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if told.score is not None:
        score, width = told.score, told.score.most - told.score.least
        scaled = (score.raw - score.least) / width if width > 0.0 else 2.0  # which `faults` refuses
        made["score"] = {"scaled": round(scaled, 9), "raw": score.raw, "min": score.least, "max": score.most}
    for name in ("success", "completion"):
        if getattr(told, name) is not None:
            made[name] = getattr(told, name)
    if told.hours is not None:
        made["duration"] = duration(told.hours)
    if told.extensions:
        made["extensions"] = dict(told.extensions)
    return made


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _flat(inner, f"{path}/{name}")
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from _flat(inner, f"{path}/{i}")
    else:
        yield path, str(value)


def faults(given: Any) -> Iterator[Finding]:
    """What is wrong with the form of a statement, a finding a place; nothing where it may be sent.

    Actors are accounts here and objects are activities: other kinds that xAPI knows are told as wrong.
    """

    def wrong(place: str, value: object) -> Finding:
        name = place.strip("/").replace("/", ".")
        return finding("contest.statement.field", place, field=name, given=str(value)[:60] or "—")

    if not isinstance(given, Mapping):
        yield wrong("/", type(given).__name__)
        return
    for name in sorted(set(given) - STATEMENT):
        yield wrong(f"/{name}", given[name])
    if "id" in given and not _is_uuid(given["id"]):
        yield wrong("/id", given["id"])
    account = _inner(given.get("actor"), "account")
    if not (_is_iri(account.get("homePage")) and isinstance(account.get("name"), str) and account.get("name")):
        yield wrong("/actor/account", dict(account))
    for part, words in (("verb", "display"), ("object", "")):
        thing = given.get(part)
        if not isinstance(thing, Mapping) or not _is_iri(thing.get("id")):
            yield wrong(f"/{part}/id", thing)
        elif words and words in thing and not _is_language_map(thing[words]):
            yield wrong(f"/{part}/{words}", thing[words])
    definition = _inner(given.get("object"), "definition")
    if "type" in definition and not _is_iri(definition["type"]):
        yield wrong("/object/definition/type", definition["type"])
    if "name" in definition and not _is_language_map(definition["name"]):
        yield wrong("/object/definition/name", definition["name"])
    if "timestamp" in given and read_moment(given["timestamp"]) is None:
        yield wrong("/timestamp", given["timestamp"])
    yield from (wrong(place, value) for place, value in _result_faults(given.get("result", {})))
    context = given.get("context", {})
    if not isinstance(context, Mapping) or ("registration" in context and not _is_uuid(context["registration"])):
        yield wrong("/context", context)


def _result_faults(result: Any) -> Iterator[tuple[str, Any]]:
    if not isinstance(result, Mapping):
        yield "/result", result
        return
    score = result.get("score", {})
    if not isinstance(score, Mapping) or not all(_is_number(x) for x in score.values()):
        yield "/result/score", score
    else:
        low, high = score.get("min", -float("inf")), score.get("max", float("inf"))
        if not -1.0 <= score.get("scaled", 0.0) <= 1.0:
            yield "/result/score/scaled", score["scaled"]
        if low >= high or not low <= score.get("raw", max(low, min(high, 0.0))) <= high:
            yield "/result/score/raw", score
    for name in ("success", "completion"):
        if name in result and not isinstance(result[name], bool):
            yield f"/result/{name}", result[name]
    duration = result.get("duration")
    if duration is not None and not (isinstance(duration, str) and _DURATION.fullmatch(duration)):
        yield "/result/duration", duration
    extensions = result.get("extensions", {})
    if not isinstance(extensions, Mapping) or not all(_is_iri(name) for name in extensions):
        yield "/result/extensions", extensions


def _inner(thing: Any, name: str) -> Mapping[str, Any]:
    inner = thing.get(name) if isinstance(thing, Mapping) else None
    return inner if isinstance(inner, Mapping) else {}


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value == value


def _is_iri(text: Any) -> bool:
    return isinstance(text, str) and _IRI.fullmatch(text) is not None


def _is_uuid(text: Any) -> bool:
    try:
        return isinstance(text, str) and str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def _is_language_map(value: Any) -> bool:
    return isinstance(value, Mapping) and all(
        isinstance(name, str) and _LANGUAGE.fullmatch(name) and isinstance(text, str) for name, text in value.items()
    )
