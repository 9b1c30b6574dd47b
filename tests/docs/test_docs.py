"""The documentation is tested: its commands run, its TOML loads, both languages say the same, nothing is left out."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path

import pytest

from xiancheng.city.classes import load_catalogue
from xiancheng.city.quality.registry import checks
from xiancheng.city.quality.rules import load_rules
from xiancheng.cli.app import Context
from xiancheng.cli.import_command import import_options
from xiancheng.operations.clock import load_clocks
from xiancheng.operations.evaluation.rules import load_rules as load_figures
from xiancheng.operations.routing import load_settings as load_routing
from xiancheng.operations.routing import read_rules
from xiancheng.operations.states.loading import load_states
from xiancheng.programme.loader import load_programme
from xiancheng.programme.registry import measures
from xiancheng.site.configuration import Oidc, SiteConfiguration, load_configuration
from xiancheng.site.databases import civic_database

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(p for p in DOCS.rglob("*.md") if not p.name.endswith(".en.md"))
ONE_LANGUAGE = {"reference/schema.md"}
"""Pages for programmers, in English only."""

_BLOCK = re.compile(
    r"(?:^<!-- (?P<mark>run|load: [^>]+?) -->\n)?^```(?P<kind>\w+)[^\n]*\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
_HEADING = re.compile(r"^(#{1,6}) ", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    kind: str
    mark: str
    text: str


def blocks(path):
    return [Block(m["kind"], m["mark"] or "", m["text"]) for m in _BLOCK.finditer(path.read_text(encoding="utf-8"))]


def english(path):
    return path.with_name(path.name.removesuffix(".md") + ".en.md")


def name(path):
    return path.relative_to(DOCS).as_posix()


def prose(path):
    return _BLOCK.sub("", path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def hooks():
    spec = importlib.util.spec_from_file_location("docs_hooks", ROOT / "scripts" / "docs_hooks.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """The sample county at its smallest, in a folder of its own."""
    folder = tmp_path_factory.mktemp("sample")
    run(["xiancheng", "-q", "sample", "tumed", "--people", "2000"], folder)
    return folder / "tumed"


def run(command, folder):
    """Run a command as a reader of the documentation would, with this project's command line first in the path."""
    binaries = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}", "XIANCHENG_LANG": "zh"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


# Both languages


@pytest.mark.parametrize("page", [p for p in PAGES if name(p) not in ONE_LANGUAGE], ids=name)
def test_both_languages_have_the_same_structure(page):
    other = english(page)
    assert other.exists(), f"{other.name} is missing"
    assert _HEADING.findall(prose(page)) == _HEADING.findall(prose(other))
    comment = re.compile(r"\s*#.*$", re.MULTILINE)
    here = [(b.kind, b.mark, comment.sub("", b.text)) for b in blocks(page) if b.kind != "text"]
    there = [(b.kind, b.mark, comment.sub("", b.text)) for b in blocks(other) if b.kind != "text"]
    assert here == there
    marks = re.compile(r"<!-- generate: \w+ -->")
    assert marks.findall(page.read_text(encoding="utf-8")) == marks.findall(other.read_text(encoding="utf-8"))
    rows = re.compile(r"^\|", re.MULTILINE)
    assert len(rows.findall(prose(page))) == len(rows.findall(prose(other)))


def test_english_pages_have_a_chinese_one():
    for path in DOCS.rglob("*.en.md"):
        assert path.with_name(path.name.removesuffix(".en.md") + ".md").exists()


def test_readmes_say_the_same():
    zh, en = ROOT / "README.zh-CN.md", ROOT / "README.md"
    assert _HEADING.findall(prose(zh)) == _HEADING.findall(prose(en))
    comment = re.compile(r"\s*#.*$", re.MULTILINE)
    assert [comment.sub("", b.text) for b in blocks(zh)] == [comment.sub("", b.text) for b in blocks(en)]


def test_links_lead_somewhere():
    for path in [*DOCS.rglob("*.md"), ROOT / "README.md", ROOT / "README.zh-CN.md", ROOT / "CONTRIBUTING.md"]:
        for target in re.findall(r"(?<!!)\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)", prose(path)):
            if "://" not in target:
                assert (path.parent / target).exists(), f"{path.name}: {target}"


# Nothing is left out


@pytest.mark.parametrize("language", ["zh", "en"])
def test_everything_is_documented(hooks, language):
    def page(title):
        path = DOCS / "reference" / f"{title}.md"
        return hooks.fill((path if language == "zh" else english(path)).read_text(encoding="utf-8"), language)

    classes, cli, quality = page("classes"), page("cli"), page("quality")
    catalogue = load_catalogue()
    for feature_class in catalogue:
        assert f"{{ #{feature_class.name} }}" in classes
        for attribute in feature_class.attributes:
            assert f"`{attribute.name}`" in classes
    for code_list in catalogue.codes:
        assert f"{{ #codes-{code_list} }}" in classes
    described = page("measures")
    for measure in measures():
        assert f"## {measure} " in described
    for check in checks():
        assert f"`{check}`" in quality
    states, evaluation = page("states"), page("evaluation")
    table = load_states()
    for entry in (*table.states, *table.actions, *table.permissions):
        assert f"| `{entry}` |" in states
    for figure in load_figures().figures:
        assert f"| `{figure}` |" in evaluation
    for command, known in hooks.command_line().commands.items():
        assert f"## {command} " in cli
        for parameter in known.params:
            if parameter.param_type_name == "option":
                assert f"`{parameter.opts[0]}`" in cli
    site = (DOCS / ("site.md" if language == "zh" else "site.en.md")).read_text(encoding="utf-8")
    for key in (*fields(SiteConfiguration), *fields(Oidc)):
        assert f"`{key.name}`" in site or f"`[site.{key.name}]`" in site, key.name
    assert "<!-- generate" not in classes + cli + quality + described + page("formats") + states + evaluation


def test_an_unknown_mark_is_an_error(hooks):
    with pytest.raises(KeyError):
        hooks.fill("<!-- generate: nothing -->", "zh")


def test_every_page_is_in_the_navigation():
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    for page in PAGES:
        assert f" {name(page)}" in text, name(page)


# TOML is read by what reads it in earnest

TOML = [
    (p, b) for p in [*PAGES, *(english(p) for p in PAGES if english(p).exists())] for b in blocks(p) if b.kind == "toml"
]


@pytest.mark.parametrize(("page", "block"), TOML, ids=[f"{name(p)}-{b.mark}" for p, b in TOML])
def test_toml_is_loaded_by_the_real_loaders(page, block, tmp_path, hooks):
    tomllib.loads(block.text)
    kind, *rest = block.mark.removeprefix("load: ").split()
    folder = tmp_path / "catalogues"
    (folder / "classes").mkdir(parents=True)
    if kind == "programme":
        (tmp_path / rest[0]).write_text(block.text, encoding="utf-8")
        assert load_programme(tmp_path / rest[0]).clauses
    elif kind in {"classes", "codes"}:
        # Classes and the codes they speak of stand on one page.
        for other in blocks(page):
            if other.mark == "load: classes":
                (folder / "classes" / "own.toml").write_text(other.text, encoding="utf-8")
            elif other.mark == "load: codes":
                (folder / "codes.toml").write_text(other.text, encoding="utf-8")
        assert "parking" in load_catalogue(tmp_path).classes
    elif kind == "consistency":
        (folder / "consistency.toml").write_text(block.text, encoding="utf-8")
        ids = {r.id for rules in load_rules(load_catalogue(), tmp_path).rules.values() for r in rules}
        assert all(rule["id"] in ids for rule in tomllib.loads(block.text)["rule"])
    elif kind == "site":
        (tmp_path / "county.toml").write_text(block.text, encoding="utf-8")
        assert civic_database(tmp_path, load_configuration(tmp_path, {}).database)["NAME"] == "tumed"
    elif kind == "routing":
        (tmp_path / rest[0]).write_text(block.text, encoding="utf-8")
        assert read_rules(tmp_path / rest[0], load_routing()).rules
    elif kind == "clock":
        (tmp_path / "clock.toml").write_text(block.text, encoding="utf-8")
        assert load_clocks(tmp_path).named().profile.name == tomllib.loads(block.text)["default"]
    elif kind in {"states", "evaluation"}:
        (folder / "operations").mkdir()
        (folder / "operations" / f"{kind}.toml").write_text(block.text, encoding="utf-8")
        if kind == "states":
            assert load_states(tmp_path).actions["appeal"].within_days == 3
        else:
            assert load_figures(tmp_path).scores["hotline"].weights["response_rate"] == 0.4
    elif kind == "mapping":
        path = tmp_path / "mapping.toml"
        path.write_text(block.text, encoding="utf-8")
        command = hooks.command_line().commands["import"]
        given = command.make_context("import", ["beds.xlsx", "--mapping", str(path)]).params
        options = import_options(Context(tmp_path), {k: v for k, v in given.items() if k != "path"})
        assert options.feature_class == tomllib.loads(block.text)["class"]
        assert options.mapping
    else:
        pytest.fail(f"{name(page)}: a TOML block that no loader is named for")


# Commands run


@pytest.mark.slow
@pytest.mark.parametrize("page", [p for p in PAGES if any(b.mark == "run" for b in blocks(p))], ids=name)
def test_commands_run(page, sample, tmp_path):
    """Run the marked blocks of a page in order, beside the sample county."""
    shutil.copytree(sample, tmp_path / "tumed")
    for block in blocks(page):
        words = block.mark.removeprefix("load: ").split()
        if block.mark.startswith("load:") and len(words) == 2:
            for folder in (tmp_path, tmp_path / "tumed"):
                (folder / words[1]).write_text(block.text, encoding="utf-8")
        if block.mark != "run":
            continue
        if block.kind == "bash":
            run(["bash", "-euo", "pipefail", "-c", block.text], tmp_path)
        else:
            assert block.kind == "python", block.kind
            run([sys.executable, "-c", block.text], tmp_path)


def test_commands_that_are_not_run_are_at_least_spelt_right(hooks):
    """Examples with files that only readers have: their command and options exist."""
    root = hooks.command_line()
    names = {o for p in root.params for o in p.opts}
    sources = [*DOCS.rglob("*.md"), ROOT / "README.md", ROOT / "README.zh-CN.md"]
    examples = [line for p in sources for b in blocks(p) if b.kind == "bash" for line in b.text.splitlines()]
    examples += [line for command in root.commands.values() for line in command.examples]
    seen = 0
    for line in examples:
        words = shlex.split(line, comments=True)
        if not words or words[0] != "xiancheng":
            continue
        words = words[1 : next((i for i, w in enumerate(words) if w in {"|", ">"}), len(words))]
        command, known, commands = None, names, root.commands
        for word in words:
            if word in commands:
                command = commands[word]
                known = known | {o for p in command.params for o in (*p.opts, *p.secondary_opts)}
                commands = getattr(command, "commands", {})
        used = {w.partition("=")[0] for w in words if w.startswith("--")}
        assert used <= known | {"--help"}, line
        assert command or used & {"--help", "--version"}, line
        seen += 1
    assert seen > 40
