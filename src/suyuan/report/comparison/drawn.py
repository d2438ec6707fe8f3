"""The figures of a comparison report, each with its caption and with the finding that it shows in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial

import numpy as np

from suyuan.comparison.round.evaluation import Evaluation
from suyuan.comparison.round.events import Event
from suyuan.comparison.round.report import Report
from suyuan.quantity.finding import LANGUAGES
from suyuan.report.comparison.round import term, word_or
from suyuan.report.comparison.shapes import LEAST, density_of, modes_of, naji_of
from suyuan.report.comparison.tables import Paired, counted
from suyuan.report.figures.density import Upright
from suyuan.report.figures.dress import Axis, Size, italic
from suyuan.report.figures.equivalence import (
    EquivalenceWords,
    Estimates,
    Line,
    Whiskers,
    equivalence_figure,
    references_figure,
)
from suyuan.report.figures.pairwise import PairWords, pairwise_figure
from suyuan.report.figures.participants import Participants
from suyuan.report.papers.document import Figure, Language, Text, plain

Progress = Callable[[str, float], None]
MOST_NARROW = 60
"""Laboratories up to which figures are drawn a second time for a small screen."""
MOST_PLANES = 12
"""Measurands that one figure of scores takes."""
MOST_COLUMNS = 400
"""Columns of all figures of scores: of more measurands those are drawn that have the most failures."""
MOST_PAIRS = 60
"""Laboratories up to which a square of pairs can be read."""
STAYS = 60
"""Stays up to which a timetable is drawn."""


@dataclass
class Drawn:
    """Figures of a report. language: of the words in them; progress: told each figure as it is drawn."""

    report: Report
    language: Language
    progress: Progress | None = None
    done: int = field(default=0)

    def word(self, key: str) -> str:
        return plain(term(key), self.language)

    def _two(self, caption: Text, alternative: Text, draw: Callable[[Size], str]) -> Figure:
        """A figure for the page and, drawn again, for a small screen."""
        self.done += 1
        if self.progress is not None:
            self.progress(plain(caption, "zh"), 1.0 - 0.9**self.done)
        narrow = draw("narrow") if len(self.report.protocol.members) <= MOST_NARROW else ""
        return Figure(draw("wide"), caption, alternative, narrow)

    def _people(self, e: Evaluation) -> Participants:
        failed = np.array([v == "unsatisfactory" for v in e.methods[0].judged.verdict], bool)
        return Participants(e.labs, counted(e), failed)

    def _words(self, whisker: str, **more: str) -> EquivalenceWords:
        return EquivalenceWords(self.word("figure.contributing"), self.word("figure.excluded"),
                                self.word("verdict.unsatisfactory"), whisker=whisker,
                                **{"unknown": self.word("figure.no_u"), **more})  # fmt: skip

    def results(self, e: Evaluation) -> Iterator[Figure]:
        """Results with the reference value and its band: the summary graph of one measurand."""
        found, k = e.methods[0], self.report.protocol.decision.coverage
        u = e.travelled.u
        tau = float(found.consensus.tau)
        dark = k * np.hypot(u, tau) if tau > 0.0 else None
        words = self._words(f"± {italic('U')}, {italic('k')} = {k:g}", band=self.word("figure.band"),
                            dark=self.word("figure.dark") if dark is not None else "")  # fmt: skip
        people, line = self._people(e), Line(found.value, found.U if np.isfinite(found.U) else 0.0)
        axis, whiskers = Axis(italic("x") + "ᵢ", e.measurand.unit), Whiskers(e.travelled.x, k * u, dark)
        yield self._two(term("figure.results", name=e.measurand.name, k=f"{k:g}"), verdicts(e),
                        lambda size: equivalence_figure(whiskers, people, line, axis, words, size))  # fmt: skip

    def deviations(self, e: Evaluation) -> Iterator[Figure]:
        """Degrees of equivalence about nil."""
        j, k = e.methods[0].judged, self.report.protocol.decision.coverage
        words = self._words(
            f"± {italic('U')}({italic('d')}ᵢ), {italic('k')} = {k:g}", unknown=self.word("figure.no_U_d")
        )
        people, axis = self._people(e), Axis(italic("d") + "ᵢ", e.measurand.unit)
        yield self._two(
            term("figure.equivalence", name=e.measurand.name, k=f"{k:g}"), verdicts(e),
            lambda size: equivalence_figure(
                Whiskers(j.d, j.U_d), people, Line(0.0, 0.0), axis, words, size, deviations=True
            ),
        )  # fmt: skip

    def density(self, e: Evaluation) -> Iterator[Figure]:
        """How the results lie, whichever of them contribute, and where the reference value stands among them."""
        found, x = e.methods[0], e.travelled.x
        line = Upright(self.word("word.estimate"), found.value)
        draw = density_of(x, self._people(e), Axis(italic("x"), e.measurand.unit), self.word, [line])
        if draw is not None:
            yield self._two(
                term("figure.densities", name=e.measurand.name), term("alt.density", modes=modes_of(x)), draw
            )

    def credibility(self, e: Evaluation) -> Iterator[Figure]:
        """Deviations against stated uncertainties, after Naji."""
        found = e.methods[0]
        who, unit = self._people(e), e.measurand.unit
        draw = naji_of(found.judged.d, e.travelled.u, found.u, who, unit, self.word)
        if draw is not None and len(e.labs) >= LEAST:
            yield self._two(term("figure.naji", name=e.measurand.name), verdicts(e), draw)

    def youden(self, judged: Sequence[Evaluation]) -> Iterator[Figure]:
        """Deviations of two measurands of one quantity against each other, where a round has just these two."""
        from suyuan.report.figures.youden import YoudenWords, youden_figure

        if len(judged) != 2 or len({(e.measurand.quantity, e.measurand.unit) for e in judged}) > 1:
            return
        first, second = judged
        both = tuple(lab for lab in first.labs if lab in second.labs)
        if len(both) < LEAST:
            return
        x, y = (e.methods[0].judged.d[[e.labs.index(lab) for lab in both]] for e in judged)
        failed = [{lab for lab, v in zip(e.labs, e.methods[0].judged.verdict, strict=True) if v == "unsatisfactory"}
                  for e in judged]  # fmt: skip
        who = Participants(both, failed=np.array([lab in failed[0] | failed[1] for lab in both], bool))
        keys = ("figure.result", "verdict.unsatisfactory", "figure.medians", "figure.diagonal")
        words = YoudenWords(*(self.word(key) for key in keys))
        axes = tuple(Axis(f"{italic('d')} ({e.measurand.id})", e.measurand.unit) for e in judged)
        names = {"first": first.measurand.name, "second": second.measurand.name}
        yield self._two(term("figure.youden", **names), term("alt.youden", n=len(both)),
                        lambda size: youden_figure(x, y, who, None, (axes[0], axes[1]), words, size))  # fmt: skip

    def references(self, e: Evaluation) -> Iterator[Figure]:
        """The reference value by the protocol's method, which is the first, and by those beside it."""
        into: Language = "en" if self.language == "en" else "zh"
        names = tuple(plain(word_or(f"method.{f.method}", f.method), into) for f in e.methods)
        values, U = np.array([f.value for f in e.methods]), np.array([f.U for f in e.methods])
        estimates, axis = Estimates(names, values, values - U, values + U, 0), Axis(italic("x"), e.measurand.unit)
        labels = (self.word("figure.band"), self.word("figure.strokes"))
        apart = term("alt.references", n=len(names), spread=f"{np.ptp(values):.3g} {e.measurand.unit}")
        yield self._two(term("figure.references", name=e.measurand.name), apart,
                        lambda size: references_figure(estimates, axis, e.travelled.x, labels, size))  # fmt: skip

    def pairs(self, e: Evaluation, between: Paired) -> Iterator[Figure]:
        """All pairs as a square of fields."""
        pairs, labs = between.found, between.labs
        if not 2 <= len(labs) <= MOST_PAIRS:
            return
        upper = np.triu_indices(len(labs), 1)
        if not np.all(pairs.U[upper] > 0.0):
            return
        words = PairWords(*(self.word(f"figure.pair.{key}") for key in ("close", "within", "beyond")))
        beyond = int(np.sum(np.abs(pairs.d[upper]) > pairs.U[upper]))
        yield self._two(
            term("figure.pairs", name=e.measurand.name), term("alt.pairs", n=upper[0].size, beyond=beyond),
            lambda size: pairwise_figure(labs, pairs.d, pairs.U, words, size),
        )  # fmt: skip

    def scores(self, judged: Sequence[Evaluation]) -> Iterator[Figure]:
        """Scores as columns, at most so many measurands a figure as it takes."""
        from suyuan.report.figures.scores import Rule, Scores, ScoreWords, scores_figure

        rule = self.report.protocol.decision
        labs = tuple(m.code for m in self.report.protocol.members if any(m.code in e.labs for e in judged))
        place = {lab: n for n, lab in enumerate(labs)}
        good, doubtful, bad_word = (
            self.word(f"verdict.{key}") for key in ("satisfactory", "questionable", "unsatisfactory")
        )
        words = ScoreWords(good, doubtful, bad_word, self.word("figure.missing"))
        symbol = term(f"symbol.{rule.score}")["zh"]
        limits = Rule(symbol, rule.limit, rule.questionable if rule.questionable is not None else rule.limit)
        planes = []
        for e in judged:
            values = np.full(len(labs), np.nan)
            values[[place[lab] for lab in e.labs]] = e.methods[0].judged.score
            if np.isfinite(values).any():
                planes.append(Scores(e.measurand.id, values))
        most = max(1, MOST_COLUMNS // max(1, len(labs)))
        if len(planes) > most:  # those with the most that need a person; the tables have all
            count = [int(np.sum(np.abs(p.values) > rule.limit)) for p in planes]
            kept = sorted(sorted(range(len(planes)), key=lambda n: -count[n])[:most])
            planes = [planes[n] for n in kept]
        for start in range(0, len(planes), MOST_PLANES):
            part = planes[start : start + MOST_PLANES]
            bad = sum(int(np.sum(np.abs(p.values) > rule.limit)) for p in part)
            every = sum(int(np.isfinite(p.values).sum()) for p in part)
            names = dict.fromkeys(LANGUAGES, ", ".join(p.name for p in part))
            caption = term("figure.scores", name=names, limit=f"{rule.limit:g}", symbol=term(f"symbol.{rule.score}"))
            yield self._two(caption, term("alt.scores", n=every, bad=bad),
                            partial(scores_figure, part, labs, limits, words))  # fmt: skip

    def drift(self, e: Evaluation) -> Iterator[Figure]:
        """The pilot's repeated measurements, the modelled course with its band, and when each laboratory measured."""
        from suyuan.comparison.drift import Pilot as Measured
        from suyuan.report.figures.drift import Pilot, Trend, Visits, drift_figure

        model, given, days = e.travelled.drift, e.inputs, e.travelled.days
        if model is None or days is None or given.pilot not in given.labs:
            return
        k = self.report.protocol.decision.coverage
        at = given.labs.index(given.pilot)
        rest = np.arange(given.n) != at
        others = tuple(lab for lab, kept in zip(given.labs, rest, strict=True) if kept)
        own = np.array([float(d.toordinal()) for d in given.pilot_days])
        rule = self.report.protocol.drift
        trend = Trend.over(self.word(f"drift.short.{model.model}"), self.word("figure.drift_band"),
                           Measured(own, given.pilot_values, float(given.u[at])), days[rest],
                           (rule.model, rule.degree, k))  # fmt: skip
        pilot = Pilot(self.word("word.pilot"), own, given.pilot_values, None)
        visits = Visits(self.word("figure.visits"), days[rest], Participants(others))
        axes = (Axis(""), Axis(italic("x"), e.measurand.unit))
        yield self._two(
            term("figure.drift", name=e.measurand.name), term("alt.drift"),
            lambda size: drift_figure(pilot, trend, visits, axes, size, calendar=True),
        )  # fmt: skip

    def route(self) -> Iterator[Figure]:
        """Who had the standards when, as agreed and as it happened."""
        from suyuan.report.figures.route import RouteWords, Stay, route_figure

        legs = self.report.protocol.route.legs
        if not 0 < len(legs) <= STAYS:
            return
        held = _held(self.report.events)
        stays = []
        for leg in legs:
            known = held.get((leg.standard, leg.member), [])
            arrived, left = known.pop(0) if known else (None, None)
            stays.append(Stay(leg.standard, leg.member, leg.arrives, leg.leaves, arrived, left))
        words = RouteWords(*(self.word(f"figure.route.{key}") for key in ROUTE))
        pilot = self.report.protocol.pilot.code
        yield self._two(term("figure.route"), term("alt.route", n=len(legs)),
                        lambda size: route_figure(stays, pilot, self.report.issued, words, size))  # fmt: skip


ROUTE = ("agreed", "kept", "held", "lateness", "late", "today")


Stays = dict[tuple[str, str], list[tuple[date, date]]]


def _held(events: Sequence[Event]) -> Stays:
    """When each standard was with whom, in order; only stays of which both ends are known."""
    here: dict[str, tuple[str, date]] = {}
    stays: Stays = {}
    for event in events:
        standard, day = str(event.content.get("standard", "")), event.time.date()
        if event.kind == "arrived":
            here[standard] = event.member, day
        elif event.kind == "sent" and standard in here:
            member, since = here.pop(standard)
            stays.setdefault((standard, member), []).append((since, max(since, day)))
    return stays


def verdicts(e: Evaluation) -> Text:
    """Who is not satisfactory, in words."""
    labs, judged = e.labs, e.methods[0].judged.verdict
    out = [lab for lab, v in zip(labs, judged, strict=True) if v == "unsatisfactory"]
    if not out:
        return term("alt.all", n=len(labs))
    names = ", ".join(out[:12]) + ("…" if len(out) > 12 else "")
    return term("alt.some", n=len(labs), bad=len(out), names=names)
