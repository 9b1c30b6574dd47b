from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from programme.report import _factory
from xiancheng.foundation.text import Text
from xiancheng.programme.measurement import Measurement
from xiancheng.programme.report import json as report

ROOT = Path(__file__).resolve().parents[3]


def validator(part: str | None = None) -> jsonschema.Draft202012Validator:
    schema = report.schema()
    chosen = schema if part is None else {"$ref": f"#/$defs/{part}", "$defs": schema["$defs"]}
    return jsonschema.Draft202012Validator(chosen, format_checker=jsonschema.FormatChecker())


def test_schema_is_valid() -> None:
    jsonschema.Draft202012Validator.check_schema(report.schema())


@pytest.mark.parametrize("closed", [True, False])
def test_assessment_fits_schema(closed: bool) -> None:
    data = json.loads(json.dumps(report.as_dict(_factory.assessment(closed=closed)), allow_nan=False))
    validator().validate(data)
    assert data["counts"] == {"met": 2, "short": 6, "informative": 3, "no_data": 10}
    assert sum(data["counts"].values()) == len(data["clauses"])


def test_measurement_fits_schema() -> None:
    for clause in _factory.assessment().clauses:
        for result in clause.indicators:
            if result.measurement is not None:
                data = result.measurement.as_dict()
                validator("measurement").validate(json.loads(json.dumps(data, allow_nan=False)))


def test_schema_refuses_what_is_not_documented() -> None:
    data = report.as_dict(_factory.assessment())
    data["clauses"][0]["surprise"] = 1
    assert not validator().is_valid(data)


def test_short_places_are_limited_and_counted() -> None:
    data = report.as_dict(_factory.assessment(big=2400), short_limit=7)
    park = next(c for c in data["clauses"] if c["id"] == "24.2")["indicators"][0]["measurement"]
    assert len(park["short"]) == 7
    assert park["short_total"] == 2400
    everything = report.as_dict(_factory.assessment(big=2400), short_limit=None)
    assert len(everything["clauses"][-2]["indicators"][0]["measurement"]["short"]) == 2400


def test_unusual_values_become_json() -> None:
    params = {
        "of": ("park",),
        "on": date(2025, 1, 2),
        "ages": {"b", "a"},
        "n": np.int64(3),
        "x": np.float32(0.5),
        "bad": float("nan"),
        "list": np.array([1, 2]),
        "say": Text("一", "one"),
    }
    made = Measurement("a.b", float("inf"), "m", Text("定义", "definition"), date(2025, 1, 1), "h", params=params)
    data = report.measurement_as_dict(made)
    validator("measurement").validate(data)
    assert data["value"] is None
    assert data["params"] == {
        "of": ["park"],
        "on": "2025-01-02",
        "ages": ["a", "b"],
        "n": 3,
        "x": 0.5,
        "bad": None,
        "list": [1, 2],
        "say": {"zh": "一", "en": "one"},
    }


def test_page_documents_every_key_of_the_schema() -> None:
    page = (ROOT / "docs" / "reference" / "schema.md").read_text(encoding="utf-8")
    sections = {part.split("\n", 1)[0]: part for part in page.split("\n## ")}

    def check(section: str, node: dict[str, object], prefix: str = "") -> None:
        for key, value in node["properties"].items():
            assert value["description"], key
            assert f"| `{prefix}{key}` |" in sections[section], (section, prefix + key)
            assert value["description"] in sections[section]
            inner = value["items"] if value.get("type") == "array" else value
            if "properties" in inner:
                check(section, inner, f"{prefix}{key}{'[]' if inner is not value else ''}.")

    check("assessment", report.schema())
    for name, node in report.schema()["$defs"].items():
        check(name, node)
