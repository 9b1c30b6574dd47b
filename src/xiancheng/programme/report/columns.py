"""Columns of the workbook's sheets."""

from __future__ import annotations

from dataclasses import dataclass

from xiancheng.foundation.text import Text


@dataclass(frozen=True)
class Column:
    """One column: its heading, its width in characters and how its values are written."""

    title: Text
    width: float
    kind: str = "text"


_CLAUSE = Column(Text("条款", "clause"), 7)
_INDICATOR = (_CLAUSE, Column(Text("指标编号", "indicator id"), 16), Column(Text("指标", "indicator"), 26))
_UNIT = Column(Text("单位", "unit"), 10)
OVERVIEW = (
    Column(Text("条", "article"), 6),
    _CLAUSE, Column(Text("内容", "title"), 44), Column(Text("领域", "field"), 16),
    Column(Text("类型", "kind"), 9), Column(Text("状态", "status"), 11, "status"),
    Column(Text("关键指标", "deciding indicator"), 24), Column(Text("数值", "figure"), 11),
    Column(Text("目标", "target"), 14), Column(Text("差距", "gap"), 14, "gap"), _UNIT,
    Column(Text("趋势", "trend"), 6), Column(Text("责任单位", "bureaus"), 34),
)  # fmt: skip
BUREAUS = (
    Column(Text("责任单位", "bureau"), 26), _CLAUSE, Column(Text("内容", "title"), 46),
    Column(Text("角色", "role"), 9), Column(Text("状态", "status"), 11, "status"), Column(Text("数值", "figure"), 11),
    Column(Text("目标", "target"), 14), Column(Text("差距", "gap"), 14, "gap"), _UNIT,
)  # fmt: skip
INDICATORS = (
    *_INDICATOR, Column(Text("状态", "status"), 11, "status"), Column(Text("数值", "figure"), 11),
    Column(Text("目标下限", "at least"), 11), Column(Text("目标上限", "at most"), 11),
    Column(Text("期限", "by"), 11), Column(Text("差距", "gap"), 14, "gap"), _UNIT,
    Column(Text("分子", "numerator"), 12), Column(Text("分子含义", "numerator is"), 22),
    Column(Text("分母", "denominator"), 12), Column(Text("分母含义", "denominator is"), 18),
    Column(Text("短板处数", "places short"), 9), Column(Text("上期数值", "figure before"), 11),
    Column(Text("此后数值", "figure since"), 11), Column(Text("定义", "definition"), 50),
    Column(Text("参数", "parameters"), 34), Column(Text("缺少", "missing"), 30),
    Column(Text("口径说明", "notes"), 46), Column(Text("核实程度", "certainty"), 24),
    Column(Text("量度", "measure"), 24),
)  # fmt: skip
AREAS = (
    *_INDICATOR, Column(Text("区划代码", "code"), 13), Column(Text("乡镇", "township"), 20),
    Column(Text("数值", "figure"), 11), _UNIT, Column(Text("分子", "numerator"), 12),
    Column(Text("分母", "denominator"), 12),
)  # fmt: skip
SHORT = (
    *_INDICATOR, Column(Text("序号", "rank"), 7), Column(Text("名称", "name"), 30), Column(Text("编号", "id"), 18),
    Column(Text("要素类", "class"), 14), Column(Text("乡镇", "township"), 18),
    Column(Text("经度", "longitude"), 12, "degrees"), Column(Text("纬度", "latitude"), 12, "degrees"),
    Column(Text("数量", "amount"), 10), _UNIT,
)  # fmt: skip
EXCLUDED = (
    *_INDICATOR, Column(Text("原因", "reason"), 60), Column(Text("数量", "count"), 12), _UNIT,
)  # fmt: skip
