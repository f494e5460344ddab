"""Crash trials in which each blow has the end that a test gives it."""

from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from tests.unit.conftest import MakeContainer
from tests.unit.trials.scenes import Scene
from tests.unit.trials.trees import HTTP, member, tree

from stackproof.sandbox.container import Container
from stackproof.stack.model import Model
from stackproof.trials import crashing, standing
from stackproof.trials.aims import Aim
from stackproof.trials.blow import Blow, Struck
from stackproof.trials.crashing import CrashTrial, crash_trial
from stackproof.trials.results import ByService
from stackproof.trials.tree import Tree


def pool(shift: int = 0, *, workers: int = 1, port: str = HTTP) -> Tree:
    """Return a server below a shell with its workers; pids are others in each sandbox."""
    main = 1 + shift
    several = [member(main + 2 + n, main + 1, "gunicorn", port) for n in range(workers)]
    return tree(member(main, 0, "sh"), member(main + 1, main, "gunicorn", port), *several)


class Trial:
    """A crash trial of one service, or of several."""

    def __init__(self, make: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made = 0
        self.policy = "always"
        self.seen: list[Tree] = [pool()]
        """What is seen of all services, one look after the other."""
        self.trees: dict[str, Tree | None] = {}
        """The same for some of them, each time."""
        self.struck: list[list[int]] = []
        self.struck_at: list[float] = []
        self.restless: list[bool] = []
        self.ends: list[dict[str, Any]] = []
        """What comes of each strike, and, with `again`, what then comes in its window."""
        self.log: list[str] = []
        self.trouble: Exception | None = None
        self.make = make
        self.scene = Scene(lambda _now: [])
        self.of(web={})
        sandbox: Any = self.scene
        sandbox.down = self._down
        sandbox.up = self._up
        for module in (standing, crashing):
            monkeypatch.setattr(module, "time", self.scene)
        monkeypatch.setattr("stackproof.engine.engine.clock", lambda: "2027-03-01T09:35:00.25Z")
        monkeypatch.setattr("stackproof.trials.tree.look", self._look)
        monkeypatch.setattr(crashing, "strike", self._strike)
        monkeypatch.setattr(crashing, "settled", self._settled)

    def of(self, **services: dict[str, Any]) -> None:
        """Have these services."""
        model = Model(raw={"services": services})
        self.scene.stack = SimpleNamespace(services=model.services, model=model)
        self.scene.there = lambda _now: [self.make(name, policy=self.policy) for name in services]

    def _down(self, *, volumes: bool, grace: int) -> None:
        assert (volumes, grace) == (True, 0)
        self.log.append("anew")

    def _up(self) -> None:
        self.made += 1
        if self.trouble:
            raise self.trouble

    def _look(self, containers: Sequence[Container], own: object) -> dict[str, Tree]:
        assert own is self.scene.labels
        found = {}
        for container in containers:
            if container.service in self.trees:
                seen = self.trees[container.service]
            else:
                seen = self.seen.pop(0) if len(self.seen) > 1 else self.seen[0]
            if seen is not None:
                found[container.id] = seen
        return found

    def _strike(self, container: Container, aim: Aim, sandbox: object) -> Struck:
        assert sandbox is self.scene
        self.log.append(f"strike {container.service}")
        self.struck.append([victim.pid for victim in aim.victims])
        self.struck_at.append(self.scene.now)
        end = self.ends.pop(0) if self.ends else {}
        if error := end.get("raises"):
            raise error
        blow = Blow(words=aim.words, wrapper="sh", promise="port 8000", **end)
        return Struck(blow=blow, aim=aim, before=container, back=None if blow.failed else container)

    def _settled(
        self, struck: Sequence[Struck], sandbox: object, window: float, *, restless: bool = False
    ) -> list[Blow]:
        assert (sandbox, window) == (self.scene, standing.WINDOW)
        if any(one.back for one in struck):
            self.log.append(f"watch {' '.join(one.before.service for one in struck)}")
        self.restless.append(restless)
        return [replace(one.blow, **self._later() if one.back else {}) for one in struck]

    def _later(self) -> dict[str, Any]:
        return self.ends.pop(0) if self.ends and "again" in self.ends[0] else {}

    def results(self) -> ByService[CrashTrial]:
        """Perform it."""
        sandbox: Any = self.scene
        return crash_trial(sandbox)

    def result(self) -> CrashTrial:
        """Perform it with one service."""
        return self.results()["web"]
