"""Words and numbers of the bulletin, the same in the workbook and in the document."""

from __future__ import annotations

from xiancheng.foundation.text import Language, Text
from xiancheng.operations.evaluation.result import Evaluation, Figure
from xiancheng.operations.evaluation.rules import FigureRule

TITLE = Text("运行管理综合评价通报", "Bulletin of evaluation")
NUMERATOR, DENOMINATOR = Text("分子", "numerator"), Text("分母", "denominator")
VALUE, RANK, SCORE = Text("数值", "value"), Text("名次", "rank"), Text("得分", "score")
EXCLUDED, TOTAL = Text("排除", "left out"), Text("合计", "total")
UNASSIGNED, NO_DATA = Text("未归属", "assigned to none"), Text("无数据", "no data")

NOTES = (
    Text(
        "统计期为北京时间的整日，从首日零时到末日次日零时（不含）；截至时刻以后发生的事不计。",
        "A period is whole days in Beijing time, from 00:00 of the first to 00:00 after the last (not included); "
        "what happened after the instant of the statement does not count.",
    ),
    Text(
        "立案、派遣类比率：以期内上报或派遣的为分母，跟踪到截至时刻。",
        "Rates of filing and dispatch: of what was reported or dispatched in the period, followed until the statement.",
    ),
    Text(
        "处置、结案类比率：以时限在期内届满的为分母，时限已含挂账和延期的顺延；恰在时限当刻完成为按期。",
        "Rates of handling and closing: of what fell due in the period, deadlines with pauses and extensions in them; "
        "what is done at the instant of the deadline is on time.",
    ),
    Text(
        "返工、核查、回访类比率：以期内处置、核查、回访的为分母。",
        "Rates of rework, checks and callbacks: of what was handled, checked or called back in the period.",
    ),
    Text(
        "每件只按列出的第一个成立的理由排除一次；分母为零写作“无数据”，不写零。",
        "A row is left out once, for the first reason listed that holds; nothing to divide by is “no data”, not zero.",
    ),
)
"""How figures are to be read: what `period` lays down, for readers of the bulletin."""


def shown(figure: Figure, language: Language) -> str:
    """Return the value of a figure in words: a percentage, a number, or that there are no data."""
    value = figure.value
    if value is None:
        return NO_DATA.get(language)
    if figure.rule.kind == "rate":
        return f"{value:.2%}"
    return f"{value:.1f}" if figure.rule.kind == "mean" else f"{value:.0f}"


def left_out(evaluation: Evaluation, figure: Figure, language: Language) -> str:
    """Return how many rows were left out for which reasons."""
    parts = [
        f"{evaluation.rules.exclusions[reason].get(language)} {count}"
        for reason, count in figure.excluded.items()
        if count
    ]
    return Text("、", ", ").get(language).join(parts)


def reason_title(evaluation: Evaluation, reason: str) -> Text:
    """Return a reason in words."""
    return evaluation.rules.exclusions[reason]


def weights_text(evaluation: Evaluation, score: str) -> Text:
    """Return how a score is made."""
    rule = evaluation.rules.scores[score]

    def told(language: Language) -> str:
        parts = [f"{_title(evaluation, name).get(language)} {weight:.0%}" for name, weight in rule.weights.items()]
        return Text("、", ", ").get(language).join(parts)

    return Text(
        f"{rule.title.zh} = 100 ×（{told('zh')}）；越低越好的比率取 1 减该比率",
        f"{rule.title.en} = 100 × ({told('en')}); of a rate where lower is better, one minus the rate",
    )


def _title(evaluation: Evaluation, figure: str) -> Text:
    rule: FigureRule = evaluation.rules.figures[figure]
    return rule.title
