"""Random streams keyed by what is drawn: (seed, influence, element, chunk) gives the same numbers wherever it is asked.

The state of a generator is set straight from a hash of the key, so no stream has a place in a sequence: threads may
take chunks in any order, and two models that use one influence see the same draws of it.
"""

from __future__ import annotations

import hashlib

import numpy as np

CHUNK = 16_384
"""Draws a chunk. Part of the meaning of a seed: another length would give other draws."""


class Stream:
    """Generators of one seed; one object a thread, since it holds a single generator that is set anew for each key."""

    __slots__ = ("_bits", "_generator", "_keys", "_seed", "_state")

    def __init__(self, seed: int) -> None:
        self._bits = np.random.SFC64(0)
        self._generator = np.random.Generator(self._bits)
        self._state = self._bits.state
        self._seed = seed
        self._keys: dict[str, hashlib.blake2b] = {}

    def at(self, influence: str, element: int, chunk: int) -> np.random.Generator:
        """The generator at the beginning of one chunk of one element; it is the same object every time.

        influence: id; element: index in an influence array or joint group; chunk: number of the chunk from 0.

        >>> a, b = Stream(1), Stream(1)
        >>> first = b.at("x", 0, 0).random()
        >>> a.at("x", 0, 5).random() == first, a.at("x", 0, 0).random() == first
        (False, True)
        """
        key = self._keys.get(influence)
        if key is None:
            head = f"suyuan-draw-1 {self._seed} {influence} ".encode()
            key = self._keys[influence] = hashlib.blake2b(head, digest_size=24)
        key = key.copy()
        key.update(element.to_bytes(8, "little") + chunk.to_bytes(8, "little"))
        words = self._state["state"]["state"]
        words[:3] = np.frombuffer(key.digest(), "<u8")
        words[3] = 1  # the counter of SFC64, which starts at 1 in its author's seeding too
        self._bits.state = self._state
        return self._generator
