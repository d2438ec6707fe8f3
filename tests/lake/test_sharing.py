"""Publishing, checking, comparing and handing over: what a grant gives is what it says, and it stands in the log."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("deltalake")

import pyarrow.parquet as pq
from scipy.io import netcdf_file

from suyuan.lake import readings
from suyuan.lake.datasets import (
    checked,
    citations,
    compared,
    lake_version,
    learn,
    publish_dataset,
    shelf_of,
    standing,
    views,
)  # fmt: skip
from suyuan.lake.handed import Handed, hand_over
from suyuan.lake.retention import aged, retain
from suyuan.lake.table import Lake
from suyuan.lake.upkeep import retire, vacuum
from suyuan.quantity.finding import Refused
from suyuan.quantity.quantity import Quantity
from suyuan.series.block import Block
from suyuan.series.changed import Change
from suyuan.series.cited import touched
from suyuan.series.dataset.given import rounding_u
from suyuan.series.dataset.grant import Asked, Revocation
from suyuan.series.dataset.summarised import difference, read_summary
from suyuan.series.dataset.version import DatasetVersion, Wanted, dataset_document, read_dataset
from suyuan.series.summary import mean

from .plant import DAY, KNOWN, MINUTE, NOW, OWN_U, START, certificate, grant, plant

ASKED = Asked("university", "research")


def codes(caught: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [f.code for f in caught.value.findings]


def handed(
    lake: Lake, form: str = "json", asked: Asked = ASKED, now: int = NOW, dataset: DatasetVersion | None = None,
    **more: Any,
) -> Handed:  # fmt: skip
    """What a new grant gives; dataset: the first of the lake where None."""
    shelf = shelf_of(lake)
    version = dataset or shelf.datasets()[0][0]
    number = len(shelf.grants()[0])
    shelf.add_grant(grant(version.head.id, id=f"g{number + 1}", **more))
    return hand_over(lake, version.name, f"g{number + 1}", asked, form, now)


def told_flagged(out: Handed) -> int:
    """How many flagged readings the warning names."""
    return int(next(dict(f.parameters)["count"] for f in out.findings if f.code == "series_quality.flagged.counted"))


# ---------------------------------------------------------------- versions


def test_a_version_is_cited_by_what_it_holds(tmp_path: Path) -> None:
    lake, version, corrections = plant(tmp_path)
    again, found = read_dataset(dataset_document(version))
    assert not found and again == version
    assert version.citation == f"a-temperature@1 sha256:{version.digest}" and len(version.digest) == 64
    assert [n.certificate for n in version.certificates] == ["Laboratory a"]
    assert version.parts[0].readings == 3 * 1440 and len(version.parts[0].blocks) == 3
    assert checked(lake, version) == ()
    other, _, _ = plant(tmp_path / "second")
    assert shelf_of(other).dataset("a-temperature@1").digest == version.digest  # the same content, the same citation
    assert publish_dataset(lake, version.head, [Wanted("a-t", START, START + 3 * DAY)], corrections, KNOWN,
                           "suyuan test") == version  # fmt: skip
    with pytest.raises(Refused) as caught:
        publish_dataset(lake, version.head, [Wanted("a-t")], corrections, KNOWN + 1)
    assert codes(caught) == ["sharing.dataset.named"]
    with pytest.raises(Refused) as caught:
        shelf_of(lake).dataset("a-temperature@1 sha256:" + "0" * 64)
    assert codes(caught) == ["sharing.dataset.digest"]


@pytest.mark.parametrize("form", ["zip", "nc"])
def test_rows_of_a_grant_in_formats_of_other_people(tmp_path: Path, form: str) -> None:
    lake, _, _ = plant(tmp_path)
    made = handed(lake, form, ladder="rows", columns=("value", "u", "flag", "certificate"))
    table = pq.read_table(io.BytesIO(handed(lake, "parquet", ladder="rows").data))
    value = table["value"].to_numpy()
    if form == "nc":
        with netcdf_file(io.BytesIO(made.data), mmap=False) as file:
            np.testing.assert_array_equal(file.variables["value"][:], value)
            assert json.loads(file.suyuan)["grant"] == "g1" and file.variables["u"].units == b"K"
        return
    with zipfile.ZipFile(io.BytesIO(made.data)) as archive:
        package, rows = json.loads(archive.read("datapackage.json")), archive.read("rows.csv")
    (resource,) = package["resources"]
    assert resource["hash"] == f"sha256:{hashlib.sha256(rows).hexdigest()}" and package["suyuan"]["grant"] == "g1"
    read = list(csv.DictReader(io.StringIO(rows.decode())))
    assert [f["name"] for f in resource["schema"]["fields"]] == list(read[0])
    np.testing.assert_allclose([float(r["value"]) for r in read], value, atol=0.0006)


def test_what_a_version_cites_is_retained(tmp_path: Path) -> None:
    lake, version, _ = plant(tmp_path)
    later = Block("a-t", "I-a", START + 5 * DAY + np.arange(10) * MINUTE, np.full(10, 2000), Decimal("0.01"))
    lake.append([later])
    found = aged(lake, START + 10 * DAY, ["a-t"])
    assert {one.digest for one in found if one.cited} == set(version.parts[0].blocks)
    assert [(one.digest, one.cited) for one in found if not one.cited] == [(later.digest, ())]
    done = retain(lake, START + 10 * DAY, ["a-t"])
    assert (done.blocks, done.files) == (1, 0)  # files go a week later
    assert set(lake.blocks("a-t")["digest"].to_pylist()) == set(version.parts[0].blocks) and not checked(lake, version)
    (lake.folder / "sharing" / "datasets" / "a-temperature" / "1.json").write_text("{", "utf-8")
    with pytest.raises(Refused):  # what a damaged version cites is not known
        retain(lake, START + 10 * DAY)


def test_a_version_survives_upkeep_and_its_loss_is_told(tmp_path: Path) -> None:
    lake, version, _ = plant(tmp_path)
    retire(lake, START + 10 * DAY)
    assert vacuum(lake, hours=0) == 0 and lake_version(lake, version) is not None
    assert checked(lake, version) == ()
    got = np.concatenate([v.value for v in views(lake, version, version.parts[0], shelf_of(lake).certificates()[0])])
    assert len(got) == 3 * 1440 and not np.isnan(got).any()
    for place in (lake.folder / "sharing" / "certificates").iterdir():
        place.unlink()
    assert [f.code for f in checked(lake, version)] == ["sharing.dataset.certificate"]
    shelf_of(lake).add_certificates([certificate("a", 0.3)])
    with pytest.raises(Refused) as caught:
        handed(lake, ladder="rows")
    assert codes(caught) == ["sharing.dataset.certificate_other"]
    assert [f.code for f in checked(lake, version)] == ["sharing.dataset.certificate_other"]
    gone = replace(version, parts=(replace(version.parts[0], blocks=("0" * 64, *version.parts[0].blocks)),))
    assert "sharing.dataset.block" in [f.code for f in checked(lake, gone)]


def test_what_is_learnt_later_changes_no_published_version(tmp_path: Path) -> None:
    lake, version, corrections = plant(tmp_path)
    before = json.loads(handed(lake, ladder="rows").data)["columns"]
    shelf = shelf_of(lake)
    late = replace(corrections[0], withdrawn_known=KNOWN + DAY, supersedes=("c-old",))
    piece = replace(
        corrections[0], id="c-a 1", valid_from=START + DAY, known_from=KNOWN + DAY, withdrawn_known=KNOWN + DAY
    )
    shelf.add_certificates([late, piece])
    assert checked(lake, version) == () and json.loads(handed(lake, ladder="rows").data)["columns"] == before
    assert shelf.certificates()[0][0].withdrawn_known == KNOWN + DAY
    live = json.loads(handed(lake, ladder="live", columns=("value",)).data)["columns"]
    assert set(live["status"]) == {"withdrawn"} and set(live["value"]) == {None}  # as known now


def test_two_versions_differ_in_blocks_certificates_and_values(tmp_path: Path) -> None:
    lake, first, corrections = plant(tmp_path)
    late = replace(corrections[0], withdrawn_known=KNOWN + DAY)
    replacing = replace(certificate("a", 0.3), id="c-new", number="NEW", valid_from=START + 2 * DAY,
                        known_from=KNOWN + DAY)  # fmt: skip
    lake.append([Block("a-t", "I-a", START + np.arange(10) * MINUTE + 7, np.arange(2000, 2010), Decimal("0.01"))])
    head = replace(first.head, version="2", licence="CC0")
    second = publish_dataset(
        lake, head, [Wanted("a-t", START, START + 3 * DAY, OWN_U)], [late, replacing], KNOWN + 2 * DAY, "suyuan test"
    )
    found = compared(lake, first, second)
    assert set(found.told) == {"licence", "known", "u"}
    assert len(found.blocks[0].came) == 1 and found.blocks[0].stayed == 3 and not found.blocks[0].went
    assert found.certificates == (("Laboratory NEW",), (), ())
    assert found.withdrawn == (("Laboratory a", START - DAY),)
    # two days under the withdrawn certificate have no value any more, the third moves by 0.2 = 3.65 u
    assert found.values["a-t"] == {Change.GONE: 2 * 1440, Change.MORE: 1440} and found.beyond == 3 * 1440
    assert found.worst["a-t"] == np.inf
    assert found.gained["a-t"] == found.lost["a-t"] == found.flagged["a-t"] == 0  # what came has no value
    assert compared(lake, second, second).beyond == 0


def test_a_shorter_span_and_another_rule_of_use_are_named_and_what_they_take_is_counted(tmp_path: Path) -> None:
    lake, first, corrections = plant(tmp_path)
    flags = [b.flag for b in readings.blocks_between(lake, "a-t") if b.time[0] < START + 2 * DAY]
    marks = int(np.concatenate([f for f in flags if f is not None]).sum())
    lake.append([Block("a-t", "I-a", START + 9 * DAY + np.arange(3) * MINUTE, np.full(3, 2000), Decimal("0.01"))])
    head = replace(first.head, version="2", usable="unflagged")
    second = publish_dataset(lake, head, [Wanted("a-t", START, START + 2 * DAY)], corrections, KNOWN, "suyuan test")
    found = compared(lake, first, second)
    assert set(found.told) == {"usable", "span"} and marks > 0
    assert found.lost["a-t"] == 1440 and found.flagged["a-t"] == marks == found.values["a-t"][Change.GONE]
    assert found.beyond == 1440 + marks and found.gained["a-t"] == 0
    middle = replace(first.head, version="3")
    inside = publish_dataset(lake, middle, [Wanted("a-t", START + DAY // 2, START + DAY)], corrections, KNOWN)
    assert (
        inside.parts[0].readings == handed(lake, ladder="rows", dataset=inside).rows == 720
    )  # its span, not its block


def test_a_withdrawal_is_told_of_a_version_that_does_not_know_it(tmp_path: Path) -> None:
    lake, version, corrections = plant(tmp_path)
    assert standing(lake, version, NOW) == ()
    piece = replace(corrections[0], id="c-a 1", valid_from=START + DAY, withdrawn_known=KNOWN - DAY)  # stated late
    learn(lake, [corrections[0], piece], NOW)
    (gone,) = standing(lake, version, NOW)
    assert (gone.certificate, gone.start, gone.known, gone.later) == ("Laboratory a", START + DAY, KNOWN - DAY, True)
    for ladder in ("rows", "statistics"):
        out = handed(lake, ladder=ladder)
        assert "sharing.certificate.withdrawn" in [f.code for f in out.findings]
        (said,) = json.loads(out.data)["terms"]["withdrawn"]
        assert said["certificate"] == "Laboratory a" and said["from"] == "2026-01-02T00:00:00Z"
    hidden = handed(lake, ladder="rows", masks=("instrument",)).data.decode()
    assert "Laboratory" not in hidden and json.loads(hidden)["terms"]["withdrawn"]
    head = replace(version.head, version="2")
    fresh = publish_dataset(lake, head, [Wanted("a-t", START, START + 3 * DAY)], [corrections[0], piece], KNOWN)
    assert {w.later for w in standing(lake, fresh, NOW)} == {False}  # its values have it in account
    apart = compared(lake, version, fresh)
    assert apart.certificates == ((), (), ()) and apart.withdrawn == (("Laboratory a", START + DAY),)
    assert "sharing.certificate.withdrawn" not in [f.code for f in handed(lake, dataset=fresh).findings]


# ---------------------------------------------------------------- what is given


def test_rows_are_what_the_columns_and_the_span_say(tmp_path: Path) -> None:
    lake, version, _ = plant(tmp_path)
    out = handed(lake, "parquet", ladder="rows", columns=("value", "flag"), first=START + DAY, last=START + 2 * DAY)
    table = pq.read_table(io.BytesIO(out.data))
    assert (
        table.column_names == ["stream", "time", "value", "status", "flagged_by", "flag"]
        and table.num_rows == out.rows == 1440
    )
    time = table["time"].cast("int64").to_numpy()
    assert time.min() == START + DAY and time.max() == START + 2 * DAY - MINUTE
    raw = next(b for b in readings.blocks_between(lake, "a-t") if b.time[0] == START + DAY)
    np.testing.assert_allclose(table["value"].to_numpy(), raw.value + 0.1, rtol=0, atol=1e-12)
    assert set(table["flag"].to_pylist()) == {"", "D"}
    terms = json.loads(table.schema.metadata[b"suyuan.sharing"])
    assert terms["dataset"] == version.citation and terms["purpose"] == "research" and terms["licence"] == "CC-BY-4.0"
    assert table["flagged_by"].to_pylist().count("reported") == told_flagged(out) < told_flagged(handed(lake))
    narrow = handed(lake, "csv", replace(ASKED, first=START, last=START + MINUTE, columns=("value",)), ladder="rows")
    lines = narrow.data.decode().splitlines()
    assert lines[0] == "stream,time,value,status,flagged_by" and len(lines) == 2
    assert next(csv.reader(lines[1:]))[1] == "2026-01-01T00:00:00Z"


def test_a_csv_shows_the_digits_that_u_justifies_and_its_metadata_says_the_rest(tmp_path: Path) -> None:
    lake, version, _ = plant(tmp_path)
    asked: dict[str, Any] = {"ladder": "rows", "columns": ("value", "u", "certificate")}
    out, exact = handed(lake, "csv", **asked), pq.read_table(io.BytesIO(handed(lake, "parquet", **asked).data))
    rows = list(csv.DictReader(io.StringIO(out.data.decode())))
    u = np.sqrt(OWN_U**2 + 0.02**2 + 0.01**2)  # 0.0548: two digits are three places
    assert len(rows) == exact.num_rows and {row["u"] for row in rows} == {f"{u:.3f}"}
    assert {len(row["value"].partition(".")[2]) for row in rows} == {3}
    away = np.array([float(row["value"]) for row in rows]) - exact["value"].to_numpy()
    assert np.abs(away).max() <= 0.0005 + 1e-12
    assert out.beside is not None
    said = json.loads(out.beside("a b.csv"))
    assert said["@context"][0] == "http://www.w3.org/ns/csvw" and said["url"] == "a b.csv"
    assert [c["name"] for c in said["tableSchema"]["columns"]] == list(rows[0])
    assert said["dc:identifier"] == version.citation and said["dc:license"] == "CC-BY-4.0"
    assert said["urn:suyuan:terms"]["streams"]["a-t"]["unit"] == "K"
    hidden = handed(lake, "csv", ladder="rows", columns=("value",))  # as many digits, also where no u is shown
    assert [r["value"] for r in csv.DictReader(io.StringIO(hidden.data.decode()))] == [r["value"] for r in rows]
    rounded = handed(lake, "csv", ladder="rounded", columns=("value", "u"))
    for row in csv.DictReader(io.StringIO(rounded.data.decode())):
        assert len(row["value"].partition(".")[2]) == 2 and Decimal(row["value"]) % Decimal("0.05") == 0  # its step
        assert row["u"] == f"{np.sqrt(u**2 + 0.05**2 / 12):.3f}"
    assert handed(lake, "json").beside is None


def test_a_masked_hour_gives_no_order_within_it_away(tmp_path: Path) -> None:
    lake, _, _ = plant(tmp_path, days=1)
    plain = json.loads(handed(lake, ladder="rows").data)["columns"]
    shown = json.loads(handed(lake, ladder="rounded", step=Decimal("0.05"), masks=("time_hour",)).data)["columns"]
    hours = [t[:13] for t in shown["time"]]
    assert hours == sorted(hours) and len(set(shown["time"])) == 24 and hours == [t[:13] for t in plain["time"]]
    first = shown["value"][:60]
    assert first == sorted(first)  # in the order of values
    assert first != [round(round(v / 0.05) * 0.05, 2) for v in plain["value"][:60]]


def test_rounding_below_u_removes_nothing_real(tmp_path: Path) -> None:
    lake, _, _ = plant(tmp_path)
    plain = json.loads(handed(lake, ladder="rows", columns=("value", "u", "certificate")).data)["columns"]
    out = json.loads(handed(lake, ladder="rounded", columns=("value", "u", "certificate"), masks=("instrument",)).data)
    shown, terms = out["columns"], out["terms"]["streams"]["a-t"]
    u = np.sqrt(OWN_U**2 + 0.02**2 + 0.01**2)
    assert terms["step"] == "0.05" and float(terms["step"]) <= u and terms["u_rounding"] == rounding_u(Decimal("0.05"))
    away = np.array(shown["value"]) - np.array(plain["value"])
    assert 0.0 < np.abs(away).max() <= 0.025 + 1e-9
    np.testing.assert_allclose(shown["u"], np.sqrt(u**2 + 0.05**2 / 12), rtol=1e-12)
    assert max(shown["u"]) / u < 1.05
    assert set(plain["certificate"]) == {"Laboratory a"}
    assert len(set(shown["certificate"])) == 1 and shown["certificate"][0].startswith("masked-")
    coarse = handed(lake, ladder="rounded", step=Decimal(1))
    assert "sharing.rounding.coarse" in [f.code for f in coarse.findings]
    assert set(json.loads(coarse.data)["columns"]["value"]) <= {19.0, 20.0, 21.0, 22.0}


def summary_of(out: Handed) -> dict[str, Any]:
    body = json.loads(out.data)
    assert body["suyuan"] == "summaries" and len(body["summaries"]) == 1
    return dict(body["summaries"][0])


def test_statistics_show_whole_days_and_keep_what_is_shared(tmp_path: Path) -> None:
    lake, version, corrections = plant(tmp_path)
    other, _, _ = plant(tmp_path / "other", "b", level=21.0)
    shown = [read_summary(json.dumps(summary_of(handed(one))).encode()) for one in (lake, other)]
    assert [list(s.readings) for s in shown] == [[1440] * 3] * 2
    u_own = np.sqrt(OWN_U**2 / 1440 + 0.01**2)
    np.testing.assert_allclose(shown[0].quantity.u, np.sqrt(u_own**2 + 0.02**2), rtol=1e-9)
    begin, apart = difference(*shown)
    assert list(begin) == [START, START + DAY, START + 2 * DAY]
    np.testing.assert_allclose(apart.u, np.sqrt(2) * u_own, rtol=1e-9)  # the reference of both cancels
    held = views(lake, version, version.parts[0], corrections)
    np.testing.assert_allclose(shown[0].quantity.value, [mean(v).value for v in held], rtol=1e-12)
    hidden = [read_summary(json.dumps(summary_of(handed(one, disclosure="opaque"))).encode()) for one in (lake, other)]
    np.testing.assert_allclose(hidden[0].quantity.u, shown[0].quantity.u, rtol=1e-9)
    np.testing.assert_allclose(  # who hides the reference pays for it in the difference
        difference(*hidden)[1].u, np.sqrt(2) * shown[0].quantity.u, rtol=1e-9
    )
    assert len(hidden[0].quantity.blocks) == 1


def test_no_statistic_shows_a_single_reading(tmp_path: Path) -> None:
    lake, _, _ = plant(tmp_path)
    shorter = replace(ASKED, first=START, last=START + 2 * DAY - MINUTE)
    assert summary_of(handed(lake, asked=shorter))["readings"] == [1440]  # a span that cuts a day drops it
    assert summary_of(handed(lake, first=START + 5 * MINUTE))["readings"] == [1440, 1440]
    assert summary_of(handed(lake, last=START + 3 * DAY - MINUTE))["readings"] == [1440, 1440]
    with pytest.raises(Refused) as caught:
        handed(lake, least=1441)
    assert codes(caught) == ["sharing.statistics.none"]
    with pytest.raises(Refused) as caught:
        handed(lake, least=1)
    assert codes(caught) == ["sharing.grant.least"]
    whole = summary_of(handed(lake, period="span"))
    assert whole["readings"] == [3 * 1440] and len(whole["archive"]["results"]["a-t"]["value"]) == 1
    step = read_summary(json.dumps(summary_of(handed(lake, step=Decimal("0.01"), period="hour"))).encode())
    rounding = [i for i in step.quantity.influences() if i.distribution == "rectangular"]
    assert len(rounding) == 1 and rounding[0].size == 72  # named, and independent from hour to hour


def test_a_nearly_empty_day_has_no_mean_unless_the_grant_says_so(tmp_path: Path) -> None:
    lake, first, corrections = plant(tmp_path)
    time = START + 5 * DAY + np.arange(200) * MINUTE
    flag = (np.arange(200) < 7).astype(np.int32)
    lake.append([Block("a-t", "I-a", time, np.full(200, 2000), Decimal("0.01"), flag=flag, legend=("", "D"), u=OWN_U)])
    head = replace(first.head, version="2")
    version = publish_dataset(lake, head, [Wanted("a-t", START, START + 6 * DAY)], corrections, KNOWN)
    usual = summary_of(handed(lake, dataset=version))
    assert usual["readings"] == [1440] * 3 and usual["expected"] == [1440.0] * 3 and usual["hidden"] == 1
    wide = summary_of(handed(lake, dataset=version, complete=0.1))
    assert wide["readings"] == [1440] * 3 + [200] and wide["flagged"][3] == 7 and min(wide["flagged"][:3]) > 0
    assert read_summary(json.dumps(wide).encode()).share[3] == pytest.approx(200 / 1440)
    with pytest.raises(Refused) as caught:
        handed(lake, dataset=version, first=START + 5 * DAY)
    assert codes(caught) == ["sharing.statistics.incomplete"]


def test_the_days_of_statistics_are_those_of_the_zone_of_the_grant(tmp_path: Path) -> None:
    lake, _, _ = plant(tmp_path)
    day = START + 16 * 3_600_000_000  # 2026-01-02 in Shanghai
    local: dict[str, Any] = {"first": day, "last": day + DAY}
    shown = summary_of(handed(lake, zone="Asia/Shanghai", **local))
    assert shown["readings"] == [1440] and shown["begin"] == ["2026-01-01T16:00:00Z"]
    with pytest.raises(Refused) as caught:
        handed(lake, **local)  # by UTC no day is whole
    assert codes(caught) == ["sharing.statistics.period"] and dict(caught.value.findings[0].parameters)["zone"] == "UTC"
    with pytest.raises(Refused) as caught:
        handed(lake, zone="Nowhere/Land")
    assert codes(caught) == ["sharing.grant.zone"]


def test_live_gives_what_came_since_and_metadata_gives_no_number(tmp_path: Path) -> None:
    lake, _, _ = plant(tmp_path)
    time = START + 3 * DAY + np.arange(5) * MINUTE
    lake.append([Block("a-t", "I-a", time, np.full(5, 2000), Decimal("0.01"), u=OWN_U)])
    assert handed(lake, ladder="rows").rows == 3 * 1440
    assert handed(lake, ladder="live").rows == 3 * 1440 + 5
    text = handed(lake, ladder="metadata").data.decode()
    entry = json.loads(text)
    assert entry["@type"] == "dcat:Dataset" and entry["dct:temporal"]["dcat:startDate"] == "2026-01-01T00:00:00Z"
    assert {t["@language"] for t in entry["dct:title"]} == {"zh", "en"} and "20." not in text


# ---------------------------------------------------------------- the log


def test_readings_delivered_twice_are_given_once(tmp_path: Path) -> None:
    lake, _, corrections = plant(tmp_path, days=1)
    time = START + np.arange(60) * MINUTE
    lake.append([Block("a-t", "I-a", time, np.full(60, 9999), Decimal("0.01"), u=OWN_U, received=1)])
    head = replace(shelf_of(lake).dataset("a-temperature@1").head, version="2", counting="first")
    version = publish_dataset(lake, head, [Wanted("a-t", START, START + DAY)], corrections, KNOWN)
    assert version.parts[0].readings == 1440 and version.head.counting == "first"
    seen = views(lake, version, version.parts[0], corrections)
    assert sum(len(v) for v in seen) == 1440 and max(v.value.max() for v in seen) < 30.0


def test_every_use_and_every_refusal_is_a_line(tmp_path: Path) -> None:
    lake, version, _ = plant(tmp_path)
    first = handed(lake)
    shelf = shelf_of(lake)
    with pytest.raises(Refused) as caught:
        hand_over(lake, version.name, "g1", Asked("university", "advertising", ladder="rows"), "csv", NOW)
    assert codes(caught) == ["sharing.grant.purpose", "sharing.grant.ladder"]
    shelf.revoke(Revocation("g1", NOW + 5, "the study ended early", "steward"))
    assert hand_over(lake, version.name, "g1", ASKED, "csv", NOW + 4).rows == 3
    with pytest.raises(Refused) as caught:
        hand_over(lake, version.name, "g1", ASKED, "csv", NOW + 5)
    assert codes(caught) == ["sharing.grant.revoked"]
    lines, found = shelf.ledger.read(first.line)
    assert not found and [line.use.act for line in lines] == ["summary", "refused", "summary", "refused"]
    assert lines[0].digest == first.line and lines[0].use.rows == 3 and lines[0].use.dataset == version.citation
    assert lines[1].use.note == "sharing.grant.purpose, sharing.grant.ladder" and lines[3].use.content == ""
    with pytest.raises(Refused) as caught:
        shelf.revoke(Revocation("g1", NOW + 6, "another reason"))
    assert codes(caught) == ["sharing.document.once"]


def test_a_token_is_kept_as_a_digest_only(tmp_path: Path) -> None:
    lake, _, _ = plant(tmp_path)
    shelf = shelf_of(lake)
    token = shelf.token_for("university", "2026-02-01")
    assert shelf.grantee_of(token) == "university" and shelf.grantee_of(token[:-1]) == "" and shelf.grantee_of("") == ""
    assert not [p for p in tmp_path.rglob("*") if p.is_file() and token.encode() in p.read_bytes()]
    assert shelf.forget("university") == 1 and shelf.grantee_of(token) == ""


def test_a_damaged_document_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    lake, version, _ = plant(tmp_path)
    shelf = shelf_of(lake)
    shelf.add_grant(grant("a-temperature"))
    bad = lake.folder / "sharing" / "grants" / "g0.json"
    bad.write_bytes(b'{"suyuan": "grant", "id": "g0"')
    known, found = shelf.grants()
    assert [g.id for g in known] == ["g1"] and found[0].code == "typed.json.broken" and str(bad) in found[0].where
    (lake.folder / "sharing" / "revocations").mkdir()
    (lake.folder / "sharing" / "revocations" / "g9.json").write_bytes(b"half")
    with pytest.raises(Refused):  # nobody knows what was revoked: nothing is handed over
        hand_over(lake, version.name, "g1", ASKED, "json", NOW)


def test_a_summary_reads_back_as_a_quantity(tmp_path: Path) -> None:
    lake, _, _ = plant(tmp_path)
    row = summary_of(handed(lake))
    assert isinstance(read_summary(json.dumps(row).encode()).quantity, Quantity)
    for broken in ({**row, "readings": [1]}, {**row, "begin": ["x"] * 3}, {"suyuan": "summary"}, {**row, "archive": 3}):
        with pytest.raises(Refused):
            read_summary(json.dumps(broken).encode())


def test_a_change_of_certificates_finds_datasets_and_grantees(tmp_path: Path) -> None:
    lake, _, _ = plant(tmp_path)
    shelf = shelf_of(lake)
    shelf.add_grant(grant("a-temperature", first=START + DAY, last=START + 2 * DAY))
    shelf.add_grant(grant("a-temperature", id="g2", ladder="metadata"))
    times = START + np.arange(3 * 1440, dtype=np.int64) * MINUTE
    found = touched(citations(lake), {"a-t": times})
    assert [(t.citation.kind, t.citation.name, t.readings) for t in found] == [
        ("dataset", "a-temperature@1", 3 * 1440), ("grant", "g1 → university", 1440),
    ]  # fmt: skip
