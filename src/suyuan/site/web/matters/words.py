"""Matters in words: where one stands, whose turn it is, until when; names of people; ways to what it is linked to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.models import User as Account
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from suyuan.capability.challenges.challenge import named
from suyuan.capability.need import Need
from suyuan.procedure.matter import Matter
from suyuan.procedure.review import Criterion
from suyuan.procedure.standing import Standing
from suyuan.site.language import Language, current
from suyuan.site.terms import term, term_table
from suyuan.site.web.parts.sentence import counted
from suyuan.site.web.parts.state import state_html
from suyuan.site.web.parts.text import both, day_text, pick, text_html
from suyuan.site.web.reach import opened_named

WELL = frozenset((
    "closed", "solvable", "chosen", "published", "concluded", "accepted", "established", "completed", "certified",
    "merged", "done", "passed", "rectified",
))  # fmt: skip
"""Names of last states that are an end as it was meant."""
MASKED = {"zh": "（保密）", "en": "(confidential)"}


def in_both(text: Mapping[str, str]) -> SafeString:
    """A text of a rule in Chinese with its English beside it."""
    return both(pick(text, "zh")[0], pick(text, "en")[0])


def plainly(text: Mapping[str, str], language: Language | None = None) -> str:
    """A text in one language."""
    return pick(text, language)[0]


def state_of(where: Standing) -> SafeString:
    """The state as mark and word."""
    state = where.state
    kind, tone = "waiting", ""
    if state.end:
        kind, tone = ("passed", "") if state.name in WELL else ("open", "mute")
    elif where.overdue:
        kind = "due"
    elif where.since is None:
        kind = "open"
    zh, en = plainly(state.title, "zh"), plainly(state.title, "en")
    return state_html(kind, chinese=zh, english=en, tone=tone)


def lead(where: Standing, persons: Iterable[str] = (), first: tuple[str, str] = ("", "")) -> SafeString:
    """The answer: where it stands, whose turn it is, until when. first: what is said before it, in Chinese and
    English."""
    names, (zh, en) = tuple(persons), first
    return both(f"{zh}{_lead(where, names, 'zh')}", f"{en}{' ' if en else ''}{_lead(where, names, 'en')}")


def _lead(where: Standing, names: tuple[str, ...], language: Language) -> str:
    state = plainly(where.state.title, language)
    parts = [term("matter.lead.state", language, state=state[:1].upper() + state[1:] if language == "en" else state)]
    if where.ended:
        day = day_text(where.since, language)
        return parts[0] + term("matter.lead.ended", language, day=day)
    if where.keeper:
        role = plainly(where.procedure.roles.get(where.keeper, {"": where.keeper}), language)
        who = person_names(names, language)
        key = "matter.lead.turn" if who else "matter.lead.turn.nobody"
        parts.append(term(key, language, role=role, who=who))
    late = where.overdue, where.working
    parts.append(due_words(where.due, late, _today(where), language) or term("matter.lead.open", language))
    return "".join(parts)


def _today(where: Standing) -> date:
    from suyuan.site.acts import clock

    return clock.today()


def due_words(due: date | None, late: tuple[int, bool], today: date, language: Language) -> str:
    """Until when, and how many days that is; «» without a deadline. late: days overdue, whether working days."""
    if due is None:
        return ""
    if late[0]:
        return term("matter.lead.late", language, day=day_text(due, language), days=_days(*late, language))
    left = (due - today).days
    if left == 0:
        return term("matter.lead.today", language)
    return term("matter.lead.until", language, day=day_text(due, language), days=_days(left, False, language))


def _days(n: int, working: bool, language: Language) -> str:
    return counted("working_days" if working else "days", n, language, figures=True)


def late_as(word: str, where: Standing) -> str:
    """The term that says by how many days a matter is late: working days where its deadline counts them."""
    return f"{word}.working" if where.working else word


def left(where: Standing, today: date) -> str:
    """Days left, or days late, for a row of a table."""
    if where.ended or where.due is None:
        return ""
    if where.overdue:
        return term("matter.late", days=_days(where.overdue, where.working, current()))
    days = (where.due - today).days
    return term("matter.today") if days == 0 else term("matter.left", days=_days(days, False, current()))


# ---------------------------------------------------------------- people


def person_names(accounts: Iterable[str], language: Language | None = None) -> str:
    """Names of accounts in a language; one that the site does not know stands as it was written."""
    wanted = tuple(dict.fromkeys(accounts))
    rows = {a.get_username(): a for a in Account.objects.filter(username__in=wanted)} if wanted else {}
    return term("matter.and", language).join(_name(rows.get(name), name, language) for name in wanted)


def _name(account: Any, name: str, language: Language | None) -> str:
    if account is None:
        return name
    zh = (language or current()) == "zh"
    return (account.last_name if zh else account.first_name) or account.last_name or account.first_name or name


# ---------------------------------------------------------------- ways


def way(name: str, /, *args: str, **query: str) -> str:
    """An address by its name, «» where this site has no such page or its reader may not open it."""
    found = opened_named(name, *args)
    return "" if not found else f"{found}?{urlencode(query)}" if query else found


def matter_way(matter: Matter) -> str:
    """The page of a matter that the reader sees."""
    return reverse("matter", args=[matter.procedure, matter.number])


def need_way(need: Need) -> str:
    """The page of a need with its match."""
    owner = need.organisation.get("zh") or next(iter(need.organisation.values()), "")
    return way("need", owner, need.id) or way("need", need.id) or way("match", need=named(need))


def capability_way(lab: str, id: str) -> str:
    """The page of a capability."""
    return way("capability", lab, id)


def lacking_said(rows: Sequence[tuple[str, Criterion]], language: Language) -> str:
    """What a reviewer has not scored yet: the criteria, of several subjects each with its subject; three of them."""
    several = len({subject for subject, _ in rows}) > 1
    names = [f"{subject} {plainly(c.title, language) or c.id}" if several else plainly(c.title, language) or c.id
             for subject, c in rows]  # fmt: skip
    comma = "、" if language == "zh" else ", "
    return comma.join(names[:3]) + (" …" if len(names) > 3 else "")


def linked_html(address: str, said: Any) -> SafeString:
    """Words that lead somewhere, or the words alone."""
    return format_html('<a href="{}">{}</a>', address, said) if address else format_html("{}", said)


def need_title(need: Need, hide: bool = False) -> SafeString:
    """What a need is called; masked where it is confidential to the reader."""
    if hide:
        return in_both(MASKED)
    return text_html(need.title or need.measurand or {"": f"{need.quantity} {need.item}".strip()}, beside=True)


@cache
def known_terms() -> frozenset[str]:
    """Keys of the term table."""
    return frozenset(term_table())


def worded(start: str, name: str) -> SafeString:
    """A word of the term table, the name itself where it has none."""
    key = f"{start}.{name}"
    return both(term(key, "zh"), term(key, "en")) if key in known_terms() else format_html("{}", name)
