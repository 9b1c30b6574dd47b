"""The OpenAPI document: what Ninja knows of each operation, and how every one of them answers errors."""

from __future__ import annotations

from typing import Any

from ninja import NinjaAPI
from ninja.openapi import schema as generation
from ninja.openapi.schema import OpenAPISchema
from ninja.schema import NinjaGenerateJsonSchema
from pydantic.json_schema import CoreModeRef, DefsRef

PROBLEM = "application/problem+json"
PROBLEM_SCHEMA = {
    "type": "object",
    "description": "RFC 9457, with the message in both languages",
    "required": ["type", "status", "title", "message"],
    "properties": {
        "type": {"type": "string"},
        "status": {"type": "integer"},
        "title": {"type": "string"},
        "detail": {"type": "string"},
        "message": {"$ref": "#/components/schemas/BothLanguages"},
        "hint": {"anyOf": [{"$ref": "#/components/schemas/BothLanguages"}, {"type": "null"}]},
        "fields": {
            "type": "object",
            "description": "what is wrong, by name of field",
            "additionalProperties": {"$ref": "#/components/schemas/BothLanguages"},
        },
    },
}
BOTH_LANGUAGES = {
    "type": "object",
    "required": ["zh", "en"],
    "properties": {"zh": {"type": "string"}, "en": {"type": "string"}},
}


def a_file(*media: str) -> dict[str, Any]:
    """Return what an operation's ``openapi_extra`` says of an answer that is a file of one of these media types."""
    binary = {"schema": {"type": "string", "format": "binary"}}
    return {"responses": {200: {"description": "a file", "content": dict.fromkeys(media, binary)}}}


class QualifiedNames(NinjaGenerateJsonSchema):
    """Names a schema after its package too: two packages may each have an `AttributeOut` that differs."""

    def get_defs_ref(self, core_mode_ref: CoreModeRef) -> DefsRef:
        """Return the name of a definition, such as ``registers.AttributeOut``."""
        path = core_mode_ref[0].partition(":")[0].split(".")
        if path[:2] != ["xiancheng", "site"] or "[" in core_mode_ref[0]:
            return super().get_defs_ref(core_mode_ref)
        reference = DefsRef(".".join(dict.fromkeys((path[2], path[-1]))))
        self._prioritized_defsref_choices[reference] = [reference]
        return reference


# Ninja names its generator in that module and takes no other.
generation.NinjaGenerateJsonSchema = QualifiedNames  # type: ignore[attr-defined]


class Api(NinjaAPI):
    """Ninja's API whose document also says that every error is a problem document."""

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:  # noqa: ANN401 - Ninja's own signature
        """Return the OpenAPI document."""
        document = super().get_openapi_schema(**options)
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas["ProblemDocument"], schemas["BothLanguages"] = PROBLEM_SCHEMA, BOTH_LANGUAGES
        content = {PROBLEM: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}}
        for operations in document["paths"].values():
            for operation in operations.values():
                responses = operation.setdefault("responses", {})
                for status in [s for s in responses if str(s).startswith(("4", "5"))]:
                    responses[status]["content"] = content
                responses["4XX"] = {"description": "refused, with what to do about it", "content": content}
        return document
