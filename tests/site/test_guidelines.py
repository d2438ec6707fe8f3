"""Guidelines on the site: readable in full, two versions side by side, a new one taken in or refused with places."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from tests.site.matter_play import page, words

Clients = Callable[..., Any]
G = "/guidelines/DRAFT-CENTRE"


def upload(content: bytes) -> dict[str, Any]:
    return {"file": SimpleUploadedFile("guideline.json", content, "application/json")}


def changed(client: Any, **fields: Any) -> bytes:
    """The second draft with something else in it."""
    document: dict[str, Any] = json.loads(client.get(f"{G}/2/json").content)
    return json.dumps({**document, **fields}).encode()


def test_a_guideline_is_readable(client: Clients) -> None:
    shown = page(client("viewer").get(f"{G}/2"))
    assert shown.count('class="curve"') >= 20 and 'aria-label="值到得分的曲线' in shown
    assert "没有一项权重或限值是官方公布的" in words(client("viewer").get(f"{G}/2"))
    assert client("viewer").get(f"{G}/9").status_code == 404
    assert "都是自拟草案" in words(client("viewer").get("/guidelines"))


def test_two_versions_stand_side_by_side(client: Clients) -> None:
    shown = page(client("viewer").get(f"{G}/2?with=1"))
    assert 'class="mark"' in shown and "只在另一版" in shown
    assert 'class="mark"' not in page(client("viewer").get(f"{G}/2"))


def test_a_new_version_is_taken_in_and_scores_by_it(client: Clients) -> None:
    boss = client("regulator")
    answer = boss.post("/guidelines/take-in", upload(changed(boss, version="3")))
    assert answer.status_code == 302 and answer["Location"].endswith("/DRAFT-CENTRE/3")
    assert boss.get(f"{G}/3").status_code == 200
    assert "第 3 版" in words(boss.get("/centres/DEMO-C-01?version=3"))
    again = boss.post("/guidelines/take-in", upload(changed(boss, version="3", title={"zh": "别的", "en": "other"})))
    assert again.status_code == 200 and "已经有了，内容不同" in words(again)


def test_a_faulty_one_is_refused_with_each_place(client: Clients) -> None:
    boss = client("regulator")
    document: dict[str, Any] = json.loads(boss.get(f"{G}/2/json").content)
    document["version"] = "4"
    document["conditions"][0]["indicators"][0]["weight"] = "50"
    document["conditions"][1]["indicators"][0]["curve"] = [["1", "0"], ["0", "2"]]
    answer = boss.post("/guidelines/take-in", upload(json.dumps(document).encode()))
    shown = re.sub(r"<[^>]+>", "", page(answer))
    assert answer.status_code == 200 and "没有导入" in shown
    assert "/conditions/1/indicators/0" in shown
    assert boss.get(f"{G}/4").status_code == 404
    assert "没有导入" in words(boss.post("/guidelines/take-in", upload(b"not json")))
    assert boss.post("/guidelines/take-in").status_code == 200


def test_taking_in_is_for_the_regulator(client: Clients) -> None:
    for role in ("viewer", "director", "judge"):
        assert client(role).post("/guidelines/take-in", upload(b"{}")).status_code == 403
        assert "检查并导入" not in page(client(role).get("/guidelines"))


def test_guidelines_are_whole_in_english(client: Clients) -> None:
    for path in ("/guidelines", f"{G}/2", f"{G}/2?with=1"):
        shown = page(client("regulator", "en").get(path))
        assert not re.findall(r">((?:guidelines|centres)\.[\w.]+)<", shown)
        heads = re.findall(r"<(?:h1|h2|h3|th|summary|button)[^>]*>([^<]+)<", shown)
        assert not [h for h in heads if re.search(r"[\u4e00-\u9fff]", h)]


def test_a_curve_of_a_share_is_told_in_per_cent_like_its_axis(client: Clients) -> None:
    seen = words(client("regulator").get("/guidelines/DRAFT-CENTRE/2"))
    assert "80 % → 0; 100 % → 1" in seen and "0.8 → 0" not in seen
