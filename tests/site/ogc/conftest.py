"""A client of the OGC API that reads what comes back."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest


class Answer:
    """A response with its body read."""

    def __init__(self, response: Any) -> None:
        self.response = response
        self.status = response.status_code
        self.headers = response.headers
        self.body = b"".join(response.streaming_content) if response.streaming else response.content

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def ids(self) -> list[str]:
        return [feature["id"] for feature in self.json["features"]]

    def link(self, relation: str) -> str | None:
        return next((x["href"] for x in self.json["links"] if x["rel"] == relation), None)

    def header_links(self) -> dict[str, str]:
        """Return relation → address of the ``Link`` header."""
        out = {}
        for part in self.headers.get("Link", "").split(", <"):
            address, _, rest = part.lstrip("<").partition(">")
            out[rest.partition('rel="')[2].partition('"')[0]] = address
        return out


class Api:
    """Asks for what lies below ``/ogc/``."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def get(self, path: str, /, headers: dict[str, str] | None = None, **parameters: Any) -> Answer:
        query = "&".join(f"{name.replace('__', '-')}={quote(str(value))}" for name, value in parameters.items())
        address = path if path.startswith("http") else f"/ogc{path}"
        separator = "&" if "?" in address else "?"
        return Answer(self.client.get(address + (separator + query if query else ""), headers=headers or {}))

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        kind = headers.pop("content_type", "application/geo+json")
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return Answer(
            self.client.generic(
                method, f"/ogc{path}", json.dumps(body) if body is not None else "", kind, headers=named
            )
        )

    def every(self, path: str, **parameters: Any) -> list[dict[str, Any]]:
        """Return the features of all pages."""
        answer, out = self.get(path, **parameters), []
        while True:
            assert answer.status == 200, answer.body
            out += answer.json["features"]
            following = answer.link("next")
            if following is None:
                return out
            answer = self.get(following)


@pytest.fixture
def api(site, log_in: Callable[..., Any]) -> Api:
    """A planner, who sees everything and changes nothing."""
    return Api(log_in("planner"))


@pytest.fixture
def steward(writable_site, log_in: Callable[..., Any]) -> Api:
    """The steward of schools, in a county of the test's own."""
    return Api(log_in("steward", "education"))
