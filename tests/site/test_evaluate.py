"""Evaluation and issue, in this process: typing, nothing lost, permissions, the chain before issuing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any

import pytest

DAY = date(2026, 11, 23)
Clients = Callable[..., Any]
SUM: dict[str, str] = {
    "model": "a + b", "inputs": "2", "outputs": "1", "day": "2026-11-20", "out-0-unit": "mm", "out-0-lower": "12.9",
    "out-0-upper": "13.05", "title_zh": "两段之和",
    "in-0-name": "a", "in-0-kind": "expanded", "in-0-a": "10", "in-0-b": "0.06", "in-0-k": "2", "in-0-unit": "mm",
    "in-1-name": "b", "in-1-kind": "rectangular", "in-1-a": "3", "in-1-b": "0.069282", "in-1-unit": "mm",
}  # fmt: skip


def digests(folder: Path) -> dict[str, str]:
    from suyuan.store.folder import Store

    return {e.number: e.digest for e in Store(folder).documents() if e.kind in ("dcc", "typed", "result")}


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", response.content.decode())))


def text_of_html(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", html)))


def form_of(response: Any) -> dict[str, str]:
    """What a browser would send back from the form of the page, without JavaScript."""
    body = response.content.decode()
    form = re.search(r'<form method="post" action="[^"]*" id="(?:case|issue)".*?</form>', body, re.S)
    assert form is not None
    fields: dict[str, str] = {}
    for tag in re.findall(r"<input\b[^>]*>", form[0]):
        name, value = re.search(r'\bname="([^"]*)"', tag), re.search(r'\bvalue="([^"]*)"', tag)
        kind = re.search(r'\btype="([^"]*)"', tag)
        ticked = kind is None or kind[1] not in ("checkbox", "radio") or " checked" in tag
        if name is not None and ticked and (kind is None or kind[1] != "file"):
            fields[name[1]] = unescape(value[1]) if value is not None else ""
    for name_, value_ in re.findall(r'<textarea\b[^>]*\bname="([^"]*)"[^>]*>(.*?)</textarea>', form[0], re.S):
        fields[name_] = unescape(value_)
    for name_, options in re.findall(r'<select\b[^>]*\bname="([^"]*)"[^>]*>(.*?)</select>', form[0], re.S):
        picked = re.search(r'value="([^"]*)" selected', options) or re.search(r'value="([^"]*)"', options)
        fields[name_] = unescape(picked[1]) if picked is not None else ""
    fields.pop("csrfmiddlewaretoken", None)
    return fields


def case_of(client: Any, form: Mapping[str, str]) -> dict[str, Any]:
    """The case that the page would hand out for a form."""
    return json.loads(client.post("/evaluate", {**form, "do": "json"}).content)


# ---------------------------------------------------------------- numbers


def test_sum_by_hand(client: Clients) -> None:
    """u² = 0.03² + (0.069282/√3)² = 0.05²; both wide of any t-factor: k = 1.96."""
    page = client("viewer").post("/evaluate", {**SUM, "do": "evaluate"})
    said = text_of(page)
    assert page.status_code == 200
    assert "两段之和：(13.000 ± 0.098) mm，k = 1.96，不能判定。" in said
    assert "64 %" in said and "36 %" in said


def test_mixed_units_are_shown_as_not_usable_and_never_kept(client: Clients, stocked: Path) -> None:
    """mm and nm in one sum: the numbers mean nothing, whatever limits they would fall between."""
    from suyuan.store.folder import Store

    form = {**SUM, "in-1-unit": "nm"}
    page = client().post("/evaluate", {**form, "do": "evaluate"})
    said = text_of(page)
    head = page.content.decode().split('id="case"')[0]
    assert "不可用：有一处错误" in said and "合格" not in text_of_html(head)
    assert head.index('id="findings"') < head.index('id="outcome"'), "what is wrong stands above the numbers"
    keep = page.content.decode().split('id="keep"')[1].split("</section>")[0]
    assert re.search(r'value="save" disabled', keep) and re.search(r'value="issue" disabled', keep)
    assert "先改正页首的错误，才能存" in said and "先改正页首的错误，才能签发" in said
    assert "若签发" not in said, "what cannot be issued has no chain ahead"
    before = len(Store(stocked).documents())
    for do in ("save", "issue"):
        refused = client().post("/evaluate", {**form, "do": do, "save_number": "MIX"})
        assert refused.status_code == 422 and "不可用" in text_of(refused)
    case = case_of(client(), form)
    for do in ("preview", "issue"):
        refused = client().post("/evaluate/issue", {**PARTICULARS, "case": json.dumps(case), "do": do})
        assert refused.status_code == 422 and "单位不同的数" in text_of(refused)
    assert len(Store(stocked).documents()) == before
    english = text_of(client(language="en").post("/evaluate", {**form, "do": "evaluate"}))
    assert "Not usable: with one fault" in english and "pass" not in english.split("Formula")[0]


def test_the_acts_themselves_refuse_what_is_not_usable(stocked: Path) -> None:
    from django.contrib.auth.models import User

    from suyuan.quantity.finding import Refused
    from suyuan.site.acts.evaluating import draft, issue
    from suyuan.site.acts.evaluating import evaluate as act

    made = draft.from_form({**SUM, "in-1-unit": "nm"})
    with pytest.raises(Refused, match=r"formula\.unit\.scale|单位|unit"):
        act.save(User.objects.get(username="reviewer"), made, "MIX", "x")
    with pytest.raises(Refused):
        issue.ahead(draft.document(made)[0], issue.particulars(PARTICULARS))


def test_readings_pasted_from_a_worksheet(client: Clients) -> None:
    """Mean 20.2, s = 0.1, n = 4: u = 0.05, ν = 3, k = 3.18; GUM 4.2.3."""
    form = {
        "model": "t", "inputs": "1", "outputs": "1", "in-0-name": "t", "in-0-kind": "observations",
        "in-0-values": "20.1\t２０．２\r\n20.3; 20.2", "in-0-unit": "degC", "out-0-unit": "degC",
    }  # fmt: skip
    said = text_of(client().post("/evaluate", {**form, "do": "evaluate"}))
    assert "(20.20 ± 0.13) °C，k = 3.18" in said
    wrong = client().post("/evaluate", {**form, "in-0-values": "20.1 温度 20.3", "do": "evaluate"})
    assert wrong.status_code == 422 and "t 的读数里有不是数的：温度" in text_of(wrong)
    assert "20.1 温度 20.3" in wrong.content.decode()


def test_correlated_inputs(client: Clients) -> None:
    """a − b with u = 1 each and r = 0.5: u = 1."""
    form = {
        "model": "a - b", "inputs": "2", "outputs": "1", "correlations": "1",
        "r-0-a": "a", "r-0-b": "b", "r-0-r": "0.5",
        "in-0-name": "a", "in-0-kind": "normal", "in-0-a": "5", "in-0-b": "1",
        "in-1-name": "b", "in-1-kind": "normal", "in-1-a": "2", "in-1-b": "1",
    }  # fmt: skip
    said = text_of(client().post("/evaluate", {**form, "do": "evaluate"}))
    assert "结果：3.0 ± 2.0，k = 1.96" in said


def test_several_results_of_one_model(client: Clients) -> None:
    form = {
        "model": "s = a + b\nd = a - b", "inputs": "2", "outputs": "1",
        "in-0-name": "a", "in-0-kind": "normal", "in-0-a": "5", "in-0-b": "0.3",
        "in-1-name": "b", "in-1-kind": "constant", "in-1-a": "2",
    }  # fmt: skip
    page = client().post("/evaluate", {**form, "do": "evaluate"})
    assert "s = 7.00 ± 0.59，k = 1.96；d = 3.00 ± 0.59，k = 1.96。" in text_of(page)
    again = form_of(page)
    assert again["out-0-name"] == "s" and again["out-1-name"] == "d"
    assert case_of(client(), again)["input"]["model"] == {"s": "a + b", "d": "a - b"}


# ---------------------------------------------------------------- the form


def test_formula_check_marks_the_column(client: Clients) -> None:
    body = client().post("/evaluate/check", {"model": "ls + (d*2"}).content.decode()
    caret = re.search(r"<pre[^>]*>(.*)\n(.*)</pre>", body)
    assert caret is not None and caret[2].rstrip().endswith("▲")
    assert caret[2].index("▲") == "ls + (d*2".index("(")
    good = text_of(client().post("/evaluate/check", {"model": "ls + d"}))
    assert "用到 ls, d" in good and "还没有输入量：ls, d" in good
    hostile = client().post("/evaluate/check", {"model": "__import__('os').system('true')<script>"})
    assert hostile.status_code == 200 and "<script>" not in hostile.content.decode()


def test_buttons_without_javascript(client: Clients, stocked: Path) -> None:
    someone = client("metrologist")
    page = someone.post("/evaluate", {"model": "ls + d", "inputs": "0", "outputs": "1", "do": "names"})
    form = form_of(page)
    assert (form["in-0-name"], form["in-1-name"]) == ("ls", "d")
    searched = someone.post("/evaluate", {**form, "pick": "KB-13 长度", "do": "search"})
    token = re.search(r'value="(use:[^"]+)"', searched.content.decode())
    assert token is not None and token[1].split(":")[1] == digests(stocked)["DEMO-NMI-L-0202"]
    used = form_of(someone.post("/evaluate", {**form_of(searched), "do": token[1]}))
    assert used["in-2-name"] == "x1" and used["in-2-kind"] == "certificate" and used["in-2-unit"] == "mm"
    less = form_of(someone.post("/evaluate", {**used, "do": "remove:0"}))
    assert less["inputs"] == "2" and less["in-0-name"] == "d" and less["in-1-name"] == "x1"
    pair = form_of(someone.post("/evaluate", {**less, "do": "correlate"}))
    assert pair["correlations"] == "1" and pair["r-0-r"] == ""


def test_validity_and_range_stand_beside_a_picked_value(client: Clients, stocked: Path) -> None:
    withdrawn = client().get("/evaluate?from=DEMO-CITY-L-0101")
    assert "已撤回" in text_of(withdrawn).split("输入量Inputs")[1].split("五次读数")[0]
    page = client().get("/evaluate?from=DEMO-BAT-0402")
    said = text_of(page)
    assert "校准范围 21 至 27 degC" in said and "在范围之外" in said


def test_nothing_typed_is_ever_lost(client: Clients) -> None:
    """Every wrong form comes back with what was typed, even what is nonsense."""
    odd = {
        **SUM, "model": "a + (b", "in-0-a": "十", "in-0-label_zh": "<b>甲</b>", "in-1-b": "−0,5", "day": "昨天",
        "out-0-lower": "low", "guard": "x", "p": "2", "definitions": "no equals sign", "correlations": "1",
        "r-0-a": "a", "r-0-b": "zz", "r-0-r": "5", "save_number": "N-1", "rest": '{"note": "kept"}',
    }  # fmt: skip
    for do in ("evaluate", "save", "json", "issue", "add", "search", "open"):
        page = client().post("/evaluate", {**odd, "do": do})
        assert page.status_code in (200, 422), do
        back = form_of(page)
        for name, value in odd.items():
            if name not in ("inputs",):
                assert back.get(name) == value, (do, name)
        assert "<b>甲</b>" not in page.content.decode()


@pytest.mark.parametrize(
    "form",
    [
        {}, {"inputs": "999999999"}, {"inputs": "-1", "outputs": "x"}, {"do": "remove:99"}, {"do": "use:zz:0:x"},
        {"do": "use:" + "0" * 64 + ":0/0:"}, {"rest": "[[[["}, {"do": "back", "case": "{"}, {"do": "back"},
        {"model": "(" * 5000, "do": "evaluate"}, {"model": "9**9**9**9", "do": "evaluate"},
        {"model": "x", "inputs": "1", "in-0-name": "x", "in-0-kind": "other", "in-0-raw": "{]", "do": "evaluate"},
        {"model": "x", "inputs": "1", "in-0-name": "x", "in-0-kind": "gremlin", "do": "evaluate"},
        {"model": "x", "inputs": "1", "in-0-name": "x", "in-0-kind": "certificate", "do": "evaluate"},
        {"model": "x", "inputs": "1", "in-0-name": "x", "in-0-kind": "normal", "in-0-a": "1e400", "in-0-b": "1"},
        {"model": "x\x00y", "inputs": "1", "in-0-name": "x\x00"}, {"do": "gremlin", "evaluation": "zz"},
    ],
)  # fmt: skip
def test_hostile_forms_are_answered(client: Clients, form: dict[str, str]) -> None:
    assert client().post("/evaluate", form).status_code in (200, 422)
    assert client().post("/evaluate/check", form).status_code == 200
    assert client().post("/evaluate/picks", form).status_code == 200
    assert client().post("/evaluate/issue", form).status_code in (200, 422)


def test_a_case_survives_the_form(client: Clients, stocked: Path) -> None:
    """Opened from a certificate and handed out again, a case evaluates to the same numbers."""
    from suyuan.store.folder import Store
    from suyuan.verbs.evaluate import evaluate

    evidence = Store(stocked).evidence()
    known = digests(stocked)
    for number in ("DEMO-CITY-L-0101", "DEMO-BAT-0401", "DEMO-BAT-0403", "DEMO-CITY-R-0007", "DEMO-ENG-0302"):
        page = client().get(f"/evaluate?from={known[number]}")
        assert page.status_code == 200, number
        case = case_of(client(), form_of(page))
        node_case = next(c for c in (_case(evidence, known[number]),) if c is not None)
        new, old = evaluate(case, evidence), evaluate(node_case, evidence)
        for name, output in old.outputs.items():
            assert new.outputs[name].value == pytest.approx(output.value, rel=1e-14)
            assert new.outputs[name].u == pytest.approx(output.u, rel=1e-12)
            assert new.outputs[name].verdict == output.verdict


def _case(evidence: Any, digest: str) -> Any:
    from suyuan.traceability.graph import build

    return build(evidence).node(digest).case


def test_open_a_file_and_keep_what_the_page_does_not_show(client: Clients) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    case = {
        "kind": "model",
        "input": {
            "model": "2*x", "want": ["first_order"], "x_unit": "mm",
            "inputs": [
                {"name": "x", "distribution": "histogram", "parameters": {"edges": [0, 1, 2], "counts": [3, 4]}},
            ],
        },
    }  # fmt: skip
    upload = SimpleUploadedFile("case.json", json.dumps(case).encode())
    page = client().post("/evaluate", {"do": "open", "file": upload})
    assert page.status_code == 200 and "histogram" in text_of(page)
    back = case_of(client(), form_of(page))
    assert back["input"]["inputs"] == case["input"]["inputs"]  # type: ignore[index]
    assert back["input"]["want"] == ["first_order"] and back["input"]["x_unit"] == "mm"
    broken = client().post("/evaluate", {**SUM, "do": "open", "file": SimpleUploadedFile("case.json", b"{")})
    assert broken.status_code == 422 and form_of(broken)["model"] == "a + b"


# ---------------------------------------------------------------- keep


def test_saving_needs_a_metrologist_and_a_free_number(client: Clients, stocked: Path) -> None:
    from suyuan.site.records.log import Log
    from suyuan.store.folder import Store

    form = {**SUM, "do": "save", "save_number": "R-1"}
    assert client("viewer").post("/evaluate", form).status_code == 403
    assert client("metrologist").post("/evaluate", {**form, "save_number": " "}).status_code == 422
    done = client("metrologist").post("/evaluate", form)
    assert done.status_code == 302
    saved = next(r for r in Store(stocked).evidence().results if r.number == "R-1")
    assert done["Location"] == f"/trace/{saved.digest}" and len(saved.case["input"]["evaluation"]) == 32
    taken = client("metrologist").post("/evaluate", form)
    assert taken.status_code == 422 and "编号 R-1 已有一个结果" in text_of(taken)
    line = Log.objects.filter(act="saved", digest=saved.digest).get()
    assert line.user == "metrologist"
    told = client("metrologist").get(f"/evaluate?from={saved.digest}")
    assert form_of(told)["same"] == "1", "a saved result is issued as what it is"


def test_a_saved_result_shows_the_way_to_be_issued(client: Clients, stocked: Path) -> None:
    """After saving, on its own page and on its chain: the evaluation with its case, where it can be issued."""
    done = client().post("/evaluate", {**SUM, "do": "save", "save_number": "R-2"}, follow=True)
    digest = digests(stocked)["R-2"]
    way = f'href="/evaluate?from={digest}"'
    message = re.search(r'<p class="told success" role="status">.*?</p>', done.content.decode())
    assert message is not None and way in message[0] and "签发为证书" in message[0]
    page = client().get(f"/certificates/{digest}").content.decode()
    assert re.search(rf'<a class="act first" {re.escape(way)}>在评定中打开，签发为证书', page)
    assert client().get(f"/evaluate?from={digest}").status_code == 200


def test_what_inputs_have_in_common_has_its_row(client: Clients, stocked: Path) -> None:
    """Two gauges from one laboratory: 151 % + 151 % − 201 % = 100 %, said with a real minus."""
    said = text_of(client().get("/evaluate?from=DEMO-CITY-R-0007"))
    rows = said.split("按输入量输入量")[1].split("合成Combined")[0]
    assert rows.count("151 %") == 2 and "输入量之间的相关" in rows and "−201 %" in rows
    by_source = said.split("按来源来源")[1].split("按证书来源")[0]
    assert not re.search(r"\b\d+/\d+\b", by_source), "places are for programs"


def test_two_measurements_never_share_their_readings(client: Clients, stocked: Path) -> None:
    """A case that was opened from a certificate is a pattern: what is kept from it bears an identity of its own,
    unless somebody says that it is the same measurement."""
    from suyuan.store.folder import Store

    form = form_of(client().get("/evaluate?from=DEMO-CITY-L-0101"))
    known = form["evaluation"]
    client().post("/evaluate", {**form, "do": "save", "save_number": "new"})
    client().post("/evaluate", {**form, "same": "1", "do": "save", "save_number": "same"})
    kept = {r.number: r.case["input"]["evaluation"] for r in Store(stocked).evidence().results}
    assert kept["same"] == known != kept["new"]


def test_evaluation_again_with_the_replacement(client: Clients, stocked: Path) -> None:
    known = digests(stocked)
    address = (
        f"/evaluate?from={known['DEMO-CITY-L-0101']}&instead={known['DEMO-NMI-L-0201']}&by={known['DEMO-NMI-L-0201A']}"
    )
    page = client().get(address)
    said = text_of(page)
    assert "(50.000882 ± 0.000067) mm" in said and "不能判定" in said and "标准已换成 DEMO-NMI-L-0201A" in said
    form = form_of(page)
    assert form["same"] == "1" and form["in-0-number"] == "DEMO-NMI-L-0201A"


# ---------------------------------------------------------------- issue

PARTICULARS = {
    "issuer": "试验室", "number": "T-2026-1", "item": "<b>端规</b>", "serial": "S1", "customer": "客户",
    "ended": "2026-11-20",
    "issued": "2026-11-21", "calibrated_by": "陆青", "approved_by": "沈砚", "disclosure": "full",
}  # fmt: skip


def issue_form(client: Any, number: str) -> dict[str, str]:
    """From the case of a certificate to the page «issue»."""
    page = client.post("/evaluate", {**form_of(client.get(f"/evaluate?from={number}")), "do": "issue"})
    assert page.status_code == 200
    return form_of(page)


def test_a_broken_chain_is_issued_only_with_a_reason(client: Clients, stocked: Path) -> None:
    from suyuan.certificate.dcc_read import read
    from suyuan.site.records.log import Log
    from suyuan.store.folder import Store

    someone = client()
    form = {**issue_form(someone, "DEMO-CITY-L-0101"), **PARTICULARS}
    before = len(Store(stocked).documents())
    preview = someone.post("/evaluate/issue", {**form, "do": "preview"})
    assert preview.status_code == 200 and "若签发，链是断的" in text_of(preview)
    assert "<b>端规</b>" not in preview.content.decode()
    refused = someone.post("/evaluate/issue", {**form, "do": "issue"})
    assert refused.status_code == 422 and "链上有 1 处断口，签发要写理由" in text_of(refused)
    assert form_of(refused)["customer"] == "客户"
    assert len(Store(stocked).documents()) == before
    done = someone.post("/evaluate/issue", {**form, "reason": "客户已知悉，急用", "do": "issue"})
    assert done.status_code == 302
    digest = done["Location"].rsplit("/", 1)[-1]
    certificate, found = read(Store(stocked).read(digest))
    assert certificate is not None and certificate.number == "T-2026-1"
    assert not [f for f in found if f.severity == "error"]
    line = Log.objects.filter(act="issued", digest=digest).get()
    assert line.note["reason"] == "客户已知悉，急用" and line.note["breaks"]
    again = someone.post("/evaluate/issue", {**form, "reason": "x", "do": "issue"})
    assert again.status_code == 422 and "已经签发过" in text_of(again)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("zh", "若签发，链完整，到 米：633 nm 碘稳频激光。"),
        ("en", "If issued, its chain is complete, to metre: 633 nm iodine-stabilised laser."),
    ],
)
def test_the_end_of_the_chain_is_named_in_one_language(client: Clients, language: str, sentence: str) -> None:
    someone = client(language=language)
    evaluated = someone.get("/evaluate?from=DEMO-ENG-0304")
    particulars = someone.post("/evaluate", {**form_of(evaluated), "do": "issue"})
    for page in (evaluated, particulars):
        assert sentence in text_of(page)
        assert "&lt;span" not in page.content.decode()


def test_issuing_needs_a_reviewer(client: Clients, stocked: Path) -> None:
    form = {**issue_form(client(), "DEMO-ENG-0304"), **PARTICULARS}
    for role in ("viewer", "metrologist", "manager"):
        assert client(role).post("/evaluate/issue", {**form, "do": "issue"}).status_code == 403
    page = text_of(client("metrologist").get("/evaluate?from=DEMO-ENG-0304"))
    assert "签发需要审核员" in page
    whole = client().post("/evaluate/issue", {**form, "do": "preview"})
    assert (
        "若签发，链完整" in text_of(whole)
        and 'name="reason" value=""' not in whole.content.decode().split("preview")[0]
    )


def test_what_a_dcc_demands_is_asked_for_by_name(client: Clients) -> None:
    form = issue_form(client(), "DEMO-ENG-0304")
    page = client().post(
        "/evaluate/issue",
        {**form, **PARTICULARS, "customer": "", "issued": "2026-11-19", "received": "x", "do": "preview"},
    )
    said = text_of(page)
    assert page.status_code == 422
    assert (
        "「客户」还空着" in said and "日期次序不对：2026-11-20 在 2026-11-19 之后" in said and "「x」不是日期" in said
    )
    assert form_of(page)["received"] == "x" and form_of(page)["number"] == "T-2026-1"
    back = client().post("/evaluate", {**form_of(page), "do": "back"})
    assert form_of(back)["model"] == "g + m - g*alpha*dT"


@pytest.mark.parametrize(("disclosure", "files"), [("full", 2), ("grouped", 1), ("opaque", 1)])
def test_disclosure(client: Clients, stocked: Path, disclosure: str, files: int) -> None:
    from suyuan.store.folder import Store

    form = {**issue_form(client(), "DEMO-ENG-0304"), **PARTICULARS, "disclosure": disclosure, "number": disclosure}
    done = client().post("/evaluate/issue", {**form, "do": "issue"})
    assert done.status_code == 302, text_of(done)[:2000]
    certificate = Store(stocked).value(done["Location"].rsplit("/", 1)[-1])
    assert len(certificate.attachments) == files  # type: ignore[union-attr]


def test_english_is_whole(client: Clients) -> None:
    for page in (
        client(language="en").get("/evaluate"),
        client(language="en").post("/evaluate", {**SUM, "title_en": "sum", "title_zh": "", "do": "evaluate"}),
        client(language="en").post("/evaluate", {**SUM, "in-0-a": "x", "title_zh": "", "do": "evaluate"}),
    ):
        body = re.sub(r"<(script|select)\b.*?</\1>", "", page.content.decode(), flags=re.S)
        left = re.findall(r"[\u4e00-\u9fff]+", re.sub(r"<[^>]*>", "", body))
        assert set(left) <= {"中文"}, left


# ---------------------------------------------------------------- methods beside first order

MASS = {
    "model": "(m + d)*(1 + (a - 1.2)*(1/w - 1/r)) - 100000", "inputs": "5", "outputs": "1", "correlations": "0",
    "in-0-name": "m", "in-0-kind": "normal", "in-0-a": "100000", "in-0-b": "0.05",
    "in-1-name": "d", "in-1-kind": "normal", "in-1-a": "1.234", "in-1-b": "0.02",
    "in-2-name": "a", "in-2-kind": "rectangular", "in-2-a": "1.2", "in-2-b": "0.1",
    "in-3-name": "w", "in-3-kind": "rectangular", "in-3-a": "8000", "in-3-b": "1000",
    "in-4-name": "r", "in-4-kind": "rectangular", "in-4-a": "8000", "in-4-b": "50",
    "want-first_order": "1", "want-second_order": "1", "want-monte_carlo": "1", "want-validation": "1",
    "sampling": "1", "interval": "shortest", "seed": "1",
}  # fmt: skip
"""JCGM 101:2008 9.3: mass calibration, where first order is not valid and second order is, for one digit of u."""


def test_methods_stand_side_by_side_with_their_verdict(client: Clients) -> None:
    page = client("viewer").post("/evaluate", {**MASS, "do": "evaluate"})
    said = text_of(page)
    assert page.status_code == 200
    assert "一阶未通过验证，应取蒙特卡洛 95 % 区间 1.08" in said
    assert "0.0539" in said and "0.0750" in said and "自适应" in said and "δ = 0.005" in said
    assert "一阶未通过" in said and "二阶通过" in said
    body = page.content.decode()
    assert body.count('<svg class="plot') == 2 and "方法对照" in said


def test_methods_come_back_and_go_into_the_case(client: Clients) -> None:
    page = client().post("/evaluate", {**MASS, "do": "refresh"})
    sent = form_of(page)
    assert sent["sampling"] == "1" and sent["interval"] == "shortest" and sent["want-validation"] == "1"
    body = case_of(client(), sent)["input"]
    assert body["want"] == ["first_order", "second_order", "monte_carlo", "validation"]
    assert body["digits"] == 1 and body["seed"] == 1 and "trials" not in body
    plain = case_of(client(), {**SUM, "want-first_order": "1"})["input"]
    assert not {"want", "digits", "interval", "seed", "trials"} & set(plain)


def test_where_first_order_is_blind_the_draws_speak(client: Clients) -> None:
    """JCGM 101:2008 9.4.2.2: y = x1² + x2² at 0; first order says 0 ± 0, which nobody must read as a result."""
    form = {
        "model": "x1**2 + x2**2", "inputs": "2", "outputs": "1", "correlations": "0", "want-monte_carlo": "1",
        "trials": "200000", "in-0-name": "x1", "in-0-kind": "normal", "in-0-a": "0", "in-0-b": "0.005",
        "in-1-name": "x2", "in-1-kind": "normal", "in-1-a": "0", "in-1-b": "0.005",
    }  # fmt: skip
    page = client("viewer").post("/evaluate", {**form, "do": "evaluate"})
    assert page.status_code == 200
    assert "一阶看不见不确定度；蒙特卡洛 95 % 区间 0.000 00" in text_of(page) and "0 ± 0" not in text_of(page)


def test_two_results_have_a_region(client: Clients) -> None:
    form = {
        "model": "s = a + b\nd = a - b", "inputs": "2", "outputs": "2", "correlations": "0", "want-monte_carlo": "1",
        "trials": "100000", "in-0-name": "a", "in-0-kind": "normal", "in-0-a": "1", "in-0-b": "0.1",
        "in-1-name": "b", "in-1-kind": "normal", "in-1-a": "2", "in-1-b": "0.2",
    }  # fmt: skip
    page = client("viewer").post("/evaluate", {**form, "do": "evaluate"})
    assert page.status_code == 200 and 'id="region"' in page.content.decode()
    assert re.search(r"相关系数 −0\.(59|60)\d\d", text_of(page)), "(0.1² − 0.2²)/(0.1² + 0.2²) = −0.6"


def test_a_figure_is_taken_along(client: Clients) -> None:
    for what in ("budget", "distribution"):
        done = client("viewer").post("/evaluate", {**SUM, "do": f"svg:{what}:"})
        assert done.status_code == 200 and done["Content-Type"] == "image/svg+xml"
        assert done.content.startswith(b"<?xml") and f'filename="{what}.svg"' in done["Content-Disposition"]
    assert client("viewer").post("/evaluate", {**SUM, "model": "a +", "do": "svg:budget:"}).status_code == 422


@pytest.mark.parametrize(("change", "told"), [
    ({"trials": "100000000"}, "超过网页的上限"), ({"trials": "many"}, "不是数"), ({"trials": "3"}, "trials"),
    ({"sampling": "9"}, "digits"), ({"interval": "banana"}, "interval"), ({"seed": "-1"}, "seed"),
    ({"trials": "1.5"}, "trials"),
])  # fmt: skip
def test_a_wrong_way_to_draw_is_said(client: Clients, change: dict[str, str], told: str) -> None:
    page = client("viewer").post("/evaluate", {**SUM, "want-monte_carlo": "1", **change, "do": "evaluate"})
    assert page.status_code == 422 and told in text_of(page)
    assert all(form_of(page)[name] == value for name, value in change.items())


@pytest.mark.parametrize(("kind", "fields", "parameters"), [
    ("trapezoid", ("0", "1", "0.5"), {"centre": 0.0, "half_width": 1.0, "beta": 0.5}),
    ("curvilinear_trapezoid", ("0", "0.5", "0.1"), {"centre": 0.0, "half_width": 0.5, "d": 0.1}),
    ("student_t", ("1", "0.1", "5"), {"location": 1.0, "scale": 0.1, "dof": 5.0}),
    ("student_t_std", ("1", "0.1", "5"), {"mean": 1.0, "std": 0.1, "dof": 5.0}),
    ("gamma", ("4", "0.25", ""), {"shape": 4.0, "scale": 0.25}),
    ("exponential", ("2", "", ""), {"mean": 2.0}),
])  # fmt: skip
def test_every_distribution_can_be_typed(
    client: Clients, kind: str, fields: tuple[str, str, str], parameters: dict[str, float]
) -> None:
    form = {"model": "x", "inputs": "1", "outputs": "1", "correlations": "0", "in-0-name": "x", "in-0-kind": kind,
            **{f"in-0-{slot}": value for slot, value in zip("abk", fields, strict=True)}}  # fmt: skip
    page = client("viewer").post("/evaluate", {**form, "do": "evaluate"})
    assert page.status_code == 200
    assert case_of(client(), form_of(page))["input"]["inputs"][0]["parameters"] == parameters


# ---------------------------------------------------------------- findings beside their fields


def test_a_finding_stands_beside_its_cell_in_the_words_of_the_form(client: Clients) -> None:
    sent = {**SUM, "in-0-a": "1,5", "out-0-lower": "x", "guard": "y"}
    page = client().post("/evaluate", sent)
    body, said = page.content.decode(), text_of(page)
    assert page.status_code == 422
    for field in ("in-0-a", "out-0-lower", "guard"):
        assert f'aria-describedby="x-{field}" id="{field}"' in body and f'id="x-{field}"' in body
    assert body.count('aria-invalid="true"') == 3
    assert "a 值：「1,5」不是数" in said and "下限：「x」不是数" in said
    assert not any(word in said for word in ("limits/", "limits.", "/input", "inputs."))


def test_what_the_case_form_refuses_is_told_beside_its_cell_too(client: Clients) -> None:
    page = client().post("/evaluate", {**SUM, "in-0-b": "-1", "in-1-unit": "kgg"})
    body = page.content.decode()
    assert page.status_code == 422
    assert 'aria-invalid="true" aria-describedby="x-in-0-b" id="in-0-b"' in body
    assert "/input" not in text_of(page)


def test_a_decimal_comma_among_readings_is_asked_about(client: Clients) -> None:
    fields = {**SUM, "in-0-kind": "observations", "in-0-values": "1,01\n1,02\n1,03"}
    page = client().post("/evaluate", fields)
    assert page.status_code == 422 and "逗号有两种读法：1.01，或 1; 01" in text_of(page)
    assert 'aria-describedby="x-in-0-values" id="in-0-values"' in page.content.decode()
    parted = client().post("/evaluate", {**fields, "in-0-values": "1,01;1,02;1,03"})
    assert parted.status_code == 200


def test_results_and_budget_as_an_excel_file(client: Clients) -> None:
    """u = 0.05 of 0.03 and 0.04, sensitivities 1: what JJF 1059.1 asks of a budget stands in the file."""
    from io import BytesIO

    from openpyxl import load_workbook

    answer = client("viewer").post("/evaluate", {**SUM, "do": "xlsx"})
    assert answer["Content-Disposition"].endswith('"evaluation.xlsx"')
    book = load_workbook(BytesIO(answer.content))
    result = [cell.value for cell in book["结果"][2]]
    assert result[:3] == ["两段之和", 13, "mm"] and result[3] == pytest.approx(0.05, abs=1e-6)
    rows = {row[0]: row for row in book.worksheets[1].iter_rows(min_row=2, values_only=True)}
    assert rows["a"][2:5] == (10, "mm", 0.03) and rows["a"][7] == 1
    assert rows["b"][9] == pytest.approx(0.04, abs=1e-6) and rows["b"][11] == pytest.approx(64.0, abs=0.01)


def test_the_budget_shows_estimates_and_sensitivities(client: Clients) -> None:
    page = client().post("/evaluate", {**SUM, "model": "3 * a + b"})
    body = re.search(r'<div class="view of-input">.*?</table>', page.content.decode(), re.S)
    assert body is not None
    cells = [text_of_html(cell).strip() for cell in re.findall(r"<td.*?</td>", body[0], re.S)]
    assert "10.000mm" in cells and cells.count("3") == 1 and cells.count("1") == 1


def test_without_first_order_uncertainty_nothing_says_plus_minus_nil(client: Clients) -> None:
    fields = {**SUM, "model": "a * b", "in-0-a": "0", "in-1-a": "0", "out-0-unit": "mm2", "out-0-lower": ""}
    said = text_of(client().post("/evaluate", {**fields, "out-0-upper": ""}))
    assert "0 mm²，一阶看不见不确定度" in said and "± 0" not in said and "±0" not in said


def test_who_is_not_authorised_signs_only_with_a_reason(client: Clients, stocked: Path) -> None:
    """The laboratory keeps a competence register: 陆青 may calibrate what 沈砚 may not approve."""
    import json

    from suyuan.site.records.log import Log
    from suyuan.store.folder import Store

    lab, day = {"zh": "演示试验室"}, "2026-01-02"
    rows = {
        "person": [{"id": "P-1", "name": "陆青"}, {"id": "P-2", "name": "沈砚"}],
        "competence_unit": [
            {"id": "U-P", "title": "操作", "activity": "perform", "quantity": "length"},
            {"id": "U-S", "title": "签发", "activity": "sign", "quantity": "length"},
        ],
        "authorisation": [
            {"id": "A-1", "person": "P-1", "unit": "U-P", "granted": day, "by": "P-2"},
            {"id": "A-2", "person": "P-2", "unit": "U-S", "granted": day, "valid_until": "2026-03-01", "by": "P-1"},
        ],
    }
    register = {"suyuan": "register", "organisation": lab, "number": "R-1", "day": day, "rows": rows}
    assert Store(stocked).add(json.dumps(register).encode(), "register.json").stored
    someone = client()
    form = {**issue_form(someone, "DEMO-ENG-0304"), **PARTICULARS, "issuer": "演示试验室", "item": "量块"}
    preview = someone.post("/evaluate/issue", {**form, "do": "preview"})
    assert "沈砚在 2026-11-21 不能签发：已到期" in text_of(preview) and "陆青在" not in text_of(preview)
    assert 'id="reason"' in preview.content.decode()
    refused = someone.post("/evaluate/issue", {**form, "do": "issue"})
    assert refused.status_code == 422 and "没有相应授权" in text_of(refused)
    in_time = {**form, "issued": "2026-03-01", "ended": "2026-02-20", "number": "T-2026-2"}
    assert "不能签发" not in text_of(someone.post("/evaluate/issue", {**in_time, "do": "preview"}))
    done = someone.post("/evaluate/issue", {**form, "reason": "授权续期中，事后复核", "do": "issue"})
    assert done.status_code == 302
    line = Log.objects.filter(act="issued", digest=done["Location"].rsplit("/", 1)[-1]).get()
    assert line.note["reason"] == "授权续期中，事后复核" and line.note["deviations"]
