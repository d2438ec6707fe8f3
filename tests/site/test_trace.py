"""Traceability and what if, in this process: pictures, answers, hostile names, what is written and what is not."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

Clients = Callable[..., Any]
DAY = date(2026, 11, 23)


def digests(folder: Path) -> dict[str, str]:
    """Number → digest of the certificates and results."""
    from suyuan.store.folder import Store

    return {e.number: e.digest for e in Store(folder).documents() if e.kind in ("dcc", "typed", "result")}


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", response.content.decode()))


def fingerprint(folder: Path) -> dict[str, str]:
    """Every file of the store with its bytes."""
    return {
        str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


def rows_of_all_tables() -> dict[str, list[Any]]:
    """Every row of the database."""
    from django.apps import apps

    models = [m for m in apps.get_models() if m._meta.managed and m._meta.label != "sessions.Session"]
    return {m._meta.label: list(m._default_manager.order_by("pk").values_list()) for m in models}


# ---------------------------------------------------------------- traceability


def test_whole_laboratory_names_its_five_breaks(client: Clients) -> None:
    page = client().get("/trace")
    said = text_of(page)
    assert page.status_code == 200
    assert "5 处断口" in said and "标准量块 KB-12，50 mm（演示）已撤回（牵连 6 个）" in said
    svg = page.content.decode()
    assert svg.count('class="wide') >= 2 and svg.count('class="narrow"') == 1
    rows = re.findall(r"<tbody>(.*?)</tbody>", svg, re.S)[0].split("</tr>")
    assert "比对不满意" in rows[0] and "已撤回" in "".join(rows[:5])
    states = [re.search(r'<span class="st (\w+)">', row) for row in rows[:12]]
    tones = [found[1] for found in states if found is not None]
    assert tones[:6] == ["bad"] * 5 + ["warn"] and "ok" not in tones[:10], "the broken ones come first"


def test_a_chain_without_an_end_is_unfinished_and_no_break(client: Clients, stocked: Path) -> None:
    """Three plain certificates that rest on nothing declared, and a result that names no standard, are no breaks."""
    from suyuan.certificate.typed import to_document
    from suyuan.store.folder import Store

    for n in range(3):
        fields = {
            "issuer": "某厂", "number": f"LOOSE-{n}", "act": "calibration", "ended": "2026-01-01",
            "issued": "2026-01-02", "item": {"name": {"zh": "块"}, "serial": f"{n}"},
            "results": [{"name": {"zh": "长度"}, "value": "1.000", "unit": "mm", "U": "0.001", "k": "2"}],
        }  # fmt: skip
        assert Store(stocked).add(to_document(fields)).stored
    said = text_of(client().get("/trace"))
    assert "5 处断口" in said and "另有 4 条链还没有到终点。其余各链完整到声明的终点。" in said
    english = text_of(client(language="en").get("/trace"))
    assert "5 breaks" in english and "4 more chains have not reached a declared end yet." in english
    one = text_of(client().get("/trace/LOOSE-1"))
    assert "链还没有到终点" in one and "链断了" not in one
    assert "五处断了" in text_of(client().get("/today")), "the first page counts the same"


def test_a_chain_answers_first_and_every_node_leads_to_its_certificate(client: Clients, stocked: Path) -> None:
    known = digests(stocked)
    page = client().get("/trace/DEMO-ENG-0302")
    said = text_of(page)
    assert "链断了：端规 EG-50-A（演示）所用的标准量块 KB-12，50 mm（演示）已撤回。" in said
    narrow = re.search(r'<svg class="narrow".*?</svg>', page.content.decode(), re.S)
    assert narrow is not None
    linked = set(re.findall(r'<a href="/certificates/([0-9a-f]{64})"', narrow[0]))
    for number in ("DEMO-NMI-L-0633", "DEMO-NMI-L-0201", "DEMO-NMI-L-0417", "DEMO-CITY-L-0101", "DEMO-ENG-0302"):
        assert known[number] in linked
    complete = text_of(client().get(f"/trace/{known['DEMO-ENG-0304']}"))
    assert "链完整：4 步到米：633 nm 碘稳频激光。" in complete


def test_english_speaks_of_the_same_breaks(client: Clients) -> None:
    said = text_of(client(language="en").get("/trace/DEMO-ENG-0302"))
    assert "The chain is broken: standard gauge block KB-12, 50 mm (demo), used by end gauge EG-50-A (demo)" in said
    assert "below a break: may be read, not used" in said and "断口" not in said


@pytest.mark.parametrize(
    "key", ["NOPE", "<script>alert(1)</script>", "a/../../etc", "%00", "0" * 64, "演示' OR 1=1 --"]
)
def test_unknown_and_hostile_names_are_answered(client: Clients, key: str) -> None:
    from urllib.parse import quote

    for page in ("/trace/", "/what-if/"):
        response = client().get(page + quote(key))
        assert response.status_code == 404
        assert "<script>alert" not in response.content.decode()


def test_name_in_a_certificate_cannot_become_markup(client: Clients, stocked: Path) -> None:
    from suyuan.certificate.typed import to_document
    from suyuan.store.folder import Store

    name = {"zh": "</text><script>alert(1)</script>", "en": '"><img src=x onerror=alert(1)>'}
    fields = {
        "issuer": "x\"'<b>", "number": "<i>1</i>", "act": "calibration", "ended": "2026-01-01", "issued": "2026-01-02",
        "item": {"name": name, "serial": "1"},
        "results": [{"name": name, "value": "1", "unit": "mm", "U": "0.1", "k": "2"}],
    }  # fmt: skip
    added = Store(stocked).add(to_document(fields))
    assert added.stored
    for page in ("/trace", f"/trace/{added.digest}", f"/what-if/{added.digest}?kind=withdrawn"):
        for language in ("zh", "en"):
            body = client(language=language).get(page).content.decode()
            assert "<script>alert" not in body and "<img src=x" not in body


def test_more_than_forty_documents_show_only_what_is_broken(client: Clients, stocked: Path) -> None:
    from suyuan.certificate.typed import to_document
    from suyuan.store.folder import Store
    from suyuan.traceability.anchor import anchor_document

    store = Store(stocked)

    def certificate(number: str, *parents: tuple[str, str]) -> str:
        equipment = [
            {"name": {"zh": n}, "certificate": {"issuer": "大厂", "number": n, "sha256": d}} for n, d in parents
        ]
        fields = {
            "issuer": "大厂", "number": number, "act": "calibration", "ended": "2026-01-01", "issued": "2026-01-02",
            "item": {"name": {"zh": f"块 {number}"}, "serial": number}, "equipment": equipment,
            "results": [{"name": {"zh": "长度"}, "value": "1.000", "unit": "mm", "U": "0.001", "k": "2"}],
        }  # fmt: skip
        return store.add(to_document(fields)).digest

    top = certificate("TOP")
    store.add(anchor_document({
        "kind": "cmc", "issuer": "大厂", "number": "TOP", "name": {"zh": "终点"}, "source": "s", "declared_by": "大厂",
    }))  # fmt: skip
    for n in range(60):
        certificate(f"S-{n:03d}", ("TOP", top))
    page = client().get("/trace")
    said = text_of(page)
    assert "块 S-001" not in said, "sound chains are counted, not drawn"
    hidden = re.search(r"另有 (\d+) 个证书与结果完好", said)
    assert hidden is not None and int(hidden[1]) >= 61
    fan = client().get(f"/trace/{top}")
    narrow = re.search(r'<svg class="narrow".*?</svg>', fan.content.decode(), re.S)
    assert narrow is not None and narrow[0].count("<a href") <= 50
    assert re.search(r"，另 \d+ 个", text_of(fan)) and "另有 " in text_of(fan)


# ---------------------------------------------------------------- what if


def test_replacement_changes_two_verdicts_and_writes_nothing(client: Clients, stocked: Path) -> None:
    known = digests(stocked)
    someone = client()
    address = f"/what-if/{known['DEMO-NMI-L-0201']}"
    someone.get(address)
    files, rows = fingerprint(stocked), rows_of_all_tables()
    page = someone.get(address, {"kind": "replaced", "by": known["DEMO-NMI-L-0201A"]})
    said = text_of(page)
    assert "判定改变 2 个，共牵动 6 个结果" in said and "试算，没有写入任何记录" in said
    assert "证书值由 (50.000623 ± 0.000075) mm 变为 (50.000667 ± 0.000075) mm" in said
    shifted = {"kind": "shifted", "place": "0/0", "d": "0.044", "unit": "um", "from": "2026-07-01", "to": ""}
    assert "判定改变 2 个" in text_of(someone.post(address, shifted))
    assert "6 个结果失去可溯源的值" in text_of(someone.post(address, {"kind": "withdrawn"}))
    sheet = someone.post(address, {"kind": "withdrawn", "format": "xlsx"})
    assert fingerprint(stocked) == files
    assert rows_of_all_tables() == rows

    from openpyxl import load_workbook

    cells = list(load_workbook(io.BytesIO(sheet.content)).active.iter_rows(values_only=True))  # type: ignore[union-attr]
    assert cells[1][1] == "DEMO-CITY-L-0101" and cells[1][3] == pytest.approx(50.000838, abs=1e-6)
    assert cells[1][6] is None, "a lost value is an empty cell with its word beside it, never 0"


def test_nothing_changes_for_four_different_reasons(client: Clients, stocked: Path) -> None:
    """A shift of nil, a time without a use, and nobody who uses it are three sentences; a shift bears its unit."""
    known = digests(stocked)
    address = f"/what-if/{known['DEMO-NMI-L-0201']}"
    shift = {"kind": "shifted", "place": "0/0", "d": "0", "unit": "mm"}
    assert "偏移为零，什么都不变。" in text_of(client().post(address, shift))
    before = {**shift, "d": "0.044 um", "from": "2001-01-01", "to": "2001-02-01"}
    assert "这段时间内没有用过它，什么都不变。" in text_of(client().post(address, before))
    used = client().post(address, {**shift, "d": "44 nm"})
    assert "判定改变 2 个" in text_of(used) and "偏了 44 nm（一直）" in text_of(used)
    assert 'name="d" type="text" inputmode="decimal" maxlength="60" value="44 nm"' in used.content.decode()
    assert "不能换算" in text_of(client().post(address, {**shift, "d": "44 kg"}))
    assert "\\metre" not in used.content.decode(), "units as people write them"
    alone = f"/what-if/{known['DEMO-ENG-0304']}"
    assert "没有算出的结果以它为据" in text_of(client().post(alone, {"kind": "withdrawn"}))


def test_a_replacement_that_gives_nothing_says_so_and_is_no_fact(client: Clients, stocked: Path) -> None:
    """A certificate of another quantity: what cannot be computed is counted as such, each row says why."""
    from django.core.files.uploadedfile import SimpleUploadedFile

    from suyuan.certificate.typed import to_document

    known = digests(stocked)
    fields = {
        "issuer": "别处", "number": "T-9", "act": "calibration", "ended": "2026-01-01", "issued": "2026-01-02",
        "item": {"name": {"zh": "温度计"}, "serial": "TH-1"},
        "results": [{"name": {"zh": "温度"}, "value": "20.0", "unit": "degC", "U": "0.1", "k": "2"}],
    }  # fmt: skip
    address = f"/what-if/{known['DEMO-NMI-L-0201']}"
    page = client().post(address, {"kind": "replaced", "file": SimpleUploadedFile("t.json", to_document(fields))})
    said = text_of(page)
    assert "替代的证书说的是另一件器具" in said and "都不能计算，原因见表" in said
    assert "略有改变" not in said and "判定都不变" not in said
    rows = re.findall(r"<tbody>(.*?)</tbody>", page.content.decode(), re.S)[0].split("</tr>")[:-1]
    for row in rows:
        assert "不能计算" in row and row.count('class="sub"') >= 1, "the reason stands beside it"
    assert 'id="adopt"' not in page.content.decode() and "不能登记为事实" in said
    from suyuan.store.folder import Store

    other = Store(stocked).add(to_document(fields))
    act = {"kind": "replaced", "by": other.digest, "do": "adopt", "statement": "superseded", "day": "2026-11-20"}
    refused = client().post(address, {**act, "reason": "换了"})
    assert refused.status_code == 422


def test_a_file_is_tried_and_not_kept(client: Clients, stocked: Path) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    from suyuan.store.folder import Store

    known = digests(stocked)
    data = Store(stocked).read(known["DEMO-NMI-L-0201A"]).replace(b"50.000667", b"50.000700")
    someone = client()
    address = f"/what-if/{known['DEMO-NMI-L-0201']}"
    someone.get(address)
    files = fingerprint(stocked)
    page = someone.post(address, {"kind": "replaced", "file": SimpleUploadedFile("trial.json", data)})
    body = page.content.decode()
    assert "变为 (50.000700 ± 0.000075) mm" in text_of(page)
    carried = re.search(r'name="carried" value="([^"]+)"', body)
    assert carried is not None
    again = {"kind": "replaced", "by": "file", "carried": carried[1], "carried_name": "trial.json"}
    assert "变为 (50.000700" in text_of(someone.post(address, again))
    assert "先收存这份文件，再采用" in text_of(someone.post(address, again))
    broken = someone.post(address, {"kind": "replaced", "file": SimpleUploadedFile("x.xml", b"<a><b></a>")})
    assert broken.status_code == 200 and "trial" not in text_of(broken)
    assert fingerprint(stocked) == files


def test_bad_choices_are_findings(client: Clients, stocked: Path) -> None:
    address = f"/what-if/{digests(stocked)['DEMO-NMI-L-0202']}"
    for given, told in (
        ({"kind": "shifted", "place": "0/0", "d": "abc"}, "不是数"),
        ({"kind": "shifted", "place": "9/9", "d": "1"}, "9/9"),
        ({"kind": "shifted", "place": "0/0", "d": "1", "unit": "kg"}, "不能换算"),
        ({"kind": "shifted", "place": "0/0", "d": "1", "unit": "mm", "from": "soon"}, "不是日期"),
        ({"kind": "replaced"}, "没有选取代的证书"),
        ({"kind": "replaced", "by": "0" * 64}, "没有选取代的证书"),
        ({"kind": "replaced", "by": "file", "carried": "§§"}, "没有选取代的证书"),
    ):
        said = text_of(client().post(address, given))
        assert told in said, given


def test_adopting_needs_a_role_and_a_reason_and_then_the_chain_shows_it(client: Clients, stocked: Path) -> None:
    from suyuan.site.records.log import Log

    known = digests(stocked)
    address = f"/what-if/{known['DEMO-NMI-L-0202']}"
    act = {"kind": "withdrawn", "do": "adopt", "day": "2026-11-20", "reason": "发证机构来函", "source": "函 7"}
    assert "链完整" in text_of(client().get("/trace/DEMO-ENG-0304"))
    assert client("metrologist").post(address, act).status_code == 403
    assert client("viewer").post(address, act).status_code == 403
    refused = client().post(address, {**act, "reason": " ", "source": "函 7"})
    assert refused.status_code == 422 and "没有写理由" in text_of(refused) and "函 7" in refused.content.decode()
    wrong_day = client().post(address, {**act, "day": "昨天"})
    assert wrong_day.status_code == 422 and "发证机构来函" in wrong_day.content.decode()
    assert "链完整" in text_of(client().get("/trace/DEMO-ENG-0304"))
    asked = client().post(address, act)
    assert "将登记：" in text_of(asked) and "DEMO-NMI-L-0202 自 2026 年 11 月 20 日起已撤回" in text_of(asked)
    assert 'name="reason" value="发证机构来函"' in asked.content.decode() and "确认登记" in text_of(asked)
    assert "链完整" in text_of(client().get("/trace/DEMO-ENG-0304")), "nothing is written before it is confirmed"
    done = client().post(address, {**act, "confirm": "1"}, follow=True)
    assert "已登记：DEMO-NMI-L-0202 自 2026 年 11 月 20 日起已撤回" in text_of(done)
    after = text_of(client().get("/trace/DEMO-ENG-0304"))
    assert "链断了：端规 EG-25-C（演示）所用的标准量块 KB-13，25 mm（演示）已撤回。" in after
    line = Log.objects.filter(act="adopted").first()
    assert line is not None and line.user == "reviewer" and line.note["reason"] == "发证机构来函"
    assert "早已登记" in text_of(client().get(address, {"kind": "withdrawn"}))


def test_entering_is_asked_for(stocked: Path) -> None:
    from django.test import Client

    for page in ("/trace", "/trace/x", "/what-if/x", "/evaluate", "/evaluate/issue"):
        assert Client(headers={"host": "localhost"}).get(page).status_code in (302, 405)
        assert Client(headers={"host": "localhost"}).post(page).status_code in (302, 405)
