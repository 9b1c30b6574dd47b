"""Fills the reference pages from the program itself, so that they never go stale.

A line ``<!-- generate: classes -->`` in a page is replaced by what the catalogue, a registry or the command line says.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable
from typing import Any

import click

from xiancheng.city.classes import CIM_CLASSES, Attribute, load_catalogue
from xiancheng.city.quality.registry import checks
from xiancheng.city.quality.report import SEVERITIES
from xiancheng.city.quality.rules import load_rules
from xiancheng.city.readers.registry import reader_names
from xiancheng.foundation.text import Language, Text, set_language
from xiancheng.operations.evaluation.rules import load_rules as load_figures
from xiancheng.operations.states.diagram import action_rows, mermaid, permission_rows, state_rows
from xiancheng.operations.states.loading import load_states
from xiancheng.programme.registry import measures

_MARK = re.compile(r"^<!-- generate: (\w+) -->$", re.MULTILINE)


def on_page_markdown(markdown: str, *, page: Any, **_: object) -> str:  # noqa: ANN401 - MkDocs' own type
    """Replace every mark of a page; MkDocs calls this."""
    language: Language = "en" if str(page.file.src_path).endswith(".en.md") else "zh"
    return fill(markdown, language)


def fill(markdown: str, language: Language) -> str:
    """Return a page with its marks replaced.

    Raises
    ------
    KeyError
        If a mark names nothing that can be generated.
    """
    return _MARK.sub(lambda match: GENERATORS[match[1]](language), markdown)


def _cell(text: object) -> str:
    return str(text).replace("|", "\\|").replace("\n", " ")


def _table(head: list[Text], rows: list[list[object]], language: Language) -> str:
    lines = ["| " + " | ".join(h.get(language) for h in head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(_cell(c) for c in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _classes(language: Language) -> str:
    catalogue = load_catalogue()
    out = []
    for cim_class, title in CIM_CLASSES.items():
        chosen = [c for c in catalogue if c.cim_class == cim_class]
        if not chosen:
            continue
        out.append(f"## {title.get(language)} {{ #{cim_class} }}\n")
        for c in chosen:
            kind = Text("几何", "geometry").get(language)
            out.append(f"### {c.name} · {c.title.get(language)} {{ #{c.name} }}\n\n{kind}: `{c.geometry}`\n")
            rows: list[list[object]] = [
                [f"`{a.name}`", a.title.get(language), _type(a, language), _bounds(a), "●" if a.required else ""]
                for a in c.attributes
            ]
            head = [
                Text("属性", "attribute"),
                Text("名称", "title"),
                Text("类型", "type"),
                Text("范围", "range"),
                Text("必填", "required"),
            ]
            out.append(_table(head, rows, language))
    return "\n".join(out)


def _type(attribute: Attribute, language: Language) -> str:
    del language
    if attribute.codes is not None:
        return f"{attribute.type} → [{attribute.codes}](#codes-{attribute.codes})"
    return attribute.type + (f" ({attribute.unit})" if attribute.unit not in {None, "1"} else "")


def _bounds(attribute: Attribute) -> str:
    if attribute.minimum is None and attribute.maximum is None:
        return ""
    low = "" if attribute.minimum is None else f"{attribute.minimum:g}"
    high = "" if attribute.maximum is None else f"{attribute.maximum:g}"
    return f"{low} – {high}"


def _codes(language: Language) -> str:
    out = []
    for name, entries in load_catalogue().codes.items():
        out.append(f"### {name} {{ #codes-{name} }}\n")
        rows: list[list[object]] = [[f"`{code}`", title.zh, title.en] for code, title in entries.items()]
        out.append(_table([Text("代码", "code"), Text("中文", "Chinese"), Text("英文", "English")], rows, language))
    return "\n".join(out)


def _measures(language: Language) -> str:
    out = []
    for spec in measures().values():
        unit = Text("单位", "unit").get(language)
        out.append(f"## {spec.name} · {spec.title.get(language)} {{ #{spec.name} }}\n")
        out.append(f"{spec.definition.get(language)}\n\n{unit}: `{spec.unit}`\n")
        rows: list[list[object]] = []
        for p in spec.parameters:
            entry = p.as_dict()
            default = "●" if entry["required"] else _default(entry["default"])
            rows.append([f"`{entry['name']}`", entry["type"], default])
        head = [Text("参数", "parameter"), Text("取值", "values"), Text("默认（● 必填）", "default (● required)")]
        out.append(_table(head, rows, language))
    return "\n".join(out)


def _default(value: object) -> str:
    if value in (None, "", [], ()):
        return ""
    if isinstance(value, list):
        return f"`{','.join(str(v) for v in value)}`"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def command_line() -> click.Group:
    """Return the root command with every command registered."""
    package = importlib.import_module("xiancheng.cli")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")
    root = importlib.import_module("xiancheng.cli.app").root
    if not isinstance(root, click.Group):
        raise TypeError(root)
    return root


def _cli(language: Language) -> str:
    set_language(language)
    root = command_line()
    out = [f"## {Text('总选项', 'Global options').get(language)} {{ #global }}\n", _parameters(root, language)]
    for name, command in root.commands.items():
        text: Text = getattr(command, "text", Text(command.help or "", command.help or ""))
        usage = " ".join(["xiancheng", "[-C DIR]", name, *_usage(command)])
        out.append(f"## {name} {{ #{name} }}\n\n{text.get(language)}\n\n```text\n{usage}\n```\n")
        if any(isinstance(p, click.Option) for p in command.params):
            out.append(_parameters(command, language))
        examples = getattr(command, "examples", ())
        if examples:
            out.append("```bash\n" + "\n".join(examples) + "\n```\n")
    set_language(None)
    return "\n".join(out)


def _usage(command: click.Command) -> list[str]:
    parts = []
    if any(isinstance(p, click.Option) for p in command.params):
        parts.append("[OPTIONS]")
    for p in command.params:
        if isinstance(p, click.Argument):
            label = (p.metavar or p.name or "").upper().strip("[]…")
            several = "…" if p.nargs == -1 else ""
            parts.append(f"{label}{several}" if p.required else f"[{label}]{several}")
    return parts


def _parameters(command: click.Command, language: Language) -> str:
    rows: list[list[object]] = []
    for p in command.params:
        if not isinstance(p, click.Option):
            continue
        names = ", ".join(f"`{name}`" for name in [*p.opts, *p.secondary_opts])
        metavar = "" if p.is_flag else f" `{p.metavar or p.type.name.upper()}`"
        text = getattr(p, "text", None)
        shown = p.default if p.show_default and not callable(p.default) else ""
        if isinstance(shown, tuple):
            shown = ", ".join(str(v) for v in shown)
        rows.append([names + metavar, text.get(language) if text is not None else p.help or "", _default(shown)])
    head = [Text("选项", "option"), Text("说明", "meaning"), Text("默认", "default")]
    return _table(head, rows, language)


def _checks(language: Language) -> str:
    rows: list[list[object]] = [
        [f"`{spec.name}`", spec.title.get(language), SEVERITIES[spec.severity].get(language)]
        for spec in checks().values()
    ]
    return _table([Text("检查项", "check"), Text("名称", "title"), Text("程度", "severity")], rows, language)


def _rules(language: Language) -> str:
    rows: list[list[object]] = [
        [
            f"`{rule.feature_class}`",
            f"`{rule.must.text}`" + (f" ({rule.when.text})" if rule.when is not None else ""),
            rule.message.get(language),
        ]
        for found in load_rules(load_catalogue()).rules.values()
        for rule in found
    ]
    head = [Text("类", "class"), Text("必须（当）", "must (when)"), Text("否则", "else")]
    return _table(head, rows, language)


def _readers(language: Language) -> str:
    rows: list[list[object]] = [
        [f"`{name}`", " ".join(f"`{s}`" for s in suffixes)] for name, suffixes in reader_names().items()
    ]
    return _table([Text("格式", "format"), Text("文件名结尾", "endings")], rows, language)


def _writers(language: Language) -> str:
    registry = importlib.import_module("xiancheng.city.writers")
    rows: list[list[object]] = [
        [f"`{name}`", " ".join(f"`{s}`" for s in suffixes)] for name, suffixes in registry.writer_names().items()
    ]
    return _table([Text("格式", "format"), Text("文件名结尾", "endings")], rows, language)


def _states(language: Language) -> str:
    head, rows = state_rows(load_states(), language)
    return _table(head, [list(row) for row in rows], language)


def _actions(language: Language) -> str:
    head, rows = action_rows(load_states(), language)
    return _table(head, [list(row) for row in rows], language)


def _permissions(language: Language) -> str:
    head, rows = permission_rows(load_states(), language)
    return _table(head, [list(row) for row in rows], language)


def _diagram(language: Language) -> str:
    return f"```text\n{mermaid(load_states(), language)}```\n"


def _figures(language: Language) -> str:
    rules = load_figures()
    rows: list[list[object]] = [
        [
            f"`{f.name}`",
            f.title.get(language),
            f"`{f.table}`",
            f"`{f.hit or f.value}` / `{f.base}`" if f.kind != "count" else f"`{f.base}`",
            Text("、", ", ").get(language).join(rules.exclusions[r].get(language) for r in f.reasons),
            " ".join(f"`{level}`" for level in f.levels),
        ]
        for f in rules.figures.values()
    ]
    head = [
        Text("指标", "figure"),
        Text("名称", "title"),
        Text("数据表", "table"),
        Text("分子 / 分母", "numerator / denominator"),
        Text("排除", "left out"),
        Text("层级", "levels"),
    ]
    return _table(head, rows, language)


GENERATORS: dict[str, Callable[[Language], str]] = {
    "classes": _classes,
    "codes": _codes,
    "measures": _measures,
    "cli": _cli,
    "checks": _checks,
    "rules": _rules,
    "readers": _readers,
    "writers": _writers,
    "states": _states,
    "actions": _actions,
    "permissions": _permissions,
    "diagram": _diagram,
    "figures": _figures,
}
