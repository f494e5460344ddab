"""What users install: a wheel in an environment of its own, called in a folder that knows nothing of us."""

import json
import os
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from tests.live import expectations
from tests.live.running import DEADLINE, ROOT, Lab

from stackproof import __version__
from stackproof.controls import catalogue
from stackproof.controls.control import Needs
from stackproof.stack import schema

PACKAGE = ROOT / "src" / "stackproof"
CONSTRAINTS = ROOT / "constraints.txt"
REPORTS = {"index.html", "junit.xml", "results.json", "results.sarif", "summary.md"}
COMPOSE = """
services:
  web:
    image: busybox:1.36
    init: true
    user: "1000:1000"
    restart: unless-stopped
    command: ["sh", "-c", "echo hello > /tmp/index.html; exec httpd -f -p 8080 -h /tmp"]
    ports: ["8080:8080"]
"""
# The answer says whether it was read.
OVERRIDE = """
services:
  web:
    command: ["sh", "-c", "echo overridden > /tmp/index.html; exec httpd -f -p 8080 -h /tmp"]
"""
CONTRACT = "http:\n  - {service: web, path: /, status: 200, body: overridden}\n"
# Prints the files of all that the command and the plugin load.
LOADED = """
import json, sys
import stackproof.cli, stackproof.plugin
from stackproof.controls import catalogue
catalogue.entries()
print(json.dumps([getattr(module, "__file__", None) for module in sys.modules.values()]))
"""


@dataclass(frozen=True)
class Installed:
    """An environment with nothing in it but our wheel and what that needs."""

    wheel: Path
    programs: Path

    def run(self, program: str, *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment to its end."""
        return call(str(self.programs / program), *words, cwd=cwd)


def call(*words: str, cwd: Path, deadline: float = DEADLINE) -> subprocess.CompletedProcess[str]:
    """Run a command as a user does, who knows nothing of this checkout and this pytest."""
    ours = ("PYTEST_", "PYTHON", "VIRTUAL_ENV")
    env = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return subprocess.run(
        words,
        cwd=cwd,
        env=env,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=deadline,
        check=False,
    )


def done(*words: str, cwd: Path) -> str:
    """Run a chore that must succeed; return what it says."""
    ended = call(*words, cwd=cwd)
    assert ended.returncode == 0, ended.stdout
    return ended.stdout


def environment(folder: Path, *packages: str) -> Path:
    """Make an environment, install packages from the index as users do, and return its programs."""
    done(sys.executable, "-m", "venv", str(folder), cwd=folder.parent)
    programs = folder / "bin"
    pip = (str(programs / "python"), "-m", "pip")
    done(*pip, "install", "--constraint", str(CONSTRAINTS), *packages, cwd=folder.parent)
    done(*pip, "check", cwd=folder.parent)
    return programs


def wheel_of(source: Path, folder: Path) -> Path:
    """Build the wheel of a checkout or a source archive."""
    command = (sys.executable, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", str(folder), str(source))
    done(*command, cwd=folder.parent)
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="session")
def installed(shared: Path) -> Installed:
    """Our wheel, installed once for all workers."""
    folder = shared / "wheel"
    installed_before = folder / "ready"
    with FileLock(shared / "wheel.lock", timeout=2 * DEADLINE):
        if not installed_before.exists():
            folder.mkdir(exist_ok=True)
            wheel = wheel_of(ROOT, folder / "dist")
            environment(folder / "venv", str(wheel))
            installed_before.touch()
    (wheel,) = (folder / "dist").glob("*.whl")
    return Installed(wheel, folder / "venv" / "bin")


def files_of(folder: Path) -> set[str]:
    """Return relative paths of the files that somebody wrote."""
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {path.as_posix() for path in found if "__pycache__" not in path.parts}


def packed(wheel: Path) -> set[str]:
    """Return paths in a wheel, without its metadata."""
    names = zipfile.ZipFile(wheel).namelist()
    return {name for name in names if not name.partition("/")[0].endswith(".dist-info")}


def shipped() -> set[str]:
    """Return paths that the wheel shall have: the package, and the suite in its place."""
    suite = {f"suite/{part}/{name}" for part in ("infra", "http") for name in files_of(ROOT / "tests" / part)}
    return {f"stackproof/{name}" for name in files_of(PACKAGE) | suite}


def test_content(installed: Installed) -> None:
    """The wheel has the package and the suite, and no test of our own, no cache, no report."""
    found = packed(installed.wheel)

    assert found == shipped()
    assert found >= {
        "stackproof/py.typed",
        "stackproof/suite.ini",
        "stackproof/stack/stackproof.schema.json",
        "stackproof/report/templates/report.html.j2",
        "stackproof/suite/infra/test_restart.py",
        "stackproof/suite/http/test_endpoints.py",
    }


def test_source_archive(installed: Installed, tmp_path: Path) -> None:
    """The source archive has no cache and no report, and its wheel is the checkout's."""
    programs = environment(tmp_path / "builder", "hatchling")
    done(
        str(programs / "hatchling"), "build", "--target", "sdist", "--directory", str(tmp_path / "sdist"),
        cwd=ROOT,
    )  # fmt: skip
    (archive,) = (tmp_path / "sdist").glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        names = [name.partition("/")[2] for name in opened.getnames()]

    assert {name.partition("/")[0] for name in names} <= {
        "src", "tests", "docs", "examples",
        "README.md", "LICENSE", "CHANGELOG.md", "PKG-INFO", "pyproject.toml", ".gitignore",
    }  # fmt: skip
    caches = ("_cache", "__pycache__")
    assert not [name for name in names if any(part.endswith(caches) for part in name.split("/"))]
    assert not [name for name in names if name.endswith((".pyc", ".log"))]
    assert packed(wheel_of(archive, tmp_path / "dist")) == packed(installed.wheel)


@pytest.mark.parametrize("place", ["outside", "checkout"])
def test_nothing_comes_from_the_checkout(installed: Installed, tmp_path: Path, place: str) -> None:
    """Whatever folder it is called in, all of stackproof is the installed one, its suite too."""
    ended = installed.run("python", "-c", LOADED, cwd=ROOT if place == "checkout" else tmp_path)
    files: list[str] = [file for file in json.loads(ended.stdout) if file]

    package = installed.programs.parent / "lib"
    ours = [file for file in files if "stackproof" in Path(file).parts]
    assert len(ours) > 20
    assert [file for file in ours if not Path(file).is_relative_to(package)] == []
    assert [file for file in files if Path(file).is_relative_to(ROOT / "src")] == []
    assert [file for file in files if Path(file).is_relative_to(ROOT / "tests")] == []
    assert [file for file in files if file.endswith("suite/infra/test_restart.py")]


def test_words(installed: Installed, tmp_path: Path) -> None:
    """Help, version, controls and schema are the same as here, and leave nothing in the folder."""
    helped = installed.run("stackproof", "--help", cwd=tmp_path)
    version = installed.run("stackproof", "--version", cwd=tmp_path)
    controls = installed.run("stackproof", "controls", "--json", cwd=tmp_path)
    printed = installed.run("stackproof", "schema", cwd=tmp_path)

    assert [helped.returncode, version.returncode, controls.returncode, printed.returncode] == [0] * 4
    assert "Commands:" in helped.stdout
    assert version.stdout.strip().endswith(f" {__version__}")
    assert [row["id"] for row in json.loads(controls.stdout)] == list(catalogue.entries())
    assert printed.stdout == schema.text()
    assert list(tmp_path.iterdir()) == []


def written(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Return content and time of all that is in a folder, but for the reports."""
    return {
        str(path.relative_to(folder)): (path.read_bytes() if path.is_file() else b"", path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.relative_to(folder).parts[0] != "reports"
    }


def check(lab: Lab, installed: Installed, *words: str, **files: str) -> dict[str, Any]:
    """Run `stackproof check` without a path in a folder of these files; return the results."""
    folder = lab.stack("shop", None)
    for name, text in files.items():
        (folder / name).write_text(text)
    before = written(folder)

    ended = installed.run("stackproof", "check", *words, cwd=folder)

    assert ended.returncode == 0, ended.stdout
    assert "Traceback" not in ended.stdout
    assert written(folder) == before
    assert files_of(folder / "reports") == REPORTS
    assert f"report: {folder / 'reports' / 'index.html'}" in ended.stdout
    assert lab.left() == {}
    results: dict[str, Any] = json.loads((folder / "reports" / "results.json").read_text())
    assert [stack["name"] for stack in results["stacks"]] == ["shop"]
    return results


def assert_steps(results: dict[str, Any]) -> None:
    """See that what was shown on containers says what was done for it, and that all that is named is told."""
    live = {name for name, entry in catalogue.entries().items() if entry.control.needs is Needs.SANDBOX}
    passes = [row for row in results["outcomes"] if row["control"] in live and row["outcome"] == "pass"]
    steps = {step["id"]: step for step in results["steps"]}
    trials = {trial["id"]: trial for trial in results["trials"]}
    named = {name for row in (*results["outcomes"], *trials.values()) for name in row["steps"]}

    assert passes
    assert [row["control"] for row in passes if not (row["started"] and row["message"])] == []
    assert [row["control"] for row in passes if not (row["steps"] or row["trials"])] == []
    assert named == set(steps)
    assert {name for row in results["outcomes"] for name in row["trials"]} == set(trials)
    assert {"bring-up", "kill", "stop"} <= {trial["name"] for trial in trials.values()}
    assert any(
        step["command"].startswith("docker compose up") and step["exit"] == 0 for step in steps.values()
    )


def test_check_in_a_bare_folder(lab: Lab, installed: Installed) -> None:
    """One compose file is enough: every control of both parts of the suite has an outcome."""
    results = check(lab, installed, **{"compose.yaml": COMPOSE})
    outcomes = {row["control"]: row["outcome"] for row in results["outcomes"]}

    assert set(outcomes) == expectations.judging()
    published = json.loads(installed.run("stackproof", "schema", "results", cwd=lab.folder).stdout)
    assert [error.message for error in Draft202012Validator(published).iter_errors(results)] == []
    assert_steps(results)
    for control in ("effective-uid-nonroot", "published-port-reachable", "crash-restart", "graceful-stop"):
        assert outcomes[control] == "pass"
    assert outcomes["http-contract-met"] == "not applicable"
    assert "unknown" not in outcomes.values()


def test_check_with_override_and_contract(lab: Lab, installed: Installed) -> None:
    """The older names, an override and a contract are found as well."""
    chosen = ("http-contract-met", "docker-kill-is-a-manual-stop")
    files = {"docker-compose.yml": COMPOSE, "docker-compose.override.yml": OVERRIDE}
    select = ("-n", "2", "--select", ",".join(chosen))
    results = check(lab, installed, *select, **files, **{"stackproof.yml": CONTRACT})

    assert {row["control"]: row["outcome"] for row in results["outcomes"]} == dict.fromkeys(chosen, "pass")
    names = [Path(file).name for file in results["stacks"][0]["files"]]
    assert names == ["docker-compose.yml", "docker-compose.override.yml"]
