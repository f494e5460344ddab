"""The pytest plugin. Hooks only: each decides and hands on."""

from collections.abc import Generator
from functools import partial
from typing import Any

import pytest

from stackproof.plugin import controller, logs, options, reading, recorded, selection, subjects
from stackproof.plugin.collection import write_plan
from stackproof.plugin.declared import MARK, declared, families, lane_of, subject_of
from stackproof.plugin.scheduling import LaneScheduling
from stackproof.plugin.session import KEY, WORKER_INPUT, Session, auto_workers, suite_requested, tell
from stackproof.runs.signals import end_in_order


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare our options."""
    options.add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Register the fixtures here and not at import: the last to register wins over testinfra's `host`.

    Only for a run that proves stacks: any other suite keeps its own `host`.
    """
    config.addinivalue_line("markers", f"{MARK}: the test decides a control")
    if WORKER_INPUT in getattr(config, "workerinput", {}) or suite_requested(config):
        from stackproof.plugin import fixtures  # noqa: PLC0415 - imports requests, which others need not pay

        config.pluginmanager.register(fixtures, "stackproof-fixtures")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Prepare the run in the controller; take it up in a worker."""
    config = session.config
    given = getattr(config, "workerinput", {}).get(WORKER_INPUT)
    if given:
        config.stash[KEY] = Session.in_worker(config, given)
        config.add_cleanup(end_in_order())
    elif not hasattr(config, "workerinput") and suite_requested(config):
        controller.begin(config)
    if run := config.stash.get(KEY, None):
        config.add_cleanup(logs.conceal([stack.redactor for stack in run.stacks]))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:  # noqa: ANN401 - xdist's WorkerController
    """Hand the run to a worker."""
    if run := node.config.stash.get(KEY, None):
        node.workerinput[WORKER_INPUT] = run.for_worker()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Answer `-n auto`: sandboxes mostly wait, so there are six to a processor."""
    return auto_workers(config) if suite_requested(config) else None


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:  # noqa: ANN401 - xdist's types
    """Keep tests of one sandbox on one worker: any other distribution would start it twice."""
    run = config.stash.get(KEY, None)
    return LaneScheduling(config, log, run.plan) if run else None


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark what decides a control; `-k` knows a rule by its id, as it knows a test by its name."""
    if run := item.config.stash.get(KEY, None):
        for control in declared(item, run.controls):
            item.add_marker(MARK)
            item.extra_keyword_matches.add(f"test_{control.id.replace('-', '_')}")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One case per stack, service, container or contract entry."""
    if run := metafunc.config.stash.get(KEY, None):
        subjects.parametrize(metafunc, run.stacks, families(run.controls))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Choose controls, and bring tests of one sandbox together."""
    if run := config.stash.get(KEY, None):
        selection.apply(partial(options.selection, config), config, items, run.controls)
        subjects.sort(items)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """Note what is going to be decided."""
    if (run := session.config.stash.get(KEY, None)) and session.items:
        write_plan(session.items, run)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Keep what is asked while a control's test runs."""
    run = item.config.stash.get(KEY, None)
    if run is None:
        return (yield)
    tell(run, item)
    with recorded.journal(item):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[Any]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn the result of a control's test into an outcome; show what a team's own test noted."""
    if run := item.config.stash.get(KEY, None):
        reading.doubt(call, run.pool)
    reading.translate(call)
    report = yield
    reading.take(item, call, report)
    return report


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Take a sandbox away as soon as no test of this worker needs it."""
    if run := item.config.stash.get(KEY, None):
        following = subject_of(nextitem) if nextitem is not None else None
        lane = lane_of(nextitem) if nextitem is not None else None
        run.pool.close_unless(following.stack if following else None, lane)


@pytest.hookimpl(tryfirst=True)
def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    """An unknown is an error."""
    return reading.status(report)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Close sandboxes; in the controller also write the reports and leave nothing behind."""
    if run := session.config.stash.get(KEY, None):
        try:
            run.pool.close()
        finally:
            if run.owns_run:
                session.exitstatus = controller.end(session, exitstatus)
