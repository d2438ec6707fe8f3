"""Datasets and flags: rows that are read say who speaks against them, and a version may leave out what is flagged."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("deltalake")

import pyarrow.parquet as pq

from suyuan.lake.datasets import publish_dataset, shelf_of
from suyuan.lake.flags import say
from suyuan.lake.handed import hand_over
from suyuan.quantity.finding import Refused
from suyuan.series.dataset.grant import Asked
from suyuan.series.dataset.version import Wanted, dataset_document, read_dataset
from suyuan.series.quality.flags import Human

from .plant import DAY, KNOWN, MINUTE, NOW, START, grant, plant


def test_rows_say_who_speaks_against_them_and_a_version_may_leave_them_out(tmp_path: Path) -> None:
    lake, version, corrections = plant(tmp_path)
    stream = version.parts[0].stream.id
    shelf = shelf_of(lake)
    shelf.add_grant(grant(version.head.id, id="g-rows", ladder="rows", columns=("value", "u")))
    asked = Asked("university", "research")
    say(lake, Human(stream, START, START + 60 * MINUTE, "bad", "Li Wei", "door open", KNOWN - DAY))
    head = replace(version.head, version="2", usable="people")
    wanted = [Wanted(stream, START, START + 3 * DAY)]
    second = publish_dataset(lake, head, wanted, corrections, KNOWN, "suyuan test")
    assert second.head.usable == "people" and read_dataset(dataset_document(second))[0] == second
    say(lake, Human(stream, START + 60 * MINUTE, START + 90 * MINUTE, "bad", "Li Wei", "again", KNOWN + DAY))

    first = hand_over(lake, version.name, "g-rows", asked, "parquet", NOW)
    table = pq.read_table(io.BytesIO(first.data)).to_pandas()
    human = table["flagged_by"].astype(str).str.contains("human").to_numpy()
    assert human.sum() == 90 and np.isfinite(table["value"][human]).all(), "nothing was taken out of the first version"
    told = {f.code: dict(f.parameters) for f in first.findings}
    assert told["series_quality.flagged.counted"]["people"] == "90"

    made = hand_over(lake, second.name, "g-rows", asked, "json", NOW)
    columns = json.loads(made.data)["columns"]
    out = np.array(columns["status"]) == "flagged"
    assert out.sum() == 60 and set(np.array(columns["value"], object)[out]) == {None}
    later = np.array(["human" in word for word in columns["flagged_by"]])
    assert later.sum() == 90, "what was said since is shown, and takes nothing out of a version that is cited"
    assert {f.code for f in made.findings} >= {"series_quality.flagged.counted", "series_quality.flagged.out"}
    text = hand_over(lake, second.name, "g-rows", asked, "csv", NOW).data.decode()
    assert "flagged_by" in text.splitlines()[0] and ",flagged,human" in text


def test_a_rule_of_use_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    lake, version, corrections = plant(tmp_path)
    head = replace(version.head, version="2", usable="nice")
    with pytest.raises(Refused) as told:
        publish_dataset(lake, head, [Wanted(version.parts[0].stream.id)], corrections, KNOWN)
    assert told.value.findings[0].code == "series_quality.usable.unknown"
