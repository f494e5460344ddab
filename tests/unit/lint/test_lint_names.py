"""Files and folders may have any name: each output stays what it is, and obeys no name."""

import json
import os
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML

from stackproof.cli import main
from stackproof.engine import looks, plugin
from stackproof.engine.project import ComposeSettings
from stackproof.engine.resolved import Resolved
from stackproof.errors import CommandError, EngineGoneError

BAD = "services:\n  web:\n    image: nginx:1.25.3\n    privileged: true\n    ports: [8080:80]\n"
LINES = ("a\nb", "a\n::error::b", "a\n  fix: b", "a\r::error::b", "a\x85b", "a\u2028b", "a\tb", " a ")
ORDERS = ("a\x1b[31mb", "a\x1b]0;x\x07b", "::error::b", "a%0A::error::b", "##[error]b", "##vso[task]b")
UNSEEN = ("a\u202egpj.b", "a\u200bb", os.fsdecode(b"a\xffb"), os.fsdecode(b"a\xfeb"), "\ufeffa")
WORDS = (
    "a'b",
    'a"b',
    "a:b",
    "a,b=c",
    "-rf",
    "--fix",
    "${HOME}b",
    "<b>&]]>",
    "a|`b`",
    "a\\nb",
    "a?b#c",
    "*[b]",
    "~",
)
NAMES = (*LINES, *ORDERS, *UNSEEN, *WORDS, "n" * 251)
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u2028\u202e\ufeff\ud800-\udfff]")
_ORDER = re.compile(r"^\s*::|##(\[|vso\[|teamcity\[)", re.MULTILINE)


@pytest.fixture(autouse=True)
def _compose(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def resolve(files: tuple[Path, ...], _set: ComposeSettings, _s: float, **_more: bool) -> Resolved:
        if (text := files[0].read_text()) == "services: [":
            msg = f"`docker compose config` failed with exit code 15:\nyaml: {files[0]}: no"
            raise CommandError(msg)
        return Resolved(model=YAML(typ="safe").load(text))

    def image(_reference: str) -> None:
        msg = "the engine does not answer"
        raise EngineGoneError(msg)

    monkeypatch.setattr(plugin, "program", lambda: "docker-compose")
    monkeypatch.setattr(plugin, "version", lambda: "2.40.3")
    monkeypatch.setattr(plugin, "resolve", resolve)
    monkeypatch.setattr(looks, "image", image)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.chdir(tmp_path)


def said(*words: str, code: int) -> str:
    """Return what a call says, which is text that nothing obeys."""
    done = CliRunner().invoke(main, words)
    text = done.output_bytes.decode()
    assert done.exit_code == code, text
    assert not _UNSEEN.findall(text)
    assert not _ORDER.findall(text)
    return text


def made(where: str) -> list[str]:
    """Write a stack under each name; return what to type for all of them."""
    for name in NAMES:
        if where == "file":
            Path(f"{name}.yml").write_text(BAD)
        elif where != "gone":
            Path(name).mkdir()
            Path(name, "compose.yml").write_text("services: [" if where == "broken" else BAD)
        if where == "override":
            Path(name, "compose.override.yml").mkdir()
    return ["."] if where in ("found", "override") else [f"./{n}{'.yml' * (where == 'file')}" for n in NAMES]


@pytest.mark.parametrize("where", ["found", "folder", "file"])
def test_names_of_what_is_judged(where: str) -> None:
    """All are judged, each by a name of its own, in every format; what is known is known again."""
    paths = made(where)
    text = said("lint", *paths, "--report-dir", "out", "-v", code=1)
    stacks = len(NAMES)

    assert f"{stacks} stacks: " in text
    results = json.loads(Path("out/results.json").read_text())
    assert len({one["name"] for one in results["stacks"]}) == stacks
    sarif = json.loads(Path("out/results.sarif").read_text())
    shown = {place["artifactLocation"]["uri"] for place in _places(sarif)}
    assert all(uri.isascii() and uri.isprintable() and " " not in uri for uri in shown)
    assert len(list(ET.parse("out/junit.xml").getroot())) == stacks  # noqa: S314 - our own
    for file in ("index.html", "junit.xml", "summary.md"):
        assert not _UNSEEN.findall(Path("out", file).read_text())
    assert len(re.findall(r"^\|", Path("out/summary.md").read_text(), re.MULTILINE)) > stacks
    orders = CliRunner().invoke(main, ["github", "out"]).stdout.splitlines()
    assert all(re.match("::(error|warning|notice) ", line) for line in orders)
    assert len(orders) <= 30
    said("baseline", "out/results.json", "-o", "old.json", code=0)
    told = said("lint", *paths, "--baseline", "old.json", "--fail-on-new", code=0)
    fails = re.search(r"(\d+) fail", told)
    assert fails
    assert f"{fails[1]} known from old.json" in told


def _places(sarif: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - JSON
    return [
        place["physicalLocation"]
        for run in sarif["runs"]
        for result in run["results"]
        for place in result["locations"]
    ]


def test_names_of_what_is_fixed() -> None:
    """The diff has one header for each file; all are written."""
    made("found")
    choice = ("--profile", "hygiene", "--select", "*")
    diff = said("lint", ".", "--fix", *choice, code=1)

    assert len(re.findall(r"^--- \"?a/.*\n\+\+\+ \"?b/", diff, re.MULTILINE)) == len(NAMES)
    said("lint", ".", "--fix", "--write", *choice, code=1)
    assert all(Path(name, "compose.yml").read_text() != BAD for name in NAMES)
    assert said("lint", ".", "--fix", *choice, code=0)


@pytest.mark.parametrize("where", ["gone", "broken", "override"])
def test_names_of_what_cannot_be_judged(where: str) -> None:
    """Each has one message, and the fix below it is ours."""
    text = said("lint", *made(where), code=2)
    fixes = re.findall("^  fix: .*", text, re.MULTILINE)

    assert len(re.findall("^error: ", text, re.MULTILINE)) == len(NAMES)
    assert set(re.findall("^  fix: (?!b$)", text, re.MULTILINE)) == {"  fix: "}
    assert "  fix: b" not in fixes
    said("lint", "n" * 300, code=2)
    said("check", "n" * 300, code=2)
