"""`suyuan evaluate`: a case to a result with uncertainty, budget and verdict; saved or issued where asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from suyuan.cli import reading
from suyuan.cli.command import Data, Out, today
from suyuan.cli.language import one_of, term
from suyuan.cli.output import Answer, Page, state_cell
from suyuan.cli.template import print_template
from suyuan.quantity.finding import Finding, Refused, errors, finding, from_json

if TYPE_CHECKING:
    from suyuan.quantity.budget import BudgetRow
    from suyuan.traceability.evidence import Evidence
    from suyuan.verbs.evaluate import Evaluation, Output

COLUMNS = (
    "input", "estimate", "u", "unit", "distribution", "dof", "sensitivity", "contribution", "share", "source"
)  # fmt: skip
NUMBERS = (1, 2, 5, 6, 7, 8)
NO_FIRST_ORDER = "evaluation.result.not_finite"
WIDE, NARROW = 120, (0, 1, 2, 3, 7, 8)  # a narrower screen leaves out what --json and a pipe still say


@dataclass(frozen=True)
class Evaluate:
    """What is asked for."""

    case: Annotated[Path, typer.Argument(metavar="CASE", help=term("help.case"))]
    data: Data = None
    template: Annotated[
        str, typer.Option("--template", metavar="KIND", is_eager=True, callback=print_template,
                          help=term("help.template"))
    ] = ""  # fmt: skip
    save: Annotated[bool, typer.Option("--save", help=term("help.save"))] = False
    number: Annotated[str, typer.Option("--number", metavar="TEXT", help=term("help.number"))] = ""
    laboratory: Annotated[str, typer.Option("--laboratory", metavar="TEXT", help=term("help.laboratory"))] = ""
    issue: Annotated[
        Path | None, typer.Option("--issue", metavar="PARTICULARS", help=term("help.issue"))
    ] = None  # fmt: skip
    out: Out = None
    despite: Annotated[str, typer.Option("--despite", metavar="REASON", help=term("help.despite"))] = ""


def run(asked: Evaluate) -> Answer:
    """Evaluate a case; a kind other than a model, or a model that has no first order, is answered as it stands."""
    _check(asked)
    document = reading.read_object(asked.case)
    evidence, damaged = reading.evidence_of(asked.data)
    with reading.about(asked.case):
        document, evidence, told = _with_summaries(document, evidence, asked.data)
        try:
            found = _model(asked, document, evidence) if document.get("kind") == "model" else None
        except Refused as refused:
            if "first_order" in _wanted(document) or {f.code for f in errors(refused.findings)} != {NO_FIRST_ORDER}:
                raise
            found = None  # the methods that are wanted do not need it
        if found is None:
            if asked.save or asked.issue:
                raise Refused(finding("cli.evaluate.only_models", "/kind", kind=document.get("kind")))
            found = _general(document, evidence, asked.case)
            found = replace(found, findings=tuple(reading.in_file(item, asked.case) for item in found.findings))
    return replace(found, findings=(*damaged, *told, *found.findings))


def _with_summaries(
    document: dict[str, Any], evidence: Evidence, data: Path | None
) -> tuple[dict[str, Any], Evidence, tuple[Finding, ...]]:
    """The summaries of readings that a case asks for, opened here, and what is to be said of them; what it asks for is
    pinned to a knowledge time."""
    from suyuan.verbs.series.summary_input import cited

    if data is None or not cited(document):
        return document, evidence, ()
    from suyuan.cli.series_input import summaries

    document, found, told = summaries(document, data)
    return document, replace(evidence, summaries=found), told


def _wanted(document: Mapping[str, Any]) -> Sequence[Any]:
    body = document.get("input")
    want = body.get("want") if isinstance(body, dict) else None
    return want if isinstance(want, list) and want else ["first_order"]


def _check(asked: Evaluate) -> None:
    """Options that do not go together, and places that cannot be written, before any work is done."""
    if asked.save and asked.data is None:
        raise Refused(finding("cli.option.needs", "--save", option="--save", needed="--data FOLDER"))
    if asked.issue is not None and asked.out is None:
        raise Refused(finding("cli.option.needs", "--issue", option="--issue", needed="--out FILE.xml"))
    if asked.out is not None:
        if asked.issue is None:
            raise Refused(finding("cli.option.needs", "--out", option="--out", needed="--issue PARTICULARS.json"))
        reading.free(asked.out)


def _general(document: Mapping[str, Any], evidence: Evidence, case: Path) -> Answer:
    from suyuan.cli import comparison_answers
    from suyuan.cli.answers import show
    from suyuan.store.case_files import case_files
    from suyuan.verbs.cases import answer

    files = case_files(None if case == reading.STDIN else case.absolute().parent)
    values, kind = answer(document, evidence, files), str(document.get("kind"))
    told = tuple(from_json(row) for row in values.pop("findings", ()))
    shown = comparison_answers.show if kind in comparison_answers.SHOWN else show
    if kind == "gauge_rr" and "anova" in values:
        from suyuan.cli.assurance_answers import gauge_rr as shown
    return Answer({"kind": kind, **values}, lambda page: shown(page, document, values), told)


def _model(asked: Evaluate, document: Mapping[str, Any], evidence: Evidence) -> Answer:
    from suyuan.verbs.cases import beyond, first_order
    from suyuan.verbs.evaluate import evaluate, unusable

    result = evaluate(document, evidence, bounds=_bounds(asked))
    values: dict[str, Any] = {
        "kind": "model",
        "title": result.title,
        "evaluation": result.document["input"]["evaluation"],
        "first_order": first_order(result),
        **beyond(result.case, result.further),
        "outputs": {name: _output(output) for name, output in result.outputs.items()},
        "inputs": {name: _input(item) for name, item in result.inputs.items()},
    }
    standing, broken = _chain(result, evidence)
    failed = set(replace(f, severity="warning") for f in result.further.findings if f.severity == "error")
    told = [replace(f, severity="error") if f in failed else f for f in result.findings]  # wanted, and not to be had
    findings = [*told, *standing]
    if asked.save and unusable(result):
        raise Refused(*unusable(result))
    if asked.issue is not None and broken and not asked.despite.strip():
        raise Refused(finding("cli.evaluate.chain_broken", "--issue"), *broken)
    if asked.issue is not None:
        values["issued"], found = _issue(asked, result, evidence)
        findings += found
    if asked.save:
        values["saved"], found = _save(asked, result)
        findings += found
    named = tuple(reading.in_file(item, asked.case) for item in findings)
    return Answer(values, lambda page: _show(page, result, values), named)


def _bounds(asked: Evaluate) -> Any:
    """The laboratory's choice where certificates leave correlations open, if its data folder holds one."""
    return reading.open_store(asked.data).bounds() if asked.data is not None else None


def _chain(result: Evaluation, evidence: Evidence) -> tuple[list[Finding], list[Finding]]:
    """What the chain of the result says before it is kept: all of it, and what breaks it. Certificates or anchors that
    are merely not at hand are a warning."""
    from suyuan.verbs.trace import chain_ahead, known_wrong

    ahead = chain_ahead(result, evidence, today())
    if ahead is None:
        return [], []
    wrong = known_wrong(ahead)
    told = [b.finding for b in ahead.breaks]
    if wrong:
        return told, [f for f in told if f.severity == "error"]
    return [replace(f, severity="warning") for f in told], []


def _issue(asked: Evaluate, result: Evaluation, evidence: Evidence) -> tuple[dict[str, Any], tuple[Finding, ...]]:
    """Write the certificate, and keep it where a data folder is given."""
    import hashlib

    from suyuan.cli.particulars import read_particulars
    from suyuan.verbs.issue import issue

    assert asked.issue is not None and asked.out is not None
    particulars, found = read_particulars(asked.issue)
    if asked.despite.strip():
        remark = term("evaluate.despite", reason=asked.despite.strip())
        particulars = replace(particulars, remarks=(*particulars.remarks, {"": remark}))
    data = issue(result, particulars, evidence)
    reading.write_new(asked.out, data)
    told = {"issuer": particulars.issuer, "number": particulars.number, "file": asked.out}
    return {**told, "sha256": hashlib.sha256(data).hexdigest()}, found


def _save(asked: Evaluate, result: Evaluation) -> tuple[dict[str, Any], tuple[Finding, ...]]:
    from suyuan.traceability.saved import result_document
    from suyuan.verbs.trace import archive_of

    assert asked.data is not None
    number = asked.number or f"R-{result.document['input']['evaluation'][:12]}"
    day = result.case.day or today()
    data = result_document(number, asked.laboratory, day, result.document, archive_of(result), result.title)
    added = reading.open_store(asked.data, new=True).add(data, f"{number}.json")
    return {"number": number, "day": day, "sha256": added.digest, "new": added.new}, added.findings


def _output(output: Output) -> dict[str, Any]:
    """One output for `--json`."""
    from suyuan.quantity.notation import notate

    spread = output.expanded
    values: dict[str, Any] = {
        "text": notate(output.value, float(spread.U), output.unit).pair,
        "value": output.value, "unit": output.unit.symbol, "u": output.u, "k": spread.k, "dof": spread.dof,
        "p": spread.p, "U": spread.U, "low": spread.low, "high": spread.high,
        "budget": [_row(row) for row in output.budget], "limits": output.limits, "verdict": None,
    }  # fmt: skip
    if output.verdict is not None:
        v = output.verdict
        values["verdict"] = {
            "state": v.state, "guard_factor": v.guard_factor, "w": v.w, "lower_margin": v.lower_margin,
            "upper_margin": v.upper_margin, "rule": v.rule,
        }  # fmt: skip
    return values


def _row(row: BudgetRow) -> dict[str, Any]:
    from suyuan.cli.statement import symbol

    return {
        "name": row.name, "value": row.value, "u": row.u, "unit": symbol(row.unit), "distribution": row.distribution,
        "dof": row.dof, "sensitivity": row.sensitivity, "contribution": row.contribution, "share": row.share,
        "source": str(row.source),
    }  # fmt: skip


def _input(item: Any) -> dict[str, Any]:
    used = item.certificate
    return {
        "value": float(item.quantity.value), "u": float(item.quantity.u), "unit": item.quantity.unit.symbol,
        "distribution": item.entry.distribution, "label": item.entry.label, "place": item.entry.place or None,
        "certificate": used and {"issuer": used.issuer, "number": used.number, "sha256": used.digest},
    }  # fmt: skip


def _show(page: Page, result: Evaluation, values: Mapping[str, Any]) -> None:
    from suyuan.cli.answers import correlations, methods
    from suyuan.quantity.notation import grouped, notate, number

    if result.title:
        page.title(one_of(result.title))
    if errors(result.findings):
        page.title(f"✗ {term('evaluate.unusable')}")
    for name, output in result.outputs.items():
        spread = output.expanded
        written = notate(output.value, float(spread.U), output.unit)
        symbol = term("word.result") if result.case.single else name
        page.title(f"{symbol} = {grouped(written.pair)}")
        unit = "" if output.unit.symbol in ("", "1") else f" {output.unit.symbol}"
        page.facts(
            (
                (term("word.value"), f"{grouped(written.value_text)}{unit}"),
                ("u", f"{grouped(number(output.u, 3))}{unit}"),
                ("k", f"{number(float(spread.k), 4)}  (p = {number(spread.p, 4)})"),
                (term("word.dof"), number(float(spread.dof), 4)),
                ("U", f"{grouped(written.uncertainty_text)}{unit}"),
            )
        )
        methods(page, result, name)
        page.title(term("word.budget"))
        _budget(page, output, result)
        if output.verdict is not None:
            _verdict(page, output)
    correlations(page, result)
    for key in ("issued", "saved"):
        if key in values:
            page.title(term(f"evaluate.{key}", **values[key]))


def _budget(page: Page, output: Output, result: Evaluation) -> None:
    from suyuan.quantity.budget import CORRELATION
    from suyuan.quantity.notation import grouped, notate, number

    rows = []
    for row in output.budget:
        item = result.inputs.get(row.name)
        other = term("word.correlation") if row.name == CORRELATION else row.name  # a constant in the formula
        label = one_of(item.entry.label) if item is not None else other
        source = str(row.source) or (item.entry.source if item is not None else "")
        rows.append(
            (
                f"{row.name}  {label}".strip() if item is not None else label,
                "0" if row.value == 0 else grouped(notate(row.value, row.u or None).value_text),
                "" if row.u is None else grouped(number(row.u, 3)),
                item.quantity.unit.symbol if item is not None else "",
                term(f"distribution.{row.distribution}") if row.distribution else "",
                number(row.dof, 3) if row.u else "",
                number(row.sensitivity, 4) or "",
                grouped(number(row.contribution, 3)),
                f"{100 * row.share:.1f} %".replace("-", "−"),
                source,
            )
        )
    shown = range(len(COLUMNS)) if page.console.width >= WIDE else NARROW
    columns = [term(f"budget.{COLUMNS[i]}") for i in shown]
    right = [at for at, i in enumerate(shown) if i in NUMBERS]
    page.table(columns, [[row[i] for i in shown] for row in rows], right)


def _verdict(page: Page, output: Output) -> None:
    from suyuan.quantity.notation import grouped, number

    v, unit = output.verdict, output.unit.symbol
    assert v is not None
    mark, style = state_cell(v.state)
    page.title(term("word.verdict"))
    page.text(f"  {mark}", style)

    def amount(x: float | None) -> str:
        return "" if x is None else f"{grouped(number(x, 6))} {unit}"

    page.facts(
        (
            (term("verdict.lower"), amount(v.lower)), (term("verdict.upper"), amount(v.upper)),
            (term("verdict.lower_margin"), amount(v.lower_margin)),
            (term("verdict.upper_margin"), amount(v.upper_margin)),
            (term("verdict.guard"), f"w = {number(v.guard_factor, 4)} U = {amount(v.w)}"),
            (term("verdict.rule"), v.rule),
        )
    )  # fmt: skip
