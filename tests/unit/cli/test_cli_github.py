"""The action: its inputs become words of `check`, and its outputs are what was found."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML
from tests.unit.report.runner import obeyed
from tests.unit.report.samples import mixed, narrowed, proven
from tests.unit.repositories import git

import stackproof
from stackproof.cli import main
from stackproof.report import annotations, files

ROOT = Path(__file__).parents[3]
ACTION: dict[str, Any] = YAML(typ="safe").load(ROOT / "action.yml")
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"]}


def read_outputs(path: Path) -> dict[str, str]:
    """Read an output file as the runner does (actions/runner, FileCommandManager.cs)."""
    found, lines = {}, iter(path.read_text().split("\n"))
    for line in lines:
        if "<<" in line:
            name, _, end = line.partition("<<")
            value = []
            while (one := next(lines)) != end:
                value.append(one)
            found[name] = "\n".join(value)
        elif line:
            name, _, value_ = line.partition("=")
            found[name] = value_
    return found


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A job: its folder, its files, and a stackproof that says how it was called."""
    monkeypatch.chdir(tmp_path)
    program = tmp_path / "temp/stackproof/bin/stackproof"
    program.parent.mkdir(parents=True)
    real = Path(sys.executable).with_name("stackproof")
    program.write_text(
        f'#!/bin/sh\n[ "$1" = check ] || exec {real} "$@"\nprintf "%s\\n" "$@" >{tmp_path}/called\n'
        f'printf "%s" "$STACKPROOF_DOCUMENTATION" >{tmp_path}/documentation\nexit 4\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("RUNNER_TEMP", str(tmp_path / "temp"))
    monkeypatch.setenv("GITHUB_ACTION_PATH", str(ROOT))
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    return tmp_path


def step(name: str, **inputs: str) -> subprocess.CompletedProcess[str]:
    """Run a step of the action as the runner does, with its defaults and these inputs."""
    given = {key: str(one.get("default", "")) for key, one in ACTION["inputs"].items()} | {
        key.replace("_", "-"): value for key, value in inputs.items()
    }
    variables = {
        key: given[value.removeprefix("${{ inputs.").removesuffix(" }}")]
        for key, value in STEPS[name].get("env", {}).items()
        if value.startswith("${{ inputs.")
    } | {key: "" for key, value in STEPS[name].get("env", {}).items() if value.startswith("${{ github.")}
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", STEPS[name]["run"]],
        env={**os.environ, **variables, **{k: v for k, v in inputs.items() if k.isupper()}},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def test_inputs_reach_a_shell_through_its_environment_only() -> None:
    """An expression in a script would be code of whoever opens a pull request."""
    scripts = [one["run"] for one in STEPS.values() if "run" in one]

    assert scripts
    assert not [script for script in scripts if "${{" in script]
    used = {word for one in STEPS.values() for word in map(str, one.get("env", {}).values())}
    assert all(word.startswith(("${{ inputs.", "${{ steps.", "${{ github.action_")) for word in used)


def test_every_input_is_used() -> None:
    """And has a description and a default."""
    text = json.dumps(ACTION["runs"])

    assert [name for name in ACTION["inputs"] if f"inputs.{name}" not in text] == []
    assert [name for name, one in ACTION["inputs"].items() if {"description", "default"} - one.keys()] == []


def test_version_is_that_of_the_package() -> None:
    """A release of the action installs what was released with it."""
    assert (ROOT / "action/version").read_text().strip() == stackproof.__version__


def test_prove(runner: Path) -> None:
    """Lines become words, blanks in them stay; the exit code is an output and fails nothing yet."""
    done = step(
        "Prove",
        paths="my shop\nother/compose.yml\n",
        profile="cis",
        compose_profile="dev\ntools",
        fail_on="low",
        select="a*,b",
        workers="2",
        baseline="known bad.json",
        allow_host_access="true",
        contract="my contract.yml",
        ignore="c",
        options="--env-file\nmy ci.env\n",
        report_dir="my reports",
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert (runner / "called").read_text().splitlines() == [
        *("check", "--report-dir", "my reports", "my shop", "other/compose.yml"),
        *("--compose-profile", "dev", "--compose-profile", "tools"),
        *("--contract", "my contract.yml", "--profile", "cis"),
        *("--fail-on", "low", "--select", "a*,b", "--ignore", "c"),
        *("--workers", "2", "--baseline", "known bad.json", "--fail-on-new", "--allow-host-access"),
        *("--env-file", "my ci.env"),
    ]
    assert read_outputs(runner / "output") == {"code": "4"}


def test_static(runner: Path) -> None:
    """Then nothing runs."""
    step("Prove", paths=".", static="true", report_dir="reports")

    assert (runner / "called").read_text().splitlines() == [
        "check",
        "--report-dir",
        "reports",
        ".",
        "--static",
    ]


@pytest.mark.parametrize("word", ["True", "TRUE"])
def test_words_for_yes(runner: Path, word: str) -> None:
    """In any case of letters."""
    step("Prove", paths=".", static=word, allow_host_access=word, report_dir="reports")

    words = (runner / "called").read_text().splitlines()
    assert words[-2:] == ["--static", "--allow-host-access"]


@pytest.mark.parametrize("name", ["static", "allow_host_access"])
@pytest.mark.parametrize("word", ["yes", "1", "on", "ture", " true"])
def test_words_that_are_neither_yes_nor_no(runner: Path, name: str, word: str) -> None:
    """Nothing runs: `static: yes` must not bring up what was to be read alone."""
    done = step("Prove", paths=".", report_dir="reports", **{name: word})

    assert not (runner / "called").exists()
    assert done.stdout == f"::error title=stackproof::{name.replace('_', '-')} takes true or false\n"
    assert read_outputs(runner / "output") == {"code": "2"}


def test_documentation_of_an_action_from_elsewhere(runner: Path) -> None:
    """Reports link to its own repository, as it was; what the job says itself goes first."""
    server = {"GITHUB_SERVER_URL": "https://git.example", "ACTION_REPOSITORY": "acme/stackproof"}
    step("Prove", **server, ACTION_REF="v0.1.0")
    said = (runner / "documentation").read_text()
    step("Prove", **server, ACTION_REF="v0.1.0", STACKPROOF_DOCUMENTATION="https://docs.example")

    assert said == "https://git.example/acme/stackproof/blob/v0.1.0/docs/controls.md#{control}"
    assert (runner / "documentation").read_text() == "https://docs.example"


@pytest.mark.parametrize(
    ("origin", "links"),
    [
        ("https://git.example/acme/tools", True),
        ("https://git.example/acme/tools.git", True),
        ("git@git.example:acme/tools.git", False),
        ("https://other.example/acme/tools", False),
        (None, False),
    ],
)
def test_documentation_of_an_action_in_a_checkout(
    runner: Path, monkeypatch: pytest.MonkeyPatch, origin: str | None, *, links: bool
) -> None:
    """`uses: ./ci/stackproof` has no repository of its own by name: the checkout around it has one."""
    action = runner / "checkout/ci/stackproof"
    shutil.copytree(ROOT / "action", action / "action")
    git(runner / "checkout", "init", "-q")
    if origin:
        git(runner / "checkout", "remote", "add", "origin", origin)
    git(runner / "checkout", "commit", "-q", "--allow-empty", "-m", "one")
    commit = git(runner / "checkout", "rev-parse", "HEAD").strip()
    monkeypatch.setenv("GITHUB_ACTION_PATH", str(action))
    done = step("Prove", GITHUB_SERVER_URL="https://git.example")

    page = f"https://git.example/acme/tools/blob/{commit}/ci/stackproof/docs/controls.md#{{control}}"
    assert (done.returncode, (runner / "documentation").read_text()) == (0, page if links else "")


@pytest.mark.parametrize(
    "word", ["$(touch pwned)", "`touch pwned`", "; touch pwned", '" touch pwned "', "${PATH}"]
)
def test_inputs_are_no_code(runner: Path, word: str) -> None:
    """Whatever they say."""
    step("Prove", paths=word, select=word)

    assert (runner / "called").read_text().splitlines().count(word) == 2
    assert not (runner / "pwned").exists()


def test_publish(runner: Path) -> None:
    """The summary, the outputs and the annotations of what was found."""
    files.write(mixed(), runner / "reports")
    done = step("Summary, outputs and annotations")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == annotations.commands(files.read(runner / "reports/results.json"))
    assert obeyed(done.stdout) == done.stdout.splitlines()
    assert (runner / "summary").read_text() == (runner / "reports/summary.md").read_text()
    found = read_outputs(runner / "output")
    assert found["verdict"] == "NOT PROVEN"
    assert json.loads(found["counts"])["fail"] == 4
    assert found["failed"] == "5"
    assert Path(found["report"]).exists()


def test_publish_without_a_run(runner: Path) -> None:
    """It ended before it began: there is nothing to publish, and no word of it."""
    done = step("Summary, outputs and annotations")

    assert (done.returncode, done.stdout, (runner / "output").exists()) == (0, "", False)


@pytest.mark.parametrize("code", ["0", "1", "4"])
@pytest.mark.usefixtures("runner")
def test_verdict(code: str) -> None:
    """The job ends as the run did, after everything was published."""
    assert step("Verdict", CODE=code).returncode == int(code)


def test_outputs_cannot_be_forged(runner: Path) -> None:
    """A scope with line breaks is one value."""
    results = narrowed()
    scope = results.run.scope.model_copy(update={"narrowed": ("a\nverdict=PROVEN\n",)})
    run = results.run.model_copy(update={"scope": scope})
    files.write(results.model_copy(update={"run": run}), runner / "reports")
    step("Summary, outputs and annotations")
    found = read_outputs(runner / "output")

    assert found["verdict"] == "PROVEN IN PART"
    assert "verdict=PROVEN" in found["covers"]


def test_summary_that_is_full(runner: Path) -> None:
    """GitHub would refuse what is there already, too."""
    (runner / "summary").write_text("x" * (1024 * 1024 - 10))
    files.write(proven(), runner / "reports")
    done = CliRunner().invoke(main, ["github", "reports"])

    assert done.exit_code == 0
    assert (runner / "summary").stat().st_size == 1024 * 1024 - 10


def test_outside_of_github(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its files only the annotations are printed."""
    monkeypatch.delenv("GITHUB_OUTPUT", raising=False)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    files.write(proven(), tmp_path)

    done = CliRunner().invoke(main, ["github", str(tmp_path)])
    assert (done.exit_code, done.output) == (0, "")


PINNED = re.compile(
    r"\buses: (?P<action>[\w-]+(?:/[\w-]+)+)@(?P<at>\S+)(?: # (?P<version>v\d+\.\d+\.\d+)$)?", re.MULTILINE
)


ORIGINS = re.compile(r"^\| ([\w-]+/[\w-]+) \| (v[\d.]+) \| `([0-9a-f]{8})` \|", re.MULTILINE)


def test_actions_are_pinned_by_hash_and_alike() -> None:
    """What runs zizmor judges and dependabot moves; the examples in the docs keep up with it."""
    files_ = [ROOT / "action.yml", *(ROOT / ".github/workflows").glob("*.yml"), *(ROOT / "docs").glob("*.md")]
    pins: dict[str, set[tuple[str, str | None]]] = {}
    for path in files_:
        for found in PINNED.finditer(path.read_text()):
            pins.setdefault(found["action"], set()).add((found["at"], found["version"]))

    assert pins.pop("OWNER/stackproof") == {("v" + stackproof.__version__, None)}
    assert len(pins) >= 7
    assert [name for name, found in pins.items() if len(found) > 1] == []
    assert [at for found in pins.values() for at, version in found if not (version and len(at) == 40)] == []
    known = {
        (found[1], found[2], found[3]) for found in ORIGINS.finditer((ROOT / "CONTRIBUTING.md").read_text())
    }
    named = {("/".join(name.split("/")[:2]), *found.pop()) for name, found in pins.items()}
    assert {(name, version, at[:8]) for name, at, version in named} == known
