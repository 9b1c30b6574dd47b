"""Questions to the API beside the pages, whose answers the pages must show."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

from ..serving import Served

PARKS = {"classes": ["park"], "metres": [500], "metric": "straight", "min_area_m2": 5000, "within": "county_seat"}


def ask(site: Served, path: str, content: Any, *, who: str = "planner") -> Any:
    """What the API of access answers to `content`."""
    request = urllib.request.Request(
        f"{site.url}/api/access/{path}", json.dumps(content).encode(),
        {**site.headers(who), "Content-Type": "application/json"},
    )  # fmt: skip
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)
