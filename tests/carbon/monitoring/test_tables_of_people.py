"""Tables of a stack as people have them: sheets, day numbers, semicolons, GBK, times as a sheet prints them."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest

from suyuan.lake.formats.plain import plainly
from suyuan.quantity.finding import Refused, sentences
from suyuan.verbs.carbon.monitored import Known, stack_years
from suyuan.verbs.carbon.stack_rows import of_table

from .test_stacks_in_claims import CERTIFICATES, DAY, HOURS, SHOWN, STACK, YEAR, known, plant, zone_of

LOCAL = [datetime(YEAR, 1, 1) + timedelta(hours=n) for n in range(len(HOURS))]
MARKS = {"正常": "measured", "故障": "fault"}


def cells(form: str, separator: str = ",", comma: bool = False) -> str:
    """The rows as text. form: of the time, as `strftime` has it, without zeros in front."""
    lines = [separator.join(("时间", "co2", "flow", "标记"))]
    for at, co2, flow in zip(LOCAL, SHOWN["co2"], SHOWN["flow"], strict=True):
        time = form.format(y=at.year, m=at.month, d=at.day, h=at.hour)
        numbers = [f"{co2:.1f}", f"{flow:.1f}"]
        lines.append(separator.join((time, *(x.replace(".", ",") if comma else x for x in numbers), "正常")))
    return "\n".join(lines)


def sheet(serial: bool) -> bytes:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    page = book.create_sheet("小时")
    page.append(["时间", "co2", "flow", "标记"])
    for at, co2, flow in zip(LOCAL, SHOWN["co2"], SHOWN["flow"], strict=True):
        number = (at - datetime(1899, 12, 30)) / timedelta(days=1)
        page.append([number if serial else at, float(co2), float(flow), "正常"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def total(name: str, content: bytes) -> float:
    stack = {**STACK, "table": {"file": name, "time": "时间", "status": "标记"}, "flags": MARKS}
    files = plainly({name: content}.__getitem__)
    by = Known(CERTIFICATES, HOURS.end + 60 * DAY, zone_of, lambda filed, hours: of_table(filed, files, hours))
    (one,) = stack_years(plant(stack), by)
    assert not [item for item in one.findings if item.severity == "error"]
    return float(one.year.total("best").value)


@pytest.mark.parametrize(("name", "content"), [
    ("a.csv", cells("{y}/{m}/{d} {h}:00").encode("utf-8-sig")),
    ("a.csv", cells("{y}-{m:02d}-{d:02d} {h:02d}:00:00").encode("gbk")),
    ("a.csv", cells("{y}年{m}月{d}日 {h}时", ";", True).encode("gb18030")),
    ("a.txt", cells("{y}.{m}.{d} {h}:00:00", "\t").encode()),
    ("a.xlsx", False), ("a.xlsx", True),
])  # fmt: skip
def test_each_form_gives_the_same_tonnes(name: str, content: bytes | bool) -> None:
    expected = np.array(SHOWN["co2"]) * np.array(SHOWN["flow"]) * 1.02 * 0.97 * 44.0095 / 22.414 / 1e5
    given = content if isinstance(content, bytes) else sheet(serial=content)
    assert total(name, given) == pytest.approx(float(expected.sum()), rel=1e-9)


def refused(table: str | bytes) -> Any:
    content = table if isinstance(table, bytes) else table.encode()
    with pytest.raises(Refused) as caught:
        total("a.csv", content)
    (one,) = caught.value.findings
    assert "{" not in "".join(sentences(one, "zh").values()) + "".join(sentences(one, "en").values())
    return one


def test_what_cannot_be_read_says_where_in_the_words_of_the_reader() -> None:
    good = cells("{y}/{m}/{d} {h}:00")
    one = refused(good.replace("2025/3/1 7:00", "2025/3/1 凌晨"))
    assert one.code == "carbon.stack.time"
    assert dict(one.parameters)["row"] == str(59 * 24 + 8) and dict(one.parameters)["cell"] == "2025/3/1 凌晨"
    one = refused(good.replace("2025/3/1 7:00", "2025/3/1 7:00+08:00"))
    assert (one.code, dict(one.parameters)["row"]) == ("carbon.stack.time", str(59 * 24 + 8))
    one = refused(good.replace("2025/3/1 7:00", "2025/13/1 7:00"))
    assert (one.code, dict(one.parameters)["row"]) == ("carbon.stack.time", str(59 * 24 + 8))
    one = refused(good.replace("2025/3/1 7:00,12.0", "2025/3/1 7:00,12.0,3").replace(
        "2025/3/1 7:00,10.0", "2025/3/1 7:00,10.0,3"))  # fmt: skip
    assert one.code == "carbon.table.unreadable" and "5 格" in sentences(one, "zh")["what"]


def test_a_file_of_another_year_says_so() -> None:
    one = refused(cells("{y}/{m}/{d} {h}:00").replace("2025/", "2023/"))
    shown = dict(one.parameters)
    assert one.code == "carbon.stack.other_year"
    assert (shown["year"], shown["first"][:7], shown["last"][:7]) == (str(YEAR), "2022-12", "2023-12")
    assert known().files is None
