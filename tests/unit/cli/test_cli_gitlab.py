"""The component for GitLab: its inputs become words of `check`, and what was found is what GitLab reads."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from tests.unit.report.samples import mixed, proven

from stackproof.outcomes.model import Results
from stackproof.report import files
from stackproof.settings import declared

ROOT = Path(__file__).parents[3]
SPEC, JOBS = YAML(typ="safe", pure=True).load_all(ROOT / "templates" / "stackproof.yml")
DEFAULTS = {name: one["default"] for name, one in SPEC["spec"]["inputs"].items()}
# What GitLab must find in an entry (docs.gitlab.com/ci/testing/code_quality, "Code Quality report format").
CODE_QUALITY = {
    "type": "array",
    "items": {
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": "^[^/]"},
                    "lines": {"required": ["begin"], "properties": {"begin": {"type": "integer"}}},
                },
            },
        },
    },
}


def interpolated(part: Any, inputs: dict[str, Any]) -> Any:  # noqa: ANN401 - YAML in, YAML out
    """Return a part of the template with its inputs, which keep their kind where they stand alone."""
    if isinstance(part, dict):
        return {interpolated(key, inputs): interpolated(value, inputs) for key, value in part.items()}
    if isinstance(part, list):
        return [interpolated(item, inputs) for item in part]
    for name, value in inputs.items():
        mark = f"$[[ inputs.{name} ]]"
        if part == mark:
            return value
        if isinstance(part, str):
            part = part.replace(mark, str(value))
    return part


def job(**inputs: Any) -> dict[str, Any]:  # noqa: ANN401 - inputs are of several kinds
    """Return the job as GitLab makes it of inputs; `_` stands for `-` in their names."""
    given = {name.replace("_", "-"): value for name, value in inputs.items()}
    assert set(given) <= set(DEFAULTS)
    (found,) = interpolated(JOBS, {**DEFAULTS, **given}).values()
    return dict(found)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with what `before_script` installs; its stackproof says how it was called, and fails."""
    programs = tmp_path / ".stackproof" / "bin"
    programs.mkdir(parents=True)
    (programs / "python").symlink_to(sys.executable)
    (programs / "stackproof").write_text('#!/bin/sh\nprintf "%s\\n" "$@" >called\nexit 4\n')
    (programs / "stackproof").chmod(0o755)
    return tmp_path


def run(project: Path, part: str, made: dict[str, Any]) -> int:
    """Run a script of the job as a runner does."""
    values = {name: one["value"] for name, one in made["variables"].items() if isinstance(one, dict)}
    script = "set -e\n" + "\n".join(made[part])
    return subprocess.run(
        ["sh", "-c", script], cwd=project, env={**os.environ, **values}, check=False
    ).returncode


def mistakes(folder: Path, data: object, *schema: str | Path) -> str:
    """Return what check-jsonschema says of data; nothing where they are as the schema wants them."""
    instance = folder / "instance.json"
    instance.write_text(json.dumps(data))
    words = [sys.executable, "-m", "check_jsonschema", *schema, instance]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.mark.parametrize("part", [SPEC, interpolated(JOBS, DEFAULTS)], ids=["spec", "jobs"])
def test_template_is_valid(tmp_path: Path, part: dict[str, Any]) -> None:
    """By the schema that GitLab publishes, with its inputs put in."""
    assert mistakes(tmp_path, part, "--builtin-schema", "vendor.gitlab-ci") == ""


def test_every_input_is_used() -> None:
    """None is declared for nothing, and none used that is not declared."""
    text = json.dumps(JOBS)

    assert [name for name in DEFAULTS if f"$[[ inputs.{name} ]]" not in text] == []
    assert text.count("$[[") == sum(text.count(f"$[[ inputs.{name} ]]") for name in DEFAULTS)


# What the other has another way for, or nothing to do with.
OF_ACTION = {"artifact", "attest", "sarif", "version"}
OF_TEMPLATE = {"image", "job-name", "package", "stage", "tags"}


def test_inputs_are_those_of_the_action() -> None:
    """With the same defaults: what can be said on one side can be said on the other."""
    action = YAML(typ="safe", pure=True).load(ROOT / "action.yml")["inputs"]

    assert set(DEFAULTS) - OF_TEMPLATE == set(action) - OF_ACTION
    shared = set(DEFAULTS) & set(action)
    assert {name: DEFAULTS[name] for name in shared} == {name: action[name]["default"] for name in shared}


def test_inputs_are_options_of_check() -> None:
    """Each is one of its options by name; the others are words of `options`, or keys of a team's table."""
    named = {name.lstrip("-").partition("/")[0] for one in declared() for name in one.option.command}
    own = {"paths", "static", "options"}  # an argument, an option of check alone, and all the others

    assert set(DEFAULTS) - OF_TEMPLATE - own <= named


def test_scripts_hold_no_input() -> None:
    """Inputs reach a shell through variables, so that none is a command."""
    (made,) = JOBS.values()
    scripts = [*made["before_script"], *made["script"], *made["after_script"]]

    assert [line for line in scripts if "$[[" in line] == []


def test_defaults_prove_the_project(project: Path) -> None:
    """Without inputs the project's own folder is proven; the exit code is that of `check`."""
    assert run(project, "script", job()) == 4
    assert (project / "called").read_text().splitlines() == ["check", "--report-dir", "reports", "."]


def test_inputs_become_words(project: Path) -> None:
    """Each once, whatever is in it."""
    made = job(
        paths="one\nmore stacks/two\n$(touch owned)",
        compose_profile="dev\n`touch owned`",
        profile="cis",
        contract="a b.yml",
        static="true",
        fail_on="medium",
        select="a-b,c-*",
        ignore="d-e",
        workers="2",
        baseline="known bad.json",
        allow_host_access="true",
        options="--env-file\n$(touch owned) x",
        report_dir="out; touch owned",
    )

    assert run(project, "script", made) == 4
    assert (project / "called").read_text().splitlines() == [
        *("check", "--report-dir", "out; touch owned", "one", "more stacks/two", "$(touch owned)"),
        *("--compose-profile", "dev", "--compose-profile", "`touch owned`", "--contract", "a b.yml"),
        *("--profile", "cis", "--static"),
        *("--fail-on", "medium", "--select", "a-b,c-*"),
        *("--ignore", "d-e", "--workers", "2", "--baseline", "known bad.json", "--fail-on-new"),
        *("--allow-host-access", "--env-file", "$(touch owned) x"),
    ]
    assert not (project / "owned").exists()


@pytest.mark.parametrize("results", [mixed(), proven()], ids=["mixed", "proven"])
def test_findings_are_code_quality(project: Path, results: Results) -> None:
    """As GitLab reads it: one entry for each finding that nobody accepted."""
    files.write(results, project / "reports", ("results.sarif",))

    assert run(project, "after_script", job()) == 0
    found = json.loads((project / "reports" / "codequality.json").read_text())
    listed = [o for o in results.outcomes if str(o.outcome) in ("fail", "unknown", "advisory")]
    (project / "schema.json").write_text(json.dumps(CODE_QUALITY))
    assert mistakes(project, found, "--schemafile", project / "schema.json") == ""
    assert len(found) == len(listed)
    assert {one["check_name"] for one in found} == {o.control for o in listed}
    assert len({one["fingerprint"] for one in found}) == len(found)


def test_no_findings_without_a_run(project: Path) -> None:
    """Where the run wrote no report, nothing is made, and nothing fails on top of it."""
    assert run(project, "after_script", job()) == 0
    assert not (project / "reports").exists()


def test_reports_are_kept_whatever_the_verdict() -> None:
    """GitLab takes them from where they are written."""
    artifacts = job(report_dir="out")["artifacts"]

    assert artifacts["when"] == "always"
    assert artifacts["reports"] == {"junit": "out/junit.xml", "codequality": "out/codequality.json"}
    assert artifacts["paths"] == ["out"]
