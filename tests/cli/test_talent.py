"""`suyuan talent`: who may on a day, what is missing, what ends, what rests on one person."""

from __future__ import annotations

from pathlib import Path

from .conftest import run_in

BLOCKS = ("--quantity", "length", "--item", "量块", "--method", "JJG 146-2011", "--site", "laboratory",
          "--from", "1", "--to", "50", "--unit", "mm")  # fmt: skip


def test_who_may_sign_and_what_is_against_the_others(demo: Path) -> None:
    ran = run_in(demo.parent, "talent", "who", *BLOCKS, "--data", demo, "--json")
    assert ran.code == 0 and ran.json["may"], ran.json
    assert all(row["state"] == "authorised" and not row["reasons"] for row in ran.json["may"])
    vague = run_in(demo.parent, "talent", "who", "--quantity", "length", "--data", demo, "--json")
    assert vague.code == 1 and not vague.json["may"]
    assert {row["state"] for row in vague.json["others"]} == {"unknown"}
    assert [f["code"] for f in vague.json["findings"]] == ["cli.talent.none"]


def test_an_authorisation_of_the_past_is_none_today(demo: Path) -> None:
    early = run_in(demo.parent, "talent", "who", *BLOCKS, "--day", "2001-01-01", "--data", demo, "--json")
    assert early.code == 1 and not early.json["may"]
    elsewhere = run_in(demo.parent, "talent", "who", *BLOCKS, "--laboratory", "别处", "--data", demo, "--json")
    assert elsewhere.code == 1 and not elsewhere.json["may"]


def test_one_person_alone_is_told(demo: Path) -> None:
    ran = run_in(demo.parent, "talent", "risks", "--data", demo, "--json")
    levels = {row["level"] for row in ran.json["risks"]}
    assert ran.code == 0 and levels == {"single", "shared"}
    for row in ran.json["risks"]:
        assert len(row["persons"]) == {"nobody": 0, "single": 1}.get(row["level"], len(row["persons"]))
    assert {f["code"] for f in ran.json["findings"]} == {"cli.talent.alone"}


def test_what_ends_ends_within_the_days_asked_for(demo: Path) -> None:
    few = run_in(demo.parent, "talent", "expiring", "--days", "0", "--data", demo, "--json").json["expiring"]
    many = run_in(demo.parent, "talent", "expiring", "--days", "2000", "--data", demo, "--json").json["expiring"]
    assert len(few) < len(many) and [row["until"] for row in many] == sorted(row["until"] for row in many)
    assert run_in(demo.parent, "talent", "expiring", "--days", "-1", "--data", demo).code == 2


def test_gaps_of_a_person_by_id_and_by_name(demo: Path) -> None:
    matrix = run_in(demo.parent, "talent", "matrix", "--data", demo, "--json").json
    states = {p: set(filter(None, cells)) for p, cells in zip(matrix["persons"], matrix["cells"], strict=True)}
    lacking = next(p for p, found in states.items() if found - {"authorised"})
    ran = run_in(demo.parent, "talent", "gaps", lacking, "--data", demo, "--json")
    assert ran.code == 0 and ran.json["gaps"]
    assert all(gap["missing"] or gap["state"] != "authorised" for gap in ran.json["gaps"])
    same = run_in(demo.parent, "talent", "gaps", ran.json["name"], "--data", demo, "--json")
    assert same.json["person"] == lacking
    unknown = run_in(demo.parent, "talent", "gaps", "nobody", "--data", demo)
    assert unknown.code == 2 and "no person" in unknown.err


def test_the_matrix_as_a_figure(demo: Path, tmp_path: Path) -> None:
    ran = run_in(tmp_path, "talent", "matrix", "--figure", "m.svg", "--data", demo)
    assert ran.code == 0 and (tmp_path / "m.svg").read_text("utf-8").rstrip().endswith("</svg>")
    assert run_in(tmp_path, "talent", "matrix", "--figure", "m.svg", "--data", demo).code == 2, "never overwritten"


def test_bad_questions(demo: Path) -> None:
    for words, named in (
        (("--activity", "dance"), "perform"), (("--from", "1", "--to", "2"), "--unit"),
        (("--from", "one", "--to", "2", "--unit", "mm"), "one"), (("--unit", "zz", "--from", "1", "--to", "2"), "zz"),
        (("--from", "9", "--to", "2", "--unit", "mm"), "backwards"),
        (("--from", "nan", "--to", "2", "--unit", "mm"), "nan"),
    ):  # fmt: skip
        ran = run_in(demo.parent, "talent", "who", "--quantity", "length", *words, "--data", demo)
        assert ran.code == 2 and named in ran.err, (words, ran.err)


def test_a_misspelt_word_is_refused_and_a_method_without_its_blank_is_known(demo: Path) -> None:
    tight = tuple("JJG146-2011" if word == "JJG 146-2011" else word for word in BLOCKS)
    assert run_in(demo.parent, "talent", "who", *tight, "--data", demo, "--json").json["may"]
    for word, wrong in (("length", "lenght"), ("量块", "量快"), ("laboratory", "moon")):
        asked = tuple(wrong if given == word else given for given in BLOCKS)
        ran = run_in(demo.parent, "talent", "who", *asked, "--data", demo)
        assert ran.code == 2 and wrong in ran.err
