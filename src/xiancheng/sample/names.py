"""Made-up names in the manner of the region."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from xiancheng.sample.plan import chinese_number

_FIRST = (
    "阳光", "锦绣", "金地", "康泰", "祥和", "丽水", "御景", "龙泽", "华府", "紫荆", "翰林", "福泽", "天骄", "瑞丰",
    "东方", "盛世", "安居", "明珠", "敕勒", "怡和",
)  # fmt: skip
_SECOND = (
    "花园", "家园", "小区", "佳苑", "名城", "华庭", "新村", "嘉园", "雅居", "府邸", "新苑", "公馆",
)  # fmt: skip
_FAMILY = tuple("张王李赵刘郭高杜范苗白田史贾韩任梁曹冯段潘侯郝武温霍邢樊乔薛")
_VILLAGE = (
    "家营子", "家圪旦", "家尧", "家库仑", "二尧", "老营", "三圪堆", "家窑子", "家地", "家壕", "家淖", "顺城", "家湾",
)  # fmt: skip
_GIVEN = (
    "伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "涛", "明", "超", "霞", "平", "刚",
    "桂英", "建国", "志强", "秀兰", "海燕", "文斌",
)  # fmt: skip
COMMUNITIES = (
    "新园社区", "花园路社区", "东街社区", "站前社区", "南渠社区", "振华里社区", "文苑社区", "交运社区", "和兴社区",
    "团结里社区", "健康路社区", "东城社区", "育才社区", "工业路社区", "沙河社区", "北环社区",
)  # fmt: skip


def compound_names(rng: np.random.Generator) -> Iterator[str]:
    """Yield names of compounds, each once, then again with a number of the phase."""
    names = [a + b for a in _FIRST for b in _SECOND]
    phase = 1
    while True:
        for i in rng.permutation(len(names)):
            yield names[i] + ("" if phase == 1 else f"{chinese_number(min(phase, 99))}期")
        phase += 1


def village_names(rng: np.random.Generator) -> Iterator[str]:
    """Yield names of villages, each once."""
    names = [a + b for a in _FAMILY for b in _VILLAGE]
    for side in ("", "东", "西", "南", "北", "前", "后", "上", "下"):
        for i in rng.permutation(len(names)):
            yield side + names[i] + "村"


def person(rng: np.random.Generator) -> str:
    """Return a made-up name of a person."""
    return str(rng.choice(_FAMILY)) + str(rng.choice(_GIVEN))
