"""Orders on the site: placing, answering, following; who sees them; times and shares."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote

import pytest
from tests.site.matter_play import Clients, act, matters, newest, page, state, words

from suyuan.procedure.matter import Event, Matter

ABOUT = {"lab": "演示市计量院", "id": "CITY-L-01", "need": "演示轴承厂 N-2026-032"}


@pytest.fixture
def people(stocked: Path, client: Clients) -> Iterator[Clients]:
    with matters():
        yield client


def test_a_customer_sees_what_waits_first(people: Clients) -> None:
    seen = words(people("customer").get("/orders"))
    assert "一份委托等您决定" in seen and "One order waiting for your decision" in seen
    assert "ORD-DEMO-002" in seen and "响应时间" not in seen, "numbers are for those who answer or regulate"


def test_laboratories_are_named_in_the_language_of_the_page(people: Clients) -> None:
    from suyuan.site.acts.service import now_known
    from suyuan.site.language import spoken
    from suyuan.site.web.sharing.orders import house

    with spoken("en"):
        assert "演示市计量院" not in str(house(now_known(), "演示市计量院"))
    assert house(now_known(), "") == "" and "没有的院" in str(house(now_known(), "没有的院"))


def test_an_order_is_placed_from_a_capability_answered_and_followed(people: Clients) -> None:
    customer, provider = people("customer"), people("director")
    form = customer.get("/orders/new", ABOUT)
    assert "CITY-L-01" in words(form) and 'value="演示轴承厂"' in page(form), "the organisation is filled in"
    data = {**ABOUT, "organisation": "演示轴承厂", "title": "量块校准", "customer_region": "330200"}
    answer = customer.post("/orders/new", data)
    assert answer.status_code == 302
    number = newest("order")
    assert (
        number in page(provider.get("/orders")) and people("viewer").get(f"/matters/order/{number}").status_code == 404
    )
    wrong = act(provider, "order", number, "offered", price="三百", **{"from": "2026-12-01", "until": "2026-12-05"})
    assert wrong.status_code == 200 and "「三百」不是数" in words(wrong) and 'value="三百"' in page(wrong)
    assert act(provider, "order", number, "offered", price="300", **{"from": "2026-12-01", "until": "2026-12-05"}
               ).status_code == 302  # fmt: skip
    assert act(customer, "order", number, "accepted").status_code == 302
    assert act(provider, "order", number, "received", condition="完好").status_code == 302
    assert act(people("metrologist"), "order", number, "measured").status_code == 302
    assert state("order", number) == "measured"
    seen = words(customer.get(f"/matters/order/{number}"))
    assert "能力今天 成立" in seen and "单独能满足" in seen and "300" in seen


def test_a_certificate_is_named_by_its_number(people: Clients) -> None:
    customer, provider = people("customer"), people("director")
    customer.post("/orders/new", {**ABOUT, "organisation": "演示轴承厂", "title": "x"})
    number = newest("order")
    act(provider, "order", number, "offered", price="1", **{"from": "2026-12-01", "until": "2026-12-05"})
    act(customer, "order", number, "accepted")
    act(provider, "order", number, "received", condition="ok")
    act(provider, "order", number, "measured")
    unknown = provider.post(f"/matters/order/{number}", {"do": "certified", "number-certificate": "NONE-1"})
    assert unknown.status_code == 200 and "NONE-1" in words(unknown)
    answer = people("reviewer").post(
        f"/matters/order/{number}", {"do": "certified", "number-certificate": "DEMO-CITY-L-0103"}
    )
    assert answer.status_code == 302 and state("order", number) == "certified"
    bad = act(customer, "order", number, "closed", satisfaction="9")
    assert bad.status_code == 200 and state("order", number) == "certified"
    assert act(customer, "order", number, "closed", satisfaction="4").status_code == 302


def test_what_is_not_registered_is_not_ordered(people: Clients) -> None:
    customer = people("customer")
    answer = customer.post("/orders/new", {"lab": "nobody", "id": "X", "title": "x", "organisation": "y"})
    assert answer.status_code == 200 and "nobody" in words(answer)
    assert customer.get("/orders/new").status_code == 200, "where nothing is chosen, the catalogues are offered"
    assert people("viewer").get("/orders/new", ABOUT).status_code == 403


def test_work_for_the_own_house_says_how_impartiality_is_kept(people: Clients) -> None:
    from tests.site.test_delivered_rows import somebody

    from suyuan.site.acts.service import deliver

    wish = {"id": "N-9", "quantity": "length", "interval": {"low": "1", "high": "10", "unit": "mm"}}
    deliver(somebody("steward"), {"zh": "演示市计量院"}, {"need": [wish]})
    own = {**ABOUT, "need": "演示市计量院 N-9", "title": "x", "organisation": "演示市计量院"}
    days = {"from": "2026-12-01", "until": "2026-12-05"}
    assert people("manager").post("/orders/new", own).status_code == 302
    answer = act(people("metrologist"), "order", newest("order"), "offered", price="1", **days)
    assert answer.status_code == 200 and "公正性" in words(answer)
    assert people("manager").post("/orders/new", {**own, "impartiality": "由另一室测量"}).status_code == 302
    assert act(people("metrologist"), "order", newest("order"), "offered", price="1", **days).status_code == 302


def test_times_and_shares_are_for_those_who_answer_or_regulate(people: Clients) -> None:
    regulator = words(people("regulator").get("/orders"))
    assert "答复用时中位数 3.0 天，九成在 3.8 天内（3 份）" in regulator and "1 份未答复" in regulator
    assert "浙江" in regulator and "100 %" in regulator
    english = words(people("regulator", "en").get("/orders"))
    assert "Half are answered within 3.0 days" in english
    assert "中位数" not in words(people("viewer").get("/orders"))


def test_a_resource_that_is_not_shared_with_me_is_not_offered(people: Clients) -> None:
    customer, provider = people("customer"), people("director")
    data = {"lab": "演示国家计量院", "id": "NR-1", "kind": "resource", "title": "laser", "organisation": "演示轴承厂",
            "need": "波长", "from": "2026-12-10", "until": "2026-12-11"}  # fmt: skip
    assert customer.post("/orders/new", data).status_code == 302
    answer = act(
        provider, "order", newest("order"), "offered", price="1", **{"from": "2026-12-10", "until": "2026-12-11"}
    )
    assert answer.status_code == 200 and "NR-1" in words(answer)


def test_an_order_names_a_registered_need_and_days_in_their_order(people: Clients) -> None:
    customer, head = people("customer"), {"organisation": "演示轴承厂", "title": "x"}
    before = newest("order")
    wrong = customer.post("/orders/new", {**ABOUT, **head, "need": "演示轴承厂 N-9999", "from": "2026-12-09",
                                          "until": "2026-12-01"})  # fmt: skip
    seen = page(wrong)
    assert wrong.status_code == 200 and newest("order") == before
    assert "没有登记「演示轴承厂 N-9999」这个需求" in words(wrong) and "x-asked-need" in seen
    assert "结束日 2026-12-01 早于开始日 2026-12-09" in words(wrong) and "x-asked-until" in seen
    assert "「morgen」不是日期" in words(customer.post("/orders/new", {**ABOUT, **head, "from": "morgen"}))


def test_once_accepted_the_provider_waits_for_the_item_and_says_where(people: Clients) -> None:
    customer, provider = people("customer"), people("director")
    customer.post("/orders/new", {**ABOUT, "organisation": "演示轴承厂", "title": "x"})
    number = newest("order")
    act(provider, "order", number, "offered", price="1", **{"from": "2026-12-01", "until": "2026-12-05"})
    answer = customer.post(f"/matters/order/{number}", {"do": "accepted"}, follow=True)
    assert "已完成：接受" in words(answer) and "&lt;span" not in page(answer), "a message is plain text"
    seen = words(answer)
    assert "轮到服务方" in seen and "请把样品送到： 演示市计量院 上海" in seen


def test_what_was_cleared_is_missing_and_days_that_are_over_are_refused(people: Clients) -> None:
    customer, before = people("customer"), newest("order")
    cleared = customer.post("/orders/new", {**ABOUT, "title": "", "organisation": " "})
    assert cleared.status_code == 200 and page(cleared).count('aria-invalid="true"') == 2
    assert 'name="title" type="text" value=""' in page(cleared)
    past = customer.post("/orders/new", {**ABOUT, "from": "2020-01-01", "until": "2020-02-01"})
    assert past.status_code == 200 and "2020-01-01 已经过去" in words(past) and "2020-02-01 已经过去" in words(past)
    assert newest("order") == before


def test_the_need_of_an_order_is_chosen_among_those_of_its_measurand(people: Clients) -> None:
    customer, before = people("customer"), newest("order")
    form = page(customer.get("/orders/new", ABOUT))
    assert '<option value="演示轴承厂 N-2026-032" selected>' in form and "N-2026-033" not in form, "torque is left out"
    assert "一般价格与用时" in form and 'name="impartiality"' not in form
    torque = next(n for n in _needs() if n.id == "N-2026-033")
    name = f"{torque.organisation['zh']} {torque.id}"
    wrong = customer.post("/orders/new", {**ABOUT, "need": name})
    assert wrong.status_code == 200 and "不是能力「CITY-L-01」所测的" in words(wrong)
    booking = {"lab": "演示国家计量院", "id": "NR-1", "kind": "resource", "need": "演示轴承厂 N-9999"}
    assert "没有登记「演示轴承厂 N-9999」" in words(customer.post("/orders/new", booking))
    asked = words(customer.get("/orders/new", booking))
    assert "预约资源" in asked and "用途，或已登记的需求" in asked and "行业代码" not in asked
    assert newest("order") == before


def _needs() -> tuple[Any, ...]:
    from suyuan.site.acts.service import now_known

    return now_known().needs


def test_an_order_for_my_need_carries_its_organisation_and_its_day(people: Clients) -> None:
    from tests.site.test_match import DIRECT

    customer = people("customer")
    done = customer.post("/match/new", {**DIRECT, "organisation": "我厂质量部", "day": "2027-03-01", "do": "save"})
    assert done.status_code == 302
    form = page(customer.get("/orders/new", {**ABOUT, "need": "我厂质量部 N-2026-001"}))
    assert 'name="organisation" type="text" value="我厂质量部"' in form
    assert 'name="from" type="date" value="2027-03-01"' in form
    others = page(people("director").get("/orders/new", {**ABOUT, "need": "我厂质量部 N-2026-001"}))
    assert 'name="organisation" type="text" value="我厂质量部"' not in others


def test_a_need_met_only_by_a_transfer_standard_is_ordered_by_one_click(people: Clients) -> None:
    customer = people("customer")
    need = page(customer.get(f"/match/{quote('演示轴承厂')}/N-2026-036"))
    found = re.search(r'class="act first" href="(/orders/new\?[^"]+)">经传递标准下委托', need)
    assert found is not None
    form = customer.get(found[1].replace("&amp;", "&"))
    assert "传递标准 CT-1" in page(form) and "calibration of the transfer standard CT-1" in page(form)
    chosen = re.search(r'<option value="([^"]+)" selected>[^<]*N-2026-036', page(form))
    assert chosen is not None
    asked = dict(parse_qsl(found[1].replace("&amp;", "&").partition("?")[2]))
    done = customer.post("/orders/new", {
        "lab": asked["provider"], "id": asked["capability"], "need": chosen[1], "title": "传递标准的校准",
        "organisation": "演示轴承厂", "customer_region": "330200",
    })  # fmt: skip
    assert done.status_code == 302, words(done)
    assert "经传递标准 CT-1 能满足" in words(customer.get(done.url))


def test_an_offer_is_held_against_the_limits_of_the_need(people: Clients) -> None:
    from suyuan.site.web.sharing.orders_about import limits

    def offered(price: str, until: str) -> str:
        return " ".join(str(row["said"]) + str(row["state"]) for row in limits(need, of(price, until)))

    need = replace(_needs()[0], price_most=500.0, days_most=10.0)
    at = datetime(2026, 11, 1, 9, tzinfo=UTC)

    def of(price: str, until: str) -> Matter:
        events = (Event("asked", at, "customer", "customer", {}),
                  Event("offered", at, "director", "provider", {"price": price, "until": until}))  # fmt: skip
        return Matter("order", "ORD-1", {}, {}, events=events)

    assert offered("450", "2026-11-08").count("在限度内") == 2
    assert offered("600", "2026-11-08").count("超出限度") == 1 and "至多 500 元" in offered("600", "2026-11-08")
    assert offered("450", "2026-12-01").count("超出限度") == 1
    assert offered("面议", "").count("尚无报价") == 2


def test_an_order_in_english_names_its_houses_in_english(people: Clients) -> None:
    seen = words(people("customer", "en").get("/matters/order/ORD-DEMO-004"))
    assert "demo city institute" in seen and "demo bearing works N-2026-031" in seen
    assert "演示市计量院" not in seen and "演示轴承厂" not in seen


def test_what_is_wrong_with_an_order_is_said_first(people: Clients) -> None:
    answer = people("customer").post(
        "/orders/new", {**ABOUT, "title": "", "title_en": "", "organisation": "演示轴承厂"}
    )
    assert answer.status_code == 200 and "没有提交：1 处要改" in words(answer)


def test_a_region_is_a_code_or_a_known_name(people: Clients) -> None:
    customer, head = people("customer"), {"organisation": "演示轴承厂", "title": "x"}
    before = newest("order")
    wrong = customer.post("/orders/new", {**ABOUT, **head, "customer_region": "nowhere"})
    assert wrong.status_code == 200 and newest("order") == before and "不认识地区「nowhere」" in words(wrong)
    assert customer.post("/orders/new", {**ABOUT, **head, "customer_region": "shanghai"}).status_code == 302
    from suyuan.site.acts.service import now_known

    (made,) = [m for m in now_known().matters_of("order") if m.number == newest("order")]
    assert made.fields["customer_region"] == "310000"


def test_nobody_orders_for_the_need_of_another_firm(people: Clients) -> None:
    customer, before = people("customer"), newest("order")
    answer = customer.post("/orders/new", {**ABOUT, "organisation": "演示电机厂", "title": "x"})
    assert answer.status_code == 200 and newest("order") == before
    assert "需求「N-2026-032」是「演示轴承厂」的，不是委托方「演示电机厂」的" in words(answer)


def test_whether_it_suffices_is_said_before_it_is_ordered(people: Clients) -> None:
    form = words(people("customer").get("/orders/new", ABOUT))
    assert "单独能满足" in form or "单独不能满足" in form
    empty = words(people("customer").post("/orders/new", {**ABOUT, "title": "", "organisation": "演示轴承厂"}))
    assert "内容 What 未陈述" not in empty and "内容 未陈述" not in empty
