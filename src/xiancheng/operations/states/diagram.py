"""The table of states as pictures and tables for the documentation."""

from __future__ import annotations

from collections.abc import Callable

from xiancheng.foundation.text import Language, Text
from xiancheng.operations.states.requirements import PRE_FILING_CHECK, REQUIREMENTS
from xiancheng.operations.states.table import BEFORE, EVERY, SAME, ActionSpec, StateTable

_ALL = Text("全部", "all")
_CHECKED = Text("该来源须先{word}", "the {word}, if the source asks for it")
_OWN = {
    "unit": Text("限本案单位", "the case's unit only"),
    "worker": Text("限本案处置人员", "the case's worker only"),
    "checker": Text("限受派监督员", "the inspector asked only"),
    "reporter": Text("限上报人", "the reporter only"),
    "operator": Text("限本案受理员", "the case's operator only"),
}


def mermaid(table: StateTable, language: Language) -> str:
    """Return the states and what leads from one to another as a Mermaid diagram; what changes no state is left out."""
    lines = ["stateDiagram-v2"]
    lines += [f'    state "{state.title.get(language)}" as {state.name}' for state in table.states.values()]
    arrows: dict[tuple[str, str], list[str]] = {}
    for action in table.actions.values():
        if action.to == SAME:
            continue
        for name in ["[*]"] if action.creates else [s for s in table.states if s in action.from_states]:
            targets = _before(table, name) if action.to == BEFORE else [action.to]
            for target in targets:
                arrows.setdefault((name, target), []).append(action.title.get(language))
    separator = Text("、", ", ").get(language)
    lines += [f"    {a} --> {b} : {separator.join(titles)}" for (a, b), titles in arrows.items()]
    lines += [f"    {state.name} --> [*]" for state in table.states.values() if state.final]
    return "\n".join(lines) + "\n"


def state_rows(table: StateTable, language: Language) -> tuple[list[Text], list[list[str]]]:
    """Return headings and rows of a table of the states."""
    head = [Text("状态", "state"), Text("名称", "title"), Text("阶段", "stage"), Text("在谁手里", "in whose queue")]
    rows = [
        [
            f"`{state.name}`",
            state.title.get(language),
            table.stages[state.stage].title.get(language) if state.stage else "",
            f"`{state.holder}`" if state.holder else "",
        ]
        for state in table.states.values()
    ]
    return head, rows


def action_rows(table: StateTable, language: Language) -> tuple[list[Text], list[list[str]]]:
    """Return headings and rows of a table of the actions."""
    head = [
        Text("动作", "action"),
        Text("名称", "title"),
        Text("从", "from"),
        Text("到", "to"),
        Text("权限", "permission"),
        Text("必须", "requires"),
        Text("计时", "timers"),
    ]
    rows = [
        [
            f"`{action.name}`",
            action.title.get(language),
            " ".join(f"`{s}`" for s in table.states if s in action.from_states),
            {SAME: "=", BEFORE: "↩"}.get(action.to, f"`{action.to}`"),
            f"`{action.permission}`",
            _separated(_requirements(table, action), language),
            _separated(_timers(table, action), language),
        ]
        for action in table.actions.values()
    ]
    return head, rows


def permission_rows(table: StateTable, language: Language) -> tuple[list[Text], list[list[str]]]:
    """Return headings and rows of a table of the permissions and the roles that have them."""
    head = [Text("权限", "permission"), Text("名称", "title"), Text("角色", "roles")]
    rows = [
        [f"`{p.name}`", p.title.get(language), " ".join(f"`{role}`" for role in p.roles)]
        for p in table.permissions.values()
    ]
    return head, rows


def _before(table: StateTable, aside: str) -> list[str]:
    entering = {s for a in table.actions.values() if a.to == aside for s in a.from_states}
    return [s for s in table.states if s in entering]


def _separated(parts: list[Text], language: Language) -> str:
    return Text("；", "; ").get(language).join(part.get(language) for part in parts)


def _requirements(table: StateTable, action: ActionSpec) -> list[Text]:
    word = table.words.get(PRE_FILING_CHECK, Text("核实", "pre-filing check"))
    parts = [
        _CHECKED.format(word=word) if name == PRE_FILING_CHECK else REQUIREMENTS[name].title for name in action.requires
    ]
    if action.own:
        parts.append(_OWN[action.own])
    if action.other_than:
        titles = [table.actions[name].title for name in action.other_than]
        parts.append(
            Text(
                "与" + "、".join(t.zh for t in titles) + "不是同一人",
                "not the one who did: " + ", ".join(t.en for t in titles),
            )
        )
    if action.within_days is not None:
        parts.append(Text(f"{action.within_days}日内", f"within {action.within_days} days"))
    return parts


def _timers(table: StateTable, action: ActionSpec) -> list[Text]:
    def told(label: Text, names: tuple[str, ...]) -> list[Text]:
        titles = [_ALL if name == EVERY else table.timers[name].title for name in names]
        if not titles:
            return []
        zh, en = "、".join(t.zh for t in titles), ", ".join(t.en for t in titles)
        return [Text(f"{label.zh}{zh}", f"{label.en} {en}")]

    verbs: list[tuple[Text, Callable[[ActionSpec], tuple[str, ...]]]] = [
        (Text("暂停", "pauses"), lambda a: a.pauses),
        (Text("结束", "finishes"), lambda a: a.finishes),
        (Text("恢复", "resumes"), lambda a: a.resumes),
        (Text("开始", "starts"), lambda a: a.starts),
    ]
    return [text for label, names in verbs for text in told(label, names(action))]
