"""What the demo shares of its lake: a dataset for each industry, a request that was granted and one that waits, a grant
with rounding and masks, and the log of their uses. Bodies and persons are invented.

The stack has two versions: the first was published before the analyser's late certificate was known, so the second
shows what that certificate changed, and whose grant rests on the first.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from suyuan.cli.demo.lake.made import LICENCE, ZONE, start_of
from suyuan.cli.demo.shelf import BATTERY, Shelf, both
from suyuan.lake.datasets import publish_dataset, shelf_of
from suyuan.lake.handed import hand_over
from suyuan.lake.table import Lake
from suyuan.procedure.matter import Event, Matter
from suyuan.procedure.write import matter_document
from suyuan.quantity.finding import Refused
from suyuan.series.dataset.grant import Asked, Grant, grant_fields, made
from suyuan.series.dataset.moment import text_of
from suyuan.series.dataset.version import Head, Wanted
from suyuan.store.correcting import joined
from suyuan.traceability.evidence import Evidence
from suyuan.verbs.matter.guards_sharing import granted_as
from suyuan.verbs.matter.matters import take
from suyuan.verbs.snapshot import Documents, snapshot

STACK, CHARGING, PANEL, BLOCK = "demo-stack1", "demo-charging", "demo-panel", "demo-block12"
PLANT, STATION = "演示飞机部件厂 / demo aircraft parts plant", "演示电厂 / demo power station"
YARD, LABORATORY = "演示船厂 / demo shipyard", f"{BATTERY} / demo traction battery laboratory"
ABOUT_STACK = (
    both("1 号烟囱 SO2 与流量（演示）", "Stack 1, SO2 and flow (demo)"), "环境 / environment", STATION,
    ("demo-stack1-so2", "demo-stack1-flow"),
)  # fmt: skip
UNIVERSITY = both("演示大学", "demo university")
FIRM = both(BATTERY, "demo traction battery laboratory")
SYNTHETIC = both("合成数据：数值由种子生成，真值写在各数据流的标题里；不是任何产品、排口或船舶的实测。",
                 "Synthetic: drawn from seeds, true values stand in the titles of the streams; measured on no product, "
                 "stack or ship.")  # fmt: skip


def publish(shelf: Shelf, lake: Lake, software: str) -> None:
    """The datasets: aircraft, vehicles, ships once, the stack in two versions."""
    corrections = joined(shelf.store).corrections
    plans: tuple[tuple[int, str, str, dict[str, str], str, str, tuple[str, ...]], ...] = (
        (18, PANEL, "1", both("壁板孔位偏差（演示）", "Hole positions of a wing panel (demo)"),
         "航空 / aircraft", PLANT, tuple(f"demo-panel-h{k}" for k in range(1, 7))),
        (10, STACK, "1", *ABOUT_STACK),
        (7, BLOCK, "1", both("分段 B-12 测点（演示）", "Survey points of block B-12 (demo)"),
         "船舶 / ships", YARD, tuple(f"demo-block12-{axis}" for axis in "xyz")),
        (3, STACK, "2", *ABOUT_STACK),
        (0, CHARGING, "1", both("充电桩电能与电芯循环（演示）", "Energy of a charging pile, a cell on a cycler (demo)"),
         "电动汽车 / electric vehicles", LABORATORY,
         ("demo-pile5-energy", "demo-cell118-voltage", "demo-cell118-current")),
    )  # fmt: skip
    for days, id, number, title, theme, publisher, streams in plans:
        last = start_of(shelf.ago(10)) if id == STACK else None  # both versions: the same readings
        head = Head(id, number, title, SYNTHETIC, LICENCE, theme, "general", publisher)
        wanted = [Wanted(stream, None, last) for stream in streams]
        publish_dataset(lake, head, wanted, corrections, start_of(shelf.ago(days)), software)


def share(shelf: Shelf, lake: Lake) -> None:
    """Grants, requests and uses of the datasets."""
    place = shelf_of(lake)
    place.add_grant(_direct(shelf.today))
    play = _asked(shelf, 9, ["模型验证", "教学"], "statistics")
    use = dict(play[0].content["use"])
    play = [
        *play,
        _event(shelf, 8, "assessed", "steward", "steward", assessment="不含个人信息与产品信息（演示）",
               classification="general", risk="低"),
        _event(shelf, 7, "approved", "director", "owner", use=use, conditions="发表时注明引用（演示）"),
    ]  # fmt: skip
    approved = _played("D-DEMO-001", STACK, FIRM, play)
    grant = granted_as(approved, "g-D-DEMO-001", start_of(shelf.ago(6)), "steward")
    place.add_grant(grant)
    granted = _event(shelf, 6, "granted", "steward", "steward", grant=grant_fields(grant))
    for matter in (
        _played("D-DEMO-001", STACK, FIRM, [*play, granted]),
        _played("D-DEMO-002", CHARGING, UNIVERSITY, _asked(shelf, 1, ["衰减模型"], "rows")),
    ):
        shelf.keep(matter_document(matter), f"data_request-{matter.number}.json")
    _uses(lake, shelf, grant)


def _direct(today: date) -> Grant:
    """A grant without a request: rows of SO2, rounded to 0.5 mg/m³, no times of the hour, no names of instruments."""
    day = today - timedelta(days=9)
    return made(Grant(
        "g-demo-university", STACK, UNIVERSITY["zh"], ("教学",), start_of(day), start_of(today + timedelta(days=180)),
        "1", LICENCE, "rounded", ("demo-stack1-so2",), columns=("value", "u", "certificate"), step=Decimal("0.5"),
        masks=("time_hour", "instrument"), issued=start_of(day), by="steward",
        conditions="仅限课堂练习（演示） / for exercises in class only (demo)",
    ))  # fmt: skip


# ---------------------------------------------------------------- requests


def _event(shelf: Shelf, days: int, act: str, person: str, role: str, **content: Any) -> Event:
    return Event(act, datetime.combine(shelf.ago(days), time(9, 0), ZONE), person, role, content)


def _asked(shelf: Shelf, days: int, purpose: list[str], ladder: str) -> list[Event]:
    use = {
        "purpose": purpose, "ladder": ladder, "begin": text_of(start_of(shelf.ago(days))),
        "end": text_of(start_of(shelf.ago(-365))), "columns": ["value", "u"], "streams": [], "least": 10,
    }  # fmt: skip
    return [_event(shelf, days, "asked", "customer", "applicant", use=use)]


def _played(number: str, dataset: str, firm: dict[str, str], events: list[Event]) -> Matter:
    """A request by the steps behind the pages; its guards ask the request itself and nothing of the world."""
    matter = Matter("data_request", number, both("数据申请（演示）", "request for data (demo)"), firm,
                    {"dataset": dataset}, {"applicant": ("customer",)}, demo=True)  # fmt: skip
    for event in events:
        nothing = snapshot(Evidence(), Documents(), event.time.date())
        roles = {event.role: (event.person,)} if event.role != "applicant" else None
        matter = take(nothing, matter, event, roles=roles)
    return matter


# ---------------------------------------------------------------- uses


def _uses(lake: Lake, shelf: Shelf, granted: Grant) -> None:
    """Two reads, and one for another purpose, which is refused; each a line of the log."""
    class_, firm = Asked(UNIVERSITY["zh"], "教学"), Asked(FIRM["zh"], "模型验证")
    for days, grant, asked in (
        (5, "g-demo-university", class_),
        (4, "g-demo-university", replace(class_, purpose="广告")),
        (2, granted.id, firm),
    ):
        moment = start_of(shelf.ago(days)) + 10 * 3_600_000_000
        try:
            hand_over(lake, f"{STACK}@1", grant, asked, "csv", moment)
        except Refused:
            assert asked.purpose == "广告"
