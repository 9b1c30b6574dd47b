"""CQL2, the filter language of the OGC API: text and JSON into one tree, checked, then evaluated over arrays.

Source: OGC 21-065r2, Common Query Language (CQL2), version 1.0.
"""

from __future__ import annotations

from xiancheng.site.ogc.cql2.checking import Kind, checked
from xiancheng.site.ogc.cql2.errors import FilterError
from xiancheng.site.ogc.cql2.json_form import from_json, to_json
from xiancheng.site.ogc.cql2.nodes import Node
from xiancheng.site.ogc.cql2.parsing import from_text
from xiancheng.site.ogc.cql2.writing import to_text

__all__ = ["FilterError", "Kind", "Node", "checked", "from_json", "from_text", "to_json", "to_text"]
