"""One run as the plugin sees it: prepared in the controller, handed to workers as plain data."""

import json
import os
import platform
import shlex
import sys
import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import pytest

import stackproof
from stackproof.controls import catalogue
from stackproof.controls.catalogue import Entry
from stackproof.engine import engine
from stackproof.engine.engine import Engine
from stackproof.errors import StackproofError, UsageError
from stackproof.isolation.outside import Configs
from stackproof.isolation.outside_policy import Decision
from stackproof.plugin import collection as outcomes_of
from stackproof.plugin import options
from stackproof.plugin.declared import control_of, lane_of, subject_of
from stackproof.runs import reaper
from stackproof.runs.run import Run
from stackproof.sandbox import outsides
from stackproof.sandbox.attachment import attach
from stackproof.sandbox.pool import Pool
from stackproof.sandbox.progress import CONTROL, Progress
from stackproof.settings import Settings
from stackproof.stack import profiles
from stackproof.stack.discovery import Source, find_all, under_contract
from stackproof.stack.stack import Stack
from stackproof.stack.written import Written

KEY: pytest.StashKey["Session"] = pytest.StashKey()
WORKER_INPUT = "stackproof"


@dataclass(kw_only=True)
class Session:
    """Everything a run needs; the controller owns the run, workers borrow it."""

    run: Run
    engine: Engine | None
    """None for a run in which nothing needs one: its controls are decided from the model alone."""
    stacks: list[Stack]
    config: pytest.Config = field(repr=False)
    owns_run: bool
    notes: tuple[str, ...] = ()
    began: float = field(default_factory=time.monotonic)
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    collection: outcomes_of.Collection = field(default_factory=outcomes_of.Collection)
    swept: list[str] = field(default_factory=list)

    @classmethod
    def prepare(cls, config: pytest.Config) -> Self:
        """Begin a run: read the stacks, find the engine, sweep what dead runs left.

        Raises StackproofError before anything was started.
        """
        options.check_ini(config)
        options.selection(config)
        options.baseline(config)
        options.check_report_folder(config)
        if project := options.settings_of(config).attach:
            return cls._attach(config, project)
        stacks = load_stacks(sources(config), options.controls(config))
        found = engine.connect_here() if needs_engine(config) else None
        swept = reaper.sweep_dead() if found else []
        return cls(run=Run.create(), engine=found, stacks=stacks, config=config, owns_run=True, swept=swept)

    @classmethod
    def _attach(cls, config: pytest.Config, project: str) -> Self:
        """Take up a project that runs. Not even what dead runs left is swept: nothing changes here."""
        found = engine.connect()
        settings = options.settings_of(config)
        given = sources(config) if settings.stacks else []
        if len(given) > 1:
            msg = f"--attach looks at one project, and {len(given)} stacks are given"
            raise UsageError(msg)
        compose = settings.compose(config.invocation_params.dir)
        attachment = attach(project, given[0] if given else None, compose)
        (source,) = _under_contract(config, [attachment.source])
        return cls(
            run=Run.create(),
            engine=found,
            stacks=[
                Stack.load(
                    source,
                    controls=options.controls(config),
                    raw=attachment.resolved,
                    warnings=attachment.warnings,
                )
            ],
            config=config,
            owns_run=True,
            notes=attachment.notes,
        )

    def for_worker(self) -> str:
        """Return what a worker needs, as text: models go through the pipe and never touch the disk."""
        return json.dumps(
            {
                "run": self.run.id,
                "settings": self.settings.model_dump(mode="json"),
                "engine": {
                    "version": self.engine.version,
                    "info": self.engine.info,
                    "compose": self.engine.compose,
                }
                if self.engine
                else None,
                "stacks": [stack.to_json() for stack in self.stacks],
            }
        )

    @classmethod
    def in_worker(cls, config: pytest.Config, text: str) -> Self:
        """Take up what the controller prepared."""
        given = json.loads(text)
        options.take(config, Settings(**given["settings"]))
        stacks = [Stack.from_json(data, controls=options.controls(config)) for data in given["stacks"]]
        return cls(
            run=Run(given["run"]),
            engine=Engine(**given["engine"]) if given["engine"] else None,
            stacks=stacks,
            config=config,
            owns_run=False,
        )

    @cached_property
    def controls(self) -> dict[str, Entry]:
        """Every control by id, a team's own included."""
        return options.controls(self.config)

    @cached_property
    def progress(self) -> Progress:
        """Steps of sandboxes, shared by all processes of the run."""
        return Progress(self.run.folder.events)

    @cached_property
    def pool(self) -> Pool:
        """Sandboxes of this process."""
        return Pool(self.run, self.engine, self.progress, self.settings)

    @property
    def settings(self) -> Settings:
        """What was set for it."""
        return options.settings_of(self.config)

    @property
    def attached(self) -> str | None:
        """The project that is looked at in place of sandboxes, if there is one."""
        return self.settings.attach

    @property
    def plan(self) -> Path:
        """The file that says which controls are to be decided."""
        return self.run.folder.plan

    @property
    def command(self) -> str:
        """What was typed: our own command hands pytest words that nobody typed."""
        program = Path(sys.argv[0]).name
        words = sys.argv[1:] if program == "stackproof" else self.config.invocation_params.args
        return shlex.join([program, *words])

    def outside(self, stack: Stack, images: Configs | None = None) -> Decision:
        """What sandboxes of a stack reach outside it; `images` are their configs, by service."""
        return outsides.decision(stack, self.settings, images)

    def contexts(self) -> dict[str, Any]:
        """Environment facts besides the engine's."""
        return {
            "python": platform.python_version(),
            "platform": platform.platform(),
            "pytest": pytest.__version__,
            "workers": self.config.getoption("numprocesses", None) or 1,
            "runs swept at start": self.swept,
        }


def sources(config: pytest.Config) -> list[Source]:
    """Return where the stacks of this run stand: what was typed, or what the ini file says.

    Raises UsageError when there is none.
    """
    settings = options.settings_of(config)
    base = config.invocation_params.dir if settings.stacks else config.rootpath
    patterns = settings.stacks or config.getini(options.STACKS_INI)
    if not patterns:
        msg = "no stack to prove: give --stack=PATH"
        raise UsageError(msg)
    found = find_all(patterns, base, settings.compose(config.invocation_params.dir))
    return _under_contract(config, found)


def auto_workers(config: pytest.Config) -> int | None:
    """Return how many workers `-n auto` means: as many as the machine holds, but for lanes that there can be.

    To start one costs a second of a processor. None leaves it to xdist, as when its own variable is set.
    """
    if os.environ.get("PYTEST_XDIST_AUTO_NUM_WORKERS"):
        return None
    settings = options.settings_of(config)
    if settings.own(config.invocation_params.dir):  # what they need nobody knows before they are collected
        return options.most_workers()
    try:
        runs = options.selection(config).runs
        lanes = {entry.control.lane for entry in options.controls(config).values() if runs(entry.control)}
        stacks = 1 if settings.attach else len(sources(config))
    except StackproofError:  # the run will say what is wrong
        return 1
    return max(1, min(options.most_workers(), stacks * len(lanes)))


def _under_contract(config: pytest.Config, found: Sequence[Source]) -> list[Source]:
    """Return stacks with the contract that was named, or without any where that was asked for."""
    settings = options.settings_of(config)
    given = under_contract(found, settings.contract, config.invocation_params.dir)
    return [replace(source, without_contract=settings.no_contract) for source in given]


def load_stacks(sources: Iterable[Source], controls: Collection[str]) -> list[Stack]:
    """Resolve all stacks; contracts may name these controls.

    Raises UsageError or ContractError for the first that cannot be read.
    """
    stacks = [Stack.load(source, controls=controls) for source in sources]
    chosen = {profile for stack in stacks for profile in stack.source.settings.profiles}
    # One stack of several may have it.
    known = (
        {name for stack in stacks for name in profiles.named(Written.of(stack.source))} if chosen else set()
    )
    if wrong := profiles.unknown(sorted(chosen), known):
        raise UsageError(wrong)
    return stacks


def needs_engine(config: pytest.Config) -> bool:
    """Whether anything that is going to run needs one: a selected control, or a test that a team wrote."""
    runs = options.selection(config).runs
    asked = any(runs(e.control) and e.control.needs.engine for e in options.controls(config).values())
    own = options.settings_of(config).own(config.invocation_params.dir)
    suite = [folder.resolve() for folder in (*catalogue.suite_folders(), *catalogue.packaged_tests(), *own)]
    return asked or not all(
        any(path.is_relative_to(folder) for folder in suite) for path in _collected(config)
    )


def _collected(config: pytest.Config) -> list[Path]:
    """Return the paths that tests are collected from."""
    return [(config.invocation_params.dir / arg.partition("::")[0]).resolve() for arg in config.args]


def suite_requested(config: pytest.Config) -> bool:
    """Whether this run shall prove stacks: by --stack, by --attach, or by collecting the suite's folders.

    A folder above the suite counts in a checkout only: a project may hold the environment with our wheel.
    """
    settings = options.settings_of(config)
    if settings.stacks or settings.attach:
        return True
    package = Path(stackproof.__file__).resolve().parent
    wanted = _collected(config)
    return any(
        path.is_relative_to(suite) or (suite.is_relative_to(path) and not suite.is_relative_to(package))
        for suite in map(Path.resolve, catalogue.suite_folders())
        for path in wanted
    )


def tell(session: Session, item: pytest.Item) -> None:
    """Tell the controller what is being decided from now on."""
    subject, control = subject_of(item), control_of(item)
    if subject is not None:
        what = control.id if control else f"rules: {subject.family}" if subject.family else item.name
        parts = (what, subject.container or subject.service, subject.aspect)
        # An endpoint may have a key in its path, and the terminal shows this.
        words = subject.stack.redactor.text(" ".join(filter(None, parts)))
        session.progress.say(subject.stack.name, lane_of(item), f"{CONTROL}{words}")
