"""Certificates without a browser: list, one, files taken in, one typed; hostile input, permissions, downloads."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.site.shelf import client, filled, on, typed

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def shelf(site_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with on(filled(tmp_path_factory.mktemp("certificates") / "data")) as folder:
        yield folder


@pytest.fixture
def empty(site_data: Path, tmp_path: Path) -> Iterator[Path]:
    with on(tmp_path / "data") as folder:
        yield folder


def digest(number: str) -> str:
    from suyuan.site.acts.evidence import document
    from suyuan.site.records.models import Document

    document.current()
    return Document.objects.get(number=number, kind__in=("dcc", "typed", "result")).digest


def page(path: str, **more: Any) -> str:
    answer = client(**more).get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.content.decode()


def upload(*files: tuple[str, bytes], role: str = "metrologist", **more: Any) -> Any:
    from django.core.files.uploadedfile import SimpleUploadedFile

    sent = {"files": [SimpleUploadedFile(name, data) for name, data in files]}
    return client(role).post("/certificates/receive", sent, **more)


# ---------------------------------------------------------------- the list


def numbers(path: str) -> list[str]:
    table = page(path).split("<tbody>")[1] if "<tbody>" in page(path) else ""
    return [re.sub(r"<[^>]*>", "", found) for found in re.findall(r'<th scope="row"[^>]*><a [^>]*>(.*?)</a>', table)]


OF_THE_STACK = {f"DEMO-CITY-{n}" for n in ("F-0041", "F-0042A", "H-0270", "M-0811", "M-0812", "M-0907", "P-0270",
                                           "T-0270")}  # fmt: skip
"""Certificates behind the demo's carbon years, which are over."""


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=EG-50", {"DEMO-CITY-L-0101", "DEMO-CITY-L-0102"}),
        ("state=withdrawn", {"DEMO-NMI-L-0201", "DEMO-CITY-P-0077", "DEMO-CITY-F-0042"}),
        ("state=expired", {"DEMO-CITY-T-0092", *OF_THE_STACK}),
        ("state=due", {"DEMO-CITY-V-2207", "DEMO-NMI-T-0044", "DEMO-CITY-E-0731", "DEMO-NMI-G-0125"}),
        ("q=mohm", {"DEMO-BAT-0403"}),
        (
            "q=电阻",
            {"DEMO-BAT-0403", "DEMO-NMI-T-0044", "DEMO-NMI-T-0301", "DEMO-NMI-T-0302"},
        ),  # a resistance, and thermometers
        ("q=area", {"DEMO-ENG-0302", "DEMO-CITY-L-0371"}),
        ("kind=result", {"DEMO-CITY-R-0007", "DEMO-TORQUE-R-0001"}),
        ("q=动力电池厂+温度&chain=broken", {"DEMO-BAT-0402", "DEMO-BAT-0404"}),
        ("q=no-such-thing", set()),
        ("q=%00%25_%27%3B--", set()),
        ("state=<script>&sort=;drop&page=99999999&quantity=x", None),
    ],
)
def test_find_and_filter(shelf: Path, query: str, expected: set[str] | None) -> None:
    found = numbers(f"/certificates?{query}")
    assert (set(found) == expected) if expected is not None else 0 < len(found) <= 25, "one page"


def test_a_unit_finds_every_quantity_that_converts(shelf: Path) -> None:
    lengths = set(numbers("/certificates?quantity=1%2C0%2C0%2C0%2C0%2C0%2C0"))
    assert {"DEMO-NMI-L-0633", "DEMO-CITY-L-0101"} <= lengths
    assert lengths <= {n for page in (1, 2, 3) for n in numbers(f"/certificates?q=nm&page={page}")}
    assert not {"DEMO-BAT-0401", "DEMO-BAT-0403"} & lengths


def test_a_number_leads_straight_to_its_certificate(shelf: Path) -> None:
    answer = client().get("/certificates?q=demo-city-t-0110")
    assert (answer.status_code, answer.url) == (302, f"/certificates/{digest('DEMO-CITY-T-0110')}")
    short = client().get(f"/certificates/{digest('DEMO-CITY-T-0110')[:8]}")
    assert (short.status_code, short.url) == (302, answer.url)


def test_sorts_turn_round(shelf: Path) -> None:
    up, down = numbers("/certificates?sort=number"), numbers("/certificates?sort=-number")
    assert up == sorted(up) and down == sorted(down, reverse=True)
    assert numbers("/certificates?sort=-touches")[:2] == ["DEMO-NMI-G-0125", "DEMO-NMI-L-0633"]


def test_pages(empty: Path) -> None:
    from suyuan.store.folder import Store

    Store(empty).add_all((f"{n}.json", json.dumps(typed(f"P-{n:03d}")).encode()) for n in range(60))
    first, last = numbers("/certificates?sort=number"), numbers("/certificates?sort=number&page=3")
    assert (len(first), len(last), first[0], last[-1]) == (25, 10, "P-000", "P-059")
    assert 'rel="next"' in page("/certificates") and 'rel="next"' not in page("/certificates?page=3")
    assert numbers("/certificates?page=9&sort=number") == last


def test_excel_is_the_filtered_list_and_runs_nothing(empty: Path) -> None:
    from openpyxl import load_workbook

    from suyuan.store.folder import Store

    item = {"name": {"zh": '=HYPERLINK("http://x")', "en": "+1"}}
    Store(empty).add(json.dumps(typed("X-1", item=item)).encode(), "x.json")
    Store(empty).add(json.dumps(typed("Y-1")).encode(), "y.json")
    answer = client().get("/certificates.xlsx?q=X-1")
    rows = list(load_workbook(io.BytesIO(answer.content)).active.iter_rows())
    assert len(rows) == 2
    assert [c.value for c in rows[1]][:3] == ["X-1", "演示计量院", '=HYPERLINK("http://x")']
    assert {c.data_type for c in rows[1]} <= {"s", "n", "d"}
    assert "attachment" in answer["Content-Disposition"]


# ---------------------------------------------------------------- one certificate


def test_an_issued_certificate_shows_value_verdict_and_break(shelf: Path) -> None:
    shown = page(f"/certificates/{digest('DEMO-CITY-L-0101')}")
    assert re.search(r"合格。它的溯源链断了，断在 .*DEMO-NMI-L-0201", shown)
    assert 'class="strip"' in shown and "按证书" in shown
    assert shown.count('<li class="') >= 9
    assert f'href="/certificates/{digest("DEMO-NMI-L-0201")}"' in shown


def test_budgets_add_up(shelf: Path) -> None:
    """Each view's shares make 100 %, and its contributions make u."""
    from suyuan.site.acts import store
    from suyuan.site.records.models import Document
    from suyuan.site.web.evaluating import budget as budgets
    from suyuan.site.web.evidence.certificate import gathered

    for number in ("DEMO-CITY-L-0101", "DEMO-BAT-0403", "DEMO-CITY-R-0007"):
        row = Document.objects.on(*_days()).get(digest=digest(number))
        view = gathered(row)
        name, output = next(iter(view.evaluation.outputs.items()))
        y = view.quantities[view.places[name]]
        for kind in budgets.VIEWS:
            made = budgets.budget(y, 2.0, kind, output, view.node.case, store.evidence())
            assert made.view == kind
            assert sum(r.share for r in made.rows) == pytest.approx(1.0, abs=1e-9)
            squares = sum(r.size**2 * (1 if r.share >= 0 else -1) for r in made.rows)
            assert squares == pytest.approx(made.combined_size**2, rel=1e-9)


def _days() -> tuple[Any, Any]:
    from suyuan.site.acts import clock

    return clock.today(), clock.due()


def test_a_budget_that_cannot_be_evaluated_again_says_why(shelf: Path) -> None:
    shown = page(f"/certificates/{digest('DEMO-ENG-0305')}?budget=input")
    assert "不能按输入量列出" in shown and "按来源" in shown
    assert "不符" in shown.split('id="equipment"')[1]


def test_stated_correlation_is_shown(shelf: Path) -> None:
    assert "证书所述的相关系数" in page(f"/certificates/{digest('DEMO-CITY-T-0110')}")


def test_json_of_a_certificate(shelf: Path) -> None:
    told = client().get(f"/certificates/{digest('DEMO-CITY-L-0101')}/json").json()
    assert told["number"] == "DEMO-CITY-L-0101" and told["chain"] == "broken" and told["state"] == "valid"
    assert told["results"][0]["printed"] == ["50.000838"] and told["results"][0]["symbol"] == "mm"
    assert len(told["ladder"]) == 9 and told["ladder"]["chain"]["state"] == "failed"
    assert {e["number"] for e in told["equipment"]} == {"DEMO-NMI-L-0201", "DEMO-NMI-L-0417"}


def test_original_bytes_are_the_documents(shelf: Path) -> None:
    import hashlib

    for number in ("DEMO-CITY-L-0101", "DEMO-NMI-L-0201", "DEMO-CITY-R-0007"):
        answer = client().get(f"/certificates/{digest(number)}/original")
        assert hashlib.sha256(answer.content).hexdigest() == digest(number)
        assert answer["Content-Disposition"].startswith("attachment") and "sandbox" in answer["Content-Security-Policy"]


def test_every_document_has_a_page_in_both_languages(shelf: Path) -> None:
    from suyuan.site.acts.evidence import document
    from suyuan.site.records.models import Document

    document.current()
    for row in Document.objects.all():
        for language in ("zh", "en"):
            answer = client("manager", language).get(f"/certificates/{row.digest}")
            if row.kind in ("register", "file") and answer.status_code == 404:
                continue  # somebody else's persons, confidential needs or files
            if row.kind in ("plant", "claim", "verification", "factor"):  # they have pages of their own
                answer = client("manager", language).get(answer.headers["Location"], follow=True)
            assert answer.status_code == 200, (row.number, row.kind)
            shown = answer.content.decode()
            left = re.findall(r">\s*((?:cert|typed|list|kind|state|rung|break|today|word|none)\.[a-z_.]+)\s*<", shown)
            assert not left, (row.number, left)


def test_unknown_documents_are_404(shelf: Path) -> None:
    for path in ("/certificates/" + "0" * 64, "/certificates/00000000", "/certificates/" + "0" * 64 + "/original",
                 f"/certificates/{digest('DEMO-CITY-L-0101')}/files/99"):  # fmt: skip
        assert client().get(path).status_code == 404


def test_published_certificates_have_pages(empty: Path, reference: Path) -> None:
    """Certificates of other houses: each that is kept has its page, its JSON and its values."""
    samples = sorted((reference / "dcc" / "certificates").glob("*.xml"))
    if not samples:
        pytest.skip("no sample certificates in the reference folder")
    upload(*((p.name, p.read_bytes()) for p in samples))
    from suyuan.site.records.models import Document

    rows = list(Document.objects.all())
    assert len(rows) >= 10
    figures = 0
    for row in rows:
        shown = page(f"/certificates/{row.digest}")
        figures += shown.count('class="plot wide"')
        json.loads(client().get(f"/certificates/{row.digest}/json").content)
        assert client().get(f"/certificates/{row.digest}/values.xlsx").content[:2] == b"PK"
        assert 'aria-label="<' not in shown
    assert figures >= 5


# ---------------------------------------------------------------- declaring an anchor


ANCHOR = {
    "anchor-kind": "certified_reference_material", "anchor-name_zh": "量块（标准物质）",
    "anchor-name_en": "gauge block", "anchor-source": "标准物质证书 GBW 1", "anchor-scheme": "JJG 2056",
    "anchor-level": "1", "anchor-valid_until": "2029-03-06",
}  # fmt: skip


def declare(number: str, role: str = "manager", **change: str) -> Any:
    sent = ANCHOR | {f"anchor-{name}": text for name, text in change.items()}
    return client(role).post(f"/certificates/{digest(number)}/anchor", sent, follow=True)


def test_a_declared_anchor_makes_the_chain_whole(empty: Path) -> None:
    from suyuan.site.acts import store
    from suyuan.site.records.models import Document, Log

    upload(("a.json", json.dumps(typed("A-1")).encode()))
    assert Document.objects.get().chain != "complete"
    before = page(f"/certificates/{digest('A-1')}", role="manager")
    assert "<details open>" in before and 'name="anchor-source"' in before
    answer = declare("A-1")
    assert (answer.status_code, answer.redirect_chain[0][1]) == (200, 302)
    shown = answer.content.decode()
    assert "已声明：A-1 是溯源终点。" in shown and "量块（标准物质）" in shown.split('id="chain"')[1]
    assert Document.objects.get(kind="typed").chain == "complete"
    (anchor,) = store.evidence().anchors
    assert (anchor.issuer, anchor.number, anchor.level) == ("演示计量院", "A-1", 1)
    assert anchor.declared_by.endswith("周予") and anchor.valid_until.isoformat() == "2029-03-06"
    line = Log.objects.first()
    assert (line.act, line.user, line.digest) == ("declared", "manager", anchor.digest)
    assert "周予声明" in page("/today") and "declared" in page("/today", language="en")


def test_what_is_wrong_with_a_declaration_stands_beside_its_field(empty: Path) -> None:
    from suyuan.site.acts import store

    upload(("a.json", json.dumps(typed("A-1")).encode()))
    wrong = {"kind": "", "source": "", "level": "77", "valid_until": "2029-02-30", "name_zh": "", "name_en": ""}
    answer = declare("A-1", **wrong)
    text = answer.content.decode()
    assert answer.status_code == 422
    for name in ("kind", "name_zh", "source", "valid_until"):
        assert 'class="beside"' in text[text.index(f'name="anchor-{name}"') :].split("</p>")[0], name
    assert client("manager").get(f"/certificates/{digest('A-1')}/anchor").status_code == 302
    assert 'value="77"' in text and 'value="2029-02-30"' in text and "typed." not in text.split('id="declare"')[1]
    answer = declare("A-1", level="77")
    text = answer.content.decode()
    assert answer.status_code == 422
    assert 'class="beside"' in text[text.index('name="anchor-level"') :].split("</p>")[0]
    assert not store.evidence().anchors


def test_a_declaration_that_would_change_nothing_is_refused(empty: Path) -> None:
    from suyuan.site.acts import store

    upload(("a.json", json.dumps(typed("A-1")).encode()))
    assert declare("A-1").status_code == 200
    earlier = declare("A-1", valid_until="2028-03-06")
    assert earlier.status_code == 422 and "有效期至 2029-03-06" in earlier.content.decode()
    assert declare("A-1", valid_until="2030-03-06").status_code == 200
    assert len(store.evidence().anchors) == 2


@pytest.mark.parametrize("role", ["metrologist", "reviewer", "viewer"])
def test_only_who_may_declare_sees_the_form(empty: Path, role: str) -> None:
    from suyuan.site.acts import store

    upload(("a.json", json.dumps(typed("A-1")).encode()))
    assert "anchor-source" not in page(f"/certificates/{digest('A-1')}", role=role)
    assert declare("A-1", role=role).status_code == 403
    assert not store.evidence().anchors


# ---------------------------------------------------------------- hostile input


def hostile() -> bytes:
    text = {"zh": HOSTILE, "en": HOSTILE}
    return json.dumps(
        typed(
            "H-1" + HOSTILE, issuer=HOSTILE, basis=HOSTILE, customer=HOSTILE,
            item={"name": text, "serial": HOSTILE, "manufacturer": HOSTILE, "model": HOSTILE},
            equipment=[{"name": text, "certificate": {"issuer": HOSTILE, "number": HOSTILE}}],
            results=[{"name": text, "value": ["1.0", "1.1", "1.2"], "unit": "mm", "U": "0.1", "k": "2"}],
        )
    ).encode()  # fmt: skip


def test_a_certificate_that_is_a_script_stays_text(empty: Path) -> None:
    from lxml import html

    from suyuan.site.records.models import Document

    answer = upload((HOSTILE + ".json", hostile()))
    assert answer.status_code == 200
    found = Document.objects.get().digest
    paths = [
        *(f"/certificates/{found}", f"/certificates/{found}?lang=en", "/certificates", "/certificates?lang=en"),
        *("/today", "/today?lang=zh", f"/certificates?q={HOSTILE}", "/certificates/type/suggest?e-0-number=H-1"),
    ]
    for text in [answer.content.decode(), *(page(path) for path in paths)]:
        for element in html.fromstring(text).iter():
            if not isinstance(element.tag, str):
                continue
            assert not [name for name in element.attrib if name.startswith("on")]
            assert element.tag != "img"
            assert element.tag != "script" or (element.get("src") and not element.text)
    assert "&lt;script&gt;alert" in page(paths[0])


def test_a_hostile_file_name_is_only_a_name(empty: Path) -> None:
    data = json.dumps(typed("N-1")).encode()
    answer = upload(('../../etc/pass"wd\r\nX-Evil: 1.json', data))
    assert answer.status_code == 200
    got = client().get(f"/certificates/{digest('N-1')}/original")
    assert "X-Evil" not in got.headers and "/" not in got["Content-Disposition"].split("filename")[1]
    assert sorted(p.name for p in empty.iterdir()) == ["documents", "incoming", "index.jsonl", "lock"]


# ---------------------------------------------------------------- taking in


def test_good_files_go_in_and_bad_ones_say_why(empty: Path) -> None:
    from suyuan.site.records.models import Document, Log

    before = Log.objects.count()
    answer = upload(
        ("good.json", json.dumps(typed("G-1")).encode()),
        ("torn.xml", b"<?xml version='1.0'?><dcc"),
        ("photo.jpg", b"\xff\xd8\xff\xe0 JFIF"),
        ("empty.json", b""),
        ("wrong.json", json.dumps(typed("G-2", ended="yesterday")).encode()),
    )
    text = answer.content.decode()
    assert answer.status_code == 200
    assert [row.number for row in Document.objects.all()] == ["G-1"]
    assert Document.objects.get().received_by == "metrologist"
    assert "一份已收" in text and "四份未收" in text
    for name in ("torn.xml", "photo.jpg", "empty.json", "wrong.json"):
        assert name in text
    assert text.count("<dt>为何</dt>") >= 4 and text.count("<dt>怎么办</dt>") >= 4
    acts = list(Log.objects.values_list("act", flat=True)[: Log.objects.count() - before])
    assert sorted(acts) == ["received", "refused", "refused", "refused", "refused"]


def test_the_same_file_twice_is_one_document(empty: Path) -> None:
    data = json.dumps(typed("T-1")).encode()
    upload(("a.json", data))
    again = upload(("b.json", data)).content.decode()
    assert "早已在库" in again
    assert len(numbers("/certificates")) == 1


def test_only_bad_files_and_none(empty: Path) -> None:
    assert upload(("x.txt", b"hello")).status_code == 422
    answer = client().post("/certificates/receive", {})
    assert answer.status_code == 422 and "没有选文件" in answer.content.decode()


def test_too_large_is_refused_unread(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from suyuan.site.acts.evidence import certificate

    monkeypatch.setattr(certificate, "LARGEST_FILE", 1000)
    answer = upload(("big.json", json.dumps(typed("B-1", basis="x" * 2000)).encode()))
    assert answer.status_code == 422 and "上限" in answer.content.decode()
    assert not (empty / "documents").exists()


def test_one_by_one_answers_with_the_row_alone(empty: Path) -> None:
    answer = upload(("one.json", json.dumps(typed("O-1")).encode()), HTTP_X_SUYUAN_FILE="1")
    text = answer.content.decode()
    assert text.lstrip().startswith("<li") and "<html" not in text


def test_a_file_that_is_here_already_is_no_second_content(empty: Path) -> None:
    """Two contents of one number are told apart at the first taking in, not each time the same bytes come again."""
    first, other = json.dumps(typed("C-1")).encode(), json.dumps(typed("C-1", basis="JJG 146")).encode()
    upload(("a.json", first))
    assert "新收入的是" in upload(("b.json", other)).content.decode()
    again = upload(("a.json", first)).content.decode()
    assert "早已在库" in again and "新收入的是" not in again


def test_a_row_names_what_was_kept_before_the_records_know_it(empty: Path) -> None:
    """Two files arrive side by side: the answer of one comes from the document, not from a row yet to be written."""
    from suyuan.site.acts import store
    from suyuan.site.web.evidence.receive import _rows

    added = store.store().add(json.dumps(typed("R-1")).encode(), "r.json")
    (row,) = _rows((added,))
    assert (row["number"], row["address"]) == ("R-1", f"/certificates/{added.digest}")
    assert row["kind"] == "kind.typed"


def test_a_document_added_while_rows_are_written_gets_its_row_next(
    empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from suyuan.site.acts import store
    from suyuan.site.acts.evidence import document
    from suyuan.site.records.models import Document

    write = document._write

    def meanwhile(entries: Any, everything: bool) -> None:
        write(entries, everything)
        monkeypatch.setattr(document, "_write", write)
        store.store().add(json.dumps(typed("M-2")).encode(), "second.json")

    monkeypatch.setattr(document, "_write", meanwhile)
    store.store().add(json.dumps(typed("M-1")).encode(), "first.json")
    document.current()
    document.current()
    assert set(Document.objects.values_list("number", flat=True)) == {"M-1", "M-2"}


@pytest.mark.parametrize("path", ["/certificates/receive", "/certificates/type"])
def test_who_only_reads_may_not_write(empty: Path, path: str) -> None:
    viewer = client("viewer")
    assert viewer.get(path).status_code == 403
    assert viewer.post(path, {"do": "save"}).status_code == 403
    assert "您的身份只看不写" in viewer.get("/certificates").content.decode()
    assert not empty.exists()


def test_pages_need_a_person(empty: Path) -> None:
    from django.test import Client

    for path in ("/today", "/certificates", "/certificates.xlsx", "/certificates/" + "0" * 64):
        assert Client(HTTP_HOST="127.0.0.1").get(path).status_code == 302


def test_a_forged_form_is_refused(empty: Path) -> None:
    from django.contrib.auth.models import User
    from django.test import Client

    strict = Client(HTTP_HOST="127.0.0.1", enforce_csrf_checks=True)
    strict.force_login(User.objects.get(username="metrologist"))
    assert strict.post("/certificates/type", {"do": "save"}).status_code in (400, 403)


# ---------------------------------------------------------------- typing in


FORM = {
    "number": "T-2026-1", "issuer": "演示计量院", "act": "calibration", "ended": "2026年3月6日", "issued": "2026.3.9",
    "valid_until": "2027-03-08", "item_zh": "量块", "item_en": "gauge block", "serial": "GB-1",
    "r-0-zh": "长度", "r-0-value": "50.000620", "r-0-unit": "mm", "r-0-by": "U", "r-0-U": "0.000075", "r-0-k": "2",
}  # fmt: skip


def typing(do: str, **change: str) -> Any:
    return client().post("/certificates/type", FORM | {"do": do} | change)


def test_preview_shows_the_quantities_and_keeps_nothing(empty: Path) -> None:
    text = typing("preview").content.decode()
    assert "将成为这些量" in text and "保存为证书" in text
    assert re.search(r'data-k="u"><span class="q"><span class="n">0.000<span class="g">038', text)
    assert not (empty / "documents").exists()


def test_typed_certificate_keeps_its_digits(empty: Path) -> None:
    answer = typing("save")
    assert answer.status_code == 302
    kept = client().get(answer.url + "/json").json()
    assert kept["results"][0]["printed"] == ["50.000620"]
    assert (kept["ended"], kept["issued"]) == ("2026-03-06", "2026-03-09")
    assert kept["results"][0]["uncertainty"]["dof"] is None


def test_keeping_leads_to_the_certificate_with_htmx_too(empty: Path) -> None:
    """htmx follows a plain redirect inside the form; it must leave the page instead, and say there what happened."""
    browser = client()
    answer = browser.post("/certificates/type", FORM | {"do": "save"}, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.content) == (200, b"")
    shown = browser.get(answer.headers["HX-Redirect"]).content.decode()
    assert "已收：演示计量院的证书 T-2026-1。" in shown and shown.count("<header>") == 1


def test_errors_stand_beside_their_fields_and_nothing_is_lost(empty: Path) -> None:
    change = {"ended": "once", "r-0-value": "fifty", "r-0-unit": "furlongs-ish", "r-0-U": "-1", "number": ""}
    answer = typing("save", **change)
    text = answer.content.decode()
    assert answer.status_code == 422
    for name in ("ended", "r-0-value", "r-0-unit", "r-0-U", "number"):
        field = text[text.index(f'name="{name}"') :].split("</p>")[0]
        assert 'class="beside"' in field, name
        assert change[name] in text
    assert "演示计量院" in text and "0.000075" not in text
    assert not (empty / "documents").exists()


def test_rows_are_added_and_dropped_without_losing_the_others(empty: Path) -> None:
    text = typing("add_result").content.decode()
    assert 'name="r-1-value"' in text and "50.000620" in text
    two = {"r-1-zh": "宽度", "r-1-value": "9.001", "r-1-unit": "mm", "r-1-by": "u", "r-1-u": "0.002"}
    left = typing("drop-r-0", **two).content.decode()
    assert "宽度" in left and "50.000620" not in left and 'name="r-1-value"' not in left


def test_empty_rows_stay_where_they_are_and_findings_find_theirs(empty: Path) -> None:
    change = {
        "r-1-by": "U",
        "r-2-zh": "宽度",
        "r-2-value": "nine",
        "r-2-unit": "mm",
        "r-2-by": "none",
        "e-0-number": "",
    }
    text = typing("preview", **change).content.decode()
    assert 'name="r-1-value"' in text and 'name="e-0-number"' in text
    assert 'class="beside"' in text[text.index('name="r-2-value"') :].split("</p>")[0]
    assert 'class="beside"' not in text[text.index('name="r-1-value"') :].split("</p>")[0]


def test_a_list_a_range_and_a_correlation(empty: Path) -> None:
    change = {
        "r-0-value": "1.01\n2.02\n3.03", "r-0-U": "0.10", "r-0-lower": "1", "r-0-upper": "3", "r-0-range_unit": "mm",
        "r-1-zh": "a", "r-1-value": "5.0", "r-1-unit": "K", "r-1-by": "u", "r-1-u": "0.2",
        "r-2-zh": "b", "r-2-value": "6.0", "r-2-unit": "1", "r-2-by": "u", "r-2-u": "0.3",
        "c-0-i": "2", "c-0-j": "3", "c-0-r": "-0.9",
    }  # fmt: skip
    answer = typing("save", **change)
    assert answer.status_code == 302, answer.content.decode()[:3000]
    from suyuan.site.acts import store

    kept = store.evidence().certificates[0]
    assert [q.value.size for q in kept.quantities()] == [3, 1, 1]
    assert kept.results[0].joint == (("1/0", "2/0", -0.9),)
    assert 'class="plot wide"' in client().get(answer.url).content.decode()


def test_a_class_row_says_how_far_it_is_to_be_trusted(empty: Path) -> None:
    change = {
        "r-0-by": "class",
        "r-0-class": "gb-te-0",
        "r-0-value": "50",
        "r-0-nominal": "50",
        "r-0-U": "",
        "r-0-k": "",
    }
    text = typing("preview", **change).content.decode()
    assert "按级" in text
    from suyuan.certificate.accuracy_class import rows

    for row, word in (("gb-te-0", rows()["gb-te-0"]), ("w-E2", rows()["w-E2"])):
        said = page(f"/certificates/type/class?r-0-class={row}")
        expected = "已与来源核对" if word["status"] == "confirmed" else "凭记忆"
        assert expected in said
    assert "凭记忆" in page("/certificates/type") or "凭记忆" in text


def test_a_standard_is_found_by_its_number(empty: Path) -> None:
    from suyuan.site.acts import store

    upload(("p.json", json.dumps(typed("P-1")).encode()))
    assert "P-1 · 演示计量院" in page("/certificates/type/suggest?e-0-number=P-1")
    answer = typing("save", **{"e-0-number": "P-1 · 演示计量院"})
    assert answer.status_code == 302
    child = next(c for c in store.evidence().certificates if c.number == "T-2026-1")
    assert child.equipment[0].certificate.digest == digest("P-1")
    assert child.equipment[0].name["zh"] == "量块（演示）"
    refused = typing("save", number="T-2", **{"e-0-number": "NOBODY-1"})
    assert refused.status_code == 422 and "库中没有编号为 NOBODY-1 的证书" in refused.content.decode()


def test_the_same_number_with_other_content_warns_before_it_is_kept(empty: Path) -> None:
    typing("save")
    assert "已在库中" in typing("preview", **{"r-0-value": "50.000621"}).content.decode()


def test_htmx_gets_the_form_alone(empty: Path) -> None:
    answer = client().post("/certificates/type", FORM | {"do": "preview", "number": ""}, HTTP_HX_REQUEST="true")
    text = answer.content.decode()
    assert answer.status_code == 200 and text.lstrip().startswith("<form") and "<html" not in text
    kept = client().post("/certificates/type", FORM | {"do": "save"}, HTTP_HX_REQUEST="true")
    assert kept.headers["HX-Redirect"] == f"/certificates/{digest('T-2026-1')}"


def test_no_two_rows_of_the_class_table_are_called_the_same(empty: Path) -> None:
    from suyuan.certificate.accuracy_class import rows
    from suyuan.site.terms import term_table
    from suyuan.site.web.evidence import classes

    for language in ("zh", "en"):
        names = [classes.label(id, language) for id in rows()]
        assert len(set(names)) == len(rows())
        assert not [name for name in names if "class.of." in name or "class.by." in name]
    assert not re.search(r"[\u4e00-\u9fff]", "".join(classes.label(id, "en") for id in rows()))
    assert {f"class.of.{row['quantity']}" for row in rows().values()} <= set(term_table())
    expected = "量块 0 级 · 任意点长度对标称长度的偏差 te · ISO 3650:1998 · ±0.12 … ±2 µm"
    assert classes.label("gb-te-0", "zh") == expected


def test_the_class_table_is_searched_and_says_what_it_gives_here(empty: Path) -> None:
    found = page("/certificates/type/classes?r-0-find=量块+0+级&r-0-nominal=50&r-0-unit=mm&r-0-class=w-E2")
    assert 'value="gb-te-0"' in found and "±0.2 µm (50 mm)" in found
    assert "不能当作 ± 半宽用" in found.split('value="gb-tv-0"')[1].split("</option>")[0]
    assert 'value="w-E2" selected' in found and 'value="w-F1"' not in found
    assert "没有符合的行" in page("/certificates/type/classes?r-0-find=nothing-like-this")
    assert "half-width" in page("/certificates/type/class?r-0-class=gb-tv-0", language="en")
    typed_in = typing("show", **{"r-0-by": "class", "r-0-find": "gauge block", "r-0-value": "50"}).content.decode()
    assert 'value="gb-te-0"' in typed_in and 'value="w-E2"' not in typed_in


def test_a_day_to_come_is_remarked_upon(empty: Path) -> None:
    text = typing("preview", ended="2099-03-06", issued="2099-03-09", valid_until="2100-03-06").content.decode()
    field = text[text.index('name="ended"') :].split("</p>")[0]
    assert "2099-03-06 在今天" in field and "保存为证书" in text
    assert "在今天" not in typing("preview").content.decode()


def test_what_a_file_lacks_is_called_by_its_name(empty: Path) -> None:
    fields = typed("L-1")
    del fields["number"]
    text = upload(("l.json", json.dumps(fields).encode()), ("o.json", b'{"a": 1}')).content.decode()
    assert "缺少「编号」" in text and "没有写明自己是什么" in text and "None" not in text
