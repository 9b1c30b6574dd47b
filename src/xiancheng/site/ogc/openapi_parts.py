"""Parts that the description of every operation is made of."""

from __future__ import annotations

from typing import Any

from xiancheng.foundation.text import Text
from xiancheng.site.ogc import links
from xiancheng.site.problems import PROBLEM

Json = dict[str, Any]
_PROBLEM = {"$ref": "#/components/schemas/Problem"}
FAULTS = {
    400: Text("参数不对", "a parameter is wrong"),
    401: Text("请先登录", "log in first"),
    403: Text("您不能查看或更改", "you may not see or change this"),
    404: Text("没有", "there is none"),
    406: Text("没有这种格式", "no such representation"),
    409: Text("与记录矛盾", "contradicts the record"),
    410: Text("当时不存在", "does not exist at that time"),
    412: Text("读取之后被改过", "changed after it was read"),
    415: Text("不接受这种内容", "this content is not accepted"),
    422: Text("字段有误", "fields are not valid"),
    428: Text("缺少 If-Match", "If-Match is missing"),
}


def get(
    name: str, title: Text, parameters: list[Json], answer: str, media: str = links.JSON, faults: tuple[int, ...] = ()
) -> Json:
    """Return the description of reading something, as `media` and as a page for people.

    Parameters
    ----------
    answer
        Name of the schema of what comes back.
    faults
        Statuses of refusals, beside those that every address may answer.
    """
    schema = {"$ref": f"#/components/schemas/{answer}"}
    return {
        "operationId": name,
        "tags": ["Features" if faults else "Capabilities"],
        "summary": title.get(),
        "parameters": parameters,
        "responses": {
            "200": {
                "description": title.get(),
                "content": {media: {"schema": schema}, links.HTML: {"schema": {"type": "string"}}},
            },
            **problems((400, 406, *faults)),
        },
    }


def problems(statuses: tuple[int, ...]) -> Json:
    """Return the responses that refuse something."""
    return {
        str(s): {"description": FAULTS[s].get(), "content": {PROBLEM: {"schema": _PROBLEM}}} for s in sorted(statuses)
    }
