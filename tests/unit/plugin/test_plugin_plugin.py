"""The plugin in a pytest of its own, on a machine without docker.

A process of its own and not `pytester`: that plugin may only be loaded from the top-level conftest,
and what is to be seen is the plugin as it is installed.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Pytest = Callable[..., subprocess.CompletedProcess[str]]
USAGE_ERROR = 4


@pytest.fixture
def run_pytest(tmp_path: Path) -> Pytest:
    """Return a function that runs pytest in an empty folder; there is nothing on PATH."""
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("PYTEST", "DOCKER"))
    }
    environment |= {"PATH": str(tmp_path / "bin"), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    project = tmp_path / "project"
    project.mkdir()

    def run(*words: str, **files: str) -> subprocess.CompletedProcess[str]:
        for name, text in files.items():
            (project / f"{name}.py").write_text(text)
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words],
            cwd=project, env=environment, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip

    return run


def test_help_shows_our_options(run_pytest: Pytest) -> None:
    """Without asking any engine."""
    done = run_pytest("--help")

    assert done.returncode == 0
    for option in (
        "--stack=PATH",
        "--report-dir=DIR",
        "--fail-on",
        "--allow-host-access",
        "stackproof_stacks",
    ):
        assert option in done.stdout


def test_markers_show_ours(run_pytest: Pytest) -> None:
    """`--strict-markers` takes it."""
    assert "@pytest.mark.control: the test decides a control" in run_pytest("--markers").stdout


@pytest.mark.parametrize("workers", ["0", "2"])
def test_unrelated_suite_is_left_alone(run_pytest: Pytest, tmp_path: Path, workers: str) -> None:
    """No engine, no report, no folder, no order of ours, whoever else is in the same environment."""
    done = run_pytest(
        "-q", "-n", workers, "-p", "no:randomly",
        test_plain="def test_b():\n    assert True\n\ndef test_a(tmp_path):\n    assert tmp_path\n",
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout
    assert "stackproof" not in done.stdout.lower()
    assert not (tmp_path / "cache").exists()
    assert not (tmp_path / "project" / "reports").exists()


def test_unrelated_suite_of_testinfra_keeps_its_host(run_pytest: Pytest) -> None:
    """Our `host` fixture is for our containers only."""
    done = run_pytest(
        "-q",
        "--hosts=local://",
        test_host="def test_host(host):\n    assert host.backend.get_connection_type() == 'local'\n",
    )

    assert "1 passed" in done.stdout


def test_unrelated_suite_with_fixtures_of_our_names(run_pytest: Pytest) -> None:
    """`service` and `stack` are common words."""
    done = run_pytest(
        "-q",
        test_own="import pytest\n\n@pytest.fixture(params=[1, 2])\ndef service(request):\n"
        "    return request.param\n\n@pytest.fixture\ndef subject():\n    return 's'\n\n"
        "def test_service(service, subject):\n    assert service and subject == 's'\n",
    )

    assert "2 passed" in done.stdout


def test_suite_beside_an_environment_in_the_project(run_pytest: Pytest) -> None:
    """`pytest` in a project whose virtual environment holds our wheel does not ask for our suite."""
    done = run_pytest(
        "-q",
        conftest="from pathlib import Path\nfrom stackproof.controls import catalogue\n"
        "package = Path(__file__).parent / '.venv/lib/python3/site-packages/stackproof'\n"
        "catalogue.stackproof.__file__ = str(package / '__init__.py')\n"
        "(package / 'suite' / 'infra').mkdir(parents=True)\n",
        test_plain="def test_plain():\n    assert True\n",
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


def test_missing_stack_is_one_clear_line(run_pytest: Pytest) -> None:
    """No traceback, and the exit code that pytest has for it."""
    done = run_pytest("--stack", "missing", test_plain="def test_plain():\n    assert True\n")

    assert done.returncode == USAGE_ERROR
    lines = [line for line in (done.stdout + done.stderr).splitlines() if line.startswith("ERROR")]
    assert len(lines) == 1
    assert lines[0].startswith("ERROR: compose file not found: ")
    assert lines[0].endswith("/project/missing")
    assert "Traceback" not in done.stdout + done.stderr


def test_no_docker_is_one_clear_message(run_pytest: Pytest, tmp_path: Path) -> None:
    """With a fix."""
    (tmp_path / "project" / "compose.yml").write_text("services: {web: {image: x}}\n")
    done = run_pytest("--stack", ".", test_plain="def test_plain():\n    assert True\n")

    assert done.returncode == USAGE_ERROR
    assert "no `docker` command on PATH" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert not (tmp_path / "project" / "reports").exists()


@pytest.mark.parametrize("folder", ["taken", "taken/below", "/proc/nowhere/reports"])
def test_reports_that_cannot_be_written(run_pytest: Pytest, tmp_path: Path, folder: str) -> None:
    """One line with a fix, before any engine is asked."""
    (tmp_path / "project" / "compose.yml").write_text("services: {web: {image: x}}\n")
    (tmp_path / "project" / "taken").touch()
    done = run_pytest("--stack", ".", "--report-dir", folder, test_plain="def test_plain():\n    pass\n")

    assert done.returncode == USAGE_ERROR
    said = (done.stdout + done.stderr).splitlines()
    (line,) = [line for line in said if line.startswith("ERROR")]
    assert line.startswith("ERROR: reports cannot be written to ")
    assert "  fix: name another place with --report-dir" in said
    assert "Traceback" not in done.stdout + done.stderr


def test_bad_gate_is_refused(run_pytest: Pytest) -> None:
    """A gate that nobody knows would let all through."""
    done = run_pytest("--fail-on", "severe")

    assert done.returncode == USAGE_ERROR
    assert "invalid choice: 'severe'" in done.stderr


def test_import_opens_nothing(tmp_path: Path) -> None:
    """No process, no folder, no library that takes its time."""
    code = (
        "import sys; import stackproof.plugin; "
        "print([m for m in ('python_on_whales', 'requests') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PATH": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")},
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip

    assert not (tmp_path / "cache").exists()
    assert done.stdout.strip() == "[]"
