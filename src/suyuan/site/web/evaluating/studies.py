"""The pages «measurement studies»: a list of questions, and one page a kind: data in, the answer in a sentence out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from suyuan.quantity.finding import Finding, Refused, errors, finding
from suyuan.report.papers.all import MEDIA
from suyuan.report.papers.document import Text
from suyuan.report.study.handed import Handed, options_of
from suyuan.report.study.report import KINDS
from suyuan.report.study.told import term as word_of
from suyuan.site.acts.evaluating import study as act
from suyuan.site.acts.evaluating.study import Asked, Made
from suyuan.site.language import current
from suyuan.site.terms import term
from suyuan.site.web.beside import cell
from suyuan.site.web.evaluating.study_shown import excerpt, parts, sentence
from suyuan.site.web.evidence.picture import tight
from suyuan.verbs.assurance.examples import FURTHER, STUDIES
from suyuan.verbs.assurance.kinds import NAMES
from suyuan.verbs.assurance.layouts import CHARTS, LAYOUTS
from suyuan.verbs.assurance.roles import role
from suyuan.verbs.assurance.untabled import untabled

GROUPS: Mapping[str, tuple[str, ...]] = {
    "gauge": ("gauge_rr", "type_1", "bias_study", "linearity", "attribute_agreement", "gauge_bias", "nested"),
    "watch": ("control_chart", "check_standard", "stability_study", "interval_attributes", "interval_variables"),
    "process": ("capability_with_uncertainty", "declared_statistics", "calibration_curve"),
    "field": ("energy_balance", "colocation", "survey_points"),
}
"""Group → kinds, the most asked first."""
OWN_WORDS = {("survey_points", name): f"studies.option.{name}.each" for name in ("tolerance", "u", "k")}
"""Options that mean something of their own in a kind."""
FORMATS = ("pdf", "docx", "xlsx", "html", "json")
LONGEST = 400_000


def slug(kind: str) -> str:
    """How a kind is written in an address."""
    return kind.replace("_", "-")


@require_http_methods(["GET", "HEAD", "POST"])
def studies(request: HttpRequest) -> HttpResponse:
    """What can be studied; a case that is dropped or pasted opens its page."""
    if request.method != "POST":
        return _index(request, ())
    upload, text = request.FILES.get("file"), request.POST.get("text", "")
    try:
        name = str(upload.name or "")[:200] if upload is not None else term("calc.pasted")
        data = upload.read(act.LARGEST + 1) if upload is not None else text.encode("utf-8")
        if not data.strip():
            raise Refused(finding("site.calculate.nothing", "file"))
        handed = act.opened(data, name)
        if handed is None:
            raise Refused(finding("study_table.kind.needed", name, known=", ".join(KINDS)))
    except Refused as refused:
        return _index(request, refused.findings, 422)
    return _filled(request, handed)


def _index(request: HttpRequest, found: tuple[Finding, ...], status: int = 200) -> HttpResponse:
    groups = [
        {"key": f"studies.group.{name}", "side": f"studies.group.{name}.side", "rows": [_row(kind) for kind in kinds]}
        for name, kinds in GROUPS.items()
    ]
    context = {"groups": groups, "findings": found, "text": request.POST.get("text", "")[:LONGEST]}
    return render(request, "studies.html", context, status=status)


def _row(kind: str) -> dict[str, Any]:
    return {"slug": slug(kind), "name": NAMES[kind], "say": word_of(f"answers.{kind}"), "kind": kind}


@require_http_methods(["GET", "HEAD", "POST"])
def study(request: HttpRequest, kind: str) -> HttpResponse:
    """One kind: data and options in, the answer out, its report to take along."""
    name = kind.replace("-", "_")
    if name not in KINDS or slug(name) != kind:
        raise Http404
    if request.method != "POST":
        return _asked_by_get(request, name)
    given = request.POST
    asked, wrong = _sent(request, name)
    source = given.get("source", "")[:400] if given.get("original") == str(hash_of(asked.text)) else ""
    if wrong:
        return _page(request, Made(asked, None, wrong), source)
    made = act.made(asked, current())
    do = given.get("do", "answer")
    if do in FORMATS and made.study is not None:
        try:
            file, data = act.report(made.study, do, current(), source)
        except Refused as refused:
            return _page(request, Made(asked, made.study, (*refused.findings, *made.findings), made.table), source)
        response = HttpResponse(data, content_type=MEDIA[do])  # type: ignore[index]
        response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(file)}"
        return response
    return _page(request, made, source)


def hash_of(text: str) -> int:
    """What tells whether data are still those of an example: blanks at the ends of lines do not count."""
    lines = "\n".join(line.rstrip() for line in text.strip().splitlines())
    return sum((i + 1) * ord(c) for i, c in enumerate(lines)) % 1_000_000_007


def _asked_by_get(request: HttpRequest, kind: str) -> HttpResponse:
    example = request.GET.get("example", "")
    if example:
        known = {"1": STUDIES[kind]} | {name: (source, body) for name, source, body in FURTHER.get(kind, ())}
        if example not in known:
            raise Http404
        source, body = known[example]
        return _filled(request, Handed(kind, body, None, source))
    chart = request.GET.get("chart", CHARTS[0])
    if chart not in CHARTS:
        raise Http404
    options = {"chart": chart} if kind == "control_chart" else {}
    return _page(request, None, "", Asked(kind, "", options))


def _filled(request: HttpRequest, handed: Handed) -> HttpResponse:
    """The page of a case, its data as a table that may be changed."""
    heads, rows, options = untabled(handed.kind, handed.body)
    text = "\n".join("\t".join("" if v is None else str(v) for v in row) for row in (heads, *rows))
    return _page(request, act.made(Asked(handed.kind, text, options), current()), handed.source)


def _sent(request: HttpRequest, kind: str) -> tuple[Asked, tuple[Finding, ...]]:
    """What a page sent; a file counts before what stands in the field."""
    given = request.POST
    names = [o.name for o in LAYOUTS[kind].options] + roles_of(kind)
    options = {name: given.get(name, "")[:400] for name in names if given.get(name, "").strip()}
    text = given.get("data", "")[:LONGEST]
    upload = request.FILES.get("file")
    if upload is None:
        return Asked(kind, text, options), ()
    name = str(upload.name or "")[:200]
    try:
        return Asked(kind, act.text_of(upload.read(act.LARGEST + 1), name)[:LONGEST], options), ()
    except Refused as refused:
        return Asked(kind, text, options), refused.findings


# ---------------------------------------------------------------- the page


def _page(request: HttpRequest, made: Made | None, source: str, asked: Asked | None = None) -> HttpResponse:
    asked = made.asked if made is not None else asked
    assert asked is not None
    kind, chart = asked.kind, asked.options.get("chart", CHARTS[0])
    told = made.findings if made is not None else ()
    answered = made is not None and made.study is not None
    names = options_of(kind, chart)
    beside = {name: [f for f in told if f.where == name and not answered] for name in names}
    at_data = [f for f in told if not answered and (f.where.partition("!")[0] == act.NAME)]
    apart = {id(f) for rows in beside.values() for f in rows}
    apart |= set() if answered else {id(f) for f in told if f.where in roles_of(kind)}
    loose = [f for f in told if f not in at_data and id(f) not in apart]
    context: dict[str, Any] = {
        "kind": kind,
        "slug": slug(kind),
        "name": NAMES[kind],
        "lead": _question(kind),
        "made": made,
        "answer": sentence(made.study.sentence) if answered and made is not None and made.study is not None else "",
        "parts": parts(made.study.parts) if answered and made is not None and made.study is not None else (),
        "method": made.study.method if answered and made is not None and made.study is not None else None,
        "wrong": len(errors(told)),
        "loose": loose,
        "excerpt": excerpt(made.table, at_data) if made is not None and made.table is not None else None,
        "data": cell("data", asked.text, at_data) | {"lines": min(18, max(6, asked.text.count("\n") + 2))},
        "columns": _columns(kind, chart),
        "roles": _roles(kind, made, told),
        "options": _options(kind, names, asked.options, beside),
        "charts": _charts(chart) if kind == "control_chart" else (),
        "chart": chart if kind == "control_chart" else "",
        "examples": _examples(kind),
        "source": "" if not source else word_of("word.constructed")[current()] if source == "constructed" else source,
        "source_key": source,
        "original": hash_of(asked.text),
        "formats": [(form, f"studies.take.{form}") for form in FORMATS],
    }
    return render(request, "study.html", context, status=422 if made is not None and not answered else 200)


def _question(kind: str) -> Text:
    said = word_of(f"answers.{kind}")
    return {"zh": f"{said['zh']}？粘贴或上传数据即答，什么都不存。".replace("吗？", "？").replace("？？", "？"),
            "en": f"{said['en']}: paste or upload the data and read the answer. Nothing is kept."}  # fmt: skip


def _columns(kind: str, chart: str) -> list[dict[str, Any]]:
    """The columns that the table of a kind has, as its first row names them."""
    layout = LAYOUTS[kind]
    needed = [c for c in layout.columns]
    if kind == "control_chart":
        value, subgroup, size = layout.columns
        by = {"xbar_r": [subgroup, value], "xbar_s": [subgroup, value], "t2_subgroups": [subgroup], "t2": []}
        needed = by.get(chart, [value, size] if chart in ("p", "u", "np") else [value])
    found: list[dict[str, Any]] = [{"name": c.name, "say": _said(role(kind, c.name))} for c in needed]
    if layout.rest == "meters":
        found.append({"name": term("studies.columns.meters"), "say": None})
    if chart.startswith("t2") and kind == "control_chart":
        found.append({"name": term("studies.columns.variables"), "say": None})
    return found


def roles_of(kind: str) -> list[str]:
    """Columns of a kind that a person may name: those whose name is no option."""
    layout = LAYOUTS[kind]
    return [c.name for c in layout.columns if layout.option(c.name) is None]


def _said(words: tuple[str, str]) -> Text:
    return dict(zip(("zh", "en"), words, strict=True))


def _roles(kind: str, made: Made | None, told: Iterable[Finding]) -> list[dict[str, Any]]:
    """Which column is which: asked where heads are not recognised, or where a person has said it."""
    found = list(told)
    wanted = any(f.code.startswith("study_table.column.") and f.severity == "error" for f in found)
    if made is None or made.table is None or not made.table.rows:
        return []
    names = roles_of(kind)
    if not wanted and not any(name in made.asked.options for name in names):
        return []
    heads = [str(head).strip() for head in made.table.rows[0] if head is not None and str(head).strip()]
    rows = []
    for name in names:
        own = cell(name, made.asked.options.get(name, ""), [f for f in found if f.where == name])
        rows.append({"cell": own, "name": name, "say": _said(role(kind, name)), "heads": heads})
    return rows


def _options(
    kind: str, names: Sequence[str], given: Mapping[str, str], beside: Mapping[str, Iterable[Finding]]
) -> list[dict[str, Any]]:
    found = []
    for name in names:
        option = LAYOUTS[kind].option(name)
        assert option is not None
        made = cell(name, given.get(name, ""), beside[name])
        choices = [(c, f"studies.choice.{c}") for c in option.choices]
        if name == "rules":
            choices = [("", "studies.choice.no_rules"), *choices]
        numeric = option.sort in ("number", "whole")
        key = OWN_WORDS.get((kind, name), f"studies.option.{name}")
        found.append({"cell": made, "key": key, "choices": choices, "needed": option.needed, "numeric": numeric})
    return found


def _charts(chart: str) -> list[dict[str, Any]]:
    way = reverse("study", args=["control-chart"])
    return [{"name": word_of(f"chart.name.{c}"), "way": f"{way}?chart={c}", "here": c == chart} for c in CHARTS]


def _examples(kind: str) -> list[dict[str, str]]:
    """Cases to look at: ours, openly constructed, and published ones with their source."""
    rows = [("1", STUDIES[kind][0], ""), *((name, source, name) for name, source, _ in FURTHER.get(kind, ()))]
    found = []
    for key, source, name in rows:
        said = word_of("word.constructed")[current()] if source == "constructed" else source
        chart = word_of(f"chart.name.{name}")[current()] if name else ""
        if kind == "control_chart" and not name:
            chart = word_of("chart.name.individuals")[current()]
        text = term("studies.example.of", name=chart, source=said) if chart else term("studies.example", source=said)
        found.append({"way": f"{reverse('study', args=[slug(kind)])}?example={key}", "say": tight(text)})
    return found
