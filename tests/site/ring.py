"""A ring round played through the pages by a pilot and three participants, with digits that can be searched for."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from html import unescape
from typing import Any

PEOPLE = {"P": "pilot", "A": "participant_a", "B": "participant_b", "C": "participant_c"}
VALUES = {
    "P": ("41.7731", "20.6137"), "A": ("52.9346", "22.4519"), "B": ("38.2958", "28.8263"), "C": ("5.31724", "24.2785"),
}  # fmt: skip
"""Code → value and U / nm, k = 2: C is too far off."""
_NUMBERS = "|".join(number.replace(".", "[.,]?") for pair in VALUES.values() for number in pair)
SECRET = re.compile(f"(?<![0-9a-f:])(?:{_NUMBERS})")
"""The digits of any value or uncertainty, also where a number is written without its point; not the same digits that
stand by chance within a digest or the seconds of a time."""


class Clock:
    """The clock of the site, which a test moves: only forward, as time does."""

    def __init__(self, real: Callable[[], datetime]) -> None:
        self.real, self.ahead = real, timedelta()

    def __call__(self) -> datetime:
        return self.real() + self.ahead


@contextmanager
def clock(monkeypatch: Any) -> Iterator[Clock]:
    """Everything in Django that asks for the time asks here."""
    from django.utils import timezone

    moved = Clock(timezone.now)
    with monkeypatch.context() as patch:
        patch.setattr(timezone, "now", moved)
        yield moved


class Ring:
    """One round by its number, with somebody signed in for each laboratory."""

    def __init__(self, anyone: Callable[..., Any], number: str, clock: Clock) -> None:
        self.number, self.clock, self.anyone = number, clock, anyone
        self.sign_in()

    def sign_in(self, language: str = "") -> None:
        """Everybody anew: a session that the clock has left behind has ended."""
        self.people = {code: self.anyone(role, language) for code, role in PEOPLE.items()}

    def form(self, **changed: str) -> dict[str, str]:
        """The form of the example's protocol as the browser would send it."""
        page = self.people["P"].get("/comparisons/new?template=ring").content.decode()
        sent = fields(page)
        return {**sent, "number": self.number, "beside": "arithmetic_mean", **changed}

    def get(self, who: str, path: str = "") -> Any:
        return self.people[who].get(f"/comparisons/{self.number}{path}")

    def post(self, who: str, path: str, **data: str) -> Any:
        answer = self.people[who].post(f"/comparisons/{self.number}{path}", data)
        assert answer.status_code in (200, 302), answer.content.decode()[:200_000]
        return answer

    def act(self, who: str, do: str, **data: str) -> Any:
        return self.post(who, "/act", do=do, **data)

    # ------------------------------------------------------------ the steps

    def save(self, **changed: str) -> Any:
        answer = self.people["P"].post("/comparisons/new", {**self.form(**changed), "do": "save"})
        assert answer.status_code == 302, told(answer)
        return answer

    def opened(self) -> None:
        """Invited, accepted by all, open; the clock stands at the opening."""
        self.act("P", "invite")
        for code in "ABC":
            self.act(code, "accepted")
        self.act("P", "open")

    def sealed(self, code: str, own_code: bool = False, **changed: str) -> Any:
        """One submission; its page, with the receipt."""
        value, spread = VALUES[code]
        data = {
            "r-0-measurand": "L100", "r-0-value": value, "r-0-U": spread, "r-0-k": "2", "r-0-dof": "", "r-0-u": "",
            "r-0-unit": "", "r-0-measured": "", "r-0-remark": "", "r-0-budget": "", "s-0-issuer": "", "s-0-number": "",
            "own_code": "1" if own_code else "", "sure": "1", **changed,
        }  # fmt: skip
        answer = self.people[code].post(f"/comparisons/{self.number}/submit", {**data, "do": "seal"})
        assert answer.status_code == 200 and b"SHA-256" in answer.content, told(answer)
        return answer

    def closed(self) -> None:
        """The clock passes the closing."""
        from suyuan.site.records.comparison import Round

        closes = Round.objects.get(number=self.number).closes
        self.clock.ahead += closes - self.clock() + timedelta(minutes=1)
        self.sign_in()


def fields(page: str) -> dict[str, str]:
    """What a browser would send of the forms of a page: fields with their values, ticked boxes."""
    sent: dict[str, str] = {}
    for tag in re.findall(r"<input\b[^>]*>", page):
        found = {k: unescape(v) for k, v in re.findall(r'([\w-]+)="([^"]*)"', tag)}
        if found.get("type") in ("checkbox", "radio") and not re.search(r"\schecked\b", tag):
            continue
        if found.get("name") and found.get("type") != "file":
            sent[found["name"]] = found.get("value", "")
    for name, text in re.findall(r'<textarea\b[^>]*\bname="([^"]+)"[^>]*>(.*?)</textarea>', page, re.S):
        sent[name] = unescape(text)
    for name, inside in re.findall(r'<select\b[^>]*\bname="([^"]+)"[^>]*>(.*?)</select>', page, re.S):
        chosen = re.search(r'value="([^"]*)" selected', inside) or re.search(r'value="([^"]*)"', inside)
        sent[name] = unescape(chosen[1]) if chosen else ""
    sent.pop("csrfmiddlewaretoken", None)
    sent.pop("q", None)
    return sent


def told(answer: Any) -> str:
    """What a page says is wrong, for the message of a failing test."""
    page = answer.content.decode()
    return f"{answer.status_code} " + " | ".join(re.findall(r'class="st bad".*?</span>(.*?)<', page)[:8]) + page[:400]


def opening_code(answer: Any) -> str:
    """The opening code on a receipt."""
    found = re.search(r'id="opening-code">([^<]+)<', answer.content.decode())
    assert found
    return found[1]


def of_json(answer: Any) -> Mapping[str, Any]:
    """A downloaded JSON."""
    content: Mapping[str, Any] = json.loads(answer.content)
    return content
