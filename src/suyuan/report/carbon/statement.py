"""The verification statement: opinion, materiality, the sample that anybody can draw again, what was found in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from suyuan.carbon.claim.claim import Claim
from suyuan.carbon.management.verification import Statement
from suyuan.quantity.finding import Finding
from suyuan.report.carbon.told import (
    Head,
    Paper,
    count,
    estimate,
    facts,
    findings,
    heads,
    marked,
    paper,
    percent,
    relative,
    rule_table,
    section,
    sentence,
    status,
    term,
    tonnes,
    with_u,
)
from suyuan.report.papers.document import Block, Cell, Paragraph, Table, Word

OPINIONS = {"reasonable": "good", "qualified": "warn", "adverse": "bad"}
ALERTS = {"carbon.statement.superseded": "alert.statement_superseded",
          "carbon.statement.claim_superseded": "alert.statement_claim"}  # fmt: skip
"""What became of a statement, said before everything else."""


def verification_statement(claim: Claim, made: Statement, told: Sequence[Finding] = ()) -> Paper:
    """The statement on a claim. told: what became of it and of its claim since, as a store knows it."""
    s, asked = made.opined, made.engagement
    lead = term(f"lead.opinion.{s.opinion}", verifier=asked.verifier, limit=sentence(s.limit),
                stated=sentence(s.stated, sign=True), projected=sentence(s.projected, sign=True),
                unseen=sentence(s.unseen))  # fmt: skip
    blocks: list[Block] = [Paragraph(lead, "lead")]
    if asked.supersedes:
        blocks.append(Paragraph(term("alert.statement_supersedes", digest=asked.supersedes[:16], reason=asked.reason),
                                "alert"))  # fmt: skip
    blocks += [Paragraph(term(ALERTS[item.code], **dict(item.parameters)), "alert") for item in told
               if item.code in ALERTS]  # fmt: skip
    if made.row["status"] == "from memory":
        blocks.append(Paragraph(term("alert.materiality", row=str(made.row["id"])), "alert"))
    best = claim.best
    U = 2.0 * float(best.u)
    blocks.append(facts(
        ("enterprise", claim.enterprise), ("unit", claim.unit), ("year", str(claim.year)),
        ("legal", marked(sentence(claim.legal), claim.missing)),
        ("best", estimate(float(best.value), U, claim.least)),
        ("verifier", asked.verifier), ("day", asked.day.isoformat()),
        ("opinion", Word(term(f"opinion.{s.opinion}"), OPINIONS[s.opinion])), ("note", asked.note),  # type: ignore[arg-type]
        ("statement", made.digest), ("supersedes", asked.supersedes), ("reason", asked.reason),
    ))  # fmt: skip
    blocks += [section("materiality"), _material(made, claim.legal), Paragraph(term("text.projected"), "note")]
    blocks += [section("sample"), Paragraph(term("text.sample", size=asked.size, seed=asked.seed)),
               _sample(claim, made), *_remarks(made), section("rules"), rule_table([made.row])]  # fmt: skip
    blocks += findings([*made.findings, *(item for item in told if item.code not in ALERTS)])
    head = Head.of("verification", claim, asked.day)
    return paper(head, blocks, _fields(claim, made))


def _material(made: Statement, legal: float) -> Table:
    s = made.opined
    names = ("limit", "stated", "projected", "unseen", "U")
    values = [s.limit, s.stated, s.projected, s.unseen, made.U]
    written = [*tonnes([s.limit]), *tonnes([s.stated, s.projected], sign=True), *tonnes([s.unseen]),
               with_u([legal], [made.U], [made.least])[1][0]]  # fmt: skip
    rows = []
    for n, name in enumerate(names):
        over = n > 0 and abs(values[n]) >= s.limit
        verdict: Cell = status(made.row) if n == 0 else Word(term("word.material" if over else "word.below"),
                                                             "bad" if over else "good")  # fmt: skip
        if name == "U" and made.least and not over:
            verdict = Word(term("word.bound"), "warn")
        share = relative(made.U, legal, made.least) if name == "U" else percent(abs(values[n] / legal) if legal else
                                                                                None, 2)  # fmt: skip
        rows.append((term(f"material.{name}"), written[n], share, verdict))
    return Table(term("table.material"), heads("total", "tonnes", "of_legal", "verdict"), tuple(rows), "lrrl", (),
                 "materiality")  # fmt: skip


def _sample(claim: Claim, made: Statement) -> Table:
    found = {(one.part, one.month): one for one in made.engagement.misstatements}
    kinds = {part.name: part.kind for part in claim.parts}
    stated = tonnes([one.tonnes for one in made.sample])
    right = tonnes([found[k].found if (k := (one.part, one.month)) in found else one.tonnes for one in made.sample])
    apart = tonnes([one.tonnes - found[k].found if (k := (one.part, one.month)) in found else 0.0
                    for one in made.sample], True, [one.tonnes for one in made.sample])  # fmt: skip
    rows = []
    for n, one in enumerate(made.sample):
        item = found.get((one.part, one.month))
        state = Word(term("word.no_error"), "good") if item is None or item.found == one.tonnes else Word(
            term("word.open_error"), "bad")  # fmt: skip
        rows.append((one.part, term(f"kind.{kinds[one.part]}"), count(one.month), count(one.hits), stated[n], right[n],
                     apart[n], state, item.note if item else ""))  # fmt: skip
    columns = heads("part", "kind", "month", "hits", "legal", "found", "error", "state", "note")
    return Table(term("table.sample"), columns, tuple(rows), "llrrrrrll", (term("note.sample"),), "sample",
                 len(rows) > 120, "small")  # fmt: skip


def _remarks(made: Statement) -> list[Block]:
    """What was found beside the sample; nothing where nothing was."""
    found = made.engagement.remarks
    if not found:
        return []
    written = tonnes([one.tonnes for one in found], sign=True)
    rows = tuple(
        (term(f"topic.{one.topic}"), one.text, written[n],
         Word(term("word.corrected" if one.corrected else "word.open_error"), "warn" if one.corrected else "bad"))
        for n, one in enumerate(found)
    )  # fmt: skip
    return [Table(term("table.remarks"), heads("topic", "text", "error", "state"), rows, "llrl", (), "remarks")]


def _fields(claim: Claim, made: Statement) -> dict[str, Any]:
    s, asked = made.opined, made.engagement
    return {
        "statement": made.digest, "supersedes": asked.supersedes, "reason": asked.reason,
        "verifier": asked.verifier, "day": asked.day, "opinion": s.opinion, "legal": claim.legal, "limit": s.limit,
        "stated": s.stated, "projected": s.projected, "unseen": s.unseen, "U": made.U, "U_is_least": made.least,
        "materiality": made.row["id"], "status": made.row["status"],
        "size": asked.size, "seed": asked.seed, "sampled": len(made.sample),
        "sample": [{"part": one.part, "month": one.month, "tonnes": one.tonnes, "hits": one.hits}
                   for one in made.sample],
        "found": [{"part": m.part, "month": m.month, "tonnes": m.found, "note": m.note}
                  for m in asked.misstatements],
        "remarks": [{"topic": r.topic, "text": r.text, "tonnes": r.tonnes, "corrected": r.corrected}
                    for r in asked.remarks],
    }  # fmt: skip
