"""SensorThings: documents as servers export them, written here by hand from the standard."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from suyuan.lake.formats import sensorthings
from suyuan.lake.formats.imported import NO_TIME, Imported
from suyuan.lake.formats.recognise import read, recognise
from suyuan.quantity.finding import Refused

UNIT = {"name": "degree Celsius", "symbol": "degC", "definition": "ucum:Cel"}
ROWS = [
    {"@iot.id": 2, "phenomenonTime": "2024-05-01T00:00:00.000Z", "result": 20.5, "resultTime": None},
    {
        "@iot.id": 3,
        "phenomenonTime": "2024-05-01T08:10:00+08:00",
        "result": 20.75,
        "resultQuality": {"quality": "Good"},
    },
    {"@iot.id": 4, "phenomenonTime": "2024-05-01T00:20:00Z", "result": None, "resultQuality": "spike"},
]


def codes(made: Imported) -> list[str]:
    return [f.code for f in made.findings]


def document(node: Any) -> bytes:
    return json.dumps(node).encode()


def test_things_with_their_datastreams() -> None:
    stream = {"@iot.id": 7, "name": "T1", "unitOfMeasurement": UNIT, "ObservedProperty": {"name": "air temperature"},
              "Sensor": {"name": "PT-01"}, "Observations": ROWS}  # fmt: skip
    content = document({"value": [{"name": "station 4", "Datastreams": [stream], "Locations": []}]})
    assert recognise(content) == "sensorthings"
    made = read(content)
    [one] = made.streams
    assert (one.name, one.unit, one.quantity) == ("T1", "degC", "air temperature")
    assert (one.instrument, one.place, one.facts["id"]) == ("PT-01", "station 4", "7")
    begin = np.datetime64("2024-05-01T00:00", "us").astype(int)
    assert (one.time - begin).tolist() == [0, 600_000_000, 1_200_000_000]
    assert one.value[:2].tolist() == [20.5, 20.75] and np.isnan(one.value[2]) and one.resolution == 0.01
    assert one.flag_texts.tolist() == ["", '{"quality": "Good"}', "spike"]
    assert made.unread == {"Locations": 1} and codes(made) == ["formats.time.mixed"]


def test_observations_that_name_their_datastream_by_a_link() -> None:
    rows = [{**r, "Datastream@iot.navigationLink": "https://example.org/v1.1/Datastreams(9)"} for r in ROWS]
    made = read(document({"value": rows}))
    [one] = made.streams
    assert one.name == "9" and len(one.value) == 3 and codes(made) == ["formats.time.mixed", "formats.unit.missing"]


def test_observations_of_nobody_are_counted() -> None:
    stream = {"name": "T1", "unitOfMeasurement": UNIT, "Observations": []}
    made = read(document([stream, {"value": ROWS}]))
    assert "lake.sensorthings.orphan" in codes(made) and made.unread["observation without a datastream"] == 3
    with pytest.raises(Refused, match=r"lake\.sensorthings\.orphan"):
        sensorthings.read(document({"value": ROWS}))


def test_the_data_array_extension() -> None:
    rows = [["2024-05-01T00:00:00Z/2024-05-01T01:00:00Z", 1.5], ["2024-05-01T01:00:00Z/2024-05-01T02:00:00Z", "x"], [1]]
    node = {"Datastream": {"@iot.id": 1, "name": "flow", "unitOfMeasurement": {"symbol": "m3/h"}},
            "components": ["phenomenonTime", "result"], "dataArray": rows}  # fmt: skip
    made = read(document({"value": [node]}))
    [one] = made.streams
    assert one.name == "flow" and one.unit == "m3/h" and one.value[0] == 1.5 and np.isnan(one.value[1])
    assert one.labels["until"].tolist() == ["2024-05-01T01:00:00Z", "2024-05-01T02:00:00Z"]
    assert "lake.sensorthings.result" in codes(made) and made.unread["row of a data array"] == 1


def test_a_stated_uncertainty_is_read_and_no_other() -> None:
    said = ({"standardUncertainty": 0.02, "status": "valid"}, {"standardUncertainty": -1}, {"uncertainty": 0.02})
    rows = [{**ROWS[0], "resultQuality": quality} for quality in said]
    [one] = read(document({"name": "T", "unitOfMeasurement": UNIT, "Observations": rows})).streams
    assert one.u is not None and one.u[0] == 0.02 and np.isnan(one.u[1:]).all()
    assert one.flag_texts.tolist()[0] == "" and "uncertainty" in one.flag_texts[2]


def test_units_pages_and_times_that_are_not_there() -> None:
    node = {
        "name": "T", "unitOfMeasurement": {"symbol": "furlongs/quux"},
        "Observations": [{**ROWS[0], "phenomenonTime": "soon"}],
        "Observations@iot.nextLink": "https://example.org/next",
    }  # fmt: skip
    made = read(document(node))
    assert set(codes(made)) == {"formats.unit.unknown", "lake.sensorthings.more", "formats.time.unreadable"}
    assert made.streams[0].time.tolist() == [NO_TIME]
    assert made.streams[0].labels["time as printed"].tolist() == ["soon"]


@pytest.mark.parametrize("content", [b"{", b'{"Datastreams": ', b"[" * 100_000, b'{"Datastreams": []}', b"[]", b"7"])
def test_what_is_none_is_refused(content: bytes) -> None:
    with pytest.raises(Refused):
        sensorthings.read(content)
