"""The first page: the sentence is counted, every break stands once at its root, nothing is invented."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from html import unescape
from pathlib import Path

import pytest
from tests.site.shelf import TODAY, client, filled, on, typed


@pytest.fixture(scope="module")
def shelf(site_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with on(filled(tmp_path_factory.mktemp("today") / "data")) as folder:
        yield folder


def test_new_values_are_already_evaluated_behind_their_link(shelf: Path) -> None:
    """«New values» of a withdrawn standard leads to the answer with its correction, not to an empty form."""
    page = client().get("/today").content.decode()
    found = re.search(r'<a href="([^"]+)">看新值', page)
    assert found is not None
    assert "判定改变 2 个" in client().get(unescape(found[1])).content.decode()


def test_every_break_once_at_its_root(shelf: Path) -> None:
    from suyuan.site.acts.today import day

    now = day()
    assert [(b.kind, b.root.number) for b in now.broken] == [
        ("withdrawn", "DEMO-NMI-L-0201"),
        ("comparison_failed", "DEMO-NMI-L-0310"),
        ("wrong_digest", "DEMO-ENG-0305"),
        ("expired", "DEMO-CITY-T-0092"),
        ("out_of_range", "DEMO-BAT-0402"),
    ]
    withdrawn = now.broken[0]
    assert len(withdrawn.touched) == 6
    assert withdrawn.impact is not None
    assert withdrawn.verdicts_changed == sum(
        r.old.verdict != r.new.verdict for r in withdrawn.impact.rows if r.old and r.new and r.old.verdict
    )
    # Nobody is counted twice: six below the withdrawn block, one each of the other four.
    assert now.touched == 10


def test_a_failed_comparison_is_told_at_the_standard_that_was_used(shelf: Path) -> None:
    """Its sentence names comparison, measurand and score; it leads to the standard and to the chain that it breaks."""
    from suyuan.site.acts.today import day

    broken = next(b for b in day().broken if b.kind == "comparison_failed")
    assert [n.number for n in broken.users] == [n.number for n in broken.touched] == ["DEMO-PORT-0101"]
    for language, said in (("zh", "比对不满意"), ("en", "comparison failed")):
        page = client(language=language).get("/today").content.decode()
        row = next(r for r in page.split("<tr>") if f"/certificates/{broken.root.id}" in r and said in r)
        assert "DEMO-L-K1" in row and "L50" in row and "−1.31" in row
        assert f"/trace/{broken.users[0].id}" in row


def test_the_sentence_says_what_the_tables_hold(shelf: Path) -> None:
    page = client().get("/today").content.decode()
    assert "五处断了，牵连十个结果。九十天内四张证书到期。两件在等。" in page
    assert "Five things are broken and touch ten results." in page
    assert page.count("<tr>") >= 5 + 2 + 1


def test_what_runs_out_and_who_waits(shelf: Path) -> None:
    from suyuan.site.acts.today import day

    now = day()
    assert [(e.row.number, e.days, e.users, e.anchor) for e in now.ending] == [
        ("DEMO-CITY-V-2207", 20, 1, True),
        ("DEMO-CITY-E-0731", 25, 0, False),
        ("DEMO-NMI-G-0125", 40, 24, True),
        ("DEMO-NMI-T-0044", 46, 6, False),
    ]
    assert [(w.kind, w.row.number, w.blocked) for w in now.waiting] == [
        ("issue", "DEMO-TORQUE-R-0001", False),
        ("issue", "DEMO-CITY-R-0007", True),
    ]


def test_since_yesterday_comes_from_the_log(site_data: Path, tmp_path: Path) -> None:
    from suyuan.store.folder import Store

    with on(tmp_path / "data") as folder:
        for n in range(3):
            Store(folder).add(json.dumps(typed(f"LOG-{n}")).encode(), f"{n}.json")
        assert "文件夹里出现 3 份文件" in client().get("/today").content.decode()


def test_english_page_has_no_chinese_words_of_ours(shelf: Path) -> None:
    from suyuan.site.terms import term_table

    page = client(language="en").get("/today").content.decode()
    assert "Five things are broken" in page and "五处" not in page
    ours = [row["zh"] for key, row in term_table().items() if key.startswith("today.") and "{" not in row["zh"]]
    assert not [text for text in ours if text in page]


def test_numbers_of_the_ruler_are_those_of_the_table(shelf: Path) -> None:
    page = client().get("/today").content.decode()
    for kind in ("wide", "narrow"):
        svg = page[page.index(f'<svg class="{kind}"') :].split("</svg>")[0]
        assert re.findall(r'text-anchor="middle" class="[^"]*">(\d+)<', svg) == ["1", "2", "3", "4"]


def test_an_empty_folder_says_what_to_do(site_data: Path, tmp_path: Path) -> None:
    with on(tmp_path / "nothing"):
        page = client().get("/today").content.decode()
    assert "还没有证书" in page
    assert "<table" not in page.split('id="since"')[0]
    assert 'href="/certificates/receive"' in page


def test_a_failed_rung_is_broken_and_a_missing_parent_waits(site_data: Path, tmp_path: Path) -> None:
    from suyuan.site.acts.today import day
    from suyuan.store.folder import Store

    lacking = typed("W-1", equipment=[{"name": {"zh": "标准"}, "certificate": {"issuer": "甲", "number": "X-9"}}])
    ends = (TODAY + timedelta(days=90)).isoformat()
    with on(tmp_path / "data") as folder:
        Store(folder).add(json.dumps(lacking | {"valid_until": ends}).encode(), "w.json")
        now = day()
        assert [(w.kind, w.lacking) for w in now.waiting] == [("parent", ("甲 X-9",))]
        assert [e.days for e in now.ending] == [90]
        assert now.broken == ()


def test_marks_that_stand_close_are_lifted() -> None:
    pytest.importorskip("django")
    from suyuan.site.web.parts.ruler import Mark, ruler_html

    day = date(2026, 3, 12)
    drawn = str(ruler_html(day, 90, [Mark(day + timedelta(days=n), n + 1) for n in (5, 6, 7, 40)]))
    wide = drawn.split("</svg>")[0]
    circles = [(float(x), float(y)) for x, y in re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)"', wide)]
    assert len(circles) == 4
    for i, (x, y) in enumerate(circles):
        assert all(abs(x - a) >= 18 or abs(y - b) >= 18 for a, b in circles[:i])


@pytest.mark.parametrize(
    ("n", "zh", "en"), [(0, "零", "no"), (2, "两", "two"), (10, "十", "ten"), (19, "十九", "nineteen"),
                        (20, "二十", "twenty"), (21, "二十一", "21"), (99, "九十九", "99"), (100, "100", "100")]
)  # fmt: skip
def test_counts_in_words(n: int, zh: str, en: str) -> None:
    pytest.importorskip("django")
    from suyuan.site.web.parts.sentence import count

    assert (count(n, "zh"), count(n, "en")) == (zh, en)
