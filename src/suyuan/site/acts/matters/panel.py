"""Review panels on the site: named by a secretary with a check of conflicts, scored by reviewers each for themselves.

Until the scores are closed a reviewer sees only their own, and nobody else any: only who has given theirs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User as Account
from django.http import Http404

from suyuan.capability.challenges.challenge import scores_of
from suyuan.centre.records import Centre
from suyuan.procedure.conflict import Conflict
from suyuan.procedure.matter import Matter
from suyuan.procedure.review import Criterion, Panel, Reviewed
from suyuan.procedure.standing import documents_of
from suyuan.quantity.fields import canonical
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.report.service.dossier import dossier_document, dossier_fields
from suyuan.report.service.files import files
from suyuan.site.acts import service
from suyuan.site.acts.evidence.certificate import User
from suyuan.site.acts.matters import matter
from suyuan.site.acts.matters.called import called
from suyuan.site.acts.matters.matter import Seen
from suyuan.site.acts.regulation import centre as centres
from suyuan.site.acts.regulation import dossier as dossiers
from suyuan.verbs.centre.dossier import dossier_on
from suyuan.verbs.centre.score import ENDED, guideline_of
from suyuan.verbs.matter.panels import conflicts_said, criteria_under, declared, panel_of, review_of, reviewers_of
from suyuan.verbs.snapshot import Snapshot

PANEL = "panel"
Scores = Mapping[str, Mapping[str, float]]
"""Subject → criterion → score."""


@dataclass(frozen=True)
class Review:
    """A panel as somebody sees it. subjects: centres reviewed, None for one that no register names; mine: own scores;
    closed: whether the scores are final; given: reviewer → how many of their scores are there, () for whoever is not
    to know; reviewed: what they say, None until they are final; earlier: own scores in other panels, subject and
    criterion → (score, number)."""

    view: Seen
    panel: Panel
    subjects: tuple[tuple[str, Centre | None], ...]
    mine: Scores
    closed: bool
    given: tuple[tuple[str, int], ...]
    reviewed: Reviewed | None
    earlier: Mapping[tuple[str, str], tuple[float, str]]

    @property
    def reviewer(self) -> bool:
        """Whether who looks gives scores here."""
        return self.view.me in self.view.matter.holders("reviewer")

    @property
    def declared(self) -> bool:
        """Whether who looks declared their interests here."""
        return self.view.me in declared(self.view.matter)

    @property
    def lacking(self) -> tuple[tuple[str, Criterion], ...]:
        """What who looks has not scored yet."""
        return matter.scores_lacking(self.view)

    @property
    def keeps(self) -> bool:
        """Whether who looks keeps the panel: secretary or chair."""
        return bool({"secretary", "chair"} & set(self.view.roles))

    @property
    def wanted(self) -> int:
        """Scores that a reviewer without conflict gives."""
        return len(self.panel.criteria) * len(self.panel.subjects)

    def conflicts_said(self, name: str) -> tuple[Finding, ...]:
        """The same in words."""
        return called(conflicts_said(service.now_known(), self.conflicts_of(name)))

    def conflicts_of(self, name: str) -> tuple[Conflict, ...]:
        """What bars a reviewer."""
        return tuple(c for c in self.panel.conflicts if c.reviewer == name)


def review(number: str, user: User) -> Review:
    """A panel as somebody may see it; 404 for whoever has no part in it."""
    return seen_review(matter.seen(PANEL, number, user), user)


def seen_review(view: Seen, user: User) -> Review:
    """The same of a matter that was looked up already."""
    known = service.now_known()
    panel = panel_of(known, view.matter, known.day)
    rows = {row.id: row for row in known.rows("centre")}
    scores = scores_of(view.where)
    mine: dict[str, dict[str, float]] = {}
    for score in scores:
        if score.reviewer == view.me:
            mine.setdefault(score.subject, {})[score.criterion] = score.value
    counts: dict[str, set[tuple[str, str]]] = {name: set() for name in panel.reviewers}
    for score in scores:
        if score.reviewer in counts:
            counts[score.reviewer].add((score.subject, score.criterion))
    closed = view.where.state.name in ENDED
    keeps = bool({"secretary", "chair"} & set(view.roles))
    return Review(
        view, panel, tuple((id, rows.get(id)) for id in panel.subjects), mine, closed,
        tuple((name, len(found)) for name, found in counts.items()) if keeps or closed else (),
        review_of(known, view.matter, known.day) if closed and panel.reviewers and panel.subjects else None,
        _earlier(view, user),
    )  # fmt: skip


def _earlier(view: Seen, user: User) -> Mapping[tuple[str, str], tuple[float, str]]:
    """The newest own score of the same subject and criterion in another panel."""
    found: dict[tuple[str, str], tuple[float, str]] = {}
    others = [v for v in matter.listed(user, PANEL) if v.matter.number != view.matter.number]
    for other in sorted(others, key=lambda v: v.matter.number):
        for score in scores_of(other.where):
            if score.reviewer == view.me:
                found[score.subject, score.criterion] = (score.value, other.matter.number)
    return found


# ---------------------------------------------------------------- naming


def judges() -> list[Account]:
    """The accounts that may review."""
    held = Account.objects.filter(groups__permissions__codename="judge", is_active=True)
    return list(held.distinct().order_by("username"))


def employer(name: str) -> str:
    """For whom somebody works by the register of persons; «» where nobody says."""
    known = service.now_known()
    probe = Matter(PANEL, "probe", {}, {}, roles={"reviewer": (name,)})
    held = reviewers_of(known, probe)[0].affiliations
    return held[0].names[-1] if held and held[0].names else ""


def name_panel(user: User, title: str, subjects: Sequence[str], reviewers: Mapping[str, str], chair: str) -> Seen:
    """Open a panel on some centres. reviewers: account → employer as stated, «» where the register knows it.

    Raises PermissionDenied, Refused with every conflict and everything else that stands against it.
    """
    service.require(user, "regulate")
    known = service.now_known()
    rows = {row.id: row for row in known.rows("centre")}
    chosen = [rows[id] for id in subjects if id in rows]
    accounts = {judge.username for judge in judges()}
    faults = [finding("centre.page.reviewer", "reviewers", given=name) for name in (*reviewers, chair)
              if name and name not in accounts]  # fmt: skip
    if not chosen:
        faults.append(finding("centre.page.subjects", "subjects"))
    guideline = guideline_of(known, chosen[0]) if chosen else None
    if not title.strip():
        faults.append(finding("typed.field.missing", "title", field="title"))
    if faults or guideline is None:
        raise Refused(*faults or (finding("centre.page.subjects", "subjects"),))
    stated = [{"name": name, "affiliations": [{"organisation": work}]} for name, work in reviewers.items() if work]
    fields = {
        "subjects": [row.id for row in chosen], "criteria": criteria_under(guideline),
        "guideline": guideline.number, "guideline_version": guideline.version, "competing": len(chosen) > 1,
    }  # fmt: skip
    new = matter.unopened(
        PANEL, matter.numbered(PANEL, "PANEL"), {"": title.strip()[:200]}, chosen[0].host or chosen[0].name,
        fields=fields, roles={"secretary": (matter.name_of(user),)}, demo=any(row.demo for row in chosen),
    )  # fmt: skip
    content: dict[str, Any] = {"roles": {"reviewer": list(reviewers), "chair": [chair] if chair else []}}
    if stated:
        content["reviewers"] = stated
    return matter.open_matter(user, new, "named", "secretary", content)


def material(user: User, of: Review) -> str:
    """The material for a review, made from the records: the dossier, of several centres all of them as data."""
    known = service.now_known()
    found = [one for id, _ in of.subjects if (one := dossier_on(known, id, "apply")) is not None]
    secret = centres.secret(user, known)
    found = [dossiers.masked(one, secret) for one in found]
    if not found:
        raise Http404
    if len(found) == 1:
        name, content = next(iter(files(dossier_document(found[0]), {}, "both", ("docx",)).items()))
        return matter.attach(user, name, "", content)
    body = canonical({"suyuan": "dossiers", "dossiers": [dossier_fields(one) for one in found]})
    return matter.attach(user, f"{of.view.matter.number}.json", "application/json", body)


# ---------------------------------------------------------------- reviewers


def declare(user: User, number: str, none: bool, ties: Iterable[Mapping[str, str]], work: str = "") -> Seen:
    """Declare one's interests: that there are none, or ties (kind, other); work: for whom one works.

    Raises Refused where neither was said, or both.
    """
    listed = [dict(tie) for tie in ties]
    if none and listed:
        raise Refused(finding("centre.panel.declare_both", "declaration"))
    if not none and not listed:
        raise Refused(finding("centre.panel.declare_which", "declaration"))
    content: dict[str, Any] = {"declaration": listed or "none"}
    if work.strip():
        content["reviewers"] = [{"name": matter.name_of(user), "affiliations": [{"organisation": work.strip()[:200]}]}]
    return matter.step(user, PANEL, number, "declared", content, "reviewer")


def give_scores(user: User, number: str, given: Mapping[tuple[str, str], str], comment: str = "") -> Seen:
    """Give scores. given: (subject, criterion) → as typed, «» for none; comment: what is said to them, «» for nothing.

    Raises Refused where a score is none or off its scale (its place is the field), or where the reviewer is barred.
    """
    of = review(number, user)
    scales = {c.id: c for c in of.panel.criteria}
    scores: dict[str, dict[str, str]] = {}
    faults = []
    for (subject, criterion), text in given.items():
        c = scales.get(criterion)
        if c is None or not text.strip():
            continue
        value = number_of(text)
        if value is None or not c.low <= value <= c.high:
            faults.append(finding("centre.page.score", f"s-{subject}-{criterion}", given=text[:40],
                                  low=f"{c.low:g}", high=f"{c.high:g}"))  # fmt: skip
        else:
            scores.setdefault(subject, {})[criterion] = f"{value:g}"
    if faults:
        raise Refused(*faults)
    said = {"comment": comment.strip()[:4000]} if comment.strip() else {}
    return matter.step(user, PANEL, number, "scored", {"scores": scores, **said}, "reviewer")


# ---------------------------------------------------------------- what follows


def asks_rectification(of: Review) -> bool:
    """Whether the opinion asks for a rectification."""
    said = of.view.where.took("concluded")
    text = str(said.content.get("conclusion", "")).casefold() if said is not None else ""
    return of.view.where.state.name == "concluded" and ("整改" in text or "rectif" in text)


def to_rectify(of: Review, user: User) -> list[tuple[Centre, tuple[str, ...]]]:
    """The centres of a panel whose rectification this person may open, none having been opened for it yet, each with
    what it would ask: what the opinion says, and the gates that are failed now."""
    if not asks_rectification(of) or "bureau" not in matter.everywhere(user):
        return []
    known = service.now_known()
    done = {
        str(m.fields.get("centre", ""))
        for m in known.matters_of("rectification")
        if m.fields.get("panel") == of.view.matter.number
    }
    said = of.view.where.took("concluded")
    text = str(said.content.get("conclusion", "")) if said is not None else ""
    return [(row, (text, *_failed(known, id))) for id, row in of.subjects if row is not None and id not in done]


def _failed(known: Snapshot, id: str) -> tuple[str, ...]:
    card = centres.centre(known, id).card
    rows = () if card is None else tuple(row.gate for row in card.gates if row.passed is False)
    return tuple(f"{gate.id} {gate.title.get('zh') or next(iter(gate.title.values()), '')}" for gate in rows)


def rectify(user: User, number: str, centre: str, findings: Sequence[str], host: Sequence[str] = ()) -> Seen:
    """Open the rectification that an opinion asks for; the opinion is its list of findings.

    host: accounts, where no life cycle names them. Raises PermissionDenied, Refused with what is missing.
    """
    service.require(user, "regulate")
    of = review(number, user)
    row = next((row for row, _ in to_rectify(of, user) if row.id == centre), None)
    said = of.view.where.took("concluded")
    if row is None or said is None:
        raise Http404
    hosts = centres.hosts_of(service.now_known(), centre) or tuple(host)
    faults = [finding("typed.field.missing", name, field=name)
              for name, value in (("findings", findings), ("host", hosts)) if not value]  # fmt: skip
    if faults:
        raise Refused(*faults)
    me = (matter.name_of(user),)
    new = matter.unopened(
        "rectification", matter.numbered("rectification", "RECT"), row.name, row.host or row.name,
        fields={"centre": centre, "panel": number}, demo=row.demo,
        roles={"host": hosts, "bureau": me, "authority": me, "assessor": me},
    )  # fmt: skip
    opinion = documents_of(said).get("opinion", "")
    content = {"findings": list(findings), "documents": {"finding_list": opinion}}
    return matter.open_matter(user, new, "opened", "bureau", content)


def number_of(text: str) -> float | None:
    """A number as it was typed; None where it is none.

    >>> number_of("82.5"), number_of("good")
    (82.5, None)
    """
    try:
        value = float(text.strip().replace("，", "."))
    except ValueError:
        return None
    return value if value == value and abs(value) < 1e9 else None


def rectifications(user: User) -> list[Seen]:
    """All rectifications that somebody may see: open ones first, the most overdue of them first."""
    views = matter.listed(user, "rectification")
    return sorted(views, key=lambda v: (v.where.ended, -v.where.overdue, str(v.where.due or "9999")))
