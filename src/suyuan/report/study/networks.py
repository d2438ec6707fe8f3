"""What instruments in the field tell: meters of an energy balance, sensors beside a reference."""

from __future__ import annotations

import numpy as np

from suyuan.assurance.energy_balance import Flag
from suyuan.report.figures.columns import Places
from suyuan.report.figures.dress import Axis
from suyuan.report.figures.participants import Participants
from suyuan.report.figures.study.errors import Errors, errors_figure
from suyuan.report.papers.document import Word
from suyuan.report.study.told import Told, cell, digits, floats, joined, listed, same, term, with_unit

COVERAGE = 2.0


def energy_balance(t: Told) -> None:
    """Which meters show an error; each with U and the limit."""
    a = t.answer
    names, flagged = tuple(str(m) for m in a["meters"]), [str(m) for m in a["flagged"]]
    limit = float((t.body.get("flag") or {}).get("limit_percent", Flag().limit_percent))
    loss = digits(a["fixed_loss"], 3) + (f" {t.unit}" if t.unit else "")
    key = "some" if flagged else "none"
    shown = "、".join(flagged[:6]) + ("…" if len(flagged) > 6 else "")
    told = term(f"bal.lead.{key}", n=len(names), count=len(flagged), loss=loss, names=shown)
    t.sentence = {"zh": told["zh"], "en": told["en"].replace("、", ", ")}
    error, U = floats(a["error_percent"]), COVERAGE * floats(a["u_error_percent"])
    bad = np.array([name in flagged for name in names], bool)
    order = sorted(range(len(names)), key=lambda i: (not bad[i], -abs(error[i]) if bad[i] else i))
    places = Places.of(U, error)
    heads = [term("word.meter"), term("word.state"), with_unit("word.error", "%"), same("𝑈 / %"),
             term("bal.head.inflation")]  # fmt: skip
    rows = [
        [same(names[i]), Word(term("state.flagged"), "bad") if bad[i] else Word(term("state.fine"), "good"),
         places.value(float(error[i]), sign=True), places.spread(float(U[i])), cell(a["inflation"][names[i]], 3)]
        for i in order
    ]  # fmt: skip
    table = listed("meters", term("bal.caption"), heads, rows, alignment="llrrr")
    found = Errors(Participants(names, failed=bad), error, U, limit)
    words = (t.say("word.whisker"), f"{t.say('word.limit')} ± {limit:g} %", t.say("state.flagged"))
    axis = Axis(t.say("word.error"), "%")
    t.draw(lambda size: errors_figure(found, axis, words, size), term("bal.caption"), table)


def colocation(t: Told) -> None:
    """Up to which month the fit holds: bias by month with U, and the end of validity."""
    a = t.answer
    months = tuple(a["bias"])
    bias, U = floats(a["bias"].values()), COVERAGE * floats(a["u_bias"].values())
    aged = np.abs(bias) > U
    first, last = str(a["valid_from"])[:10], str(a["valid_until"])[:10]
    after = [m for m, late in zip(months, aged, strict=True) if late and m > last[:7]]
    if after:
        t.sentence = term("col.lead.aged", first=first, last=last, count=len(after), month=after[0])
        held = [m for m in months if last[:7] < m < after[0]]
        if held:
            t.sentence = joined(t.sentence, term("col.lead.held", month=held[-1]))
    elif aged.any():
        bad = [m for m, late in zip(months, aged, strict=True) if late]
        t.sentence = term("col.lead.inside", first=first, last=last, count=len(bad), month=bad[0])
    else:
        t.sentence = term("col.lead.hold", months=len(months), first=first, last=last)
    places = Places.of(U, bias)
    heads = [term("word.month"), term("word.state"), with_unit("word.bias", t.unit), _U(t.unit), term("word.count")]
    rows = [
        [same(m), Word(term("state.aged"), "bad") if late else Word(term("state.hold"), "good"),
         places.value(float(b), sign=True), places.spread(float(s)), cell(a["n_bias"][m])]
        for m, late, b, s in zip(months, aged, bias, U, strict=True)
    ]  # fmt: skip
    fit = a["fit"]
    note = term("lin.note", a=digits(fit["intercept"]), b=digits(fit["slope"]), ua=digits(fit["u_intercept"], 2),
                ub=digits(fit["u_slope"], 2), R=digits(fit["R_squared"]), s=digits(fit["s"], 3))  # fmt: skip
    note = {"zh": note["zh"].replace("偏倚 =", "参考值 =").replace("× 参考值", "× 示值"),
            "en": note["en"].replace("bias =", "reference =").replace("× reference", "× sensor")}  # fmt: skip
    table = listed("months", term("col.caption"), heads, rows, alignment="llrrr", notes=(note,))
    inside = [i for i, m in enumerate(months) if first[:7] <= m <= last[:7]]
    valid = (inside[0], inside[-1]) if inside else None
    found = Errors(Participants(months, failed=aged), bias, U, None, valid, t.say("col.until"))
    axis = Axis(t.say("word.bias"), t.unit)
    words = (t.say("word.whisker"), "", t.say("state.aged"))
    t.draw(lambda size: errors_figure(found, axis, words, size), term("col.caption"), table)


def _U(unit: str) -> dict[str, str]:
    return dict.fromkeys(("zh", "en"), f"𝑈 / {unit}" if unit else "𝑈")
