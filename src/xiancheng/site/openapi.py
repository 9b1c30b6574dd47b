"""The OpenAPI document: what Ninja knows of each operation, and how every one of them answers errors."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from ninja import NinjaAPI
from ninja.openapi import schema as generation
from ninja.openapi.schema import OpenAPISchema
from ninja.schema import NinjaGenerateJsonSchema
from pydantic.json_schema import CoreModeRef, DefsRef

from xiancheng.site.policy.needs import MARK, PUBLIC
from xiancheng.site.problems import PROBLEM

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
    content = {
        kind: {"schema": {"type": "object"} if kind.endswith("json") else {"type": "string", "format": "binary"}}
        for kind in media
    }
    return {"responses": {200: {"description": "a file", "content": content}}}


SCHEMES = {
    "token": {"type": "http", "scheme": "bearer", "description": "an API token; writes need no more than that"},
    "basic": {"type": "http", "scheme": "basic", "description": "any name, with an API token as the password"},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": settings.SESSION_COOKIE_NAME,
        "description": f"a browser's session; writes repeat the cookie {settings.CSRF_COOKIE_NAME} as X-CSRFToken",
    },
}
"""How one shows who one is."""


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
    """Ninja's API whose document also says who may ask, and that every error is a problem document."""

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:  # noqa: ANN401 - Ninja's own signature
        """Return the OpenAPI document."""
        document = super().get_openapi_schema(**options)
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas["ProblemDocument"], schemas["BothLanguages"] = PROBLEM_SCHEMA, BOTH_LANGUAGES
        content = {PROBLEM: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}}
        document["components"]["securitySchemes"] = SCHEMES
        somebody: list[dict[str, list[str]]] = [{name: []} for name in SCHEMES]
        public = self._for_anybody()
        for operations in document["paths"].values():
            if "head" in operations:
                operations["head"] = {**operations["head"], "operationId": f"{operations['head']['operationId']}_head"}
            for operation in operations.values():
                is_public = operation["operationId"].removesuffix("_head") in public
                operation["security"] = [*([{}] if is_public else []), *somebody]
                responses = operation.setdefault("responses", {})
                for status in [s for s in responses if str(s).startswith(("4", "5"))]:
                    responses[status]["content"] = content
                responses["4XX"] = {"description": "refused, with what to do about it", "content": content}
        return document

    def _for_anybody(self) -> set[str]:
        """Return the operations that do not need an account; what they show may still depend on it."""
        return {
            operation.operation_id or self.get_openapi_operation_id(operation)
            for router in self._get_bound_routers()
            for path in router.path_operations.values()
            for operation in path.operations
            if getattr(operation.view_func, MARK)[0] in {(), (PUBLIC,)}
        }
