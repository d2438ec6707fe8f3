"""Characters of a formula: what people type, brought to plain signs, and what may not stand there.

Every replacement is one character for one, so a column in the cleaned text is a column in the text as typed.
Nothing here knows what a formula means; `formula` reads the cleaned text.
"""

from __future__ import annotations

import difflib
import itertools
import keyword
import re
import unicodedata
from collections.abc import Iterable, Iterator

from suyuan.quantity.finding import Finding, finding

MAX_LENGTH = 10_000  # characters
MAX_DEPTH = 100  # parentheses, signs and operators inside one another
MAX_STEPS = 2_000  # numbers, names and operations
MAX_DIGITS = 40  # digits of one number

_SIGNS = str.maketrans(
    {
        **{chr(0xFF01 + i): chr(0x21 + i) for i in range(0x5E)},  # full-width forms: （ ） ＋ ， ０ … ｚ
        "×": "*",
        "·": "*",  # in Python a letter: would silently join two names
        "⋅": "*",
        "∙": "*",
        "•": "*",
        "∗": "*",
        "÷": "/",
        "∕": "/",
        "−": "-",
        "–": "-",
        "\u3000": " ",
        "\u00a0": " ",
        "\u2009": " ",
        "\t": " ",
        "\n": " ",
        "\r": " ",
    }
)
_TOKEN = re.compile(
    r"(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<word>[^\W\d]\w*)|(?P<sign>\*\*|[-+*/(),])|(?P<space> +)|(?P<other>.)",
    re.DOTALL,
)
_POWERS = set("^⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_Token = tuple[str, str, int]  # kind, text, position


def clean(text: str) -> str:
    """The text with full-width and typographic signs as plain ones, of the same length.

    >>> clean("（a＋b）×2−c÷d")
    '(a+b)*2-c/d'
    """
    return text.translate(_SIGNS)


def spelling(name: str) -> str:
    """The one spelling under which a name is compared (NFKC, as in formulas): µ (micro sign) is μ (letter)."""
    return unicodedata.normalize("NFKC", name.strip())


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name most like `name`, or «» where none is like it."""
    names = list(known)
    folded = {n.casefold(): n for n in names}
    if name.casefold() in folded:
        return folded[name.casefold()]
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    return close[0] if close else ""


def visible(letter: str) -> str:
    """A character as it can be shown: itself if printable, else its code point."""
    return letter if letter.isprintable() else f"U+{ord(letter):04X}"


def at(where: str, position: int) -> str:
    """Place of a finding: formula and column, counted from 1."""
    return f"{where}:{position + 1}"


def lexical(text: object, where: str) -> tuple[Finding, ...]:
    """Findings that the characters alone give: length, signs, parentheses, keywords, missing operators."""
    if not isinstance(text, str):  # a case file may hold anything
        return (finding("formula.not_text", where, got=type(text).__name__),)
    if not text.strip():
        return (finding("formula.empty", where),)
    if len(text) > MAX_LENGTH:
        return (finding("formula.long", where, length=len(text), limit=MAX_LENGTH),)
    tokens = [(str(m.lastgroup), m.group(), m.start()) for m in _TOKEN.finditer(clean(text)) if m.lastgroup != "space"]
    steps = [start for _, word, start in tokens if word not in ("(", ")", ",")]
    if len(steps) > MAX_STEPS:
        place = steps[MAX_STEPS]
        return (finding("formula.many", at(where, place), column=place + 1, limit=MAX_STEPS),)
    findings = [f for token in tokens for f in _character(token, text, where)]
    if findings:
        return tuple(findings)
    return (*_parentheses(tokens, where), *_neighbours(tokens, where))


def _character(token: _Token, text: str, where: str) -> Iterator[Finding]:
    kind, word, start = token
    for position, letter in enumerate(word, start):
        if letter in _POWERS:
            yield finding("formula.power_sign", at(where, position), sign=text[position], column=position + 1)
            return
    if kind == "other" and word == "=":
        yield finding("formula.equals", at(where, start), column=start + 1)
    elif kind == "other" or (kind == "word" and not word.isidentifier()):
        bad = next((i for i in range(len(word)) if not word[: i + 1].isidentifier()), 0)
        place = start + bad
        yield finding("formula.character", at(where, place), sign=visible(text[place]), column=place + 1)
    elif kind == "word" and (keyword.iskeyword(word) or keyword.iskeyword(spelling(word))):
        yield finding("formula.name.keyword", at(where, start), name=word, column=start + 1)
    elif kind == "number" and (sum(c.isdigit() for c in word) > MAX_DIGITS or re.match(r"0[0-9]+($|[eE])", word)):
        yield finding("formula.number", at(where, start), number=word[:50], column=start + 1, limit=MAX_DIGITS)


def _parentheses(tokens: list[_Token], where: str) -> Iterator[Finding]:
    """Unmatched parentheses, commas outside a function, too deep nesting."""
    opened: list[tuple[int, bool]] = []  # position, whether it opens the arguments of a function
    before = ""
    signs = 0
    for kind, word, start in tokens:
        signs = signs + 1 if word in ("+", "-") else 0
        if signs > MAX_DEPTH or len(opened) > MAX_DEPTH:
            yield finding("formula.deep", at(where, start), column=start + 1, limit=MAX_DEPTH)
            return
        if word == "(":
            opened.append((start, before == "word"))
        elif word == ")":
            if not opened:
                yield finding("formula.parenthesis", at(where, start), sign=")", column=start + 1)
                return
            opened.pop()
        elif word == "," and not (opened and opened[-1][1]):
            yield finding("formula.comma", at(where, start), column=start + 1)
        before = kind
    for start, _ in opened:
        yield finding("formula.parenthesis", at(where, start), sign="(", column=start + 1)


def _neighbours(tokens: list[_Token], where: str) -> Iterator[Finding]:
    """Two operands side by side lack their operator (2x, a b); an operator without operand lacks that (a*, +/b)."""
    bounded = [("start", "", 0), *tokens, ("end", "", -1)]
    for (kind, word, start), (kind2, word2, start2) in itertools.pairwise(bounded):
        ends = kind in ("number", "word") or word == ")"
        begins = kind2 in ("number", "word") or word2 == "("
        if ends and begins and not (kind == "word" and word2 == "("):
            column = start2 + 1
            yield finding("formula.operator_missing", at(where, start2), before=word, after=word2, column=column)
        needs = kind == "sign" and word != ")"
        lacks = kind2 == "end" or word2 in ("*", "/", "**", ",", ")")
        if (needs or kind == "start") and lacks and (word, word2) != ("(", ")"):
            sign, place = (word2, start2) if kind == "start" or word == "(" else (word, start)
            yield finding("formula.operand_missing", at(where, place), sign=sign, column=place + 1)
