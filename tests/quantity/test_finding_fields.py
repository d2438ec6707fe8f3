"""A finding names a field as forms and workbooks name it."""

from __future__ import annotations

from suyuan.quantity.finding import finding, sentences


def test_a_field_has_the_name_of_the_form() -> None:
    item = finding(
        "capability.read.count", "rows/need/0/criticality", field="criticality", given="9", least="1", most="5"
    )
    assert "「关键程度」" in sentences(item, "zh")["what"] and "“criticality”" in sentences(item, "en")["what"]
    item = finding("capability.read.count", "x", field="days_most", given="-3", least="0", most="5")
    assert "「最多天数」" in sentences(item, "zh")["what"] and "“days at most”" in sentences(item, "en")["what"]


def test_a_field_that_no_form_has_keeps_its_key() -> None:
    item = finding("typed.field.missing", "certificate/holder", field="holder")
    assert "「holder」" in sentences(item, "zh")["what"]


def test_a_number_without_a_unit_leaves_no_blank_behind_it() -> None:
    told = {"condition": "pH", "given": "7.05", "low": "6", "high": "7"}
    for unit in ("", "1"):
        item = finding("capability.uncertainty.outside", "", "warning", "", unit=unit, **told)
        assert "为 7.05，" in sentences(item, "zh")["what"] and "6 到 7 内" in sentences(item, "zh")["what"]
        assert "is 7.05, " in sentences(item, "en")["what"]
    item = finding("capability.uncertainty.outside", "", "warning", "", unit="°C", **told)
    assert "为 7.05 °C，" in sentences(item, "zh")["what"]


def test_fields_of_a_contest_and_of_a_matter_have_names() -> None:
    for key, zh, en in (("jury", "申诉裁决人", "jury"), ("theory", "理论", "theory"), ("title", "名称", "title"),
                        ("verdict_before", "填补前的判定", "verdict before")):  # fmt: skip
        item = finding("typed.field.missing", key, field=key)
        assert f"「{zh}」" in sentences(item, "zh")["what"] and f"“{en}”" in sentences(item, "en")["what"]


def test_a_name_with_blanks_is_one_word_of_a_command() -> None:
    for name, word in (("hall-t", "hall-t"), ("Hall T", '"Hall T"')):
        told = sentences(finding("series_quality.flagged.out", name, usable="strict", count=1), "en")
        assert f"suyuan data flags {word} shows" in told["remedy"]
