"""Answers of comparison cases before a person: reference values side by side, degrees of equivalence, scores.

Numbers are rounded by the uncertainty beside them; laboratories stand in the order of d, so that the far ones are at
the ends; what is beyond a limit has a mark, never a colour alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from suyuan.cli.comparison_cells import BEYOND, Values, at, lab_of, n, ratio, score, size_of, u_text, unit_of
from suyuan.cli.comparison_proficiency import assigned_value, modes, multi_round, stability, within_laboratory
from suyuan.cli.language import one_of, term
from suyuan.cli.output import Page

Shown = Callable[[Page, Values, Values], None]
SHORT: Mapping[str, str] = {
    "arithmetic_mean": "x̄", "weighted_mean": "WM", "generalised_least_squares": "GLS", "median": "med",
    "median_monte_carlo": "med B", "largest_consistent_subset": "LCS", "dersimonian_laird": "DL", "mandel_paule": "MP",
    "reml": "REML", "hartung_knapp": "HK", "hartung_knapp_modified": "HK mod", "power_moderated_mean": "PMM",
    "hierarchical_bayes": "HB", "hierarchical_bayes_laplace": "HB L", "hierarchical_bayes_dof": "HB ν",
    "linear_pool": "pool", "algorithm_A": "A", "algorithm_A_iso": "A iso", "hampel": "Hampel",
}  # fmt: skip
"""Method → what heads its column where many stand side by side; the table of reference values explains it."""
MORE = {"q": "q", "alpha": "α", "s_added": "s", "chi2": "χ²", "tau_median": "med τ"}
METHOD_COLUMNS = 12
MOST_PAIRS = 16


def show(page: Page, document: Values, values: Values) -> None:
    """An answer of a comparison kind, with the names of laboratories from its case."""
    kind = str(document["kind"])
    page.title(term(f"kind.{kind}"))
    SHOWN[kind](page, document["input"], values)


def _key_comparison(page: Page, body: Values, values: Values) -> None:
    unit = unit_of(body)
    rows = body["data"]
    shown = body.get("doe_labs")
    labs = [lab_of(name) for name in (shown if shown is not None else [row["lab"] for row in rows])]
    counted = [row for row in rows if row.get("in_kcrv") is not False]
    page.facts(
        ((term("compare.labs"), len(rows)), (term("compare.contributing"), len(counted)), (term("compare.unit"), unit))
    )
    methods = {name: row for name, row in values.items() if isinstance(row, Mapping) and "value" in row}
    if methods:
        page.title(term("compare.references"))
        page.table(
            [term(f"compare.column.{c}") for c in ("method", "short", "value", "u", "lo", "hi", "tau", "more")],
            [_reference(name, row) for name, row in methods.items()], (2, 3, 4, 5, 6),
        )  # fmt: skip
    if "consistency" in values:
        c = values["consistency"]
        page.text("  " + term("compare.consistency", chi2=n(c["chi2"], 4), dof=c["dof"], p=n(c["p"], 3),
                              birge=n(c["birge_ratio"], 3), I2=n(c["I2_percent"], 3)))  # fmt: skip
    with_d = {name: row for name, row in methods.items() if row.get("d") and len(row["d"]) == len(labs)}
    first = next((name for name, row in with_d.items() if any(U is not None for U in row["U"])), None)
    if first is not None:
        _degrees(page, first, with_d[first], labs, {lab_of(row["lab"]): row for row in rows})
    if len(with_d) > 1:
        _beside(page, with_d, labs)
    for name, row in methods.items():
        if "leave_one_out" in row:
            _without_each(page, name, row["leave_one_out"])
    if "advice" in values:
        _advice(page, values["advice"])
    if "pairwise" in values:
        _pairs(page, values["pairwise"], body, [lab_of(row["lab"]) for row in rows])


def _advice(page: Page, advice: Values) -> None:
    """Which methods suit the results, and why; the choice is a person's."""
    from suyuan.cli.language import language

    page.title(term("compare.advice"))
    for row in advice["suggestions"]:
        page.text(f"  {_method(row['method'])}")
        for reason in row["reasons"]:
            page.text(f"    {reason[language().value]['what']}", "dim")


def _reference(name: str, row: Values) -> list[object]:
    u = row.get("u")
    more = [f"{symbol} = {n(row[key], 4)}" for key, symbol in MORE.items() if row.get(key) is not None]
    if "size" in row:
        more.append(term("compare.subset", size=row["size"]))
    ends = (at(row.get("lo"), u), at(row.get("hi"), u))
    tau = u_text(row.get("tau")) if row.get("tau") else ""
    return [_method(name), SHORT.get(name, ""), at(row["value"], u), u_text(u), *ends, tau, "  ".join(more)]


def _degrees(page: Page, name: str, row: Values, labs: Sequence[str], rows: Mapping[str, Values]) -> None:
    """One method's degrees of equivalence, by d."""
    page.title(term("compare.degrees", method=_method(name).split("  ")[0]))
    weights = dict(
        zip([lab for lab, r in rows.items() if r.get("in_kcrv") is not False], row.get("weights") or (), strict=False)
    )
    table = []
    for d, U, lab in sorted(zip(row["d"], row["U"], labs, strict=True), key=lambda r: r[0]):
        own = rows[lab]
        w = weights.get(lab)
        share = term("compare.left_out") if w is None else n(w, 3)
        stated = (at(own["value"], own.get("u")), u_text(own.get("u")))
        table.append([lab, *stated, share, at(d, U), u_text(U), *ratio(d, U)])
    columns = ("lab", "value", "u", "weight", "d", "U", "ratio", "mark")
    page.table([term(f"compare.column.{c}") for c in columns], table, (1, 2, 3, 4, 5, 6))


def _without_each(page: Page, name: str, found: Values) -> None:
    """Each laboratory against the reference value without it."""
    page.title(term("compare.without_each", method=_method(name).split("  ")[0]))
    table = []
    for i, lab in enumerate(found["labs"]):
        value, u, shift, d, U = (found[key][i] for key in ("value", "u", "shift", "d", "U"))
        marks = ("", "") if d is None else ratio(d, U)
        table.append([lab_of(lab), at(value, u), u_text(u), at(shift, u), at(d, U), u_text(U), *marks])
    columns = ("lab", "without", "u", "shift", "d", "U", "ratio", "mark")
    page.table([term(f"compare.column.{c}") for c in columns], table, (1, 2, 3, 4, 5, 6))


def _beside(page: Page, methods: Mapping[str, Values], labs: Sequence[str]) -> None:
    """|d|/U of every laboratory by several methods."""
    names = list(methods)[:METHOD_COLUMNS]
    page.title(term("compare.beside"))
    order = sorted(range(len(labs)), key=lambda i: methods[names[0]]["d"][i])
    table = [[labs[i], *(size_of(methods[m]["d"][i], methods[m]["U"][i]) for m in names)] for i in order]
    page.table([term("compare.column.lab"), *(SHORT.get(m, m) for m in names)], table, range(1, len(names) + 1))


def _pairs(page: Page, found: Values, body: Values, labs: Sequence[str]) -> None:
    if body.get("pairs") is not None:
        page.title(term("compare.pairs"))
        rows = [[*(str(x) for x in pair), at(d, U), u_text(U), *ratio(d, U)]
                for pair, d, U in zip(body["pairs"], found["d"], found["U"], strict=True)]  # fmt: skip
        page.table([term(f"compare.column.{c}") for c in ("lab", "other", "d", "U", "ratio", "mark")], rows, (2, 3, 4))
    elif len(labs) <= MOST_PAIRS:
        _matrix(page, term("compare.pairs_matrix"), labs, found)


def _matrix(page: Page, title: str, labs: Sequence[str], found: Values) -> None:
    """|d|/U between all pairs; the diagonal is empty."""
    page.title(title)
    every = range(len(labs))
    rows = [[labs[i], *("" if i == j else size_of(found["d"][i][j], found["U"][i][j]) for j in every)] for i in every]
    page.table(["", *labs], rows, range(1, len(labs) + 1))


def _proficiency(page: Page, body: Values, values: Values) -> None:
    rows = body["data"]
    page.facts(((term("compare.labs"), len(rows)), (term("compare.unit"), unit_of(body))))
    methods = {name: row for name, row in values.items() if isinstance(row, Mapping)}
    table = []
    for name, row in methods.items():
        if name == "density":
            continue
        value = row.get("value", row.get("mean"))
        s = row.get("s", row.get("sd"))
        table.append(
            [term(f"statistic.{name}"), at(value, row.get("u") or (s and s / 3.0)), u_text(s), u_text(row.get("u"))]
        )
    if table:
        page.table([term(f"compare.column.{c}") for c in ("statistic", "value", "s", "u_value")], table, (1, 2, 3))
    if "density" in methods:
        modes(page, methods["density"])
    scored = next((name for name, row in methods.items() if "z" in row), None)
    if scored is not None:
        page.title(term("compare.z_of", method=term(f"statistic.{scored}")))
        z = methods[scored]["z"]
        order = sorted(range(len(rows)), key=lambda i: z[i])
        shown = [[rows[i]["lab"], n(rows[i]["value"], 8), *score(z[i], 2.0, 3.0)] for i in order]
        page.table([term(f"compare.column.{c}") for c in ("lab", "value", "z", "mark")], shown, (1, 2))


def _scores(page: Page, body: Values, values: Values) -> None:
    names = [name for name in ("z", "z_prime", "zeta", "En", "D_percent") if name in values]
    limits = {"En": (1.0, 1.0), "D_percent": (float("inf"), float("inf"))}
    rows = []
    for i, row in enumerate(body["data"]):
        cells = [score(values[name][i], *limits.get(name, (2.0, 3.0))) for name in names]
        rows.append(
            [
                row["lab"],
                n(row["value"], 8),
                *((f"{text}{mark and ' ' + mark[0]}", mark and mark[1]) for text, mark in cells),
            ]
        )
    page.facts(((term("compare.unit"), unit_of(body)),))
    heads = [term("compare.column.lab"), term("compare.column.value"), *(term(f"compare.score.{c}") for c in names)]
    page.table(heads, rows, range(1, len(names) + 2))
    page.text("  " + term("compare.marks"), "dim")


def _homogeneity(page: Page, body: Values, values: Values) -> None:
    page.facts([(term(f"homogeneity.{key}"), n(values[key], 4)) for key in
                ("mean", "s_x", "s_w", "s_s", "limit", "expanded_limit", "F1", "F2")])  # fmt: skip
    for key in ("passes", "passes_expanded"):
        good = values[key]
        mark, verdict = ("✓", "yes") if good else ("✗", "no")
        page.text(f"  {mark} {term(f'homogeneity.{key}.{verdict}')}", "" if good else BEYOND)
    if "sigma_pt_with_heterogeneity" in values:
        page.text("  " + term("homogeneity.widened", sigma=n(values["sigma_pt_with_heterogeneity"], 4)))


def _precision(page: Page, body: Values, values: Values) -> None:
    keys = [key for key in ("mean", "s_x", "s_r", "s_L", "s_R", "r_limit", "R_limit") if key in values]
    page.facts(
        [
            (term("precision.standard"), values["standard"]),
            *((term(f"precision.{key}"), n(values[key], 5)) for key in keys),
            (term("compare.unit"), unit_of(body)),
        ]
    )
    tests = [(key, limit) for key, limit in (("cochran_C", "cochran_crit_"), ("grubbs_high", "grubbs_crit_"),
             ("grubbs_low", "grubbs_crit_")) if values.get(key) is not None]  # fmt: skip
    heads = [term(f"precision.{c}") for c in ("test", "statistic", "crit_5", "crit_1", "verdict")]
    rows = [_tested(key, values[key], values.get(limit + "5"), values.get(limit + "1")) for key, limit in tests]
    page.table(heads, rows, (1, 2, 3))
    if values["decisions"]:
        _decisions(page, values["decisions"])
    if "h" not in values:
        return
    level = "0.5" if "h_crit_0.5" in values else "1"
    limits = {key: (values[f"{key}_crit_5"], values[f"{key}_crit_{level}"]) for key in ("h", "k")}
    labs = [
        [row["lab"], *(_judged(values[key][i], *limits[key]) for key in ("h", "k"))]
        for i, row in enumerate(body["data"])
    ]
    page.title(term("precision.mandel", level=level, h=n(limits["h"][1], 3), k=n(limits["k"][1], 3)))
    page.table([term("compare.column.lab"), "h", "k"], labs, (1, 2))


def _decisions(page: Page, decisions: Sequence[Values]) -> None:
    """Who decided what about a laboratory, and why."""
    page.title(term("precision.decisions"))
    rows = [
        [d["lab"], term(f"precision.of.{d['test']}"), n(d["statistic"], 5), term(f"precision.{d['state']}"),
         term("precision.kept") if d["kept"] else (f"✗ {term('precision.left_out')}", "bold"), d["person"], d["reason"]]
        for d in decisions
    ]  # fmt: skip
    columns = ("laboratory", "test", "statistic", "verdict", "decision", "person", "reason")
    page.table([term(f"precision.{c}") for c in columns], rows, (2,))


def _tested(key: str, found: float, at_5: float | None, at_1: float | None) -> list[object]:
    verdict = (
        "outlier"
        if at_1 is not None and found > at_1
        else "straggler"
        if at_5 is not None and found > at_5
        else "correct"
    )
    said: object = term(f"precision.{verdict}")
    return [
        term(f"precision.{key}"),
        n(found, 5),
        n(at_5, 5),
        n(at_1, 5),
        said if verdict == "correct" else (f"! {said}", BEYOND),
    ]


def _judged(value: float | None, at_5: float | None, beyond: float | None) -> object:
    """h or k with «!» for an outlier, «?» for a straggler."""
    if value is None or at_5 is None or beyond is None:
        return n(value, 4)
    size = abs(value)
    mark = ("!", BEYOND) if size > beyond else ("?", "yellow") if size > at_5 else None
    text = f"{value:.3f}".replace("-", "−")
    return text if mark is None else (f"{text} {mark[0]}", mark[1])


def _linking(page: Page, body: Values, values: Values) -> None:
    page.facts(((term("linking.correction"), f"{at(values['correction'], values['u_correction'])} {unit_of(body)}"),
                (term("linking.u"), u_text(values["u_correction"]))))  # fmt: skip
    rows = [[row["lab"], n(d, 5), n(w, 3)] for row, d, w in
            zip(body["linking"], values["differences"], values["weights"], strict=True)]  # fmt: skip
    page.table([term(f"linking.{c}") for c in ("lab", "difference", "weight")], rows, (1, 2))
    if "consistency" in values:
        c = values["consistency"]
        page.text("  " + term("linking.agree", chi2=n(c["chi2"], 4), dof=c["dof"], p=n(c["p"], 3)))
    if values["d"]:
        page.title(term("linking.degrees"))
        table = [[row["lab"], at(d, U), u_text(U), *ratio(d, U)] for row, d, U in
                 zip(body["rmo_only"], values["d"], values["U"], strict=True)]  # fmt: skip
        page.table([term(f"compare.column.{c}") for c in ("lab", "d", "U", "ratio", "mark")], table, (1, 2, 3))
    if len(values["pairs"]["labs"]) <= MOST_PAIRS:
        _matrix(page, term("linking.pairs"), values["pairs"]["labs"], values["pairs"])


def _drift(page: Page, body: Values, values: Values) -> None:
    u = values["u_reference"][0] if values["u_reference"] else None
    page.facts(
        (
            (term("drift.model"), term(f"drift.{values['model']}")),
            (term("drift.intercept"), at(values.get("intercept"), values.get("u_intercept"))),
            (term("drift.slope"), at(values.get("slope"), values.get("u_slope"))),
            (term("drift.residual_sd"), u_text(values.get("residual_sd"))),
            (term("drift.walk"), u_text(values.get("walk"))),
            (term("drift.p"), n(values.get("p_no_change"), 3)), (term("compare.unit"), unit_of(body)),
        )
    )  # fmt: skip
    rows = []
    for i, row in enumerate(body["participants"]):
        d, U = values["d"][i], values["U"][i]
        rows.append([row["lab"], n(row["t"], 6), at(row["value"], row["u"]), at(values["reference"][i], u),
                     u_text(values["u_reference"][i]), at(d, U), u_text(U), *ratio(d, U)])  # fmt: skip
    columns = ("lab", "t", "value", "reference", "u_reference", "d", "U", "En", "mark")
    page.table([term(f"compare.column.{c}") for c in columns], rows, range(1, 8))


def _youden(page: Page, body: Values, values: Values) -> None:
    names = ("median_x", "median_y", "pearson_r", "spearman_r", "suspect_lab")
    found = [values[key] if isinstance(values[key], str) else n(values[key], 5) for key in names]
    facts = [(term(f"youden.{key}"), text) for key, text in zip(names, found, strict=True)]
    outside = ", ".join(values.get("outside", ()))
    page.facts([*facts, (term("youden.outside"), outside), (term("compare.unit"), unit_of(body))])
    order = sorted(range(len(body["data"])), key=lambda i: values["distance"][i])
    rows = [[body["data"][i]["lab"], n(values["distance"][i], 4)] for i in order]
    page.table([term("compare.column.lab"), term("youden.distance")], rows, (1,))


SHOWN: Mapping[str, Shown] = {
    "key_comparison": _key_comparison,
    "proficiency": _proficiency,
    "precision": _precision,
    "homogeneity": _homogeneity,
    "stability": stability,
    "assigned_value": assigned_value,
    "within_laboratory": within_laboratory,
    "multi_round": multi_round,
    "scores": _scores,
    "linking": _linking,
    "drift": _drift,
    "youden": _youden,
}


def _method(name: str) -> str:
    """A method as reports call it, with its name in cases."""
    from suyuan.report.papers.words import table

    return f"{method_words(name)}  {name}" if f"method.{name}" in table("comparison") else name


def method_words(name: str) -> str:
    """A method in words; its name where it has none."""
    from suyuan.report.papers.words import table

    row = table("comparison").get(f"method.{name}")
    return name if row is None else one_of(row)
