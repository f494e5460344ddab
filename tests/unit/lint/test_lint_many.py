"""Many stacks in one run: one does not take the others along, and each takes little memory."""

from contextlib import suppress
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from stackproof.cli.lint import lint
from stackproof.controls.severity import Severity
from stackproof.engine import plugin
from stackproof.engine.nodes import YAMLError, compose_all
from stackproof.engine.project import ComposeSettings
from stackproof.engine.resolved import Resolved, model_of
from stackproof.errors import CommandError, EngineError
from stackproof.lint import run
from stackproof.lint.alone import Alone, Unread
from stackproof.lint.text import unread
from stackproof.outcomes.model import Outcome, OutcomeKind

GOOD = "services: {web: {image: 'nginx:1.25.3', user: '101'}}\n"
BAD = "services: {web: {image: 'nginx:1.25.3', privileged: true}}\n"


@pytest.fixture(autouse=True)
def _compose(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let another reader of YAML resolve files, and make a mistake."""

    def resolve(
        files: tuple[Path, ...], _settings: ComposeSettings, _deadline: float, **_more: bool
    ) -> Resolved:
        text = files[0].read_text()
        if "mistake" in text:
            raise KeyError(text)
        return Resolved(model=model_of(text))

    monkeypatch.setattr(plugin, "program", lambda: "docker-compose")
    monkeypatch.setattr(plugin, "version", lambda: "2.40.3")
    monkeypatch.setattr(plugin, "resolve", resolve)
    monkeypatch.chdir(tmp_path)


def write(**texts: str) -> None:
    """Write stacks by their names."""
    for name, text in texts.items():
        Path(name).mkdir()
        Path(name, "compose.yml").write_text(text)


def called(*words: str) -> Result:
    """Return how a call ended."""
    return CliRunner().invoke(lint, words)


@pytest.mark.parametrize("words", [(), ("--fix",), ("--report-dir", "out"), ("--verbose",), ("--quiet",)])
def test_mistake_of_ours_in_one_stack(words: tuple[str, ...]) -> None:
    """It has a message, and all others are judged."""
    write(a=BAD, b="services: {mistake: {image: x}}\n", c=BAD)

    done = called(".", *words)

    assert done.exit_code == 2, done.output
    assert "error: b: it is not judged: internal error at test_lint_many.py:" in done.stderr
    assert "Traceback" not in done.output
    if "--fix" not in words and "--quiet" not in words:
        assert all(name in done.stdout for name in ("a/compose.yml:1", "c/compose.yml:1"))


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (CommandError("no"), "no"),
        (
            OSError(40, "Too many levels of symbolic links"),
            "x: cannot be read: Too many levels of symbolic links",
        ),
        (OSError("nothing more"), "x: it is not judged: internal error at test_lint_many.py"),
        (RecursionError("deep"), "x: it is not judged: internal error at test_lint_many.py"),
        (MemoryError(), "x: it is not judged: internal error at test_lint_many.py"),
    ],
)
def test_what_is_kept_from_others(error: Exception, told: str) -> None:
    """Whatever is raised ends in one message."""
    with Alone("x") as attempt:
        raise error
    assert attempt.unread is not None
    assert attempt.unread.message.startswith(told)


@pytest.mark.parametrize("error", [EngineError("no Compose"), KeyboardInterrupt(), SystemExit(2)])
def test_what_ends_the_whole_run(error: BaseException) -> None:
    """There is nobody to resolve the others, or nobody wants it."""
    with pytest.raises(type(error)), Alone("x"):
        raise error


def outcome(control: str, kind: OutcomeKind, message: str = "") -> Outcome:
    """Return an outcome, which only counts where it says nothing."""
    return Outcome(
        stack="a",
        service=None,
        container=None,
        control=control,
        outcome=kind,
        severity=Severity.LOW,
        message=message,
    )


def test_outcomes_that_only_count() -> None:
    """What is first said of a control is kept whole, for it decides what a standard's requirement is."""
    passed, other = outcome("x", OutcomeKind.PASS), outcome("y", OutcomeKind.PASS)
    failed, apart = outcome("x", OutcomeKind.FAIL, "bad"), outcome("x", OutcomeKind.NOT_APPLICABLE)
    known: set[tuple[str, OutcomeKind]] = set()

    first = list(run._shared([passed, other, failed, apart, other], known))  # noqa: SLF001 - what takes memory
    again = list(run._shared([passed, other, failed, apart, other], known))  # noqa: SLF001

    assert first == [passed, other, failed, apart, passed]
    assert again == [passed, passed, failed, apart, passed]
    assert again[1] is again[0]


def test_totals_and_coverage_of_many() -> None:
    """Both are as they are for each by itself."""
    write(a=GOOD, b=GOOD, c=BAD)
    one, all_of_them = called("a", "--coverage").stdout, called(".", "--coverage").stdout
    bad = called("c", "--coverage").stdout

    def counts(said: str) -> dict[str, int]:
        total = next(line for line in said.splitlines() if line[:1].isdigit() and "stack" in line)
        pairs = (part.split(" ", 1) for part in total.partition(": ")[2].split(", "))
        return {kind: int(number) for number, kind in pairs}

    for kind in ("pass", "not applicable", "fail"):
        assert counts(all_of_them).get(kind, 0) == 2 * counts(one).get(kind, 0) + counts(bad).get(kind, 0)
    assert "0 failed" not in next(line for line in all_of_them.splitlines() if line.startswith("CIS Docker"))


def test_report_of_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would have gigabytes; the terminal takes any number."""
    monkeypatch.setattr(run, "MOST_REPORTED", 2)
    write(a=GOOD, b=GOOD, c=GOOD)

    done = called(".", "--report-dir", "out")

    assert done.exit_code == 2
    assert done.stderr.startswith(
        "error: one report is of no more than 2 stacks, and here are 3\n  fix: leave out"
    )
    assert not Path("out").exists()
    assert called(".").exit_code == 0
    assert called("a", "b", "--report-dir", "out").exit_code == 0


@pytest.mark.parametrize(
    "text",
    ['a: "\\U00110000"', 'a: "\\UFFFFFFFF"', f"%YAML 1.{'9' * 5000}\n---\na: 1", "%YAML 1.3\n---\na: 1"],
)
@pytest.mark.parametrize("begin", ["", "x: &a 1\ny: &a 2\n"])
def test_yaml_that_its_reader_does_not_foresee(text: str, begin: str) -> None:
    """Python's own errors are told as what they are: this is no YAML."""
    found: list[object] = []
    with suppress(YAMLError):
        found += compose_all(begin + text)
    assert len(found) <= 1


@pytest.mark.parametrize("name", ["s" * 10_000, "s" * 1_999, "s" * 2_001])
def test_names_of_any_length(name: str) -> None:
    """What is found, and the control, stand at the ends of a line."""
    write(a=f"services:\n  ? {name}\n  : {{image: 'nginx:1.25.3', privileged: true}}\n")

    done = called("a", "--select", "no-privileged")

    assert done.exit_code == 1
    (line,) = (line for line in done.stdout.splitlines() if line.startswith("a/compose.yml:3"))
    assert len(line) < 2100
    assert line.endswith("[no-privileged]")


def test_message_of_any_length() -> None:
    """Each line of it is cut, and its fix is still there."""
    long = Unread("a", f"a: {'x' * 10_000}\n  fix: {'y' * 10_000}")

    first, second = "\n".join(unread([long])).splitlines()

    assert first.startswith("error: a: xxx")
    assert second.startswith("  fix: yyy")
    assert max(len(first), len(second)) < 2100
