"""The structure keys of AQDEF (K5xxx): groups of characteristics, and characteristics below others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass
class Groups:
    """Nodes of a hierarchy. names: group → name; nodes: node → kind and index; parents: node → node above;
    above: characteristic → node above."""

    names: dict[int, str] = field(default_factory=dict)
    nodes: dict[int, tuple[str, int]] = field(default_factory=dict)
    parents: dict[int, int] = field(default_factory=dict)
    above: dict[int, int] = field(default_factory=dict)

    def take(self, key: str, at: int, content: str) -> bool:
        """Take one structure key; False where it is unknown or its content is no number."""
        if key in ("5001", "5002"):
            self.names.setdefault(at, content)
            return True
        kind = {"5111": "part", "5112": "characteristic", "5113": "group"}.get(key)
        if (kind is None and key not in ("5102", "5103")) or not content.isdigit() or len(content) > 9:
            return False
        if kind is not None:
            self.nodes[at] = (kind, int(content))
        elif key == "5102":
            self.above[int(content)] = at
        else:
            self.parents[int(content)] = at
        return True

    def facts(self, at: int, characteristics: Mapping[int, Mapping[str, str]]) -> dict[str, str]:
        """The groups and characteristics above a characteristic, the outermost first; nothing where there are none."""
        own = next((n for n, node in self.nodes.items() if node == ("characteristic", at)), None)
        node = self.above.get(at)
        if node is None and own is not None:
            node = self.parents.get(own)
        path: list[str] = []
        for _ in range(len(self.nodes) + 1):
            if node is None or node not in self.nodes:
                break
            kind, index = self.nodes[node]
            if kind == "group":
                path.append(self.names.get(index, f"group {index}"))
            elif kind == "characteristic":
                keys = characteristics.get(index, {})
                path.append(keys.get("2002") or keys.get("2001") or f"characteristic {index}")
            node = self.parents.get(node)
        return {"group": " / ".join(reversed(path))} if path else {}
