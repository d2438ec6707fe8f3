"""Registers on the site: a workbook in, the bad rows back, what counts out, what is wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook

from suyuan.report.papers.sheet import Page, workbook

Clients = Callable[..., Client]
HEADS = ("编号", "量", "区间", "不确定度", "器具")
GOOD = ("A-1", "长度", "1~50 mm", "U=0.1 µm, k=2", "量块")


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def book(rows: Sequence[Sequence[Any]], title: str = "校准测量能力", heads: Sequence[str] = HEADS) -> bytes:
    return workbook([Page(title, heads, rows)])


def send(me: Client, document: bytes, name: str = "a.xlsx", organisation: str = "试验实验室") -> Any:
    return me.post("/registers", {"organisation": organisation, "files": SimpleUploadedFile(name, document)})


def test_good_rows_go_in_bad_ones_come_back_and_go_in_when_mended(client: Clients) -> None:
    me = client("director")
    bad = ("A-2", "长度", "50~1 mm", "U=0.1 µm, k=2", "量块")
    answer = send(me, book([GOOD, bad]))
    page = text(answer)
    assert answer.status_code == 200 and "1 行入册" in page and "1 行退回" in page
    assert "校准测量能力!3" in page and "«区间»" in page
    token = re.search(r"token=([0-9a-f]{32})", answer.content.decode())
    assert token is not None
    back = me.get(f"/registers/refused.xlsx?token={token[1]}")
    sheet = load_workbook(BytesIO(back.content)).worksheets[0]
    rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    assert rows[0][-1] == "错在哪里 what is wrong" and rows[1][0] == "A-2" and "«区间»" in rows[1][-1]
    rows[1][2] = "1~50 mm"
    again = send(me, book(rows[1:], heads=rows[0]))
    assert "1 行入册" in text(again) and "退回：" not in text(again)
    found = text(me.get("/capabilities", {"laboratory": "试验实验室"}))
    assert "A-1" in found and "A-2" in found


def test_ten_thousand_rows_with_three_hundred_bad_ones(client: Clients) -> None:
    rows = [(f"B-{n}", "长度", "50~1 mm" if n % 33 == 0 and n < 9900 else "1~50 mm", "U=0.1 µm, k=2", "量块")
            for n in range(10_000)]  # fmt: skip
    answer = send(client("director"), book(rows))
    page = text(answer)
    assert "9700 行入册" in page and "300 行退回" in page
    assert "另有 270 行" in page


def test_csv_and_json_too(client: Clients) -> None:
    me = client("steward")
    csv = ('编号,量,区间,不确定度,器具\nC-1,扭矩,10~200 N·m,"Urel=1 %, k=2",扭矩扳子\n').encode("gb18030")
    assert "1 行入册" in text(send(me, csv, "能力.csv"))
    register = {
        "suyuan": "register", "organisation": {"zh": "试验厂"}, "number": "1", "day": "2026-01-02",
        "rows": {"need": [{"id": "N1", "quantity": "length", "interval": {"low": "1", "high": "2", "unit": "mm"}}]},
    }  # fmt: skip
    assert "1 行入册" in text(send(me, json.dumps(register).encode(), "r.json", ""))


@pytest.mark.parametrize(
    ("document", "name"),
    [(b"", "leer.xlsx"), (b"PK\x03\x04broken", "x.xlsx"), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "alt.xls"),
     (b"{", "x.json"), (b"a,b\n1,2\n", "x.csv")],
)  # fmt: skip
def test_what_cannot_be_read_is_told_and_nothing_is_kept(client: Clients, document: bytes, name: str) -> None:
    answer = send(client("director"), document, name)
    assert answer.status_code == 422 and "没有一行入册" in text(answer)


@pytest.mark.parametrize(("document", "name"), [(b"%PDF-1.4\n1 0 obj", "scope.pdf"), (b"no workbook", "scope.xlsx"),
                                                (b"a\0b\0", "scope.csv")])  # fmt: skip
def test_what_is_no_table_is_told_so_and_no_sheet_is_proposed(client: Clients, document: bytes, name: str) -> None:
    said = text(send(client("director"), document, name))
    assert "不是表格" in said and "每一行都有错" not in said


def test_each_language_says_what_is_wrong_in_its_own_words_and_all_at_once(client: Clients) -> None:
    bad = [("W-11", "长度", "100~0.5 mm", "U=0.1 µm, k=2", "量块", "2026-02-30", "-5")]
    heads = (*HEADS, "有效止", "单价")
    zh = text(send(client("director"), book(bad, heads=heads)))
    en = text(send(client("director", "en"), book(bad, heads=heads)))
    assert "100 &gt; 0.5" in zh and "应如 2026-03-01" in zh and "«单价»" in zh and "write 2026-03-01" not in zh
    assert "write 2026-03-01" in en and "应如" not in en


def test_without_file_or_organisation(client: Clients) -> None:
    me = client("director")
    none = me.post("/registers", {"organisation": "x"})
    assert none.status_code == 422 and "没有可登记的行" in text(none) and "可收的证书" not in text(none)
    answer = send(me, book([GOOD]), organisation="")
    assert answer.status_code == 422 and "没有写是谁的" in text(answer)


def test_each_kind_by_those_who_may(client: Clients) -> None:
    assert client("viewer").get("/registers").status_code == 200
    assert send(client("viewer"), book([GOOD])).status_code == 403
    answer = send(client("customer"), book([GOOD]))
    assert answer.status_code == 422 and "您不能交" in text(answer)
    register = {"suyuan": "register", "organisation": {"zh": "x"}, "number": "1", "day": "2026-01-02",
                "rows": {"capability": [{"id": "1", "quantity": "length",
                                         "interval": {"low": "1", "high": "2", "unit": "mm"}}]}}  # fmt: skip
    assert send(client("customer"), json.dumps(register).encode(), "r.json").status_code == 403


def test_a_name_that_nobody_guessed(client: Clients) -> None:
    for token in ("0" * 32, "../../x", ""):
        assert client("director").get(f"/registers/refused.xlsx?token={token}").status_code == 404
    assert client("viewer").get(f"/registers/refused.xlsx?token={'0' * 32}").status_code == 403


def test_templates_and_exports(client: Clients) -> None:
    me = client("customer")
    sheet = load_workbook(BytesIO(me.get("/registers/template/need.xlsx").content))
    assert sheet.sheetnames == ["说明 how to fill in", "测量需求"]
    exported = load_workbook(BytesIO(me.get("/registers/export/capability.xlsx").content)).worksheets[0]
    assert exported.max_row >= 17
    assert me.get("/registers/export/person.xlsx").status_code == 403
    assert client("director").get("/registers/export/person.xlsx").status_code == 200
    assert me.get("/registers/template/x.xlsx").status_code == 404


def test_an_export_can_be_handed_in_again(client: Clients) -> None:
    me = client("steward")
    exported = me.get("/registers/export/capability.xlsx").content
    rows = load_workbook(BytesIO(exported)).worksheets[0].max_row - 1
    assert rows >= 16 and f"{rows} 行入册" in text(send(me, exported))


def test_others_confidential_needs_are_not_exported(client: Clients) -> None:
    need = {"suyuan": "register", "organisation": {"zh": "试验厂"}, "number": "2", "day": "2026-01-02",
            "rows": {"need": [{"id": "S1", "quantity": "length", "confidential": True,
                               "interval": {"low": "1", "high": "2", "unit": "mm"}}]}}  # fmt: skip

    def exported(role: str) -> int:
        data = client(role).get("/registers/export/need.xlsx").content
        return int(load_workbook(BytesIO(data)).worksheets[0].max_row)

    before = {role: exported(role) for role in ("customer", "director", "steward")}
    assert "1 行入册" in text(send(client("customer"), json.dumps(need).encode(), "n.json"))
    for role, more in (("customer", 1), ("steward", 1), ("director", 0)):
        assert exported(role) == before[role] + more, role


def test_defects_for_the_steward(client: Clients) -> None:
    assert client("director").get("/registers/defects").status_code == 403
    page = text(client("steward").get("/registers/defects"))
    assert "EAST-L-01" in page and "TQ-01" in page and "N-2026-053" in page
    only = text(client("steward").get("/registers/defects", {"group": "overlap"}))
    assert "TQ-01" in only and "N-2026-053" not in only
    assert client("steward").get("/registers/defects", {"group": "x"}).status_code == 404
    assert "things to see to" in text(client("steward", "en").get("/registers/defects"))


def register_of(owner: str, *rows: dict[str, Any], kind: str = "capability", number: str = "7") -> bytes:
    document = {"suyuan": "register", "organisation": {"zh": owner}, "number": number, "day": "2026-01-02",
                "rows": {kind: list(rows)}}  # fmt: skip
    return json.dumps(document).encode()


CAN = {"id": "J1", "quantity": "length", "item": "gauge block", "interval": {"low": "1", "high": "50", "unit": "mm"},
       "uncertainty": {"form": "value", "U": "0.1", "unit": "um", "k": "2"}}  # fmt: skip


def test_refused_rows_of_a_json_register_come_back_too(client: Clients) -> None:
    me = client("director")
    answer = send(me, register_of("试验所", CAN, {**CAN, "uncertainty": None}), "r.json", "")
    page = text(answer)
    assert "1 行入册" in page and "1 行退回" in page and "/rows/capability/1" in page and "/rows/capability/0" in page
    token = re.search(r"token=([0-9a-f]{32})", answer.content.decode())
    assert token is not None
    back = load_workbook(BytesIO(me.get(f"/registers/refused.xlsx?token={token[1]}").content)).worksheets[0]
    heads, row = back.iter_rows(values_only=True)
    assert row[0] is None and "J1" in str(row[-2]), "the id is the first row's until a person types it again"
    assert heads[-2:] == ("交来的原行 row as delivered", "错在哪里 what is wrong")
    backwards = {**CAN, "interval": {"low": "50", "high": "1", "unit": "mm"}}
    answer = send(me, register_of("试验所", backwards, number="8"), "r.json", "")
    assert answer.status_code == 422 and "1 行退回" in text(answer) and "token=" in answer.content.decode()


def test_a_second_promise_is_told_on_the_page_right_after_delivery(client: Clients) -> None:
    me = client("director")
    other = ("A-2", "长度", "20~30 mm", "U=0.2 µm, k=2", "量块")
    page = text(send(me, book([GOOD, other])))
    assert "2 行入册" in page and "A-1 与 A-2" in page and "校准测量能力!2; 校准测量能力!3" in page
    later = ("A-3", "长度", "40~45 mm", "U=0.3 µm, k=2", "量块")
    page = text(send(me, book([later])))
    assert "A-1 与 A-3" in page and "A-1 与 A-2" not in page


def test_others_learn_nothing_of_confidential_needs(client: Clients) -> None:
    need = {"id": "S1", "quantity": "length", "confidential": True, "interval": {"low": "1", "high": "2", "unit": "mm"}}

    def counted(role: str) -> int:
        found = re.search(r"测量需求 (\d+) ", text(client(role).get("/registers")))
        assert found is not None
        return int(found[1])

    before = {role: counted(role) for role in ("customer", "director", "steward")}
    assert "1 行入册" in text(send(client("customer"), register_of("隐秘厂", need, kind="need"), "n.json"))
    for role, sees in (("customer", True), ("steward", True), ("director", False)):
        page = client(role).get("/registers").content.decode()
        assert ("隐秘厂" in page) is sees and counted(role) == before[role] + sees
