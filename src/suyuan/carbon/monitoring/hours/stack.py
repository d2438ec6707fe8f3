"""A stack: what is measured on it, in which basis, and the one measurement model from concentration and flow to mass.

m = x(CO2)·A·v·(T₀/T)·(p/p₀)·(1 − h)·M/V_m; the factor (1 − h) stands there once, where the concentration is dry and the
flow is wet. With oxygen instead of CO2, x = F_c/F_d·(20.9 − O₂)/20.9 in dry gas (40 CFR 75, appendix F, F-14A).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from suyuan.carbon.rule import Rules
from suyuan.quantity.finding import Finding, Refused, errors, finding
from suyuan.quantity.quantity import Quantity
from suyuan.quantity.unit import ONE, Unit, parse_unit
from suyuan.series.asof import Subject

if TYPE_CHECKING:
    from suyuan.carbon.monitoring.hours.entered import Entered

UNITS: Mapping[str, str] = {
    "co2": "%", "o2": "%", "velocity": "m/s", "flow": "m3/h", "temperature": "K", "pressure": "Pa", "moisture": "%",
}  # fmt: skip
"""Role of a channel → the unit in which the model takes it."""
CONSTANTS: Mapping[str, str] = {
    "area": "m2", "temperature": "K", "pressure": "Pa", "moisture": "%", "Fc": "1", "Fd": "1",
}  # fmt: skip
"""What may stand for the whole year instead of a channel, with the unit in which the model takes it."""
BASES = ("wet", "dry")
SHORT_TON, FOOT = 907.184_74, 0.3048
"""kg and m, by definition."""


@dataclass(frozen=True, slots=True)
class Channel:
    """One measurand as it is recorded.

    role: a key of `UNITS`; column: its name among the minutes; unit: in which it is recorded; instrument: as
    certificates name it; basis: of co2, o2 or flow; standard: whether a flow is one at standard conditions already; u:
    standard uncertainty that a reading has of its own, in the unit of the record; place, configuration: as certificates
    may name them; resolution: what a recorded number is multiplied by, where counts were kept.
    """

    role: str
    column: str
    unit: str
    instrument: str
    basis: str = "wet"
    standard: bool = False
    u: float = 0.0
    place: str = ""
    configuration: str = ""
    resolution: float = 1.0

    @property
    def target(self) -> Unit:
        """The unit in which the model takes it."""
        return parse_unit(UNITS[self.role])

    @property
    def u_of_record(self) -> float:
        """What a recorded number has of its own, in counts."""
        return self.u / self.resolution

    @property
    def subject(self) -> Subject:
        """What its certificates are about."""
        return Subject(self.instrument, self.configuration, self.place)


@dataclass(frozen=True, slots=True, eq=False)
class Stack:
    """A stack and what is measured on it.

    id; channels: at most one a role; constants: role → quantity for the year (area of the duct, what is not measured);
    load: column of a load or fuel rate, above zero while the unit burns, empty where there is none; step: seconds from
    one row to the next; potential: largest value of the monitoring plan by target and of the load, for rules that ask;
    plausible: role → least and largest value in the unit of the model, where the usual ones do not fit (a gas turbine
    is hot); entered: values that the enterprise determined for lost hours.
    """

    id: str
    channels: tuple[Channel, ...]
    constants: Mapping[str, Quantity] = field(default_factory=dict)
    load: str = ""
    step: float = 60.0
    potential: Mapping[str, float] = field(default_factory=dict)
    plausible: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    entered: tuple[Entered, ...] = ()

    def channel(self, role: str) -> Channel | None:
        """The channel of a role, None where it is not measured."""
        return next((one for one in self.channels if one.role == role), None)

    @property
    def gas(self) -> Channel:
        """The channel from which the concentration comes: CO2, else oxygen."""
        found = self.channel("co2") or self.channel("o2")
        assert found is not None  # `checked`
        return found

    @property
    def mover(self) -> Channel:
        """The channel from which the flow comes."""
        found = self.channel("flow") or self.channel("velocity")
        assert found is not None  # `checked`
        return found

    @property
    def gas_basis(self) -> str:
        """Of the concentration: that from oxygen is dry."""
        return "dry" if self.gas.role == "o2" else self.gas.basis

    @property
    def needs_moisture(self) -> bool:
        """Whether concentration and flow stand on different bases."""
        return self.gas_basis != self.mover.basis


def checked(stack: Stack) -> tuple[Finding, ...]:
    """What is wrong or doubtful about a stack; raises Refused with every error."""
    found: list[Finding] = []
    roles = [one.role for one in stack.channels]
    for at, one in enumerate(stack.channels):
        where = f"{stack.id}.channels.{at}"
        if one.role not in UNITS or roles.index(one.role) != at:
            found.append(finding("carbon_monitoring.stack.role", where, role=one.role, known=", ".join(UNITS)))
        else:
            found += _unit_told(one, where)
        if one.basis not in BASES:
            found.append(finding("carbon_monitoring.stack.basis", where, basis=one.basis))
    for name, q in stack.constants.items():
        if name not in CONSTANTS or not q.unit.converts_to(parse_unit(CONSTANTS[name])):
            found.append(finding("carbon_monitoring.stack.constant", f"{stack.id}.constants.{name}", name=name,
                                 known=", ".join(f"{k} ({u})" for k, u in CONSTANTS.items())))  # fmt: skip
    found += _needed(stack, roles)
    if errors(found):
        raise Refused(*found)
    return tuple(found)


def _unit_told(one: Channel, where: str) -> list[Finding]:
    """A unit that does not fit; an amount where a rate is meant has words of its own."""
    unit = parse_unit(one.unit)
    if unit.converts_to(one.target):
        return []
    amount = one.role in ("flow", "velocity") and unit.converts_to(parse_unit("m3"))
    code = "carbon_monitoring.stack.amount" if amount else "carbon_monitoring.stack.unit"
    return [finding(code, where, role=one.role, unit=one.unit, wanted=UNITS[one.role])]


def _needed(stack: Stack, roles: list[str]) -> list[Finding]:
    """What the model lacks, and bases that conflict."""
    where, there = stack.id, {*roles, *stack.constants}
    lacking = []
    if not {"co2", "o2"} & set(roles):
        lacking.append("co2")
    if not {"velocity", "flow"} & set(roles):
        lacking.append("velocity")
    if lacking:
        return [finding("carbon_monitoring.stack.lacks", where, names=", ".join(lacking))]
    wanted: list[str] = []
    if stack.gas.role == "o2":
        wanted += ["Fc", "Fd"]
    if stack.mover.role == "velocity":
        wanted.append("area")
    if not stack.mover.standard:
        wanted += ["temperature", "pressure"]
    if stack.needs_moisture:
        wanted.append("moisture")
    found = []
    absent = [name for name in wanted if name not in there]
    if absent:
        found.append(finding("carbon_monitoring.stack.lacks", where, names=", ".join(absent)))
    if stack.mover.role == "velocity" and (stack.mover.basis == "dry" or stack.mover.standard):
        found.append(finding("carbon_monitoring.basis.velocity", where))
    if stack.gas.role == "o2" and stack.gas.basis == "wet":
        found.append(finding("carbon_monitoring.basis.oxygen", where))
    if not stack.needs_moisture and "moisture" in roles:
        found.append(finding("carbon_monitoring.basis.moisture_idle", where, "note", basis=stack.gas_basis))
    found += [one.idle() for one in stack.entered if one.part == "moisture" and not stack.needs_moisture]
    return found


# ---------------------------------------------------------------- the model


def density(rules: Rules) -> float:
    """kg of CO2 in a cubic metre of pure gas at the standard conditions of the scheme.

    M/V_m, or what the constant of F-11 says: 5.7e-7 short ton for each percent of a cubic foot.

    >>> from datetime import date
    >>> from suyuan.carbon.rule import rules
    >>> round(density(rules("HJ 75-2017", date(2024, 1, 1))), 4)
    1.9635
    """
    if "co2_mass" in rules.rows:
        return float(rules.value("co2_mass")) * 100.0 * SHORT_TON / FOOT**3
    return float(rules.value("co2_molar_mass")) / float(rules.value("molar_volume"))


@dataclass(frozen=True, slots=True)
class Model:
    """The measurement model of a stack under a scheme, with its derivatives, on numbers in the units of `UNITS`.

    density: kg/m³ of CO2 at standard temperature (K) and pressure (Pa); air: percent of oxygen in air; constants: what
    holds for the year; parts: part of the rate → the channels that it is made of, none where it is a constant.
    """

    stack: Stack
    density: float
    temperature: float
    pressure: float
    air: float
    constants: Mapping[str, float]
    parts: Mapping[str, tuple[str, ...]]

    @property
    def factors(self) -> tuple[str, ...]:
        """The parts of a rate: concentration, flow, and moisture where bases differ."""
        return tuple(self.parts)

    def roles(self, factor: str) -> tuple[str, ...]:
        """The channels that a part is made of; none where it is a constant."""
        return self.parts[factor]

    def part(self, factor: str, x: Mapping[str, Any]) -> Any:
        """A part: the concentration of CO2 as a fraction and the flow in m³/h at standard conditions, each in its own
        basis; moisture in percent of the wet gas."""
        y = {**self.constants, **x}
        if factor == "concentration":
            if self.stack.gas.role == "co2":
                return y["co2"] * 0.01
            return y["Fc"] / y["Fd"] * (self.air - y["o2"]) / self.air
        if factor == "moisture":
            return y["moisture"]
        raw = y["flow"] if self.stack.mover.role == "flow" else y["velocity"] * y["area"] * 3600.0
        return raw if self.stack.mover.standard else raw * self._standard(y)

    def _standard(self, y: Mapping[str, Any]) -> Any:
        """T₀/T·p/p₀."""
        return y["pressure"] / y["temperature"] * (self.temperature / self.pressure)

    def part_slopes(self, factor: str, x: Mapping[str, Any]) -> dict[str, Any]:
        """∂part/∂channel and ∂part/∂constant, by name."""
        y = {**self.constants, **x}
        if factor == "moisture":
            return {"moisture": 1.0}
        if factor == "concentration":
            if self.stack.gas.role == "co2":
                return {"co2": 0.01}
            left = (self.air - y["o2"]) / self.air
            return {"o2": -y["Fc"] / y["Fd"] / self.air, "Fc": left / y["Fd"], "Fd": -left * y["Fc"] / y["Fd"] ** 2}
        scale = 1.0 if self.stack.mover.standard else self._standard(y)
        if self.stack.mover.role == "flow":
            found = {"flow": scale}
        else:
            found = {"velocity": y["area"] * 3600.0 * scale, "area": y["velocity"] * 3600.0 * scale}
        if not self.stack.mover.standard:
            whole = self.part("flow", x)
            found |= {"temperature": -whole / y["temperature"], "pressure": whole / y["pressure"]}
        return found

    def rate(self, part: Mapping[str, Any]) -> Any:
        """t/h from the parts; moisture enters once: a dry concentration meets a wet flow, or the other way round."""
        made = part["concentration"] * part["flow"] * (self.density * 1e-3)
        if not self.stack.needs_moisture:
            return made
        dry = 1.0 - part["moisture"] * 0.01
        return made * dry if self.stack.gas_basis == "dry" else made / dry

    def slopes(self, part: Mapping[str, Any]) -> dict[str, Any]:
        """∂rate/∂part, by part."""
        pure = self.density * 1e-3
        if not self.stack.needs_moisture:
            return {"concentration": part["flow"] * pure, "flow": part["concentration"] * pure}
        dry, direct = 1.0 - part["moisture"] * 0.01, self.stack.gas_basis == "dry"
        scale = pure * (dry if direct else 1.0 / dry)
        return {
            "concentration": part["flow"] * scale,
            "flow": part["concentration"] * scale,
            "moisture": part["concentration"] * part["flow"] * pure * (-0.01 if direct else 0.01 / dry**2),
        }

    def quantity(self, name: str) -> Quantity:
        """A constant as a quantity, in the unit of the model."""
        return self.stack.constants[name].to(CONSTANTS[name]).relabelled(ONE)


def model(stack: Stack, rules: Rules) -> Model:
    """The model of a stack under the rules of a scheme, its constants in the units of the model."""
    constants = {name: float(q.to(CONSTANTS[name]).value) for name, q in stack.constants.items()}
    air = 0.0
    if stack.gas.role == "o2":
        air = float(rules.value("oxygen_in_air"))
    mover = (stack.mover.role, *(() if stack.mover.standard else ("temperature", "pressure")))
    parts = {"concentration": (stack.gas.role,), "flow": mover}
    if stack.needs_moisture:
        parts["moisture"] = ("moisture",)
    measured = {name: tuple(role for role in roles if stack.channel(role)) for name, roles in parts.items()}
    return Model(
        stack, density(rules), float(rules.value("standard_temperature")), float(rules.value("standard_pressure")),
        air, constants, measured,
    )  # fmt: skip
