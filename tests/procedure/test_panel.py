"""A panel that reviews centres: nobody scores their own, ties are declared in a form, an opinion needs scores."""

from __future__ import annotations

from datetime import date

from suyuan.centre.records import Centre
from suyuan.verbs.matter.panels import review_of
from tests.capability.service import SHA, World, documents, person

PANEL = ("panel", "P-1")
SECRETARY = ("秘", "secretary")
CRITERIA = [{"id": "need", "title": {"zh": "需求", "en": "need"}, "weight": "2", "high": "10"},
            {"id": "people", "title": {"zh": "人员", "en": "people"}, "weight": "1", "high": "10"}]  # fmt: skip


def panel_world() -> World:
    world = World()
    houses = [("Z1", "演示中心一", "演示依托一"), ("Z2", "演示中心二", "演示依托二")]
    centres = [Centre(i, {"zh": n}, "centre", "municipal", {"zh": h}, laboratories=(n,)) for i, n, h in houses]
    world.register("2026-01-01", "演示局", centre=centres)
    world.register("2026-01-01", "演示局", person=[person(n, "演示大学") for n in ("赵", "钱", "孙", "李")])
    world.register("2026-01-01", "演示局", person=[person("周", "演示依托一")])
    fields = {"subjects": ["Z1", "Z2"], "criteria": CRITERIA}
    world.open(*PANEL, "演示局", fields, secretary=("秘",), chair=("长",))
    return world


def scores(one: float, two: float) -> dict[str, dict[str, str]]:
    return {"Z1": dict.fromkeys(("need", "people"), str(one)), "Z2": dict.fromkeys(("need", "people"), str(two))}


def test_nobody_scores_their_own_centre() -> None:
    world = panel_world()
    told = world.refused(PANEL, "named", "2026-02-01", *SECRETARY, roles={"reviewer": ["赵", "钱", "周"]})
    assert "procedure.conflict.found" in told
    assert "challenge.panel.small" in world.refused(
        PANEL, "named", "2026-02-01", *SECRETARY, roles={"reviewer": ["赵"]}
    )
    world.step(PANEL, "named", "2026-02-01", *SECRETARY, roles={"reviewer": ["赵", "钱", "孙"]})
    for bad in ("是朋友", [{"kind": "adviser"}], ["x"]):
        assert "challenge.panel.declaration" in world.refused(
            PANEL, "declared", "2026-02-02", "孙", "reviewer", declaration=bad
        )
    world.step(PANEL, "declared", "2026-02-02", "赵", "reviewer", declaration="none")
    world.step(PANEL, "declared", "2026-02-02", "孙", "reviewer",
               declaration=[{"kind": "adviser", "other": "演示依托二", "until": "2025-12-01"}])  # fmt: skip
    assert "centre.panel.undeclared" in world.refused(
        PANEL, "opened", "2026-02-05", *SECRETARY, documents=documents("material")
    )
    world.step(PANEL, "declared", "2026-02-04", "钱", "reviewer", declaration="none")
    world.step(PANEL, "opened", "2026-02-05", *SECRETARY, documents=documents("material"))
    told = world.refused(PANEL, "scored", "2026-02-06", "孙", "reviewer", scores=scores(5, 10))
    assert "procedure.conflict.found" in told
    world.step(PANEL, "scored", "2026-02-06", "赵", "reviewer", scores=scores(8, 6))
    world.step(PANEL, "scored", "2026-02-06", "钱", "reviewer", scores=scores(9, 6))
    assert "procedure.conflict.found" in world.refused(PANEL, "closed", "2026-02-07", *SECRETARY)
    world.step(PANEL, "replaced", "2026-02-07", *SECRETARY, roles={"reviewer": ["赵", "钱", "李"]}, reason="冲突")
    assert "challenge.score.few" in world.refused(PANEL, "closed", "2026-02-08", *SECRETARY)
    assert "centre.panel.undeclared" in world.refused(
        PANEL, "scored", "2026-02-08", "李", "reviewer", scores=scores(7, 6)
    )
    world.step(PANEL, "declared", "2026-02-08", "李", "reviewer", declaration="none")
    world.step(PANEL, "scored", "2026-02-08", "李", "reviewer", scores=scores(7, 6))
    world.step(PANEL, "closed", "2026-02-09", *SECRETARY)
    world.step(PANEL, "concluded", "2026-02-10", "长", "chair", documents={"opinion": SHA}, conclusion="建议 Z1")
    found = review_of(world.known("2026-02-10"), world.matters[PANEL], date(2026, 2, 10))
    assert found.subjects == ("Z1", "Z2") and found.mean.round(3).tolist() == [0.8, 0.6]
    assert found.ranking.first.tolist() == [1, 0] and found.concordance is not None and found.concordance.W == 1


def test_who_scored_and_then_declares_a_tie_is_replaced_also_as_chair() -> None:
    """Nobody who ever scored blocks the panel for good, and no chair stays who left in conflict."""
    world = panel_world()
    world.step(PANEL, "named", "2026-02-01", *SECRETARY, roles={"reviewer": ["赵", "钱", "孙"], "chair": ["孙"]})
    for name in ("赵", "钱", "孙"):
        world.step(PANEL, "declared", "2026-02-02", name, "reviewer", declaration="none")
    world.step(PANEL, "opened", "2026-02-05", *SECRETARY, documents=documents("material"))
    for name in ("赵", "钱", "孙"):
        world.step(PANEL, "scored", "2026-02-06", name, "reviewer", scores=scores(8, 6))
    world.step(
        PANEL, "declared", "2026-02-07", "孙", "reviewer", declaration=[{"kind": "contract", "other": "演示依托一"}]
    )
    assert "procedure.conflict.found" in world.refused(PANEL, "closed", "2026-02-07", *SECRETARY)
    three = ["赵", "钱", "李"]
    told = world.refused(PANEL, "replaced", "2026-02-08", *SECRETARY, roles={"reviewer": three}, reason="冲突")
    assert "challenge.panel.chair_left" in told and "procedure.conflict.found" in told
    world.step(PANEL, "replaced", "2026-02-08", *SECRETARY, roles={"reviewer": three, "chair": ["赵"]}, reason="冲突")
    world.step(PANEL, "declared", "2026-02-08", "李", "reviewer", declaration="none")
    world.step(PANEL, "scored", "2026-02-08", "李", "reviewer", scores=scores(2, 2))
    world.step(PANEL, "closed", "2026-02-09", *SECRETARY)
    found = review_of(world.known("2026-02-10"), world.matters[PANEL], date(2026, 2, 10))
    assert found.reviewers == ("赵", "钱", "李") and found.mean.round(3).tolist() == [0.6, 0.467]
    assert [f.code for f in found.findings if "left" in f.code] == ["challenge.panel.left"]
