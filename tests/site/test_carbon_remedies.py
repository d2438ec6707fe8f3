"""What a page tells a person to do is done on a page: no option or command of the terminal stands in its remedies."""

from __future__ import annotations

import re
from pathlib import Path

from suyuan.quantity.finding import finding, finding_table, sentences

SRC = Path(__file__).parents[2] / "src" / "suyuan"
TERMINAL = re.compile(r"(?<![\w-])--[a-z]|suyuan [a-z]+ [a-z]")
NEVER_ON_PAGES = ("carbon.engine.", "carbon.evidence.no_store")
"""An engine is asked for in the terminal only, and a site always has a folder."""


def test_no_remedy_of_carbon_on_a_page_names_the_terminal() -> None:
    written = {path: path.read_text("utf-8") for path in SRC.rglob("*.py")}
    for code, row in finding_table().items():
        if not code.startswith(("carbon", "site.carbon")) or code.startswith(NEVER_ON_PAGES):
            continue
        where = [path.relative_to(SRC) for path, text in written.items() if f'"{code}"' in text]
        if all(path.parts[0] == "cli" for path in where):
            continue
        for language in ("zh", "en"):
            told = sentences(finding(code, "/"), language, page=True)
            assert not TERMINAL.search(told["remedy"]), (code, told["remedy"])
            if "page" in row[language]:
                assert told["remedy"] != sentences(finding(code, "/"), language)["remedy"], code


def test_a_note_in_both_languages_is_told_in_one() -> None:
    one = finding("carbon.rule.overridden", "r", "warning", row="r", person="P", reason="暂按此值 / taken for now")
    assert "暂按此值" in sentences(one, "zh")["why"] and "taken" not in sentences(one, "zh")["why"]
    assert "暂" not in sentences(one, "en")["why"]
