"""glTF 2.0 binaries whose features carry metadata (EXT_mesh_features, EXT_structural_metadata)."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from xiancheng.site.tiles.solids.extruding import Mesh

FLOAT, UNSIGNED_INT = 5126, 5125
ARRAY, ELEMENTS = 34962, 34963
_MAGIC, _JSON, _BIN = 0x46546C67, 0x4E4F534A, 0x004E4942
NO_NUMBER = -1.0
"""What stands for "not known" in columns of numbers."""

SCHEMA = {
    "id": "xiancheng_building",
    "classes": {
        "building": {
            "name": "building",
            "properties": {
                "object_id": {"type": "STRING", "required": True, "description": "identifier in the city model"},
                "name": {"type": "STRING", "noData": ""},
                "use": {"type": "STRING", "noData": "", "description": "code of the list building_use"},
                "height": {"type": "SCALAR", "componentType": "FLOAT32", "description": "metres as drawn"},
                "height_from": {
                    "type": "STRING",
                    "description": "surveyed, floors (three metres a floor) or assumed (one floor)",
                },
                "floors": {"type": "SCALAR", "componentType": "FLOAT32", "noData": NO_NUMBER},
            },
        }
    },
}

Column = Sequence[str] | npt.NDArray[np.float32]


class _Buffer:
    """Bytes and the views into them, each aligned to eight bytes as metadata wants it."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.views: list[dict[str, int]] = []
        self.length = 0

    def add(self, content: bytes, target: int | None = None) -> int:
        """Add bytes and return the number of their view."""
        view = {"buffer": 0, "byteOffset": self.length, "byteLength": len(content)}
        self.views.append(view if target is None else {**view, "target": target})
        padding = -len(content) % 8
        self.parts += [content, b"\0" * padding]
        self.length += len(content) + padding
        return len(self.views) - 1


def write_glb(mesh: Mesh, table: Mapping[str, Column]) -> bytes:
    """Return a glTF binary of solids and the properties of each.

    Parameters
    ----------
    table
        Property → one value a solid, in the order of the owners of `mesh`; the properties are those of `SCHEMA`.
    """
    buffer = _Buffer()
    # glTF has y up; who reads 3D Tiles turns it back to z up.
    accessors = [
        _vectors(buffer, mesh.positions[:, [0, 2, 1]] * [1, 1, -1], bounded=True),
        _vectors(buffer, mesh.normals[:, [0, 2, 1]] * [1, 1, -1], bounded=False),
        _scalars(buffer, mesh.owner.astype("<f4"), FLOAT, ARRAY),
        _scalars(buffer, mesh.triangles.ravel().astype("<u4"), UNSIGNED_INT, ELEMENTS),
    ]
    count = len(table["object_id"])
    features = {"featureCount": count, "attribute": 0, "propertyTable": 0, "label": "building"}
    content: dict[str, Any] = {
        "asset": {"version": "2.0", "generator": "Xiancheng"},
        "extensionsUsed": ["EXT_mesh_features", "EXT_structural_metadata"],
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [
            {
                "primitives": [
                    {
                        "attributes": {"POSITION": 0, "NORMAL": 1, "_FEATURE_ID_0": 2},
                        "indices": 3,
                        "material": 0,
                        "mode": 4,
                        "extensions": {"EXT_mesh_features": {"featureIds": [features]}},
                    }
                ]
            }
        ],
        "materials": [
            {
                "name": "building",
                "pbrMetallicRoughness": {
                    "baseColorFactor": [0.82, 0.79, 0.72, 1.0],
                    "metallicFactor": 0.0,
                    "roughnessFactor": 0.9,
                },
            }
        ],
        "accessors": accessors,
        "extensions": {
            "EXT_structural_metadata": {
                "schema": SCHEMA,
                "propertyTables": [
                    {
                        "name": "buildings",
                        "class": "building",
                        "count": count,
                        "properties": {name: _property(buffer, column) for name, column in table.items()},
                    }
                ],
            }
        },
    }
    content["bufferViews"] = buffer.views
    content["buffers"] = [{"byteLength": buffer.length}]
    text = json.dumps(content, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    body = b"".join(buffer.parts)
    total = 12 + 8 + len(text) + 8 + len(body)
    return b"".join(
        [
            struct.pack("<III", _MAGIC, 2, total),
            struct.pack("<II", len(text), _JSON), text,
            struct.pack("<II", len(body), _BIN), body,
        ]
    )  # fmt: skip


def _vectors(buffer: _Buffer, values: npt.NDArray[np.float64], *, bounded: bool) -> dict[str, Any]:
    stored = np.ascontiguousarray(values, dtype="<f4")
    accessor: dict[str, Any] = {
        "bufferView": buffer.add(stored.tobytes(), ARRAY),
        "componentType": FLOAT,
        "count": len(stored),
        "type": "VEC3",
    }
    if bounded:
        accessor["min"] = [float(v) for v in stored.min(axis=0)]
        accessor["max"] = [float(v) for v in stored.max(axis=0)]
    return accessor


def _scalars(buffer: _Buffer, stored: npt.NDArray[Any], kind: int, target: int) -> dict[str, Any]:
    return {
        "bufferView": buffer.add(stored.tobytes(), target),
        "componentType": kind,
        "count": len(stored),
        "type": "SCALAR",
        "min": [stored.min().item()],
        "max": [stored.max().item()],
    }


def _property(buffer: _Buffer, column: Column) -> dict[str, Any]:
    if isinstance(column, np.ndarray):
        return {"values": buffer.add(column.astype("<f4").tobytes())}
    texts = [text.encode() for text in column]
    offsets = np.cumsum([0, *(len(text) for text in texts)]).astype("<u4")
    return {"values": buffer.add(b"".join(texts)), "stringOffsets": buffer.add(offsets.tobytes())}
