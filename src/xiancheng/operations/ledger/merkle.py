"""Merkle trees as RFC 6962 (Certificate Transparency) has them: one hash of many leaves, short proofs of one leaf."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Path:
    """Where a leaf stands in a tree of `size` leaves, and the hashes beside its way up (RFC 6962, 2.1.1)."""

    index: int
    size: int
    hashes: tuple[bytes, ...]


def leaf_hash(leaf: bytes) -> bytes:
    """Return the hash of a leaf."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Return the hash of a tree (RFC 6962, 2.1); of no leaves the SHA-256 of nothing."""
    return _levels(leaves)[-1][0] if leaves else hashlib.sha256().digest()


def path_of(leaves: Sequence[bytes], index: int) -> Path:
    """Return the proof that the leaf at `index` is in the tree.

    Raises
    ------
    IndexError
        If there is no such leaf.
    """
    if not 0 <= index < len(leaves):
        raise IndexError(index)
    hashes, at = [], index
    for level in _levels(leaves)[:-1]:
        beside = at ^ 1
        # The last of an odd level goes up as it is, and has nobody beside it.
        if beside < len(level):
            hashes.append(level[beside])
        at //= 2
    return Path(index, len(leaves), tuple(hashes))


def root_by(path: Path, leaf: bytes) -> bytes | None:
    """Return the root that a proof leads to from a leaf; None if the proof has not the form that its size asks for."""
    if not 0 <= path.index < path.size:
        return None
    found, at, last = leaf_hash(leaf), path.index, path.size - 1
    hashes = iter(path.hashes)
    while last:
        if at % 2 or at < last:
            beside = next(hashes, None)
            if beside is None:
                return None
            found = _node(beside, found) if at % 2 else _node(found, beside)
        at, last = at // 2, last // 2
    return found if next(hashes, None) is None else None


def _levels(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """Return the hashes level by level from the leaves up.

    Pairing neighbours, and passing up an odd last one, gives the tree that RFC 6962 splits at powers of two.
    """
    levels = [[leaf_hash(leaf) for leaf in leaves]]
    while len(levels[-1]) > 1:
        below = levels[-1]
        level = [_node(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)]
        if len(below) % 2:
            level.append(below[-1])
        levels.append(level)
    return levels


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
