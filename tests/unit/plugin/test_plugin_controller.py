"""How a run ends whose reports cannot be written."""

import errno
import io
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from _pytest._io import TerminalWriter
from tests.unit.conftest import MakeStack
from tests.unit.report.obstacles import LOG, REASON, not_up

from stackproof.outcomes.model import Results
from stackproof.plugin import controller, finish, options
from stackproof.plugin.collection import Collection
from stackproof.plugin.session import KEY
from stackproof.report import files
from stackproof.runs import reaper
from stackproof.runs.folder import RunFolder
from stackproof.runs.signals import BROKEN_OFF, Signals
from stackproof.sandbox import outsides
from stackproof.settings import Settings

OK, FAILED, INTERRUPTED = pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401 - it stands for pytest's
    """A session at its end, with everything proven, and a disk that is full."""

    def refuse(*_given: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(finish, "results", lambda _run, **_how: SimpleNamespace(passed=True))
    monkeypatch.setattr(files, "place", lambda _results, folder: folder)
    monkeypatch.setattr(files, "write", refuse)
    monkeypatch.setattr(options, "report_folder", lambda _config: tmp_path / "reports")
    monkeypatch.setattr(controller, "own_tests_only", lambda _plan: False)
    monkeypatch.setattr(reaper, "reap", lambda _run: None)
    stash = pytest.Stash()
    run = SimpleNamespace(folder=RunFolder(tmp_path))
    stash[KEY] = cast(
        "Any",
        SimpleNamespace(plan=None, engine=object(), run=run, settings=Settings(), collection=Collection()),
    )
    plugins = SimpleNamespace(get_plugin=lambda _name: None)
    config = SimpleNamespace(stash=stash, pluginmanager=plugins, getoption=lambda _name: False)
    return SimpleNamespace(config=config)


def ended(session: Any, status: pytest.ExitCode) -> tuple[int, int | None]:  # noqa: ANN401 - see above
    """Return pytest's exit status and the code that was chosen."""
    return controller.end(session, status), session.config.stash.get(controller.EXIT_CODE, None)


def test_lost_report(session: Any) -> None:  # noqa: ANN401 - see above
    """Nothing else went wrong: it is a usage error, and not a success for plain pytest."""
    assert ended(session, OK) == (FAILED, 2)


@pytest.mark.parametrize("status", [FAILED, INTERRUPTED])
def test_lost_report_of_a_run_that_did_not_pass(session: Any, status: pytest.ExitCode) -> None:  # noqa: ANN401
    """Findings count for more."""
    assert ended(session, status) == (status, None)


def test_lost_report_of_a_run_that_proved_nothing(session: Any, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ANN401
    """That is a failure which pytest does not know of."""
    monkeypatch.setattr(finish, "results", lambda _run, **_how: SimpleNamespace(passed=False))

    assert ended(session, OK) == (FAILED, None)


@pytest.mark.parametrize("status", [OK, FAILED])
def test_lost_report_of_a_broken_stack(session: Any, tmp_path: Path, status: pytest.ExitCode) -> None:  # noqa: ANN401
    """Exit code 4 stays."""
    (tmp_path / "broken-web").write_text("web: no such image")

    assert ended(session, status) == (FAILED, 4)


@pytest.mark.parametrize(
    ("only_new", "otherwise", "ends"), [(True, False, OK), (True, True, FAILED), (False, False, FAILED)]
)
def test_all_that_failed_is_known(
    session: Any,  # noqa: ANN401
    monkeypatch: pytest.MonkeyPatch,
    *,
    only_new: bool,
    otherwise: bool,
    ends: pytest.ExitCode,
) -> None:
    """Then the run passes, unless a team's own test failed as well, or nobody asked for that."""
    monkeypatch.setattr(files, "write", lambda *_given: None)
    run = session.config.stash[KEY]
    run.settings = Settings(fail_on_new=only_new, baseline="b.json")
    run.collection.failed_otherwise = otherwise

    assert ended(session, FAILED) == (ends, None)


def test_teardown_that_is_broken_off(session: Any, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ANN401
    """A second Ctrl-C ends it, with the exit code that the first has."""

    def hang(_run: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(files, "write", lambda *_given: None)
    monkeypatch.setattr(reaper, "reap", hang)

    assert ended(session, OK) == (INTERRUPTED, 130)


def test_teardown_is_not_begun_again(session: Any, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ANN401
    """After somebody broke it off before the end was reached."""
    monkeypatch.setattr(files, "write", lambda *_given: None)
    monkeypatch.setattr(reaper, "reap", lambda _run: pytest.fail("begun again"))
    signals = Signals(lambda _said: None)
    signals.broken_off = True
    broken = controller.Controller.__new__(controller.Controller)
    vars(broken)["_signals"] = signals
    session.config.pluginmanager.get_plugin = {controller.NAME: broken}.get

    assert ended(session, INTERRUPTED) == (INTERRUPTED, None)


def summary(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    broken: list[str],
    found: Results | None,
    *,
    broken_off: bool = False,
) -> str:
    """Return what stands at the end of a run."""
    monkeypatch.setattr(options, "report_folder", lambda _config: tmp_path)
    screen, stash = io.StringIO(), pytest.Stash()
    stash[controller.BROKEN] = broken
    if found:
        stash[controller.RESULTS] = found
    config = cast("Any", SimpleNamespace(stash=stash))
    options.take(config, Settings())
    reporter = SimpleNamespace(
        _tw=TerminalWriter(screen), write_line=lambda line, **_markup: screen.write(f"{line}\n")
    )
    signals = Signals(pytest.fail)
    signals.broken_off = broken_off
    running = cast("Any", SimpleNamespace(_signals=signals))
    controller.Controller.pytest_terminal_summary(running, cast("Any", reporter), config)
    return screen.getvalue()


def test_reason_is_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the cause where there is a table, in words of its own where there is none or it says nothing."""
    with_table = summary(tmp_path, monkeypatch, [LOG], not_up())
    alone = summary(tmp_path, monkeypatch, [f"{LOG}\x1b[2J"], None)
    beside = summary(tmp_path, monkeypatch, ["shop: no such image"], not_up())

    assert with_table.count(REASON) == 1
    assert "did not come up" not in with_table
    assert alone == f"did not come up: {LOG}\n"
    assert "did not come up: shop: no such image" in beside


def test_what_may_be_left_is_the_last_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was said when Ctrl-C was pressed, too, above all findings."""
    assert summary(tmp_path, monkeypatch, [], not_up(), broken_off=True).endswith(f"{BROKEN_OFF}\n")
    assert BROKEN_OFF not in summary(tmp_path, monkeypatch, [], not_up())


def test_outside_is_listed_before_anything_starts(make_stack: MakeStack) -> None:
    """A line for each host, by stack, without credentials."""
    stack = make_stack({"worker": {"environment": {"Q": "redis://:hidden-word@q.example.com"}}})
    said: list[str] = []
    session = SimpleNamespace(stacks=[stack], outside=partial(outsides.decision, settings=Settings()))

    controller.list_outside(cast("Any", session), cast("Any", SimpleNamespace(write_line=said.append)))

    assert said == ["shop: outside: q.example.com (datastore): cut; worker's environment Q"]
