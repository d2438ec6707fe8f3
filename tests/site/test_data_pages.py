"""Import, datasets, requests, grants, log and impact: each act, permissions, bad input, nothing half-written."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import zipfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("deltalake", reason="the lake is an extra: pip install -e '.[lake]'")
TODAY = date(2026, 11, 29)
TABLE = """日期;时间;温度 [°C];湿度 [%];备注
2026-03-01;08:00:00;21,4;45,2;甲
2026-03-01;08:10:00;21,5;45,1;甲
2026-03-01;08:20:00;21,6;45,0;甲
2026-03-01;08:30:00;-200;44,9;乙
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import importlib.util

    spec = importlib.util.spec_from_file_location("measured", Path(__file__).with_name("measured.py"))
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    folder = tmp_path_factory.mktemp("lake") / "data"
    made.stocked_lake(folder, TODAY, 7200.0)
    return folder


@pytest.fixture
def lake_site(site_data: Path, built: Path, tmp_path: Path) -> Iterator[Path]:
    from django.conf import settings

    folder = tmp_path / "data"
    shutil.copytree(built, folder)
    before = settings.DATA
    settings.DATA = folder
    yield folder
    settings.DATA = before


@pytest.fixture
def as_(lake_site: Path, anyone: Callable[..., Any], db_clean: None) -> Callable[..., Any]:
    return anyone


@pytest.fixture
def db_clean(site_data: Path) -> Iterator[None]:
    """What these tests write into the tables is taken back."""
    from django.db import transaction

    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def told(answer: Any) -> str:
    return str(answer.content.decode("utf-8"))


def dropped(text: str | bytes, name: str = "a.csv") -> Any:
    from django.core.files.uploadedfile import SimpleUploadedFile

    return SimpleUploadedFile(name, text.encode() if isinstance(text, str) else text)


def streams_of(folder: Path) -> dict[str, int]:
    from suyuan.lake.beside import lake_of

    lake = lake_of(folder)
    found = {s.id: 0 for s in lake.streams()}
    for row in lake.blocks().to_pylist():
        found[row["stream"]] += row["n"]
    return found


# ---------------------------------------------------------------- import


def test_a_table_is_looked_at_mended_and_taken_in(as_: Callable[..., Any], lake_site: Path) -> None:
    client, before = as_("steward"), streams_of(lake_site)
    looked = client.post("/data/import", {"do": "look", "file": dropped(TABLE), "zone": "Asia/Shanghai"})
    page = told(looked)
    assert looked.status_code == 200 and "还什么都没有写" in page and "日期" in page and "缺测" in page
    assert streams_of(lake_site) == before
    waits = page.split('name="waits" value="')[1][:64]
    form = {
        "waits": waits, "name": "a.csv", "zone": "Asia/Shanghai", "instrument": "T-77", "u": "resolution",
        "mapping": json.dumps({"suyuan": "column mapping", "format": "csv", "separator": ";", "decimal": ",",
                               "time": {"columns": ["日期", "时间"], "patterns": ["%Y-%m-%d %H:%M:%S"]},
                               "values": [{"column": "温度 [°C]", "unit": "degC"}], "missing": ["-200"]}),
        "column-0": "日期", "use-0": "time", "column-1": "时间", "use-1": "time", "pattern": "%Y-%m-%d %H:%M:%S",
        "column-2": "温度 [°C]", "use-2": "value", "name-2": "room", "quantity-2": "temperature", "unit-2": "degC",
        "column-3": "湿度 [%]", "use-3": "unread", "decimal": ",", "missing": "-200", "was-0": "room", "id-0": "hall",
    }  # fmt: skip
    saved = told(client.post("/data/import", {**form, "do": "save"}))
    assert "映射已保存" in saved and "column 湿度" in saved  # what is not read is counted
    done = client.post("/data/import", {**form, "do": "take"})
    assert done.status_code == 302 and done["Location"] == "/series/hall"
    assert streams_of(lake_site)["hall"] == 4
    assert client.post("/data/import", {**form, "do": "take"}).status_code == 422  # it waits no longer
    again = told(client.post("/data/import", {"do": "look", "file": dropped(TABLE), "zone": "Asia/Shanghai"}))
    assert "这是保存过的映射" in again and 'value="room"' in again


def test_the_same_readings_are_not_written_twice(as_: Callable[..., Any], lake_site: Path) -> None:
    client = as_("steward")
    for _ in range(2):
        page = told(client.post("/data/import", {"do": "look", "file": dropped(TABLE), "zone": "UTC"}))
        waits = page.split('name="waits" value="')[1][:64]
        client.post("/data/import", {"do": "take", "waits": waits, "name": "a.csv", "zone": "UTC"})
    counted = streams_of(lake_site)
    assert sorted(n for name, n in counted.items() if "/" not in name) == [4, 4]


BARE = "time;T;RH\n2026-03-01 00:00:00;20.1;45\n2026-03-01 00:10:00;20.2;46\n2026-03-01 00:20:00;20.3;47\n"


def form_of(page: str) -> dict[str, str]:
    """What the form of a page would send: its inputs, chosen options and texts."""
    from lxml import html

    form = html.fromstring(page).get_element_by_id("intake")
    return {name: value for name, value in form.form_values() if name != "csrfmiddlewaretoken"}


def test_the_zone_is_asked_at_the_column_of_time_and_nothing_goes_in_without_it(
    as_: Callable[..., Any], lake_site: Path
) -> None:
    client = as_("steward")
    assert 'value="Asia/Shanghai"' not in told(client.get("/data/import")).split('id="zones"')[0], "no zone is assumed"
    looked = client.post("/data/import", {"do": "look", "file": dropped(BARE)})
    page = told(looked)
    assert looked.status_code == 422 and "文件里的时间没有时区，请写明" in page
    row = page[page.index('value="time"') :]
    assert 'name="zone"' in row[: row.index("</tr>")], "in the row of the column of time"
    assert "文件全部读到了" not in page and "--zone" not in page.replace("（终端 --zone）", "")
    form = form_of(page) | {"zone": "Asia/Shanghai", "unit-1": "degC", "unit-2": "%", "sampling": "600"}
    again = told(client.post("/data/import", {**form, "do": "look"}))
    assert "没有时区（第一个在第 2 行），按 Asia/Shanghai 读" in again and "3 个时间" in again.replace("的 3", "3")
    assert "--sampling" not in again and "--instrument" not in again and "填写「仪器」" in again
    done = client.post("/data/import", {**form_of(again), "do": "take"})
    assert done.status_code == 302 and streams_of(lake_site)["T"] == 3


def test_one_unit_is_not_given_to_several_columns(as_: Callable[..., Any], lake_site: Path) -> None:
    given = {"do": "look", "file": dropped(BARE), "zone": "UTC", "unit": "degC"}
    answer = as_("steward").post("/data/import", given)
    assert answer.status_code == 422 and "T, RH" in told(answer) and 'name="unit-1"' in told(answer)


def test_a_name_that_was_changed_stays_changed(as_: Callable[..., Any], lake_site: Path) -> None:
    client, text = as_("steward"), BARE.replace("T;RH", "T [degC];RH [%]")
    page = told(client.post("/data/import", {"do": "look", "file": dropped(text), "zone": "UTC"}))
    page = told(client.post("/data/import", {**form_of(page), "id-0": "hall-9", "do": "look"}))
    assert client.post("/data/import", {**form_of(page), "do": "take"}).status_code == 302
    assert streams_of(lake_site)["hall-9"] == 3 and "T" not in streams_of(lake_site)


def test_a_table_without_numbers_gets_the_form_of_its_columns(as_: Callable[..., Any], lake_site: Path) -> None:
    text = "when;what\n2026-03-01 00:00:00;20.1 C\n2026-03-01 00:10:00;20.2 C\n"
    answer = as_("steward").post("/data/import", {"do": "look", "file": dropped(text)})
    page = told(answer)
    assert answer.status_code == 422 and "20.1 C" in page and 'name="use-1"' in page and "文件全部读到了" not in page
    form = form_of(page) | {"use-1": "value", "unit-1": "degC", "zone": "UTC", "do": "look"}
    again = as_("steward").post("/data/import", form)
    assert again.status_code == 422 and "没有一个数读得出来" in told(again)


def test_a_file_that_counts_from_its_start_and_digits_of_a_computer(as_: Callable[..., Any], lake_site: Path) -> None:
    """The form takes when a file began, and the resolution of each stream where the file does not show it."""
    client = as_("steward")
    text = "Test Time / s,Voltage / V,Current / A\n" + "".join(f"{60 * n},{3.7 + n / 700!r},1\n" for n in range(5))
    looked = told(client.post("/data/import", {"do": "look", "file": dropped(text, "cell.bdf.csv")}))
    assert "写明「开始时刻」" in looked and "--start" not in looked
    wrong = client.post("/data/import", {**form_of(looked), "start": "早上", "do": "look"})
    assert wrong.status_code == 422 and "开始时刻「早上」不是日期或时刻" in told(wrong)
    page = told(client.post("/data/import", {**form_of(looked), "start": "2026-03-01 08:00", "do": "look"}))
    (n,) = re.findall(r'name="resolution-of-(\d)"', page)  # of the voltage; the current is in whole steps
    assert "2026-03-01 08:03:00" in page
    page = told(client.post("/data/import", {**form_of(page), f"resolution-of-{n}": "0.001", "do": "look"}))
    assert 'value="0.001"' in page
    assert client.post("/data/import", {**form_of(page), "do": "take"}).status_code == 302
    from suyuan.lake.beside import lake_of

    named = form_of(page)[f"id-{n}"]
    (stream,) = (s for s in lake_of(lake_site).streams() if s.id == named)
    assert format(stream.resolution, "f") == "0.001"


def test_rows_that_did_not_go_in_are_said_with_their_place(as_: Callable[..., Any], lake_site: Path) -> None:
    client, text = as_("steward"), BARE.replace("T;RH", "T [degC];RH [%]") + "2026-03-01 00:50:00;1;2;3;4\n"
    page = told(client.post("/data/import", {"do": "look", "file": dropped(text), "zone": "UTC"}))
    done = client.post("/data/import", {**form_of(page), "do": "take"}, follow=True)
    (place,) = re.findall(r"lake/[a-z]+/[0-9a-f]{64}\.jsonl", told(done))
    assert "列数不同的 1 行没有收进" in told(done) and (lake_site / place).is_file()


def test_a_block_is_taken_out_and_brought_back(as_: Callable[..., Any], lake_site: Path) -> None:
    client, text = as_("steward"), BARE.replace("T;RH", "T [degC];RH [%]")
    page = told(client.post("/data/import", {"do": "look", "file": dropped(text), "zone": "UTC"}))
    client.post("/data/import", {**form_of(page), "do": "take"})
    from suyuan.lake.beside import lake_of

    digest = next(r["digest"] for r in lake_of(lake_site).blocks("RH").to_pylist())
    assert digest[:12] in told(client.get("/data/import"))
    act = {"do": "withdraw", "block": digest}
    assert client.post("/data/import", {**act, "reason": " "}).status_code == 422
    assert as_("metrologist").post("/data/import", {**act, "reason": "x"}).status_code == 403
    assert client.post("/data/import", {**act, "reason": "湿度传感器接错"}).status_code == 302
    page = told(client.get("/data/import"))
    assert "湿度传感器接错" in page and streams_of(lake_site)["RH"] == 0
    assert client.post("/data/import", {**act, "do": "restore", "reason": "接线无误"}).status_code == 302
    assert streams_of(lake_site)["RH"] == 3


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", b"K0100 1\nK2001/1", TABLE.encode()[:31], b"a;b\n" * 3])
def test_what_cannot_be_read_says_why_and_writes_nothing(
    as_: Callable[..., Any], lake_site: Path, content: bytes
) -> None:
    before = streams_of(lake_site)
    answer = as_("steward").post("/data/import", {"do": "look", "file": dropped(content)})
    assert answer.status_code in (200, 422) and "findings" in told(answer)
    assert streams_of(lake_site) == before


@pytest.mark.parametrize(
    "wrong", [{"u": "much"}, {"unit": "furlongs per"}, {"mapping": "{"}, {"mapping": '{"suyuan": "column mapping"}'}]
)
def test_a_fault_keeps_the_file_and_what_was_typed(as_: Callable[..., Any], wrong: dict[str, str]) -> None:
    given = {"do": "take", "file": dropped(TABLE), "instrument": "T-9", **wrong}
    answer = as_("steward").post("/data/import", given)
    page = told(answer)
    assert answer.status_code == 422 and 'name="waits"' in page and 'value="T-9"' in page


def test_who_may_not_take_in(as_: Callable[..., Any]) -> None:
    for role in ("viewer", "customer", "director"):
        assert as_(role).get("/data/import").status_code == 403
        assert as_(role).post("/data/import", {"file": dropped(TABLE)}).status_code == 403
    assert as_("metrologist").get("/data/import").status_code == 200


def test_a_search_without_a_result_names_words_that_are_there(as_: Callable[..., Any], lake_site: Path) -> None:
    client = as_("steward")
    page = told(client.get("/data?q=zzqqxx"))
    way = page[page.index('id="near"') :].split('href="')[1].split('"')[0]
    assert "目录中有的" in page and 'class="what"' in told(client.get(f"/data{way}")), "a word that is named finds"


# ---------------------------------------------------------------- datasets, requests, grants, log


HEAD = {"id": "chamber", "version": "1", "title_zh": "试验箱温度", "title_en": "Chamber", "classification": "电动汽车",
        "licence": "CC-BY-4.0", "grade": "general", "stream": "CH-2/temperature"}  # fmt: skip


def test_from_publishing_to_reading_and_revoking(as_: Callable[..., Any], lake_site: Path) -> None:
    steward, customer, director = as_("steward"), as_("customer"), as_("director")
    assert steward.post("/data/sets/new", HEAD)["Location"] == "/data/sets/chamber@1"
    page = told(customer.get("/data/sets/chamber@1"))
    assert "chamber@1 sha256:" in page and "DEMO-T77-2" in page and "已撤回" in page
    assert steward.post("/data/sets/new", {**HEAD, "id": "fine", "usable": "people"}).status_code == 302
    assert "只看人的判断" in told(customer.get("/data/sets/fine@1"))
    assert "chamber@1" in told(customer.get("/data?theme=电动汽车"))
    use = {"do": "ask", "organisation": "演示客户", "purpose": "模型验证", "ladder": "statistics",
           "from": "2026-01-01", "to": "2027-12-31"}  # fmt: skip
    assert customer.post("/data/sets/chamber@1", use).status_code == 302
    number = told(steward.get("/data/grants")).split('name="number" value="')[1].split('"')[0]
    step = {"do": "step", "number": number, "text": "可以", "risk": "低", "classification": "general"}
    assert customer.post("/data/grants", {**step, "act": "approved"}).status_code == 422  # not one's own
    assert steward.post("/data/grants", {**step, "act": "assessed"}).status_code == 302
    assert steward.post("/data/grants", {**step, "act": "approved"}).status_code == 422  # the owner approves
    assert director.post("/data/grants", {**step, "act": "approved"}).status_code == 302
    assert steward.post("/data/grants", {**step, "act": "granted"}).status_code == 302
    grant = f"g-{number}"
    wrong = customer.post("/data/sets/chamber@1", {"do": "read", "grant": grant, "purpose": "好奇"})
    assert wrong.status_code == 422
    read = customer.post("/data/sets/chamber@1", {"do": "read", "grant": grant, "purpose": "模型验证"})
    assert read.status_code == 200 and json.loads(read.content)["summaries"]
    page = told(steward.get("/data/grants"))
    assert "链完整" in page and "取统计值" in page and "被拒" in page
    assert steward.post("/data/grants", {"do": "revoke", "grant": grant, "reason": ""}).status_code == 422
    assert steward.post("/data/grants", {"do": "revoke", "grant": grant, "reason": "标准撤回"}).status_code == 302
    again = customer.post("/data/sets/chamber@1", {"do": "read", "grant": grant, "purpose": "模型验证"})
    assert again.status_code == 422 and "标准撤回" in told(customer.get("/data/grants"))


def test_two_versions_are_compared_and_a_name_is_taken_once(as_: Callable[..., Any]) -> None:
    steward = as_("steward")
    steward.post("/data/sets/new", HEAD)
    other = steward.post("/data/sets/new", {**HEAD, "title_zh": "别的"})
    assert other.status_code == 422
    assert (
        steward.post("/data/sets/new", {**HEAD, "version": "2", "from": "2026-01-01", "to": "2026-02-01"}).status_code
        == 302
    )
    page = told(steward.get("/data/sets/chamber@2?against=chamber@1"))
    assert "与 chamber@1 相比" in page and "不同的项：" in page and "时段" in page.split("不同的项：")[1][:40]
    assert steward.get("/data/sets/chamber@3").status_code == 404
    document = steward.get("/data/sets/chamber@1/document.json")
    assert json.loads(document.content)["id"] == "chamber"


@pytest.mark.parametrize("wrong", [{"id": "a b"}, {"stream": "none"}, {"title_zh": "", "title_en": ""}, {"from": "x"}])
def test_a_dataset_that_cannot_be_published_says_why(as_: Callable[..., Any], wrong: dict[str, str]) -> None:
    answer = as_("steward").post("/data/sets/new", {**HEAD, **wrong})
    assert answer.status_code == 422 and "CC-BY-4.0" in told(answer)


def test_important_data_are_not_listed_for_outsiders(as_: Callable[..., Any]) -> None:
    as_("steward").post("/data/sets/new", {**HEAD, "grade": "important"})
    assert as_("steward").get("/data/sets/chamber@1").status_code == 200
    assert as_("customer").get("/data/sets/chamber@1").status_code == 404
    assert as_("customer").post("/data/sets/new", HEAD).status_code == 403


# ---------------------------------------------------------------- impact


def _digest(folder: Path, number: str) -> str:
    from suyuan.store.folder import Store

    return next(e.digest for e in Store(folder).documents() if e.number == number and e.kind == "typed")


def test_impact_of_a_certificate_on_readings_and_datasets(as_: Callable[..., Any], lake_site: Path) -> None:
    client = as_("steward")
    client.post("/data/sets/new", HEAD)
    page = told(client.get(f"/data/impact/{_digest(lake_site, 'DEMO-T77-2')}?kind=withdrawn&day=2026-08-01"))
    assert "CH-2/temperature" in page and "失去值" in page and "chamber@1" in page
    kept = told(client.get(f"/data/impact/{_digest(lake_site, 'DEMO-T77-3')}"))
    assert "失去值" in kept  # it is withdrawn already
    book = client.get(f"/data/impact/{_digest(lake_site, 'DEMO-T77-3')}?format=xlsx")
    assert book.content[:2] == b"PK"


def test_traceability_says_that_readings_rest_on_a_certificate(as_: Callable[..., Any], lake_site: Path) -> None:
    """A withdrawn certificate on which no result rests breaks nothing in the graph, and still readings."""
    client, digest = as_("steward"), _digest(lake_site, "DEMO-T77-3")
    page = client.get(f"/trace/{digest}")
    assert "1 条数据流的读数由它修正。" in told(page) and f"/data/impact/{digest}" in page.content.decode()
    assert "有读数以已撤销证书为据的数据流：1 条。" in told(client.get("/trace"))


def test_impact_of_what_touches_nothing_and_of_nothing(as_: Callable[..., Any], lake_site: Path) -> None:
    client, digest = as_("steward"), _digest(lake_site, "DEMO-T77-1")
    assert client.get("/data/impact/" + "0" * 64).status_code == 404
    assert client.get(f"/data/impact/{digest}?kind=withdrawn&day=32").status_code == 422
    assert client.get(f"/data/impact/{digest}?kind=replaced&by=00").status_code == 422
    assert as_("customer").get(f"/data/impact/{digest}").status_code == 403


# ---------------------------------------------------------------- grants without a request


GIVE = {
    "do": "grant", "grantee": "演示大学", "purpose": "教学，练习", "ladder": "rounded", "from": "2026-01-01",
    "to": "2027-12-31", "columns": ["value", "u"], "step": "0.5", "masks": ["time_hour"], "least": "10",
    "period": "day", "disclosure": "grouped", "conditions": "只在课堂上", "data_from": "2026-03-01",
    "data_to": "2026-03-02", "complete": "50",
}  # fmt: skip


def test_a_grant_without_a_request_has_what_the_form_says(as_: Callable[..., Any], lake_site: Path) -> None:
    from decimal import Decimal

    from suyuan.lake.beside import lake_of
    from suyuan.lake.datasets import shelf_of

    steward = as_("steward")
    steward.post("/data/sets/new", HEAD)
    assert "直接授权" in told(steward.get("/data/sets/chamber@1"))
    assert "直接授权" not in told(as_("customer").get("/data/sets/chamber@1"))
    assert as_("customer").post("/data/sets/chamber@1", GIVE).status_code == 403
    for wrong in ({"grantee": ""}, {"step": "half"}, {"least": "x"}, {"least": "1"}, {"masks": ["face"]},
                  {"to": "2025-01-01"}, {"from": "2020-01-01", "to": "2021-01-01"}, {"data_from": "x"},
                  {"complete": "175"}, {"ladder": "all"}, {"columns": ["secret"]}):  # fmt: skip
        answer = steward.post("/data/sets/chamber@1", {**GIVE, **wrong})
        assert answer.status_code == 422 and "只在课堂上" in told(answer), wrong
    assert not shelf_of(lake_of(lake_site)).grants()[0]
    assert steward.post("/data/sets/chamber@1", GIVE).status_code == 302
    (grant,) = shelf_of(lake_of(lake_site)).grants()[0]
    assert (grant.dataset, grant.version, grant.purpose) == ("chamber", "1", ("教学", "练习"))
    assert grant.step == Decimal("0.5") and grant.masks == ("time_hour",) and grant.licence == "CC-BY-4.0"
    assert (grant.last or 0) - (grant.first or 0) == 2 * 86_400_000_000 and grant.first == 1_772_294_400_000_000
    assert grant.zone == "Asia/Shanghai" and grant.complete == 0.5
    page = told(steward.get("/data/grants"))
    assert "修约到 0.5" in page and "时间到小时" in page and "只在课堂上" in page


def test_an_approval_may_give_less_and_its_rows_come_with_their_metadata(
    as_: Callable[..., Any], lake_site: Path
) -> None:
    steward, customer, director = as_("steward"), as_("customer"), as_("director")
    steward.post("/data/sets/new", HEAD)
    use = {"do": "ask", "organisation": "演示客户", "purpose": "模型验证", "ladder": "rounded", "from": "2026-01-01",
           "to": "2027-12-31", "columns": ["value", "u", "certificate"]}  # fmt: skip
    assert customer.post("/data/sets/chamber@1", use).status_code == 302
    page = told(steward.get("/data/sets/chamber@1"))  # the step can be taken here too
    number = page.split('name="number" value="')[1].split('"')[0]
    step = {"do": "step", "number": number, "text": "可以", "risk": "低", "classification": "general"}
    back = steward.post("/data/grants", {**step, "act": "assessed", "back": "chamber@1"})
    assert back.status_code == 302 and back["Location"] == "/data/sets/chamber@1"
    assert director.post("/data/grants", {**step, "act": "approved", "step": "much"}).status_code == 422
    coarser = {**step, "act": "approved", "step": "0.5", "masks": ["instrument"]}
    assert director.post("/data/grants", coarser).status_code == 302
    assert steward.post("/data/grants", {**step, "act": "granted"}).status_code == 302
    read = {"do": "read", "grant": f"g-{number}", "purpose": "模型验证", "form": "csv"}
    answer = customer.post("/data/sets/chamber@1", read)
    assert answer.status_code == 200 and answer["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        rows, said = sorted(archive.namelist())
        lines = [line for line in csv.DictReader(archive.read(rows).decode().splitlines()) if line["value"]]
        assert list(lines[0])[:4] == ["stream", "time", "value", "u"] and len(lines) > 100
        assert all(float(line["value"]) * 2 % 1 == 0 and line["certificate"].startswith("masked-") for line in lines)
        assert json.loads(archive.read(said))["url"] == rows


def test_the_words_of_the_command_line_lead_to_the_catalogue(as_: Callable[..., Any]) -> None:
    steward = as_("steward")
    assert steward.get("/lake")["Location"] == "/data"
    assert steward.get("/data/sets")["Location"] == "/data?kind=dataset"
    assert steward.get("/data/sets", follow=True).status_code == 200
