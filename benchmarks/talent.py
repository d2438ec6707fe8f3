"""Who is authorised for what on a day: 10⁴ persons in one pass over columns, beside a plain loop over the same records.

Synthetic registers: 10⁴ persons of 200 laboratories, 100 competence units with three requirements each, three
authorisations and ten pieces of evidence a person, suspensions, revisions, failed comparisons. The loop asks
`standing.of_authorisation` for some of the authorisations; every answer of it must be that of the pass.
Prints the time of laying the columns (once), of one day, and of the loop brought to all persons.

    python benchmarks/talent.py [persons]

CPU seconds of this process (other jobs do not count), medians. Exits 1 where an answer differs, or where one day of all
is not at least 50 times faster than the loop.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from suyuan.capability.interval import Interval
from suyuan.quantity.unit import parse_unit
from suyuan.talent.columns import columns, states
from suyuan.talent.joined import Records, join
from suyuan.talent.records import (
    Authorisation,
    AuthorisationEvent,
    CompetenceUnit,
    EvidenceItem,
    Person,
    Requirement,
)
from suyuan.talent.standing import STATES, of_authorisation
from suyuan.talent.write import KINDS
from suyuan.traceability.evidence import Outcome

DAY, FIRST = date(2026, 6, 1), date(2022, 1, 1)
QUANTITIES = ("length", "mass", "temperature", "pressure", "torque", "dc_voltage", "force", "time", "volume", "density")
PROMISE = 50.0


def median(work: Callable[[], Any], times: int) -> float:
    """Median CPU seconds."""
    seconds = []
    for _ in range(times):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return statistics.median(seconds)


def some_day(chance: random.Random, first: int = 0, last: int = 1600) -> date:
    """A day between two numbers of days after the first."""
    return FIRST + timedelta(chance.randint(first, last))


def framework() -> list[Any]:
    """Units of competence with what they ask for."""
    metre = parse_unit("mm")
    rows: list[Any] = []
    for n in range(100):
        quantity = QUANTITIES[n % len(QUANTITIES)]
        title = {"zh": f"单元 {n}", "en": f"unit {n}"}
        interval = Interval(0.0, 10.0 * (n + 1), metre) if quantity == "length" else None
        rows.append(CompetenceUnit(f"U-{n}", title, "sign", quantity, "", f"M {n % 40}", "2011", interval))
        rows.append(Requirement(f"R-{n}-a", f"U-{n}", "training", "sum", 16.0, 36))
        rows.append(Requirement(f"R-{n}-b", f"U-{n}", "exam", "latest", 60.0, 60))
        rows.append(Requirement(f"R-{n}-c", f"U-{n}", "supervised", "count", 1.0))
    return rows


def of_person(n: int, chance: random.Random) -> list[Any]:
    """One person with authorisations, evidence and events."""
    lab = {"zh": f"演示实验室 {n % 200}"}
    rows: list[Any] = [Person(f"P-{n}", {"zh": f"演示 {n}"}, lab, employed_from=some_day(chance, -900, 400))]
    for m in range(3):
        unit, start = f"U-{chance.randrange(100)}", some_day(chance, 300)
        rows.append(Authorisation(f"A-{n}-{m}", f"P-{n}", unit, lab, start, start, start + timedelta(1095), "P-0",
                                  (f"E-{n}-0",), "2011"))  # fmt: skip
        for kind, value in (("training", 16.0), ("exam", float(chance.randint(50, 100))), ("supervised", None)):
            rows.append(EvidenceItem(f"E-{n}-{m}-{kind}", f"P-{n}", kind, some_day(chance), unit, value))  # type: ignore[arg-type]
        if chance.random() < 0.1:
            rows.append(AuthorisationEvent(f"X-{n}-{m}", f"A-{n}-{m}", chance.choice(("suspended", "withdrawn")),
                                           some_day(chance, 900), "P-0"))  # fmt: skip
    rows.append(EvidenceItem(f"E-{n}-0", f"P-{n}", "registration", FIRST, valid_until=some_day(chance, 1200, 3000)))
    return rows


def made(persons: int) -> Records:
    """The registers of all laboratories as one value."""
    chance = random.Random(20260601)
    values = framework() + [row for n in range(persons) for row in of_person(n, chance)]
    values += [AuthorisationEvent(f"V-{n}", "", "method_revised", some_day(chance, 1200), "P-0", {}, f"M {n}", "2026")
               for n in range(5)]  # fmt: skip
    rows: dict[str, list[tuple[str, Any]]] = {}
    for value in values:
        rows.setdefault(KINDS[type(value)], []).append(("演示登记", value))
    failed = [
        Outcome(f"C-{n}", f"c{n}", "L", {"zh": f"演示实验室 {n % 200}"}, "m", {}, "mm", some_day(chance, 900),
                "unsatisfactory", "En", 1.5, 1.0, 0.1, 0.2, 0.1, QUANTITIES[n % 10], "50 mm", (), f"P-{n}")
        for n in range(0, persons, 20)
    ]  # fmt: skip
    return join(rows, failed)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("persons", nargs="?", type=int, default=10_000)
    persons = parser.parse_args().persons
    records = made(persons)
    laid = median(lambda: columns(records), 1)
    given = columns(records)
    found = states(given, DAY)
    part = records.authorisations[:: max(1, len(records.authorisations) // 2000)]
    told: list[str] = []
    of_authorisation(records, part[0], DAY)  # the indexes of the records are laid once, outside the clock
    loop = median(lambda: told.extend(of_authorisation(records, a, DAY).state for a in part), 1)
    loop *= len(records.authorisations) / len(part)
    step = max(1, len(records.authorisations) // 2000)
    same = told == [STATES[code] for code in found.of_authorisation[::step]]
    day = median(lambda: states(given, DAY), 7)
    print(f"{persons} persons × {len(given.units)} units, {len(records.authorisations)} authorisations, "
          f"{len(records.evidence)} pieces of evidence")  # fmt: skip
    counts = {state: int((found.of_authorisation == code).sum()) for code, state in enumerate(STATES)}
    print("  " + ", ".join(f"{state} {n}" for state, n in counts.items() if n))
    print(f"  columns laid once {1e3 * laid:8.1f} ms")
    print(f"  one day of all    {1e3 * day:8.1f} ms")
    print(f"  plain loop        {1e3 * loop:8.1f} ms   {loop / day:.0f} × one day of all")
    print(f"  answers of {len(part)} authorisations {'agree' if same else 'DIFFER'}")
    return 0 if same and loop / day >= PROMISE else 1


if __name__ == "__main__":
    sys.exit(main())
