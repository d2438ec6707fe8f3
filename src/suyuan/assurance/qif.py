"""QIF 2 and 3 (ISO 23952) as a parsed tree: measured characteristics, and from each to its item, nominal, definition.

Pure: whoever has the bytes parses them. Namespaces differ between the versions, local names hardly. Results may be
nested in one another, so only direct members of a result's own lists count for it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

Element = etree._Element
ROOT, RESULTS = "QIFDocument", "MeasurementResults"
LISTS = ("CharacteristicMeasurements", "CharacteristicActuals")
"""The lists of measured characteristics in QIF 3 and in QIF 2."""
SUFFIXES = ("CharacteristicMeasurement", "CharacteristicActual")
"""How their members end."""


def local(element: Element) -> str:
    """The name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def children(element: Element | None) -> list[Element]:
    """The elements directly inside one; none of none."""
    return [] if element is None else element[:]  # type: ignore[index, return-value]


def measured(element: Element) -> bool:
    """Whether an element is a measured characteristic, of whatever kind."""
    return local(element).endswith(SUFFIXES)


def named(root: Element, name: str) -> list[Element]:
    """All elements of a local name, in the order of the document."""
    return [element for element in root.iter(etree.Element) if local(element) == name]


def number(text: str | None) -> float | None:
    """A finite number, None for anything else.

    >>> number("12.5"), number("INF"), number("")
    (12.5, None, None)
    """
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None


@dataclass
class Document:
    """A document being read. ids: identifier → the first element that bears it; used: elements that were looked at."""

    root: Element
    ids: dict[str, Element] = field(default_factory=dict)
    used: set[Element] = field(default_factory=set)

    def __post_init__(self) -> None:
        for element in self.root.iter(etree.Element):
            identifier = element.get("id")
            if identifier:
                if identifier in self.ids and not measured(element):
                    self.twice(element, identifier)
                self.ids.setdefault(identifier, element)

    def child(self, element: Element | None, name: str) -> Element | None:
        """The first child of a local name, marked as read."""
        for inner in children(element):
            if local(inner) == name:
                self.used.add(inner)
                return inner
        return None

    def text(self, element: Element | None, *path: str) -> str:
        """The text at the end of a path of local names, «» where it ends before."""
        for name in path:
            element = self.child(element, name)
        return "" if element is None or element.text is None else element.text.strip()

    def referred(self, element: Element | None, name: str) -> Element | None:
        """The element whose identifier stands in a child; None where no element has it."""
        given = self.text(element, name)
        target = self.ids.get(given) if given else None
        if given and target is None and element is not None:
            self.absent(element, given)
        return target

    def twice(self, element: Element, identifier: str) -> None:
        """Told of an identifier that another element bears already."""

    def absent(self, element: Element, identifier: str) -> None:
        """Told of an identifier that no element bears."""

    def definition(self, item: Element | None) -> tuple[Element | None, Element | None]:
        """Nominal and definition of a characteristic item."""
        nominal = self.referred(item, "CharacteristicNominalId")
        return nominal, self.referred(nominal, "CharacteristicDefinitionId")

    def lists(self) -> Iterator[tuple[Element, Element]]:
        """Each result with each list of its measured characteristics."""
        for result in named(self.root, RESULTS):
            self.used.add(result)
            outer = self.child(result, "MeasuredCharacteristics")
            for name in LISTS:
                found = self.child(outer, name)
                if found is not None:
                    yield result, found


def members(listed: Element) -> list[Element]:
    """The measured characteristics of a list."""
    return [element for element in children(listed) if measured(element)]
