"""A small procedure and matters that go through it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

from suyuan.procedure.matter import Event, Matter
from suyuan.procedure.procedure import Procedure
from suyuan.procedure.read import read_procedure

BEIJING = timezone(timedelta(hours=8))
SHA = "a" * 64


def both(text: str) -> dict[str, str]:
    return {"zh": f"{text}（中）", "en": text}


def rules() -> dict[str, Any]:
    """A licence: asked for, examined, granted; it may be extended, and withdrawn at any time."""
    row = {"source": "made up for a test", "status": "proposed"}
    return {
        "suyuan": "procedure", "name": "licence", "version": "1", "title": both("licence"),
        "states": [
            {"name": "new", "title": both("new"), "keeper": "applicant"},
            {"name": "asked", "title": both("asked"), "days": 10, "keeper": "office"},
            {"name": "examined", "title": both("examined"), "days": 5, "working": True, "keeper": "office"},
            {"name": "granted", "title": both("granted"), "end": True},
            {"name": "withdrawn", "title": both("withdrawn"), "end": True},
        ],
        "steps": [
            {"act": "ask", "title": both("ask"), "before": ["new"], "after": "asked", "actors": ["applicant"],
             "documents": ["application"], **row},
            {"act": "extend", "title": both("extend"), "before": ["asked"], "actors": ["office"],
             "fields": ["due", "reason"], **row},
            {"act": "examine", "title": both("examine"), "before": ["asked"], "after": "examined",
             "actors": ["office"], "guards": ["complete"], **row},
            {"act": "grant", "title": both("grant"), "before": ["examined"], "after": "granted", "actors": ["office"],
             **row},
            {"act": "hand_over", "title": both("hand over"), "actors": ["office"], "fields": ["roles"], **row},
            {"act": "withdraw", "title": both("withdraw"), "after": "withdrawn", "actors": ["applicant", "office"],
             "fields": ["reason"], **row},
        ],
        "roles": {"applicant": both("applicant"), "office": both("office")},
        "documents": {"application": both("application")},
        "fields": {"due": both("due day"), "reason": both("reason"), "roles": both("roles")},
        "guards": {"complete": both("application complete")},
    }  # fmt: skip


def licence() -> Procedure:
    made, found = read_procedure(json.dumps(rules()).encode())
    assert made is not None, found
    return made


def at(day: str, hour: int = 9) -> datetime:
    return datetime.fromisoformat(f"{day}T{hour:02d}:00:00").replace(tzinfo=BEIJING)


def event(act: str, day: str, person: str = "Officer", role: str = "office", **content: Any) -> Event:
    return Event(act, at(day), person, role, content)


def matter(**more: Any) -> Matter:
    roles = {"applicant": ("Applicant",), "office": ("Officer",)}
    return Matter("licence", "L-1", both("a licence"), both("demo laboratory"), roles=roles, **more)


def asked() -> Event:
    return event("ask", "2026-03-02", "Applicant", "applicant", documents={"application": SHA})
