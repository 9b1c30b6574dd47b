"""The description of the OGC part of the API: OpenAPI 3.0, true for who asks."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from xiancheng import __version__
from xiancheng.foundation.text import Text
from xiancheng.site.county import county
from xiancheng.site.ogc import links
from xiancheng.site.ogc.crs import DEFAULT, offered
from xiancheng.site.ogc.openapi_parts import Json, get, problems
from xiancheng.site.ogc.openapi_tiles import tile_paths
from xiancheng.site.ogc.query import DEFAULT_LIMIT, MOST, PROFILES
from xiancheng.site.ogc.tiles3d import CLASS
from xiancheng.site.policy.needs import subject_of


def describe(request: HttpRequest, class_names: list[str]) -> Json:
    """Return the document for somebody who sees `class_names`."""
    subject = subject_of(request)
    edited = [name for name in class_names if subject.may_edit(name)]
    home = county()
    return {
        "openapi": "3.0.3",
        "info": {
            "title": Text(f"{home.name.zh} OGC API", f"{home.name.en}: OGC API").get(),
            "version": __version__,
            "description": Text(
                "OGC API Features 第 1 至 5 部分与要素版本草案。有效期以日计：datetime 选取当日的版本，不写为今日；"
                "recorded 选取当时所登记的内容（需查看历史的权限）。",
                "OGC API Features parts 1 to 5 and the draft Versioned Features. Validity counts in days: datetime "
                "selects the version of a day, today without it; recorded selects what was believed at that time (for "
                "those who may see the history).",
            ).get(),
        },
        "servers": [{"url": links.root(request)}],
        "security": [{}, {"token": []}, {"password": []}],
        "tags": [
            {"name": "Capabilities"},
            {"name": "Features"},
            {"name": "Tiles"},
            *([{"name": "Changes"}] if edited else []),
        ],
        "paths": _paths(class_names, edited),
        "components": {
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "password": {"type": "http", "scheme": "basic", "description": "the password is an API token"},
            },
            "parameters": _parameters([r.uri for r in offered(home)]),
            "schemas": _schemas(),
        },
    }


def _paths(class_names: list[str], edited: list[str]) -> Json:
    def ref(*names: str) -> list[Json]:
        return [{"$ref": f"#/components/parameters/{name}"} for name in names]

    one: Json = {
        "name": "collectionId", "in": "path", "required": True, "schema": {"type": "string", "enum": class_names},
    }  # fmt: skip
    feature: Json = {"name": "featureId", "in": "path", "required": True, "schema": {"type": "string"}}
    start: Json = {
        "name": "version", "in": "path", "required": True, "schema": {"type": "string", "format": "date"},
    }  # fmt: skip
    base, versioned = ["f", "lang"], ["crs", "datetime", "recorded"]
    paths: Json = {
        "/": {"get": get("landing", Text("首页", "landing page"), ref(*base), "LandingPage")},
        "/conformance": {"get": get("conformance", Text("符合类", "conformance classes"), ref(*base), "Conformance")},
        "/api": {"get": get("api", Text("接口说明", "this document"), ref(*base), "Any", links.OPENAPI)},
        "/collections": {"get": get("collections", Text("要素集", "collections"), ref(*base), "Collections")},
    }
    if not class_names:
        return paths
    shared = (401, 403, 404)
    read = {
        "": (Text("要素集说明", "a collection"), base, "Collection", links.JSON),
        "/schema": (Text("属性的 JSON Schema", "JSON Schema of the properties"), [*base, "type"], "Any", links.SCHEMA),
        "/queryables": (Text("可过滤的属性", "what filters may name"), base, "Any", links.SCHEMA),
    }
    for tail, (title, names, answer, media) in read.items():
        operation = get(f"collection{tail.replace('/', '-')}", title, ref(*names), answer, media, shared)
        paths[f"/collections/{{collectionId}}{tail}"] = {"parameters": [one], "get": operation}
    queried = [
        *base, "limit", "after", "bbox", "bboxCrs", *versioned, "filter", "filterLang", "filterCrs", "profile",
        "properties",
    ]  # fmt: skip
    items = "/collections/{collectionId}/items"
    paths[items] = {
        "parameters": [one],
        "get": get("items", Text("要素", "features"), ref(*queried), "FeatureCollection", links.GEOJSON, shared),
    }
    paths[f"{items}/{{featureId}}"] = {
        "parameters": [one, feature],
        "get": get("item", Text("一个要素", "a feature"), ref(*base, *versioned), "Feature", links.GEOJSON,
                    (*shared, 410)),
    }  # fmt: skip
    paths[f"{items}/{{featureId}}/versions"] = {
        "parameters": [one, feature],
        "get": get("versions", Text("要素的版本", "versions of a feature"), ref(*base, "recorded"), "TimeMap",
                    links.JSON, shared),
    }  # fmt: skip
    paths[f"{items}/{{featureId}}/versions/{{version}}"] = {
        "parameters": [one, feature, start],
        "get": get("version", Text("要素的一个版本", "one version of a feature"), ref(*base, "crs", "recorded"),
                    "Feature", links.GEOJSON, shared),
    }  # fmt: skip
    paths |= tile_paths(one, *ref("lang", "datetime"), solids=CLASS in class_names)
    if edited:
        _add_changes(paths, items, edited, ref)
    return paths


def _add_changes(paths: Json, items: str, edited: list[str], ref: Any) -> None:  # noqa: ANN401 - a function of above
    kept = Text(f"可维护：{'、'.join(edited)}", f"kept by you: {', '.join(edited)}").get()
    faults = (400, 401, 403, 404, 409, 415, 422)
    locked = (*faults, 410, 412, 428)
    body = {links.GEOJSON: {"schema": {"$ref": "#/components/schemas/NewFeature"}}}
    patch = {"application/merge-patch+json": {"schema": {"type": "object"}}}
    dated = ["lang", "validFrom", "reason", "reasonHeader", "contentCrs"]
    edited_so, closed = [*dated, "correct", "ifMatch"], ["lang", "validTo", "reason", "reasonHeader", "ifMatch"]
    one = f"{items}/{{featureId}}"
    for path, method, name, title, names, content, status, wrong in (
        (items, "post", "create", Text("新建要素", "make a feature"), dated, body, 201, faults),
        (one, "put", "replace", Text("替换要素", "replace a feature"), edited_so, body, 204, locked),
        (one, "patch", "update", Text("更新要素", "edit a feature"), edited_so, patch, 204, locked),
        (one, "delete", "close", Text("终止要素（历史保留）", "close a feature; its history stays"),
         closed, None, 204, locked),
    ):  # fmt: skip
        paths[path][method] = {
            "operationId": name,
            "tags": ["Changes"],
            "summary": title.get(),
            "description": kept,
            "parameters": ref(*names),
            **({"requestBody": {"required": True, "content": content}} if content else {}),
            "responses": {
                str(status): {"description": Text("完成", "done").get()},
                **problems(wrong),
            },
        }


def _parameters(systems: list[str]) -> Json:
    def query(name: str, schema: Json, zh: str, en: str, **more: Any) -> Json:  # noqa: ANN401
        return {"name": name, "in": "query", "schema": schema, "description": Text(zh, en).get(), **more}

    def header(name: str, zh: str, en: str, *, required: bool = False) -> Json:
        said = Text(zh, en).get()
        return {"name": name, "in": "header", "required": required, "schema": {"type": "string"}, "description": said}

    text: Json = {"type": "string"}
    system: Json = {"type": "string", "enum": systems, "default": DEFAULT.uri}
    day: Json = {"type": "string", "format": "date"}
    numbers: Json = {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 6}
    return {
        "f": query("f", {"type": "string", "enum": ["json", "html"]}, "格式", "representation"),
        "lang": query("lang", {"type": "string", "enum": ["zh", "en"]}, "语言", "language"),
        "limit": query(
            "limit", {"type": "integer", "minimum": 1, "maximum": MOST, "default": DEFAULT_LIMIT}, "每页要素数",
            "features a page",
        ),
        "after": query("after", text, "翻页标记，由 next 链接给出", "mark of a page, as next links give it"),
        "bbox": query("bbox", numbers, "范围", "box", style="form", explode=False),
        "bboxCrs": query("bbox-crs", system, "bbox 的坐标系", "CRS of bbox"),
        "crs": query("crs", system, "结果的坐标系", "CRS of the answer"),
        "datetime": query("datetime", text, "日期、时间或时段", "a date, a time or an interval"),
        "recorded": query("recorded", text, "按当时所登记", "as was believed at that time"),
        "filter": query("filter", text, "CQL2 过滤条件", "a filter in CQL2"),
        "filterLang": query(
            "filter-lang", {"type": "string", "enum": ["cql2-text", "cql2-json"], "default": "cql2-text"},
            "过滤语言", "language of the filter",
        ),
        "filterCrs": query("filter-crs", system, "过滤条件的坐标系", "CRS of the filter"),
        "profile": query(
            "profile", {"type": "string", "enum": list(PROFILES)}, "时段内多个版本的表示", "how versions are told apart"
        ),
        "properties": query(
            "properties", {"type": "object", "additionalProperties": {"type": "string"}},
            "属性等于给定的值，见 queryables", "properties with the value that they must have, see queryables",
            style="form", explode=True,
        ),
        "type": query(
            "type", {"type": "string", "enum": ["return", "create", "replace", "update"]}, "用途", "what it is for"
        ),
        "validFrom": query("valid_from", day, "新版本自当日起；缺省今日", "first day of the version; today without"),
        "validTo": query("valid_to", day, "自当日起不再存在；不写为今日", "no longer on this day; today without"),
        "reason": query("reason", {"type": "string", "maxLength": 500}, "原因", "why"),
        "correct": query("correct", {"type": "boolean", "default": False}, "更正记录，不新增版本",
                         "put the record right instead of beginning a version"),
        "reasonHeader": header("Reason", "原因（百分号编码）", "why (percent-encoded)"),
        "contentCrs": header("Content-Crs", "几何的坐标系", "CRS of the geometry"),
        "ifMatch": header("If-Match", "读取时的 ETag", "the ETag of what was read", required=True),
    }  # fmt: skip


def _schemas() -> Json:
    text: Json = {"type": "string"}
    link: Json = {"$ref": "#/components/schemas/Link"}
    linked: Json = {"type": "array", "items": link}
    strings: Json = {"type": "array", "items": text}
    both: Json = {"type": "object", "required": ["zh", "en"], "properties": {"zh": text, "en": text}}
    geometry: Json = {
        "type": "object", "nullable": True, "required": ["type"], "properties": {"type": text},
    }  # fmt: skip
    identified: Json = {"type": text["type"]}

    def thing(required: list[str], **properties: Json) -> Json:
        return {"type": "object", "required": required, "properties": properties}

    return {
        "Any": {"type": "object"},
        "Link": thing(["href", "rel"], href=text, rel=text, type=text, title=text, datetime=text),
        "LandingPage": thing(["links"], title=text, description=text, links=linked),
        "Conformance": thing(["conformsTo"], conformsTo=strings),
        "Collection": thing(
            ["id", "links"], id=text, title=text, description=text, itemType=text, crs=strings, storageCrs=text,
            extent={"type": "object"}, versioning={"type": "object"}, links=linked,
        ),
        "Collections": thing(
            ["links", "collections"], links=linked,
            collections={"type": "array", "items": {"$ref": "#/components/schemas/Collection"}},
        ),
        "Feature": thing(
            ["type", "id", "geometry", "properties"], type={"type": "string", "enum": ["Feature"]}, id=identified,
            geometry=geometry, properties={"type": "object"}, links=linked,
        ),
        "NewFeature": thing(
            ["type", "geometry", "properties"], type={"type": "string", "enum": ["Feature"]}, geometry=geometry,
            properties={"type": "object"},
        ),
        "FeatureCollection": thing(
            ["type", "features", "links", "numberReturned"], type={"type": "string", "enum": ["FeatureCollection"]},
            features={"type": "array", "items": {"$ref": "#/components/schemas/Feature"}}, links=linked,
            timeStamp={"type": "string", "format": "date-time"}, numberReturned={"type": "integer"},
            numberMatched={"type": "integer"},
        ),
        "TimeMap": thing(["links"], links=linked),
        "Problem": thing(
            ["type", "status", "title", "detail", "message"], type=text, status={"type": "integer"}, title=text,
            detail=text, message=both, hint={**both, "nullable": True},
            fields={"type": "object", "additionalProperties": both},
        ),
    }  # fmt: skip
