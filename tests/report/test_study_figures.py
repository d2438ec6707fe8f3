"""Figures and reports of studies: each kind tells its answer, draws it twice, and says the same in both languages."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import numpy as np
import pytest
from lxml import etree

from suyuan.quantity.finding import Refused
from suyuan.report.figures.dress import Axis
from suyuan.report.figures.participants import Participants
from suyuan.report.figures.study.capability import Lines, histogram_figure, real_figure
from suyuan.report.figures.study.chart import ChartWords, Course, chart_figure, cusum_figure
from suyuan.report.figures.study.errors import Errors, errors_figure
from suyuan.report.figures.study.gauge import Crossed, readings_figure
from suyuan.report.papers.document import Table
from suyuan.report.papers.html import html
from suyuan.report.papers.word import word
from suyuan.report.service.drawn import Drawn
from suyuan.report.study.handed import Handed, studied, table_handed, table_of
from suyuan.report.study.report import KINDS, study_document, study_of
from suyuan.verbs.assurance.examples import FURTHER, STUDIES
from suyuan.verbs.assurance.tabled import tabled
from suyuan.verbs.assurance.untabled import untabled
from suyuan.verbs.cases import answer
from suyuan.verbs.register.cells import Table as Sheet

WORDS = ChartWords("point", "UCL", "centre", "LCL", "outside", "run")
FIGURES = {"gauge_rr": 3, "nested": 0, "check_standard": 2}
CASES = [*((kind, body) for kind, (_, body) in STUDIES.items()),
         *((kind, body) for kind, rows in FURTHER.items() for _, _, body in rows)]  # fmt: skip


def told(kind: str, body: dict[str, Any], language: Any = "en") -> Any:
    return studied(Handed(kind, body), language)


def words_of(svg: str) -> str:
    root = etree.fromstring(svg.encode())
    return " ".join("".join(t.itertext()) for t in root.iter("{http://www.w3.org/2000/svg}text"))


def test_every_study_is_told() -> None:
    from suyuan.verbs.cases import KINDS as EVERY
    from suyuan.verbs.cases import STUDIES as ROOM

    assert set(KINDS) == {kind for kind, module in EVERY.items() if module.startswith(ROOM)}


@pytest.mark.parametrize(("kind", "body"), CASES)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_each_study_has_a_sentence_figures_and_tables(kind: str, body: dict[str, Any], language: Any) -> None:
    study = told(kind, body, language)
    assert study.sentence["zh"].strip() and study.sentence["en"].strip()
    assert "{" not in study.sentence["zh"] + study.sentence["en"]
    assert not [f for f in study.findings if f.code == "study_table.figure"]
    figures = [part for part in study.parts if isinstance(part, Drawn)]
    assert len(figures) == FIGURES.get(kind, 1)
    for part in figures:
        for svg in (part.wide, part.narrow):
            drawn_words = words_of(svg)
            assert "{" not in drawn_words
            if language == "en":
                assert not re.search("[\u4e00-\u9fff]", drawn_words)
    for part in study.parts:
        table = part.table if isinstance(part, Drawn) else part
        assert isinstance(table, Table) and table.rows
        assert all(len(row) == len(table.heads) == len(table.alignment) for row in table.rows)


def test_the_same_case_is_told_alike() -> None:
    body = STUDIES["gauge_rr"][1]
    a, b = (study_document(told("gauge_rr", body), date(2026, 11, 29)) for _ in range(2))
    assert html(a, "en") == html(b, "en")
    assert word(a, "both") == word(b, "both")


def test_gauge_rr_says_on_which_side_the_methods_fall() -> None:
    rng = np.random.default_rng(4)
    for spread in (0.02, 0.15, 0.33, 0.4, 1.0):
        parts = np.linspace(-1.5, 1.5, 6)
        x = parts[None, :, None] + rng.normal(0.0, spread, (3, 6, 3))
        body = {"readings": x.tolist(), "constants": "computed"}
        found = answer({"kind": "gauge_rr", "input": body})
        anova = found["anova"]
        chosen = anova[anova["advised"]]["percent_GRR"]
        ranges = found["average_range"]["percent_GRR"]
        sides = {(v >= 10.0) + (v > 30.0) for v in (chosen, ranges)}
        sentence = study_of("gauge_rr", body, found).sentence["en"]
        assert ("the same verdict" in sentence) == (len(sides) == 1)
        verdict = ("acceptable", "conditionally acceptable", "not acceptable")[(chosen >= 10.0) + (chosen > 30.0)]
        assert f": {verdict};" in sentence


def test_a_chart_of_ranges_counts_too() -> None:
    quiet = [[10.0, 10.1, 9.9], [10.1, 10.0, 9.9], [9.9, 10.0, 10.1]] * 6
    body = {"chart": "xbar_r", "values": [*quiet, [9.0, 10.0, 11.0]]}
    assert "spread of 1" in told("control_chart", body).sentence["en"]


def test_names_of_people_and_meters_are_data() -> None:
    body = dict(STUDIES["energy_balance"][1])
    meters = dict(body["meters"])
    meters["<b>&amp;</b>"] = meters.pop("pile 7")
    study = told("energy_balance", {**body, "meters": meters})
    page = html(study_document(study, date(2026, 1, 1)), "en").decode()
    assert "<b>&amp;</b>" not in page and "&lt;b&gt;" in page


def test_marks_of_a_chart() -> None:
    points = np.array([0.0, 1.0, 5.0, 0.5, 0.2])
    limits = np.full(5, 3.0)
    course = Course(Axis("x"), points, 0.0, limits, -limits, np.ones(5), np.array([3]), np.array([3, 4]))
    svg = chart_figure(course, None, WORDS)
    assert "outside" in words_of(svg) and "run" in words_of(svg) and "UCL" in words_of(svg)
    plain = chart_figure(Course(Axis("x"), points, 0.0, limits, -limits), None, WORDS)
    assert "outside" not in words_of(plain)
    assert chart_figure(course, None, WORDS) == svg


@pytest.mark.parametrize("n", [1, 2, 400])
def test_charts_of_few_and_many_points(n: int) -> None:
    points = np.sin(np.arange(n, dtype=float))
    course = Course(Axis("x", "mm"), points, 0.0, np.full(n, 1.5), np.full(n, -1.5))
    assert "mm" in words_of(chart_figure(course, course, WORDS, "narrow"))
    assert cusum_figure(np.abs(points), np.abs(points), 2.0, Axis("S"), ("point", "up", "down", "out"))


@pytest.mark.parametrize("n", [1, 3, 40, 120])
def test_errors_of_few_and_many(n: int) -> None:
    who = Participants(tuple(f"meter {i}" for i in range(n)), failed=np.arange(n) == 0)
    found = Errors(who, np.linspace(-3.0, 3.0, n), np.full(n, 0.5), 2.0)
    svg = errors_figure(found, Axis("error", "%"), ("± U", "limit", "flagged"))
    assert "meter 0" in words_of(svg) and "flagged" in words_of(svg)


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        histogram_figure(np.array([1.0, np.nan]), Lines(), (Axis("x"), "n"), ("", "", "", ""))
    with pytest.raises(ValueError, match="name"):
        readings_figure(Crossed(np.zeros((2, 2, 2)), ("A",), ("1", "2")), Axis("x"), ("", ""))
    with pytest.raises(ValueError, match="drawn"):
        real_figure(np.zeros(9), np.ones(1), np.ones((9, 1)), ("", ""), ("", ""))


def test_impossible_capability_is_a_word_and_no_number() -> None:
    study = told("capability_with_uncertainty", {"Q_MP": [0.4], "Cp_observed": [1.0, 1.67]})
    cells = study.parts[0].table.rows[0]
    assert getattr(cells[2], "mark", "") == "bad" and cells[1].value == pytest.approx(1.25)


def test_a_pasted_table_may_be_parted_by_blanks() -> None:
    table, _ = table_of(b"time value\n0 5.01\n0 5.02\n7 5.0\n7 5.03\n14 5.01\n14 5.02\n", "data")
    handed = table_handed("stability_study", table, {})
    assert handed.body["time"] == [0.0, 7.0, 14.0]
    assert handed.body["readings"][1] == [5.0, 5.03]


def test_a_lone_column_needs_no_head_and_may_have_decimal_commas() -> None:
    for text in (b"value\n1,5\n\n2,5\n3,5\n", b"1.5\n2.5\n3.5\n"):
        table, _ = table_of(text, "data")
        assert table_handed("control_chart", table, {}).body["values"] == [1.5, 2.5, 3.5]
    table, _ = table_of(b"value\n1\n\nx\n", "data")
    with pytest.raises(Refused) as told:
        table_handed("control_chart", table, {})
    assert told.value.findings[0].where == "data!A4"


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(Refused):
        study_of("model", {}, {})


def test_a_fit_that_no_month_obeys_is_not_said_to_hold() -> None:
    months = [f"2026-{m:02d}-{d:02d}" for m in (1, 2, 3, 4) for d in range(1, 11)]
    x = np.tile(np.linspace(1.0, 2.0, 10), 4)
    shift = np.repeat([0.5, -0.5, 0.5, -0.5], 10)
    body = {"date": months, "reference": (x + shift).tolist(), "sensor": x.tolist()}
    sentence = told("colocation", body).sentence["en"]
    assert "one line does not fit" in sentence and "stays within" not in sentence


def test_points_are_drawn_by_their_states() -> None:
    from suyuan.report.figures.study.survey import Surveyed, survey_figure

    value = np.array([[0.0, 0.0, 0.0], [3.0, 0.1, -0.2], [5.0, 0.0, 0.0]])
    state = np.array([[1, 1, 1], [0, 1, 1], [-1, 1, 1]], np.int8)
    found = Surveyed(("A", "B", "C"), value, np.full((3, 3), 1.0), state, np.array([3.0, 3.0, 3.0]))
    svg = survey_figure(found, "mm", "point", ("U", "limit", "undecided", "fail"))
    assert {"A", "B", "C", "undecided", "fail"} <= set(words_of(svg).split())
    with pytest.raises(ValueError, match="three deviations"):
        survey_figure(Surveyed(("A",), value, np.full((3, 3), 1.0), state, np.ones(3)), "mm", "p", ("", "", "", ""))


def test_u_of_each_point_counts() -> None:
    body = STUDIES["survey_points"][1]
    n = len(body["points"])
    own = {**body, "u": [[0.5, 0.5, 0.5]] * (n - 1) + [[5.0, 0.5, 0.5]]}
    heads, rows, options = untabled("survey_points", own)
    assert heads[-3:] == ["u_x", "u_y", "u_z"] and "u" not in options
    made = tabled("survey_points", Sheet("t", (tuple(heads), *(tuple(row) for row in rows))), options)
    a, b = answer({"kind": "survey_points", "input": own}), answer({"kind": "survey_points", "input": made.body})
    assert a["U"] == b["U"] and a["U"]["P40"][0] > 9.0


def test_a_kind_has_its_name_in_one_place() -> None:
    import tomllib
    from importlib import resources

    from suyuan.verbs.assurance.kinds import NAMES

    assert set(NAMES) == set(KINDS)
    for package, name in (("suyuan.cli", "terms.toml"), ("suyuan.report", "study.toml")):
        words = tomllib.loads(resources.files(package).joinpath(name).read_text("utf-8"))
        assert not {f"kind.{kind}" for kind in NAMES} & set(words)


def test_a_block_without_certificate_says_so() -> None:
    body = {k: v for k, v in STUDIES["survey_points"][1].items() if k not in ("certificate", "replaced_by")}
    assert "no certificate of the station" in told("survey_points", body).method["en"]
    assert "scale factor and zero offset" in told("survey_points", STUDIES["survey_points"][1]).method["en"]
