"""Findings: what a check saw, where, why it matters and what to do.

A finding is a value, not an exception: a check returns findings beside its result. Only where no value can be
given at all a function raises `Refused`, which carries the findings. The sentences live in one bilingual table
(the TOML files in `findings/`, one a word); code and parameters travel, text is made at the face.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

Severity = Literal["error", "warning", "note"]
LANGUAGES = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Finding:
    """One observation of a check.

    code: key of the bilingual table, «word.subject.fault»;
    where: file, line, XPath, input name: whatever leads a person to the place;
    severity: error (the value must not be used), warning (usable with a reason), note;
    parameters: named values for the sentences, as sorted pairs;
    rule: document and clause, or schema and version, that the check applies.
    """

    code: str
    where: str = ""
    severity: Severity = "error"
    parameters: tuple[tuple[str, str], ...] = ()
    rule: str = ""

    def to_json(self) -> dict[str, Any]:
        """The finding with its sentences in both languages, for `--json` and the API."""
        row: dict[str, Any] = {
            "code": self.code,
            "severity": self.severity,
            "where": self.where,
            "parameters": dict(self.parameters),
            "rule": self.rule,
        }
        for language in LANGUAGES:
            row[language] = sentences(self, language)
        return row


def from_json(row: Mapping[str, Any]) -> Finding:
    """The finding that `Finding.to_json` wrote."""
    return Finding(row["code"], row["where"], row["severity"], tuple(row["parameters"].items()), row["rule"])


class Refused(Exception):
    """Raised where no value can be returned; `findings` says what, where, why and what to do."""

    def __init__(self, *findings: Finding) -> None:
        super().__init__(*findings)
        self.findings = findings

    def __str__(self) -> str:
        """Every finding: what, where, why and what to do, in the language of the environment."""
        return "\n".join(told(f, spoken(os.environ)) for f in self.findings)


def finding(code: str, where: str = "", severity: Severity = "error", rule: str = "", **parameters: object) -> Finding:
    """Make a finding; parameters are kept as text, in the order of their names."""
    return Finding(code, where, severity, tuple(sorted((k, str(v)) for k, v in parameters.items())), rule)


def in_both(parameter: str, text: Mapping[str, str], otherwise: str = "") -> dict[str, Any]:
    """A text as parameters for the sentences of both languages; where it has only one, in that one, else `otherwise`.

    >>> in_both("host", {"zh": "院", "en": ""}), in_both("host", {}, "—")
    ({'host_zh': '院', 'host_en': '院'}, {'host_zh': '—', 'host_en': '—'})
    """
    first = text.get("") or text.get("zh") or next(iter(text.values()), "") or otherwise
    return {f"{parameter}_{language}": text.get(language) or first for language in LANGUAGES}


def spoken(environment: Mapping[str, str]) -> str:
    """The language that an environment asks for: SUYUAN_LANG, else the system's; Chinese where neither says English.

    >>> spoken({"LANG": "en_GB.UTF-8"}), spoken({"SUYUAN_LANG": "zh", "LANG": "en_GB.UTF-8"}), spoken({})
    ('en', 'zh', 'zh')
    """
    system = next((environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), "")
    for wish in (environment.get("SUYUAN_LANG", ""), system):
        for language in LANGUAGES:
            if wish.lower().startswith(language):
                return language
    return LANGUAGES[0]


def told(item: Finding, language: str) -> str:
    """A finding as lines of text: what with its code, then where, why and what to do, as far as they are known."""
    parts, (colon, *words) = sentences(item, language), _WORDS[language]
    rest = zip(words, (item.where, parts["why"], parts["remedy"]), strict=True)
    lines = [f"{parts['what']} [{item.code}]", *(f"  {word}{colon}{text}" for word, text in rest if text)]
    return "\n".join(lines)


_WORDS = {"zh": ("：", "何处", "为何", "怎么办"), "en": (": ", "where", "why", "what to do")}


def errors(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Those findings that forbid use."""
    return tuple(f for f in findings if f.severity == "error")


def sentences(item: Finding, language: str, page: bool = False) -> Mapping[str, str]:
    """The three sentences of a finding: «what», «why», «remedy», with its parameters filled in.

    page: the remedy is that of a page, which names its fields and links, where the row has one beside that of the
    terminal (key «page»). An unknown code is shown as itself rather than hidden.
    """
    row = finding_table().get(item.code)
    if row is None:
        return {"what": f"{item.code} {dict(item.parameters)}", "why": "", "remedy": ""}
    values = _values(item, language)
    texts = {part: row[language][part] for part in ("what", "why", "remedy")}
    if page:
        texts["remedy"] = row[language].get("page", texts["remedy"])
    if not item.where:
        texts = {part: _nameless(text, language) for part, text in texts.items()}
    return {part: _commanded(_filled(text, values)).format_map(values) for part, text in texts.items()}


def reason(item: Finding) -> dict[str, str]:
    """What a finding says, as the `reason` of another one, in both languages."""
    return {f"reason_{language}": sentences(item, language)["what"] for language in LANGUAGES}


def _values(item: Finding, language: str) -> _Parameters:
    """The parameters for the sentences of one language: «name_zh» and «name_en» are each «name» in their own; what is
    said of an input is said by its name where that is known, not by its place; fields have the names of the forms."""
    given = dict(item.parameters)
    own = {name.removesuffix(f"_{language}"): text for name, text in given.items() if name.endswith(f"_{language}")}
    given = {name: _field(text, language) if name in _FIELDS else text for name, text in given.items()}
    given |= {name: _side(given[name], language) for name in _TYPED & given.keys()}
    return _Parameters(given | own | {"where": given.get("input", item.where), "rule": item.rule})


_FIELDS = frozenset({"field", "first", "later", "earlier"})
"""Parameters that may be the key of a field."""


_TYPED = frozenset({"reason", "note"})
"""Parameters that a person typed, maybe in both languages: «中文 / English»."""


def _side(text: str, language: str) -> str:
    zh, between, en = text.rpartition(" / ")
    both = between and any(c > "\u2e80" for c in zh) and not any(c > "\u2e80" for c in en)
    return (zh if language == "zh" else en) if both else text


def _field(key: str, language: str) -> str:
    """A field by its name on forms, else by its key."""
    return _field_names().get(key, {}).get(language, key)


@cache
def _field_names() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(resources.files(__package__).joinpath("field_names.toml").read_text("utf-8"))


_BEHIND = re.compile(r"\} \{(\w*unit)\}")
"""A unit behind a number, as in «{low} {unit}»."""


def _filled(text: str, values: Mapping[str, str]) -> str:
    """A sentence without those of its parts in ⟦ ⟧ for which there is no parameter, or an empty one, and without the
    unit behind a number that has none."""
    text = _BEHIND.sub(lambda m: "}" if values.get(m[1]) in ("", "1") else m[0], text)
    if "⟦" not in text:
        return text

    def kept(match: re.Match[str]) -> str:
        return match[1] if all(values.get(name) for name in re.findall(r"{(\w+)}", match[1])) else ""

    return re.sub("⟦(.*?)⟧", kept, text)


_COMMAND = re.compile(r"(suyuan (?:[a-z-]+ )+)\{(\w+)\}")
"""A name behind a command, as in «suyuan data flags {where}»."""
_QUOTED = "_quoted"


def _commanded(text: str) -> str:
    """A sentence in which a name behind a command is one word of it."""
    return _COMMAND.sub(rf"\1{{\2{_QUOTED}}}", text)


def one_word(text: str) -> str:
    """A text as one word of a command line: in quotes where it has blanks.

    >>> one_word("hall-t"), one_word("Hall T")
    ('hall-t', '"Hall T"')
    """
    return f'"{text}"' if " " in text else text


def _nameless(text: str, language: str) -> str:
    """A sentence without the name that is not known: «the value of “”» becomes «the value»."""
    if language == "zh":
        return re.sub("^「{where}」", "此处", re.sub("^「{where}」的|(?<!^)「{where}」", "", text))
    return re.sub(" (?:of )?“{where}”", "", re.sub("^“{where}”", "this", text))


class _Parameters(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return one_word(self[key.removesuffix(_QUOTED)]) if key.endswith(_QUOTED) else "?"


@cache
def finding_table() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    """Code → language → part → sentence, from all TOML files of the table."""
    table: dict[str, Mapping[str, Mapping[str, str]]] = {}
    for entry in sorted(resources.files(__package__).joinpath("findings").iterdir(), key=lambda e: e.name):
        if not entry.name.endswith(".toml"):
            continue
        for code, row in tomllib.loads(entry.read_text("utf-8")).items():
            if code in table:
                raise ValueError(f"finding {code} stands twice in the table")
            table[code] = row
    return table
