"""Whether a table of states holds together. It is told before the first case rather than by a case that is stuck."""

from __future__ import annotations

from collections.abc import Iterator

from xiancheng.foundation.text import Text
from xiancheng.operations.states.requirements import PRE_FILING_CHECK, REQUIREMENTS
from xiancheng.operations.states.table import (
    BEFORE,
    EVERY,
    FINALS,
    FORGETTABLE,
    KINDS,
    OWNERS,
    SAME,
    ActionSpec,
    StateTable,
)

Node = tuple[str, str]
"""A state, and for a state aside the one that it was entered from."""


def check_table(table: StateTable) -> list[Text]:
    """Return what is wrong with a table: names that do not exist, then ways that must not be.

    The latter are only looked for once all names exist.
    """
    faults = [*_state_names(table), *_action_names(table), *_source_names(table)]
    return faults or [*_kinds(table), *_standard(table), *_privileges(table), *_ways(table)]


def ways(table: StateTable, *, filing: bool = True) -> dict[Node, set[Node]]:
    """Return where each state leads to, beginning from ("", ""); `filing=False` leaves filing out."""
    graph: dict[Node, set[Node]] = {}
    todo: list[Node] = [("", "")]
    while todo:
        node = todo.pop()
        if node in graph:
            continue
        graph[node] = {_target(table, a, node) for a in table.leaving[node[0]] if filing or not a.files}
        todo.extend(graph[node])
    return graph


def _target(table: StateTable, action: ActionSpec, node: Node) -> Node:
    state, before = node
    if action.to == SAME:
        return node
    if action.to == BEFORE:
        return before, ""
    return action.to, state if table.states[action.to].aside else ""


def _unknown(where: str, what: Text, names: object, known: object) -> Iterator[Text]:
    for name in sorted(set(names) - set(known)):  # type: ignore[call-overload]
        yield Text(f"{where} 的{what.zh}“{name}”不存在", f"{where}: no {what.en} {name!r}")


def _state_names(table: StateTable) -> Iterator[Text]:
    for state in table.states.values():
        where = f"states.{state.name}"
        if state.aside == bool(state.stage):
            yield Text(f"{where} 或者有 stage，或者是 aside", f"{where} either has a stage or is aside")
        yield from _unknown(where, Text("阶段", "stage"), [state.stage] if state.stage else [], table.stages)
        yield from _unknown(where, Text("结局", "final"), [state.final], FINALS)


def _source_names(table: StateTable) -> Iterator[Text]:
    for source in table.sources.values():
        yield from _unknown(f"sources.{source.name}", Text("要求", "requirement"), source.requires, REQUIREMENTS)


def _action_names(table: StateTable) -> Iterator[Text]:
    state, timer, mark = Text("状态", "state"), Text("计时", "timer"), Text("标记", "mark")
    action, requirement = Text("动作", "action"), Text("要求", "requirement")
    for a in table.actions.values():
        where = f"actions.{a.name}"
        for what, names, known in (
            (Text("类型", "kind"), [a.kind], KINDS),
            (Text("权限", "permission"), [a.permission], table.permissions),
            (state, a.from_states, table.states),
            (state, [a.to], [*table.states, SAME, BEFORE]),
            (requirement, a.requires, [*REQUIREMENTS, PRE_FILING_CHECK]),
            (requirement, a.takes, REQUIREMENTS),
            (Text("所有者", "owner"), [a.own], OWNERS),
            (action, (*a.other_than, *a.since), table.actions),
            (mark, a.needs | a.forbids | a.sets | a.clears, table.marks),
            (Text("可去掉的人或单位", "person or unit to forget"), a.forgets, FORGETTABLE),
            (timer, a.starts, table.timers),
            (timer, (*a.pauses, *a.resumes, *a.finishes), [*table.timers, EVERY]),
            (timer, [a.extends] if a.extends else [], table.timers),
            (Text("计数", "counter"), [a.counts] if a.counts else [], table.counters),
        ):
            yield from _unknown(where, what, names, known)
        if a.creates == bool(a.from_states):
            yield Text(f"{where} 或者 creates，或者有 from", f"{where} either creates a case or has from")
        if (a.within_days is None) != (not a.since):
            yield Text(f"{where} 的 within_days 和 since 须同时有", f"{where}: within_days and since go together")
        if a.sets & a.clears or a.needs & a.forbids:
            yield Text(f"{where} 的标记自相矛盾", f"{where}: its marks contradict each other")
        if a.creates and a.to in {SAME, BEFORE}:
            yield Text(f"{where} 须说明案件到哪个状态", f"{where} has to say which state the case gets")


def _kinds(table: StateTable) -> Iterator[Text]:
    for a in table.actions.values():
        where = f"actions.{a.name}"
        if a.kind in {"return", "rework"} and "reason" not in a.requires:
            yield Text(f"{where} 是回退或返工，须有理由", f"{where}: a return or rework needs a reason")
        if a.kind == "rework" and "unit" in {*a.forgets, *a.requires}:
            yield Text(f"{where} 是返工，不能换单位", f"{where}: a rework keeps the unit")
        if a.kind == "close" and not (a.to in table.states and table.states[a.to].final):
            yield Text(f"{where} 应到终结状态", f"{where} has to lead to a final state")
        if a.to == BEFORE and not all(table.states[s].aside for s in a.from_states):
            yield Text(f"{where}：只有挂起的状态能用 @before", f"{where}: only states aside lead to @before")
        if a.kind == "aside" and any(table.states[s].aside for s in a.from_states):
            yield Text(f"{where}：已挂起的不能再挂起", f"{where}: what is aside cannot be put aside again")
        if (a.to in table.states and table.states[a.to].aside) != (a.kind == "aside"):
            yield Text(f"{where} 的类型应与挂起状态一致", f"{where}: kind 'aside' and a state aside go together")
        if a.kind != "reopen" and a.to != SAME and any(table.states[s].final for s in a.from_states):
            yield Text(
                f"{where} 从终结状态出来，应是 reopen", f"{where} leaves a final state: it has to be of kind reopen"
            )
        yield from _direction(table, a)


def _direction(table: StateTable, action: ActionSpec) -> Iterator[Text]:
    """A return never moves forward, an ordinary step never back, and what is done beside the way stays in the stage."""
    if action.to in {SAME, BEFORE} or table.states[action.to].aside:
        return
    there = table.order[table.states[action.to].stage]
    for name in sorted(action.from_states):
        if table.states[name].aside:
            continue
        here = table.order[table.states[name].stage]
        wrong = {"return": there > here, "forward": there < here, "side": there != here}.get(action.kind, False)
        if wrong:
            yield Text(
                f"actions.{action.name}（{action.kind}）从 {name} 到 {action.to} 方向不对",
                f"actions.{action.name} ({action.kind}) goes the wrong way from {name} to {action.to}",
            )


def _standard(table: StateTable) -> Iterator[Text]:
    """Filing and closing are impossible without a row of the standard, and closing without filing."""
    if not any(a.files for a in table.actions.values()):
        yield Text("没有立案动作（files）", "no action files")
    for a in table.actions.values():
        closes = a.to in table.states and table.states[a.to].final == "closed"
        if (a.files or closes) and "standard" not in a.requires:
            yield Text(f"actions.{a.name} 须有立结案标准", f"actions.{a.name} has to require a standard")
    for state in table.states.values():
        if state.final == "closed" and not state.filed:
            yield Text(f"states.{state.name} 已结案，应是 filed", f"states.{state.name} is closed: it has to be filed")
    for name in sorted({state for state, _ in ways(table, filing=False)} - {""}):
        if table.states[name].filed:
            yield Text(f"不立案也能到 {name}", f"{name} can be reached without filing")


def _privileges(table: StateTable) -> Iterator[Text]:
    ordinary = {a.permission for a in table.actions.values() if not a.privileged}
    for a in table.actions.values():
        if a.privileged and a.permission in ordinary:
            yield Text(
                f"actions.{a.name} 是特权动作，权限 {a.permission} 不能与普通动作共用",
                f"actions.{a.name} is privileged: {a.permission} must not allow ordinary actions",
            )


def _ways(table: StateTable) -> Iterator[Text]:
    graph = ways(table)
    for name in table.states:
        if not any(name == state for state, _ in graph):
            yield Text(f"到不了状态 {name}", f"no way leads to {name}")
    ends = {node for node in graph if node[0] and table.states[node[0]].final}
    # Backwards from the ends: whatever is not met leads nowhere.
    while True:
        more = {node for node, targets in graph.items() if node not in ends and targets & ends}
        if not more:
            break
        ends |= more
    for state in sorted({state for state, _ in set(graph) - ends}):
        yield Text(f"从 {state or '上报'} 走不到终结", f"{state or 'the beginning'} is a dead end")
