"""Needs on the site: the verdict and its proof, whose they are, stating one, what is wrong with it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

Clients = Callable[..., Client]

BEARING, ENGINE, HEATERS = "演示轴承厂", "演示船用柴油机厂计量室", "演示动力电池厂实验室"


def way(organisation: str, id: str, query: str = "") -> str:
    return f"/match/{quote(organisation)}/{quote(id)}{query}"


def text(answer: Any) -> str:
    """What a page says, without its tags."""
    body = re.sub(r"<svg.*?</svg>", "", answer.content.decode(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


GUIDED = {
    "way": "guided", "product": "轴", "check": "diameter", "nominal": "30", "unit": "mm", "tolerance": "10",
    "tolerance_unit": "um", "use": "accept", "organisation": "试验轴厂",
}  # fmt: skip
DIRECT = {
    "way": "direct", "title": "量块", "quantity": "长度", "item": "量块", "interval_low": "1", "interval_high": "50",
    "interval_unit": "mm", "target_U": "0.1", "target_unit": "um", "target_k": "2", "site": "lab",
    "organisation": "试验厂",
}  # fmt: skip


# ---------------------------------------------------------------- the list and the box


def test_the_list_tells_how_needs_stand_in_both_languages(client: Clients) -> None:
    chinese, english = client("customer").get("/match"), client("customer", "en").get("/match")
    assert "十四个需求登记在册：5 个能测，4 个测不准，1 个测不全，4 个测不了。" in text(chinese)
    assert "Fourteen needs on the register today: 5 can be met" in text(english)
    assert not re.search(r"[\u4e00-\u9fff]", text(english).split("All pages")[0].split("Match")[0])


def test_the_box_finds_in_both_languages_and_tells_why_and_how_well(client: Clients) -> None:
    for query in ("扭力扳手 200 N·m 1%", "torque wrench 200 N.m 1 %"):
        answer = text(client("customer").get("/match", {"q": query}))
        assert "TQ-01" in answer and "TQ-02" in answer
        assert "200 N·m 处" in answer and "够" in answer
    assert "即「扭矩扳子」" in text(client("customer").get("/match", {"q": "扭力扳手"}))
    assert "没有找到" in text(client("customer").get("/match", {"q": "zzzz"}))


def test_the_box_reads_numbers_and_says_what_none_reaches(client: Clients) -> None:
    me = client("customer")
    page = text(me.get("/match", {"q": "量块 100 mm 0.1 um"}))
    assert "要 U ≤ 0.1 µm" in page and "够" in page
    page = text(me.get("/match", {"q": "量块 5 m"}))
    assert "没有一家能到 5 m。最近的是" in page and "没有找到" not in page
    assert "None reaches 5 m" in text(me.get("/match", {"q": "gauge block 5 m", "lang": "en"}))
    assert "等级不是 U" in text(me.get("/match", {"q": "扭矩扳子 100 N·m 1级", "lang": "zh"}))


def test_what_was_searched_for_goes_into_the_form_of_a_need(client: Clients) -> None:
    me = client("customer")
    page = me.get("/match", {"q": "量块 100 mm U 0.1 um"}).content.decode()
    found = re.search(r'href="(/match/new\?way=direct[^"]+)"', page)
    assert found is not None
    form = me.get(found[1].replace("&amp;", "&")).content.decode()
    for name, value in (("title", "量块 100 mm U 0.1 um"), ("interval_high", "100"), ("interval_unit", "mm"),
                        ("target_U", "0.1")):  # fmt: skip
        assert f'name="{name}" type="text" value="{value}"' in form, name


def test_a_filter_that_is_not_known_is_no_fault(client: Clients) -> None:
    assert client("viewer").get("/match", {"verdict": "x", "page": "999999"}).status_code == 200
    page = text(client("viewer").get("/match", {"verdict": "cannot"}))
    assert "轴系在线扭矩" in page and "扭矩扳子 N-2026-033" not in page


def test_my_organisation_is_remembered(client: Clients) -> None:
    me = client("customer")
    assert me.post("/match", {"organisation": BEARING}).status_code == 302
    assert f"{BEARING}的需求" in text(me.get("/match"))


# ---------------------------------------------------------------- the page of a need


def test_a_need_that_is_not_met_says_by_how_much_and_why(client: Clients) -> None:
    page = text(client("customer").get(way(BEARING, "N-2026-031")))
    assert "测不准" in page and "0.082 µm" in page and "需要 0.060 µm" in page and "0.022 µm" in page
    assert page.count("通过") >= 7
    assert "两块温差" in page and "41 %" in page
    assert "缩小区间" in page and "揭榜挑战" in page
    english = text(client("customer", "en").get(way(BEARING, "N-2026-031")))
    assert "accurate enough: " in english and "nobody is accurate enough" not in english, "NMI-L-01 and EAST-L-01 are"
    assert "没有一家够准" not in page and "够准的有" in page and "（条件）" in page and "（溯源链）" in page
    assert "temperature difference" in english


@pytest.mark.parametrize(
    ("organisation", "id", "said"),
    [
        (BEARING, "N-2026-032", "能测的能力有 2 条"), (ENGINE, "N-2026-042", "没有一项测的是这个量"),
        (HEATERS, "N-2026-052", "几项合起来可以"), ("演示热电厂", "N-2026-071", "没有能力覆盖"),
        (ENGINE, "N-2026-041", "未通过的门：溯源链"),
    ],
)  # fmt: skip
def test_each_verdict_is_a_sentence(client: Clients, organisation: str, id: str, said: str) -> None:
    assert said in text(client("customer").get(way(organisation, id)))


def test_a_transfer_standard_stands_between_and_what_both_rest_on_counts_once(client: Clients) -> None:
    me = client("customer")
    page = text(me.get(way(BEARING, "N-2026-036")))
    assert "测不了" in page and "校准）可以" in page and "0.073 µm" in page
    carried = page.split("经传递标准 By a transfer standard")[1].split("路线 Routes")[0]
    assert "CT-1" in carried and carried.index("CT-1") < carried.index("ET-2")
    assert "不够" in carried and "0.118" in carried and "DEMO-NMI-L-0202" in carried and "只有 0.095 µm" in carried
    data = json.loads(me.get(way(BEARING, "N-2026-036", "?as=json")).content)
    assert [row[0] for row in data["chains"]] == ["CT-1"] and [row[0] for row in data["undone"]] == ["ET-2"]
    alone = text(client("customer", "en").get(way(BEARING, "N-2026-035")))
    assert "By the transfer standard ET-1" in alone and "enough" in alone


def test_statements_can_be_let_count_and_it_is_said(client: Clients) -> None:
    page = text(client("customer").get(way(BEARING, "N-2026-031", "?proof=stated")))
    assert "现在连自己的陈述也算" in page and "演示华东长度站 EAST-L-01" in page


def test_a_past_day_is_computed_from_its_evidence(client: Clients) -> None:
    page = client("customer").get(way(ENGINE, "N-2026-041", "?day=2026-11-10"))
    assert page.status_code == 200 and "按 2026 年 11 月 10 日 的证据重算" in text(page)
    assert 'class="verdict">能测' in page.content.decode()  # the certificate was withdrawn on 20 November
    before = client("customer").get(way(BEARING, "N-2026-031", "?day=2026-01-05"))
    assert before.status_code == 200  # nothing was registered then: an answer all the same


@pytest.mark.parametrize("day", ["morgen", "2026-13-01", "2999-01-01"])
def test_a_day_that_is_none_or_ahead_is_told(client: Clients, day: str) -> None:
    page = client("customer").get(way(BEARING, "N-2026-031", f"?day={day}"))
    assert page.status_code == 400 and ("不是日历上的日期" in text(page) or "还没有到" in text(page))


def test_the_proof_is_there_as_files(client: Clients) -> None:
    me = client("customer")
    data = json.loads(me.get(way(BEARING, "N-2026-031", "?as=json")).content)
    assert data["verdict"] == "not_accurate" and len(data["capabilities"]) == 5
    pdf = me.get(way(BEARING, "N-2026-031", "?as=pdf"))
    assert pdf.content.startswith(b"%PDF") and "attachment" in pdf["Content-Disposition"]
    assert me.get(way(BEARING, "N-2026-031", "?as=sheet.docx")).content.startswith(b"PK")
    assert me.get(way(BEARING, "N-2026-031", "?as=exe")).status_code == 404


def test_unknown_needs_are_404(client: Clients) -> None:
    assert client("customer").get(way("无", "N-1")).status_code == 404
    assert client("customer").get("/match/a").status_code == 404


def test_a_laboratory_answers_and_others_may_not(client: Clients) -> None:
    page = way(BEARING, "N-2026-031")
    assert client("viewer").post(page, {"text": "x"}).status_code == 403
    assert client("metrologist").post(page, {"text": "到 35 mm 可以做，三周"}).status_code == 302
    seen = text(client("customer").get(page))
    assert "到 35 mm 可以做，三周" in seen and "已答复" in seen


# ---------------------------------------------------------------- stating one


def test_who_may_not_state_a_need_is_told_so(client: Clients) -> None:
    for role in ("viewer", "metrologist", "trainee"):
        assert client(role).get("/match/new").status_code == 403
        assert client(role).post("/match/new", {**DIRECT, "do": "save"}).status_code == 403


def test_from_a_product_to_a_need(client: Clients) -> None:
    me = client("customer")
    preview = text(me.post("/match/new/preview", GUIDED))
    assert "直径" in preview and "29.98" in preview and "U = T/4" in preview and "测不了" in preview
    done = me.post("/match/new", {**GUIDED, "do": "save"})
    assert done.status_code == 302 and done.url.endswith("/N-2026-001")
    page = text(me.get(done.url))
    assert "需求 N-2026-001" in page and "轴" in page and "0.0025 mm" in page
    assert "试验轴厂" in text(me.get("/match")).split("我的需求")[1]


def test_a_need_stated_for_a_key_parameter_keeps_it(client: Clients) -> None:
    from html import unescape

    from suyuan.site.acts.matching import need as acts

    me = client("customer")
    page = me.get("/industries/marine-power").content.decode()
    link = next(unescape(m) for m in re.findall(r'href="([^"]*match/new[^"]*)"', page) if "mp-wash-ph" in m)
    form = me.get(link).content.decode()
    assert 'name="parameter" value="mp-wash-ph"' in form and "来自关键参数" in form and "洗涤水 pH" in form
    fields = dict(re.findall(r'<input[^>]*name="(\w+)"[^>]*value="([^"]*)"', form))
    done = me.post("/match/new", {**fields, "quantity": "ph", "organisation": "试验船厂", "do": "save"})
    need = acts.known(acts.on(None))["试验船厂/" + done.url.split("/")[-1]][1]
    assert (need.parameter, need.industry, need.node) == ("mp-wash-ph", "marine-power", "system")
    assert need.process["zh"] == "洗涤水监测" and need.source == "" and need.status == ""
    assert "#mp-wash-ph" in me.get(done.url).content.decode()
    other = me.post("/match/new", {**DIRECT, "parameter": "nothing-such", "do": "save"})
    assert other.status_code == 302


def test_directly_and_the_id_after_it(client: Clients) -> None:
    me = client("customer")
    first, second = (me.post("/match/new", {**DIRECT, "do": "save"}) for _ in range(2))
    assert first.url.endswith("/N-2026-001") and second.url.endswith("/N-2026-002")
    assert "能测" in text(me.get(first.url))


def test_the_number_of_a_need_that_was_taken_out_is_not_given_again(client: Clients) -> None:
    me = client("customer")
    first = me.post("/match/new", {**DIRECT, "do": "save"})
    assert me.post(first.url, {"do": "remove", "sure": "1"}).status_code == 302
    second = me.post("/match/new", {**DIRECT, "title": "另一个", "do": "save"})
    assert first.url.endswith("/N-2026-001") and second.url.endswith("/N-2026-002")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"interval_low": "50", "interval_high": "1"}, "interval_low"), ({"interval_unit": ""}, "interval_unit"),
        ({"interval_unit": "furz"}, "interval_unit"), ({"target_unit": "kg"}, "target_unit"),
        ({"target_U": "-1"}, "target_U"), ({"target_U": "viel"}, "target_U"), ({"organisation": ""}, "organisation"),
        ({"criticality": "9"}, "criticality"), ({"day": "bald"}, "day"),
    ],
)  # fmt: skip
def test_what_is_wrong_stands_beside_its_field_and_nothing_is_kept(
    client: Clients, change: dict[str, str], field: str
) -> None:
    me = client("customer")
    answer = me.post("/match/new", {**DIRECT, **change, "do": "save"})
    assert answer.status_code == 422
    body = answer.content.decode()
    assert f'id="x-{field}"' in body or f'aria-describedby="x-{field}"' in body
    assert 'value="量块"' in body  # what was typed is still there
    assert "十四个需求" in text(me.get("/match"))


@pytest.mark.parametrize(
    ("change", "field"),
    [({"unit": "kg"}, "unit"), ({"low": "31", "high": "29", "tolerance": ""}, "low"), ({"use": "x"}, "use"),
     ({"check": "zzz"}, "check"), ({"nominal": ""}, "nominal")],
)  # fmt: skip
def test_a_guided_answer_that_makes_no_sense(client: Clients, change: dict[str, str], field: str) -> None:
    answer = client("customer").post("/match/new", {**GUIDED, **change, "do": "save"})
    assert answer.status_code == 422 and f'id="x-{field}"' in answer.content.decode()


def test_an_empty_form_names_each_field_that_is_needed(client: Clients) -> None:
    answer = client("customer").post("/match/new", {"way": "direct", "do": "save"})
    body = answer.content.decode()
    assert answer.status_code == 422
    for field in ("quantity", "interval_low", "interval_high", "interval_unit", "organisation"):
        assert f'id="x-{field}"' in body, field
    assert "5 处要改" in text(answer) and "0 处" not in text(answer)


def test_my_needs_are_the_same_on_both_pages(client: Clients) -> None:
    me = client("customer")

    def ids(path: str, start: str) -> set[str]:
        return set(re.findall(r"N-2026-\d+", me.get(path).content.decode().split(start)[1].split("</table>")[0]))

    assert ids("/match", 'id="mine"') == ids("/today", 'id="my-needs"')
    me.post("/match", {"organisation": BEARING})
    assert ids("/match", 'id="mine"') == ids("/today", 'id="my-needs"') > {"N-2026-032"}


def test_while_one_types_an_empty_field_is_no_fault(client: Clients) -> None:
    body = client("customer").post("/match/new/preview", {"way": "direct", "quantity": "长度"}).content.decode()
    assert 'class="beside"' not in body and "填完上面几项" in body


def test_a_form_from_elsewhere_is_refused(site_data: Any, stocked: Any) -> None:
    from django.contrib.auth.models import User

    foreign = Client(enforce_csrf_checks=True, headers={"host": "localhost"})
    foreign.force_login(User.objects.get(username="customer"))
    assert foreign.post("/match/new", {**DIRECT, "do": "save"}).status_code in (400, 403)


def test_a_need_is_changed_by_whoever_stated_it_and_nothing_else_of_it_is_lost(client: Clients) -> None:
    import json as js

    from suyuan.site.acts.matching import need as acts

    register = {"suyuan": "register", "organisation": {"zh": "试验厂", "en": "works"}, "number": "1",
                "day": "2026-01-02", "rows": {"need": [{
                    "id": "N1", "quantity": "length", "title": {"zh": "环", "en": "ring"}, "product": {"zh": "轴承"},
                    "interval": {"low": "1", "high": "50", "unit": "mm"}, "conditions": {"material": "steel"},
                    "target": {"U": "0.1", "unit": "um", "k": "2"}}]}}  # fmt: skip
    from django.core.files.uploadedfile import SimpleUploadedFile

    me = client("customer")
    me.post("/registers", {"files": SimpleUploadedFile("r.json", js.dumps(register).encode())})
    form = me.get("/match/new", {"of": "试验厂/N1"})
    assert 'value="0.1"' in form.content.decode() and 'name="of" value="试验厂/N1"' in form.content.decode()
    typed = {**DIRECT, "title": "环", "item": "", "target_U": "0.2", "of": "试验厂/N1", "do": "save"}
    assert client("director").post("/match/new", typed).status_code == 403
    assert me.post("/match/new", typed).url.endswith("/N1")
    need = acts.known(acts.on(None))["试验厂/N1"][1]
    assert need.target is not None and need.target.U == 0.2
    assert need.conditions["material"] == "steel" and need.product == {"zh": "轴承"} and need.title["en"] == "ring"
    assert client("director").post(way("试验厂", "N1"), {"do": "remove"}).status_code == 403
    assert me.post(way("试验厂", "N1"), {"do": "remove"}).url.endswith("#remove")
    assert me.get(way("试验厂", "N1")).status_code == 200, "one click takes nothing out"
    assert me.post(way("试验厂", "N1"), {"do": "remove", "sure": "1"}).status_code == 302
    assert me.get(way("试验厂", "N1")).status_code == 404


# ---------------------------------------------------------------- confidence


def test_a_need_that_is_changed_is_headed_so_and_names_its_item_in_words(client: Clients) -> None:
    page = client("steward").get("/match/new", {"of": "演示轴承厂/N-2026-032"})
    body = page.content.decode()
    assert page.status_code == 200 and re.search(r"<h1>改需求", body)
    assert not re.search(r'name="item"[^>]*value="[a-z]+_[a-z]+"', body)


def test_of_a_confidential_need_others_learn_verdict_and_kind_only(client: Clients) -> None:
    owner = client("customer")
    done = owner.post("/match/new", {**DIRECT, "title": "秘密环", "confidential": "true", "do": "save"})
    mine = text(owner.get(done.url))
    assert "秘密环" in mine and "他人只见结论与类别" in mine
    stranger = client("director")
    page = stranger.get(done.url)
    seen = text(page)
    assert "能测" in seen and "长度" in seen
    for secret in ("秘密环", "试验厂", "0.1 µm", "50 mm"):
        assert secret not in seen
    rows = text(stranger.get("/match"))
    assert "秘密环" not in rows and "试验厂" not in rows and "（保密）" in rows
    proof = json.loads(stranger.get(f"{done.url}?as=json").content)
    assert set(proof["need"]) == {"quantity", "confidential"} and "capabilities" not in proof
    assert stranger.get(f"{done.url}?as=sheet.docx").status_code == 404
    assert "秘密环" not in text(stranger.get(f"/capabilities/{quote('演示市计量院')}/CITY-L-01"))
    assert "秘密环" in text(client("steward").get(done.url))


def test_the_delivery_of_a_confidential_need_is_not_handed_to_strangers(client: Clients) -> None:
    from suyuan.site.acts.service import now_known

    owner = client("customer")
    owner.post("/match/new", {**DIRECT, "title": "秘密环", "confidential": "true", "do": "save"})
    digest = next(r.digest for r, need in now_known().deliveries("need") if need.confidential)
    assert owner.get(f"/certificates/{digest}/original").status_code == 200
    for path in (f"/certificates/{digest}/original", f"/certificates/{digest}"):
        assert client("director").get(path).status_code == 404


def test_a_need_of_another_house_is_refused_at_the_field_of_the_house(client: Clients) -> None:
    page = client("customer").post("/match/new", {**DIRECT, "do": "save", "organisation": "演示热电厂"})
    assert page.status_code == 422 and "由它自己的人交" in page.content.decode()


# ---------------------------------------------------------------- what can be done


def test_each_that_can_may_be_ordered_and_a_capability_from_its_page(client: Clients) -> None:
    me = client("customer")
    page = me.get(way(BEARING, "N-2026-032")).content.decode()
    able = set(re.findall(r"/orders/new\?provider=([^&]+)&amp;capability=([^&]+)&amp;need=", page))
    assert len(able) > 1 and ("%E6%BC%94%E7%A4%BA%E5%B8%82%E8%AE%A1%E9%87%8F%E9%99%A2", "CITY-L-01") in able
    place = f"/capabilities/{quote('演示市计量院')}/CITY-L-01"
    found = re.search(r'href="(/orders/new\?[^"]+)"', me.get(place).content.decode())
    assert found is not None and me.get(found[1].replace("&amp;", "&")).status_code == 200
    assert "/orders/new" not in client("viewer").get(place).content.decode()


def test_another_item_is_told_apart_from_another_quantity(client: Clients) -> None:
    me = client("customer")
    typed = {**DIRECT, "quantity": "扭矩", "item": "扭矩传感器", "interval_low": "20", "interval_high": "100",
             "interval_unit": "N·m", "target_U": "1", "target_unit": "%", "site": ""}  # fmt: skip
    page = text(me.get(me.post("/match/new", {**typed, "do": "save"}).url))
    assert "同一个量，别的器具" in page and "TQ-01" in page.split("同一个量，别的器具")[-1]


def test_a_price_beyond_the_limit_is_said_first(client: Clients) -> None:
    done = client("customer").post("/match/new", {**DIRECT, "price_most": "1", "do": "save"})
    seen = text(client("customer").get(done.url))
    assert "能测" in seen and "但超出您的限额" in seen
    assert "CNY" in text(client("customer").post("/match/new/preview", DIRECT)), "the live answer tells the price"


# ---------------------------------------------------------------- what helps in the workshop


SHAFT = {"way": "guided", "product": "轴", "check": "diameter", "nominal": "25 ±0.01 mm", "use": "accept",
         "organisation": "试验轴厂"}  # fmt: skip


def test_a_shaft_of_every_day_gets_an_instrument_and_no_open_call(client: Clients) -> None:
    me = client("customer")
    assert "读作：标称值 25，允差 ± 0.01，单位 mm" in text(me.post("/match/new/preview", SHAFT))
    done = me.post("/match/new", {**SHAFT, "do": "save"})
    page = me.get(done.url)
    said = text(page)
    assert "车间里怎么办" in said and "0.0019 mm" in said and "千分尺" in said
    assert "不是同一个被测量" in said and "量块" in said
    assert "揭榜挑战" not in said and "仍要转为挑战" in said, "whoever still wants an open call may have it"
    english = text(client("steward", "en").get(done.url))
    assert "In the workshop" in english and "micrometer" in english
    second = re.search(r'href="(/match/new\?[^"]*use=instrument[^"]*)"', page.content.decode())
    assert second is not None
    form = me.get(second[1].replace("&amp;", "&")).content.decode()
    assert 'value="千分尺"' in form and 'value="0.0019"' in form


@pytest.mark.parametrize(
    "asked",
    [{**GUIDED, "check": "length"},
     {**DIRECT, "item": "", "interval_low": "29.98", "interval_high": "30.02", "target_U": "2.5", "half": "",
      "site": ""}],
)  # fmt: skip
def test_gauge_block_capabilities_are_no_silent_proof_of_a_shaft(client: Clients, asked: dict[str, str]) -> None:
    seen = text(client("customer").post("/match/new/preview", asked))
    assert "但这些能力校准的是量块" in seen
    assert "但这些" not in text(client("customer").post("/match/new/preview", {**asked, "item": "量块"}))


def test_the_diameter_of_a_shaft_leads_to_the_micrometer(client: Clients) -> None:
    seen = text(client("customer").post("/match/new/preview", GUIDED))
    assert "千分尺" in seen and "改提这件仪器的校准" in seen


def test_a_shaft_that_no_shop_instrument_measures_may_be_a_challenge_and_at_last(client: Clients) -> None:
    me = client("customer")
    page = text(me.get(me.post("/match/new", {**SHAFT, "nominal": "25 ±0.001 mm", "do": "save"}).url))
    assert "车间里怎么办" in page and page.index("车间里怎么办") < page.index("转为挑战")


def test_a_torque_wrench_by_range_and_class(client: Clients) -> None:
    asked = {"way": "guided", "check": "torque", "item": "扭力扳手", "low": "20", "high": "180", "unit": "牛·米",
             "class": "1", "tolerance": "1", "tolerance_unit": "%", "use": "instrument"}  # fmt: skip
    page = text(client("customer").post("/match/new/preview", asked))
    assert "量程 20 到 180 N·m" in page and "最大允许误差 ±1 %" in page and "半宽" not in page
    assert "还缺" not in page


def test_a_wrench_by_its_nominal_value_is_no_product(client: Clients) -> None:
    me = client("customer")
    wrench = {"way": "guided", "check": "torque", "item": "扭矩扳子", "nominal": "200", "unit": "N·m", "tolerance": "4",
              "tolerance_unit": "%", "use": "instrument", "organisation": "试验厂"}  # fmt: skip
    seen = text(me.post("/match/new/preview", wrench))
    assert "在 200 N·m 这一点校准" in seen and "限外的产品" not in seen and "216" not in seen
    page = text(me.get(me.post("/match/new", {**wrench, "do": "save"}).url))
    assert "TQ-02" in page and "能测" in page


def test_what_is_missing_is_named_together(client: Clients) -> None:
    answer = client("customer").post("/match/new", {"way": "guided", "product": "轴", "do": "save"})
    assert answer.status_code == 422
    said = text(answer)
    assert "还缺：检查什么、单位、结果用来做什么、单位名称、允差、上下限" in said
    assert answer.content.decode().count('<span class="mute">*</span>') >= 5


def test_on_site_is_a_choice(client: Clients) -> None:
    body = client("customer").get("/match/new", {"check": "diameter"}).content.decode()
    assert 'type="radio" id="i-site-on-site" name="site" value="on-site"' in body and "在现场测" in body


def test_what_only_calibrates_the_instrument_is_not_shown_as_can(client: Clients) -> None:
    seen = client("customer").post("/match/new/preview", {**GUIDED, "check": "length"}).content.decode()
    assert '<span class="verdict">可校准所用仪器</span>' in seen and '<span class="verdict">能测</span>' not in seen
    item = client("customer").post("/match/new/preview", {**GUIDED, "check": "length", "item": "量块"})
    assert "可校准所用仪器" not in item.content.decode()


def test_ranges_that_join_are_said_to_join() -> None:
    from suyuan.capability.asking.query import asked
    from suyuan.capability.asking.search import Hit, Why
    from suyuan.capability.capability import Capability
    from suyuan.capability.interval import Interval
    from suyuan.quantity.unit import parse_unit
    from suyuan.site.web.matching.find import short_of

    warm = parse_unit("degC")
    rows = [Capability(id, {"zh": id}, "temperature", Interval(low, high, warm), item="thermometer")
            for id, low, high in (("T-1", -40.0, 200.0), ("T-2", 150.0, 600.0), ("T-3", 700.0, 900.0))]  # fmt: skip
    found = [(row, Hit(row.key, 1.0, (Why("-20 … 500 °C", "", "outside"),))) for row in rows]
    said = str(short_of(found, asked("温度 -20到500度")))
    assert "T-1" in said and "T-2" in said and "T-3" not in said and "接起来" in said
    assert "最近的是" in str(short_of(found[::2], asked("温度 -20到500度")))


def test_an_absolute_target_in_percent_stays_absolute(client: Clients) -> None:
    """0.3 % of mass is no 0.3 % of the value: the form reads «%» as relative, so it shows the size as a number."""
    from suyuan.capability.interval import Interval
    from suyuan.capability.need import Need, Target
    from suyuan.quantity.unit import parse_unit
    from suyuan.site.acts.matching import need as acts
    from suyuan.site.web.matching.need_direct import Typed, row_of, values_of

    percent = parse_unit("%")
    for target in (Target(0.3, percent.as_difference()), Target(0.003)):
        need = Need("N", {"zh": "厂"}, "mass_fraction", Interval(0.2, 15.0, percent), target)
        again, _ = acts.read({"id": "N", **row_of(Typed("direct", values_of(need)))}, {"zh": "厂"})
        assert again is not None and again.target is not None
        assert again.target.relative == target.relative
        scale = again.target.unit.factor if again.target.unit is not None else 1.0
        assert again.target.U * scale == pytest.approx(0.003)
