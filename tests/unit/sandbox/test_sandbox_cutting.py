"""The sinkhole is seen to stand before anything else is started."""

from ipaddress import ip_address
from types import SimpleNamespace
from typing import Any, cast

import pytest

from stackproof.engine import engine
from stackproof.errors import CommandError, StackError
from stackproof.isolation.sinkhole import Sinkhole
from stackproof.sandbox import cutting

OURS = "198.18.1.254"
ADDRESSES = f"2: eth0    inet {OURS}/24 scope global secondary eth0"


class Starts:
    """A project that notes what is brought up."""

    def __init__(self, refusal: str = "") -> None:
        self.up_with: list[list[str]] = []
        self._refusal = refusal

    def up(self, services: list[str], *, dependencies: bool) -> None:
        """Note it."""
        assert not dependencies
        if self._refusal:
            raise CommandError(self._refusal)
        self.up_with.append(services)


def sink(*, by_address: bool = True) -> Sinkhole:
    """Return a sinkhole of one network."""
    gateways = {"default": (ip_address(OURS),)} if by_address else {}
    return Sinkhole(service="hole", compose={}, names=frozenset({"q"}), gateways=gateways)


def seen(  # noqa: PLR0913 - what an engine says
    monkeypatch: pytest.MonkeyPatch,
    *,
    said: str = ADDRESSES,
    gateway: str = OURS,
    status: str = "running",
    started: str = "noon",
    there: bool = True,
) -> list[dict[str, Any]]:
    """Let the engine say what it has of the sinkhole; return that."""
    joined = {"Gateway": gateway, "Aliases": ["q"]}
    data = {
        "Config": {"Labels": {"com.docker.compose.service": "hole"}},
        "Id": "1",
        "State": {"Status": status, "StartedAt": started},
        "RestartCount": 0,
        "NetworkSettings": {"Networks": {"p_default": joined}},
    }
    monkeypatch.setattr(engine, "ids", lambda *_given: ["1"])
    found = [data] if there else []
    monkeypatch.setattr(engine, "inspect", lambda *_given: found)
    monkeypatch.setattr(engine, "execute", lambda *_given, **_more: SimpleNamespace(stdout=said))
    monkeypatch.setattr(cutting, "WITHIN", 0.1)
    return found


def cut() -> cutting.Cut:
    """Return the cut of a sandbox with a sinkhole."""
    made = cutting.Cut("p")
    made.sink = sink()
    return made


def first(project: Any, hole: Sinkhole) -> None:  # noqa: ANN401 - it stands for a project
    """Bring it up."""
    cutting.first(cast("Any", project), hole, "p")


def test_it_stands_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Alone, where addresses are cut."""
    seen(monkeypatch)
    project = Starts()

    first(project, sink())

    assert project.up_with == [["hole"]]


def test_names_need_no_such_thing() -> None:
    """Services are started after it anyway."""
    project = Starts()

    first(project, sink(by_address=False))

    assert project.up_with == []


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"said": "1: lo inet 127.0.0.1/8"}, f"hole has no address {OURS}"),
        ({"gateway": "198.18.1.1"}, "hole has another gateway than hole"),
    ],
)
def test_cut_that_is_not_seen(monkeypatch: pytest.MonkeyPatch, more: dict[str, Any], words: str) -> None:
    """An engine that does not know our way is refused, before a service is started."""
    seen(monkeypatch, **more)

    with pytest.raises(StackError, match="not cut off in this sandbox") as caught:
        first(Starts(), sink())
    assert words in str(caught.value)
    assert "fix: --offline" in str(caught.value)


def test_engine_that_refuses_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """In its own words, by which a subnet that somebody else took is known."""
    seen(monkeypatch)

    with pytest.raises(StackError, match="Pool overlaps"):
        first(Starts("Pool overlaps with other one on this address space"), sink())


ENDINGS: list[dict[str, Any]] = [
    {"status": "exited"},
    {"status": "restarting"},
    {"status": "paused"},
    {"started": "one"},
    {"there": False},
]


@pytest.mark.parametrize("change", ENDINGS)
def test_sinkhole_that_did_not_run_all_the_time(
    monkeypatch: pytest.MonkeyPatch, change: dict[str, Any]
) -> None:
    """It is told once it was seen, also when it is back by then, and at the end only if nobody was told."""
    watch = cut()
    watch.begin(lambda: seen(monkeypatch))
    watch.see()
    seen(monkeypatch, **change)

    with pytest.raises(StackError, match="not cut off all the time") as caught:
        watch.end()
    assert "fix: " in str(caught.value)
    seen(monkeypatch)
    assert watch.trouble()
    assert not watch.last_words()


def test_sinkhole_that_ended_unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last look finds it."""
    watch = cut()
    watch.begin(lambda: seen(monkeypatch))
    seen(monkeypatch, status="exited")

    assert "not cut off all the time" in watch.last_words()


def test_sinkhole_that_was_ended_with_all_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is wrong with that, nor where there is none."""
    watch = cut()
    watch.see()
    watch.begin(lambda: seen(monkeypatch))
    watch.end()
    seen(monkeypatch, status="exited")

    watch.see()
    assert not watch.last_words()
