"""The page of a matter, challenges, bids, research: who sees what, each act, bad input, both languages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.site.matter_play import Clients, act, matters, newest, page, paper, state, words

NEED = "演示轴承厂 N-2026-031"
UNKNOWN_TERM = re.compile(
    r">[^<]*\b(?:matter|gaps|challenges?|review|research|orders|resources|new|call|verdict|status|result|industry)"
    r"\.[a-z_]+\b[^<]*<"
)


@pytest.fixture
def played(stocked: Path) -> Iterator[None]:
    with matters():
        yield


@pytest.fixture
def people(played: None, client: Clients) -> Clients:
    return client


def refused(answer: Any) -> str:
    assert answer.status_code == 200, answer.status_code
    return words(answer)


# ---------------------------------------------------------------- the page


def test_the_page_says_where_it_stands_in_both_languages(people: Clients) -> None:
    zh = page(people("regulator").get("/matters/challenge/CH-DEMO-002"))
    assert "已发布，接受揭榜；轮到主办方" in zh and "Published, open for bids" in zh
    en = words(people("regulator", "en").get("/matters/challenge/CH-DEMO-002"))
    assert "It is the turn of the organiser (Zhang Xu)" in en and "days left" in en
    assert not re.search(r"[一-鿿]", en.replace("中文", "")), "no half-translated page"


def test_every_term_of_every_page_is_there(people: Clients) -> None:
    paths = ("/gaps?drafts=1", "/industries", "/industries/carbon", "/challenges", "/research", "/orders", "/resources",
             "/matters/challenge/CH-DEMO-001", "/matters/order/ORD-DEMO-003", "/matters/research/RS-DEMO-001",
             "/matters/centre/CENTRE-DEMO-001", "/matters/training/TR-DEMO-001", "/matters/mentoring/MT-DEMO-001",
             "/matters/call/CALL-DEMO-2026", "/matters/bid/BID-DEMO-001")  # fmt: skip
    for role in ("regulator", "director", "customer"):
        for language in ("", "en"):
            client = people(role, language)
            for path in paths:
                answer = client.get(path)
                if answer.status_code == 404:
                    continue
                assert answer.status_code == 200, (role, path)
                left = UNKNOWN_TERM.findall(page(answer))
                assert not left, (path, left[:3])


def test_whoever_has_no_part_sees_no_order_no_bid_no_unpublished_need(people: Clients) -> None:
    viewer = people("viewer")
    for path in (
        "order/ORD-DEMO-001",
        "bid/BID-DEMO-001",
        "challenge/CH-DEMO-003",
        "order/NONE",
        "nothing/CH-DEMO-001",
    ):
        assert viewer.get(f"/matters/{path}").status_code == 404, path
    assert viewer.get("/matters/challenge/CH-DEMO-001").status_code == 200
    bid = people("judge").get("/matters/bid/BID-DEMO-001")
    assert bid.status_code == 200 and "{'" not in words(bid), "what is said in languages is said in one"
    assert people("customer").get("/matters/bid/BID-DEMO-001").status_code == 404


def test_nobody_signed_out_sees_anything(played: None) -> None:
    from django.test import Client

    for path in (
        "/gaps",
        "/challenges",
        "/orders",
        "/resources",
        "/research",
        "/industries",
        "/matters/challenge/CH-DEMO-001",
    ):
        assert Client(headers={"host": "localhost"}).get(path).status_code == 302, path


def test_a_step_that_is_not_mine_is_refused_and_nothing_happens(people: Clients) -> None:
    answer = act(people("viewer"), "challenge", "CH-DEMO-002", "bids_extended", due="2027-03-01", reason="more time")
    assert answer.status_code == 200 and state("challenge", "CH-DEMO-002") == "published"
    assert act(people("viewer"), "challenge", "CH-DEMO-002", "no_such_step").status_code == 404


def test_a_form_from_elsewhere_is_refused(played: None) -> None:
    from django.contrib.auth.models import User
    from django.test import Client

    client = Client(headers={"host": "localhost"}, enforce_csrf_checks=True)
    client.force_login(User.objects.get(username="regulator"))
    assert act(client, "challenge", "CH-DEMO-002", "bids_extended", due="2027-03-01", reason="x").status_code == 400


# ---------------------------------------------------------------- triage, publishing, review


def test_what_was_typed_comes_back_with_the_fault_beside_it(people: Clients) -> None:
    client = people("regulator")
    answer = act(client, "challenge", "CH-DEMO-002", "bids_extended", due="2027-13-45", reason="疫情 flood")
    assert answer.status_code == 200
    text = page(answer)
    assert 'value="2027-13-45"' in text and "疫情 flood</textarea>" in text and "2027-13-45" in words(answer)
    assert 'id="x-bids_extended-due"' in text, "the fault stands beside its field"
    answer = act(client, "challenge", "CH-DEMO-002", "bids_extended", due="2027-03-01", reason="more time")
    assert answer.status_code == 302
    assert "2027 年 3 月 1 日" in page(client.get("/matters/challenge/CH-DEMO-002"))


def test_a_need_without_a_target_is_not_published_and_the_file_is_kept(people: Clients) -> None:
    client = people("regulator")
    answer = act(client, "challenge", "CH-DEMO-003", "published", due="2027-03-01", doc_need_sheet=paper("sheet.pdf"))
    text = page(answer)
    assert answer.status_code == 200 and "sheet.pdf" in text and 'name="kept-need_sheet"' in text
    assert "N-2026-053" in words(answer) and state("challenge", "CH-DEMO-003") == "collected"


def test_returning_a_need_and_submitting_it_again_makes_the_sheet(people: Clients) -> None:
    assert (
        act(people("regulator"), "challenge", "CH-DEMO-003", "returned", reason="写明目标不确定度").status_code == 302
    )
    customer = people("customer")
    assert "写明目标不确定度" in page(customer.get("/matters/challenge/CH-DEMO-003"))
    assert act(customer, "challenge", "CH-DEMO-003", "resubmitted").status_code == 302
    listed = page(customer.get("/matters/challenge/CH-DEMO-003"))
    files = re.findall(r"/matters/challenge/CH-DEMO-003/files/[0-9a-f]{64}", listed)
    answer = customer.get(files[0])
    assert answer.content[:2] == b"PK" and "docx" in answer["Content-Disposition"], "made as a Word file"


def reviewer(people: Clients, name: str = "judge") -> Any:
    """A reviewer who has declared that there are no interests."""
    one = people(name)
    assert act(one, "challenge", "CH-DEMO-001", "declared", **{"declaration-none": "1"}).status_code == 302
    return one


def test_nobody_scores_before_they_have_declared(people: Clients) -> None:
    judge, path = people("judge"), "/matters/challenge/CH-DEMO-001"
    text = page(judge.get(path))
    assert "请先声明您与各揭榜方、需求方的利益关系" in text
    assert text.index('id="step-declared"') < text.index('id="step-scored"')
    form = words(judge.get(path)).split("没有利益关系")[1][:400]
    assert "BID-DEMO-001" in form and "BID-DEMO-002" in form and "演示力学校准实验室" in form, "each bid and bidder"
    scores = dict.fromkeys(re.findall(r'name="(score-[^"]+)"', text), "77")
    assert "严鉴" in refused(judge.post(path, {"do": "scored", **scores})) and "还没打分" in words(
        people("regulator").get(path)
    )
    assert judge.post(path, {"do": "declared", "declaration-none": "1"}).status_code == 302
    assert "等您打分" in words(judge.get(path))
    assert judge.post(path, {"do": "scored", **scores}).status_code == 302


def test_who_may_not_review_is_not_named_to(people: Clients) -> None:
    data = {"do": "reviewers_named", "reason": "换人", "role-reviewer": ["judge_b", "judge_c", "regulator"]}
    answer = people("regulator").post("/matters/challenge/CH-DEMO-001", data)
    assert "「regulator」不能在此事项中担任" in refused(answer), "who decides does not review for it"
    fine = data | {"role-reviewer": ["judge", "judge_b", "judge_c"]}
    assert people("regulator").post("/matters/challenge/CH-DEMO-001", fine).status_code == 302


def test_who_declares_a_tie_with_a_bidder_gives_no_scores(people: Clients) -> None:
    judge, path = people("judge"), "/matters/challenge/CH-DEMO-001"
    tie = {"do": "declared", "declaration-0-kind": "adviser", "declaration-0-other": "演示力学校准实验室"}
    assert judge.post(path, tie).status_code == 302
    scores = dict.fromkeys(re.findall(r'name="(score-[^"]+)"', page(judge.get(path))), "77")
    assert "演示力学校准实验室" in refused(judge.post(path, {"do": "scored", **scores}))


def test_scores_of_others_are_not_seen_and_a_wrong_score_is_refused(people: Clients) -> None:
    judge = reviewer(people)
    text = page(judge.get("/matters/challenge/CH-DEMO-001"))
    assert "0.753" not in text and "75.3" not in text
    fields = re.findall(r'name="(score-BID-DEMO-00[12]-[^"]+)"', text)
    assert len(fields) >= 6
    wrong = dict.fromkeys(fields, "80") | {fields[0]: "180"}
    answer = judge.post("/matters/challenge/CH-DEMO-001", {"do": "scored", **wrong})
    assert answer.status_code == 200 and 'value="180"' in page(answer)
    assert judge.post("/matters/challenge/CH-DEMO-001", {"do": "scored", **wrong, fields[0]: "80"}).status_code == 302
    assert ">80<" in page(judge.get("/matters/challenge/CH-DEMO-001")), "the own scores are shown"
    chain = json.loads(judge.get("/matters/challenge/CH-DEMO-001/chain.json").content)
    scored = [e for e in chain["events"] if e["act"] == "scored"]
    assert [("content" in e) for e in scored] == [False, False, True]
    other = page(people("judge_b").get("/matters/challenge/CH-DEMO-001"))
    assert other.count(">80<") == 0


def test_the_organiser_sees_the_review_and_chooses(people: Clients) -> None:
    judge, organiser = reviewer(people), people("regulator")
    text = page(organiser.get("/matters/challenge/CH-DEMO-001"))
    assert "还没打分" in text and "严鉴" in text
    early = act(organiser, "challenge", "CH-DEMO-001", "chosen", bid="BID-DEMO-001", doc_review_report=paper())
    assert early.status_code == 200 and 'name="kept-review_report"' in page(early)
    fields = re.findall(r'name="(score-[^"]+)"', page(judge.get("/matters/challenge/CH-DEMO-001")))
    assert (
        judge.post("/matters/challenge/CH-DEMO-001", {"do": "scored", **dict.fromkeys(fields, "77")}).status_code == 302
    )
    kept = re.search(r'name="kept-review_report" value="([0-9a-f]{64})"', page(early))
    assert kept is not None
    answer = organiser.post("/matters/challenge/CH-DEMO-001", {
        "do": "chosen", "bid": "BID-DEMO-001", "kept-review_report": kept[1], "name-review_report": "paper.pdf",
    })  # fmt: skip
    assert answer.status_code == 302 and state("challenge", "CH-DEMO-001") == "matched"
    chain = json.loads(organiser.get("/matters/challenge/CH-DEMO-001/chain.json").content)
    assert chain["events"][-1]["content"]["roles"] == {"bidder": ["director"]}


def test_a_file_of_somebody_else_cannot_be_named(people: Clients) -> None:
    chain = json.loads(people("regulator").get("/matters/challenge/CH-DEMO-001/chain.json").content)
    digest = chain["events"][0]["content"]["documents"]["need_sheet"]
    answer = people("regulator").post("/matters/challenge/CH-DEMO-001", {
        "do": "none_chosen", "reason": "no", "kept-review_report": digest,
    })  # fmt: skip
    assert answer.status_code == 200 and state("challenge", "CH-DEMO-001") == "reviewing"


def test_an_empty_file_is_refused(people: Clients) -> None:
    answer = act(people("regulator"), "challenge", "CH-DEMO-001", "none_chosen", reason="no",
                 doc_review_report=paper("empty.pdf", b""))  # fmt: skip
    assert "是空的" in refused(answer)


def test_bidders_names_are_hidden_until_one_is_chosen(people: Clients) -> None:
    seen = words(people("customer").get("/matters/challenge/CH-DEMO-001"))
    assert "演示力学校准实验室" not in seen.split("关联")[0].split("揭榜 Bids")[1] and "选定前不公开" in seen
    assert "演示力学校准实验室" in words(people("regulator").get("/matters/challenge/CH-DEMO-001"))


# ---------------------------------------------------------------- opening


def test_a_customer_submits_a_need_into_the_call(people: Clients) -> None:
    customer = people("customer")
    asked = page(customer.get("/matters/challenge/new"))
    assert NEED in asked
    form = customer.get("/matters/challenge/new", {"need": NEED, "call": "CALL-DEMO-2026"})
    assert "测不准" in words(form) and "CALL-DEMO-2026" in page(form)
    answer = customer.post("/matters/challenge/new", {"need": NEED, "call": "CALL-DEMO-2026", "title": "定距环长度"})
    assert answer.status_code == 302
    number = newest("challenge")
    assert state("challenge", number) == "collected"
    again = customer.post("/matters/challenge/new", {"need": NEED, "title": "again"})
    assert number in refused(again)
    assert number in page(people("regulator").get("/challenges")) and number not in page(
        people("viewer").get("/challenges")
    )


def test_who_may_not_open_is_told_so(people: Clients) -> None:
    assert people("viewer").get("/matters/challenge/new").status_code == 403
    assert people("customer").post("/matters/bid/new", {"challenge": "CH-DEMO-002"}).status_code == 403
    assert people("regulator").get("/matters/centre/new").status_code == 404


def test_an_unknown_need_or_a_draft_opens_nothing(people: Clients) -> None:
    customer = people("customer")
    assert "没有选需求" in refused(customer.post("/matters/challenge/new", {"need": "nobody N-1", "title": "x"}))
    assert "草案" in refused(customer.post("/matters/challenge/new", {"need": "ic-overlay", "title": "x"}))


def test_a_provider_bids_once_and_not_without_a_proposal(people: Clients) -> None:
    director = people("director")
    data = {
        "challenge": "CH-DEMO-002",
        "title": "NO 标准气体动态稀释",
        "organisation": "演示气体分析中心",
        "approach": "动态稀释",
    }
    answer = director.post("/matters/bid/new", data)
    assert (
        answer.status_code == 200
        and "动态稀释</textarea>" in page(answer)
        and 'value="演示气体分析中心"' in page(answer)
    )
    assert director.post("/matters/bid/new", {**data, "doc-proposal": paper()}).status_code == 302
    second = director.post("/matters/bid/new", {**data, "doc-proposal": paper("other.pdf", b"%PDF other")})
    assert second.status_code == 200, "an organisation bids once"
    no_name = director.post("/matters/bid/new", {**data, "organisation": " ", "title": "x", "doc-proposal": paper()})
    assert no_name.status_code in (302, 200)
    assert newest("bid") in page(director.get("/challenges"))


def test_a_project_is_proposed_from_a_gap(people: Clients) -> None:
    director = people("director")
    answer = director.post("/matters/research/new", {"need": NEED, "title": "定距环", "organisation": "演示市计量院",
                                                     "doc-proposal": paper()})  # fmt: skip
    assert answer.status_code == 302
    listed = words(director.get("/research"))
    assert newest("research") in listed and "测不准" in listed


def test_a_project_shows_its_milestones_and_the_gap_then_and_now(people: Clients) -> None:
    seen = words(people("pilot").get("/matters/research/RS-DEMO-001"))
    assert "激光基准重校" in seen and "立项前一日（2026 年 9 月 13 日）" in seen and "今天" in seen
    answer = act(people("pilot"), "research", "RS-DEMO-001", "milestone", milestone="没有的节点",
                 doc_milestone_report=paper())  # fmt: skip
    assert "没有的节点" in refused(answer)


# ---------------------------------------------------------------- lists and papers


def test_calls_say_what_came_of_them(people: Clients) -> None:
    seen = words(people("regulator").get("/matters/call/CALL-DEMO-2026"))
    from suyuan.capability.challenges.research import linked
    from suyuan.site.acts.service import now_known

    known = now_known()
    needs = {m.number for m in known.matters_of("challenge") if "CALL-DEMO-2026" in linked(m, "call")}
    bids = [m for m in known.matters_of("bid") if needs & set(linked(m, "challenge"))]
    assert "CH-DEMO-001" in seen and f"征集需求 {len(needs)}" in seen and f"揭榜 {len(bids)}" in seen
    answer = people("regulator").get("/challenges/call/CALL-DEMO-2026/list.xlsx")
    assert answer.status_code == 200 and answer.content[:2] == b"PK"
    assert people("regulator").get("/challenges/call/CALL-DEMO-2026/list.exe").status_code == 404


def test_the_need_sheet_is_a_word_file(people: Clients) -> None:
    answer = people("customer").get("/challenges/need-sheet.docx", {"need": NEED})
    assert answer.status_code == 200 and answer.content[:2] == b"PK"
    assert people("customer").get("/challenges/need-sheet.docx", {"need": "none"}).status_code == 404


def test_the_whole_chain_verifies(people: Clients) -> None:
    from suyuan.procedure.matter import Event, Matter, verify

    fields = json.loads(people("regulator").get("/matters/challenge/CH-DEMO-001/chain.json").content)
    from datetime import datetime

    events = tuple(
        Event(
            e["act"], datetime.fromisoformat(e["time"]), e["person"], e["role"], e["content"], e["before"], e["digest"]
        )
        for e in fields["events"]
    )
    made = Matter(fields["procedure"], fields["number"], fields["title"], fields["organisation"], fields["fields"],
                  {r: tuple(h) for r, h in fields["roles"].items()}, events, fields.get("demo", False))  # fmt: skip
    assert verify(made) == ()


# ---------------------------------------------------------------- from a result to a paper


def result_accepted(people: Clients) -> str:
    """The demo's project brought to an accepted result; returns the digest of the result's document."""
    leader, office = people("pilot"), people("regulator")
    steps = (
        (
            leader,
            "result",
            {"result_kind": "method", "result_name": "环规比较法", "doc_result_document": paper("method.pdf")},
        ),
        (leader, "delivered", {"doc_result_report": paper("report.pdf")}),
        (office, "accepted", {"doc_acceptance": paper("accepted.pdf")}),
    )
    for client, do, content in steps:
        answer = act(client, "research", "RS-DEMO-001", do, **content)
        assert answer.status_code == 302, (do, words(answer)[:2000])
    chain = json.loads(office.get("/matters/research/RS-DEMO-001/chain.json").content)
    result = next(e for e in chain["events"] if e["act"] == "result")
    digest: str = result["content"]["documents"]["result_document"]
    return digest


def test_a_result_is_converted_and_its_examples_recompute(people: Clients) -> None:
    digest = result_accepted(people)
    drafter = people("director")
    listed = page(drafter.get("/research"))
    assert "环规比较法" in listed and f"result={digest}" in listed
    opened = drafter.post("/matters/conversion/new", {
        "project": "RS-DEMO-001", "result": digest, "title": "环规校准规范", "organisation": "演示市计量院",
        "target": "specification", "doc-result_document": paper("method.pdf"),
    })  # fmt: skip
    assert opened.status_code == 302
    number = newest("conversion")
    from suyuan.site.acts.service import now_known

    saved = now_known().evidence.results[0].digest
    wrong = {
        "do": "drafted",
        "examples-0-case": saved,
        "examples-0-stated": "no_such = 1",
        "doc-draft": paper("draft.pdf"),
    }
    answer = drafter.post(f"/matters/conversion/{number}", wrong)
    assert answer.status_code == 200 and saved in page(answer) and "no_such = 1" in page(answer)
    assert state("conversion", number) == "result"
    unreadable = drafter.post(f"/matters/conversion/{number}", wrong | {"examples-0-stated": "0.05"})
    assert "写法不对" in words(unreadable)
    shown = page(drafter.get("/research"))
    assert number in shown and "校准规范" in shown


def test_the_kind_of_paper_aimed_at_is_said_in_words(people: Clients) -> None:
    from suyuan.site.acts.service import now_known

    of_demo = next(m for m in now_known().matters_of("conversion") if isinstance(m.events[0].content["target"], dict))
    for language in ("zh", "en"):
        seen = page(people("director", language).get("/research"))
        said = of_demo.events[0].content["target"][language]
        assert said in seen and "target." not in seen and "{&#x27;" not in seen


def test_a_project_without_acceptance_is_not_converted(people: Clients) -> None:
    drafter = people("director")
    answer = drafter.post("/matters/conversion/new", {
        "project": "RS-DEMO-001", "result": "0" * 64, "title": "x", "organisation": "演示市计量院",
        "target": "standard", "doc-result_document": paper(),
    })  # fmt: skip
    assert answer.status_code == 200 and not re.search("CV-[0-9]", page(drafter.get("/research")))


def test_several_needs_become_one_challenge(people: Clients) -> None:
    both = "演示轴承厂 N-2026-031 | 演示轴承厂 N-2026-034"
    customer = people("customer")
    seen = words(customer.get("/matters/challenge/new", {"need": both}))
    assert "N-2026-031" in seen and "N-2026-034" in seen
    assert customer.post("/matters/challenge/new", {"need": both, "title": "长度与扭矩"}).status_code == 302
    seen = words(customer.get(f"/matters/challenge/{newest('challenge')}"))
    assert "N-2026-031" in seen and "N-2026-034" in seen
    again = customer.post("/matters/challenge/new", {"need": "演示轴承厂 N-2026-034", "title": "again"})
    assert newest("challenge") in refused(again)


def test_a_reviewer_finds_what_waits_and_nothing_once_it_is_given(people: Clients) -> None:
    judge = people("judge")
    assert "一项挑战等您办" in words(judge.get("/challenges"))
    assert "等您办" not in words(people("judge_b").get("/challenges")), "who has scored has nothing to do"
    assert "现在不轮到您" in words(people("judge_b").get("/matters/challenge/CH-DEMO-001"))


def test_the_way_from_a_match_leads_to_the_form_of_an_order(people: Clients) -> None:
    asked = {"provider": "演示市计量院", "capability": "CITY-L-01", "need": "演示轴承厂 N-2026-032"}
    form = people("customer").get("/orders/new", asked)
    assert "CITY-L-01" in words(form) and 'value="演示轴承厂 N-2026-032"' in page(form)
    answer = people("customer").get("/match/演示轴承厂/N-2026-032")
    found = re.search(r'href="(/orders/new\?[^"]+)"', page(answer))
    assert answer.status_code == 200 and found is not None
    assert people("customer").get(found[1].replace("&amp;", "&")).status_code == 200


def test_a_need_leads_to_the_challenge_about_it(people: Clients) -> None:
    seen = page(people("customer").get("/match/演示船用柴油机厂计量室/N-2026-042"))
    assert "/matters/challenge/CH-DEMO-001" in seen and "/matters/challenge/new" not in seen


def test_a_need_that_can_be_met_is_said_so_and_collected_only_with_a_reason(people: Clients) -> None:
    customer, met = people("customer"), "演示轴承厂 N-2026-032"
    form = customer.get("/matters/challenge/new", {"need": met})
    assert "今天能测，可直接委托" in words(form) and "/orders/new?" in page(form) and 'name="met_reason"' in page(form)
    data = {"need": met, "title": "x"}
    assert "N-2026-032」今天已经能测" in refused(customer.post("/matters/challenge/new", data))
    assert customer.post("/matters/challenge/new", {**data, "met_reason": "要在线测量"}).status_code == 302
    assert "met_reason" not in page(customer.get("/matters/challenge/new", {"need": NEED}))


def test_a_project_chooses_its_gap_and_knows_whose_it_is(people: Clients) -> None:
    director = people("director")
    form = page(director.get("/matters/research/new"))
    assert f'<option value="{NEED}">' in form and "演示轴承厂 N-2026-032" not in form, "open gaps alone"
    organisation = re.search(r'name="organisation" type="text" value="([^"]*)"', form)
    assert organisation and organisation[1], "the organisation is filled in"
    bare = director.post("/matters/research/new", {"title": "x", "organisation": "y"})
    assert 'id="x-proposed-need"' in page(bare) and "没有写要填补哪个缺口" in words(bare), "beside the picker"
    chosen = director.get("/matters/research/new", {"need": NEED})
    assert f'<option value="{NEED}" selected>' in page(chosen)


def test_faults_of_a_form_speak_the_words_of_the_form(people: Clients) -> None:
    bare = words(people("director").post("/matters/call/new", {"title": "", "organisation": ""}))
    assert "纸质原件" not in bare
    judge = reviewer(people)
    fields = re.findall(r'name="(score-BID-DEMO-00[12]-[^"]+)"', page(judge.get("/matters/challenge/CH-DEMO-001")))
    wrong = dict.fromkeys(fields, "80") | {fields[0]: "abc", fields[1]: "180"}
    answer = words(judge.post("/matters/challenge/CH-DEMO-001", {"do": "scored", **wrong}))
    assert "写了「abc」，不是数" in answer and "180 不在 0 至 100 之间" in answer
    assert "guards/" not in answer and "「fits」" not in answer and "content/" not in answer


def test_a_judge_is_told_to_declare_first(people: Clients) -> None:
    from suyuan.site.records.matter import MatterRecord

    for row in MatterRecord.objects.filter(procedure="challenge", state="reviewing"):
        answer = people("judge").get(f"/matters/challenge/{row.number}")
        if 'id="step-scored"' not in page(answer):
            continue
        assert "请先声明" in words(answer) and 'id="step-declared"' in page(answer)
        assert "没有发现打分专家的利益冲突" in words(answer) and "无利益冲突" not in words(answer)
        data = {"do": "declared", "role": "reviewer", "declaration-none": "1"}
        assert people("judge").post(f"/matters/challenge/{row.number}", data).status_code == 302
        return
    pytest.fail("no challenge waits for the judge")


def test_events_cut_off_the_end_are_seen_by_the_log(people: Clients) -> None:
    from django.db import connection

    from suyuan.site.records.matter import MatterEvent

    regulator, path = people("regulator"), "/matters/challenge/CH-DEMO-002"
    done = act(regulator, "challenge", "CH-DEMO-002", "bids_extended", due="2027-03-01", reason="more time")
    assert done.status_code == 302 and "末尾的事件不见了" not in words(regulator.get(path))
    whole = json.loads(regulator.get(f"{path}/chain.json").content)
    assert whole["last"] == whole["events"][-1]["digest"]
    last = MatterEvent.objects.filter(matter__number="CH-DEMO-002").order_by("-place").first()
    assert last is not None
    with connection.cursor() as cursor:  # as somebody would who has the file of the records
        cursor.execute("DELETE FROM records_matterevent WHERE id = %s", [last.pk])
    assert f"末尾的事件不见了：现有 {last.place} 个事件里" in words(regulator.get(path))
    again = act(regulator, "challenge", "CH-DEMO-002", "bids_extended", due="2027-04-01", reason="another story")
    assert again.status_code == 302 and "末尾的事件不见了" in words(regulator.get(path)), "one more event hides nothing"
