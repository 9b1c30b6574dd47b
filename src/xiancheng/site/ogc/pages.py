"""Pages for people: plain HTML that needs no script and nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from django.http import HttpRequest
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from xiancheng.foundation.text import Text, current_language
from xiancheng.site.county import county
from xiancheng.site.ogc import links

_TEMPLATES = Path(__file__).resolve().parent / "templates"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.globals["t"] = lambda zh, en: Text(zh, en).get()
    return environment


def render(request: HttpRequest, template: str, content: Mapping[str, Any]) -> str:
    """Return a page of one of the templates in the asker's language."""
    language = current_language()
    home = county()
    return _environment().get_template(template).render(
        language=language,
        county=home.name.get(),
        synthetic=home.synthetic,
        root=links.root(request),
        other_language=links.here(request, lang="en" if language == "zh" else "zh"),
        as_json=links.here(request, f="json"),
        **content,
    )  # fmt: skip
