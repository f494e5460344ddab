"""Which volumes nobody named, from what inspect says of containers (engine 26.1, Compose 2.26)."""

from typing import Any

import pytest

from stackproof.engine import labels
from stackproof.runs import nameless

A, B, C, D = (digit * 64 for digit in "abcd")


def container(  # noqa: PLR0913 - one word for each thing that inspect says
    mounts: dict[str, str],
    *,
    name: str = "x",
    written: dict[str, str | None] | None = None,
    binds: tuple[str, ...] = (),
    declared: tuple[str, ...] = (),
    sources: tuple[str, ...] = (),
    marks: dict[str, str] | None = None,
) -> dict[str, Any]:
    """`mounts` are volumes by destination, `written` sources by target as the compose file has them."""
    entries = [
        {"Type": "volume", "Target": target, **({"Source": source} if source else {})}
        for target, source in (written or {}).items()
    ]
    return {
        "Id": f"id-of-{name}",
        "Name": f"/{name}",
        "Config": {"Volumes": {target: {} for target in declared} or None, "Labels": marks},
        "HostConfig": {
            "Mounts": entries or None,
            "Binds": list(binds) or None,
            "VolumesFrom": list(sources) or None,
        },
        "Mounts": [{"Type": "volume", "Name": n, "Destination": d} for d, n in mounts.items()],
    }


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        pytest.param(container({"/a": A}, written={"/a": None}), {A}, id="in the compose file"),
        pytest.param(container({"/a": A}, written={"/a/": None}), {A}, id="with a slash at the end"),
        pytest.param(container({"/a": A}, declared=("/a",)), {A}, id="declared by the image"),
        pytest.param(container({"/a": A}, declared=("/a/",)), {A}, id="declared with a slash"),
        pytest.param(container({"/a": "shop_data"}, written={"/a": "shop_data"}), set(), id="named"),
        pytest.param(container({"/a": A}, written={"/a": A}), set(), id="named with 64 digits"),
        pytest.param(container({"/a": A}, binds=(f"{A}:/a:rw",), declared=("/a",)), set(), id="named, -v"),
        pytest.param(container({"/a": A}, declared=("/a",), sources=("gone",)), set(), id="of a stranger"),
        pytest.param(
            container({"/a": A, "/b": B}, written={"/b": None}, declared=("/a",), sources=("gone:ro",)),
            {B},
            id="of a stranger, and one of its own",
        ),
        pytest.param(container({"/a": "f" * 63}, declared=("/a",)), set(), id="no name of the engine's"),
        pytest.param(container({"/a": A}), set(), id="from nowhere"),
    ],
)
def test_of_one_container(found: dict[str, Any], expected: set[str]) -> None:
    """What inspect says decides; the name alone never does."""
    assert nameless.of_containers([found]) == expected


def test_other_mounts() -> None:
    """Binds and file systems in memory are no volumes."""
    found = container({}, declared=("/a",), written={"/b": None})
    found["Mounts"] = [{"Type": "tmpfs", "Destination": "/b"}, {"Type": "bind", "Destination": "/a"}]
    assert nameless.of_containers([found]) == set()
    assert nameless.of_containers([{**found, "Mounts": None}]) == set()


@pytest.mark.parametrize("source", ["id-of-first", "first", "first:ro", "id-of-first:rw"])
def test_volumes_from(source: str) -> None:
    """What another container has is judged there: there it may have a name."""
    first = container(
        {"/named": C, "/none": A, "/img": B},
        name="first",
        written={"/named": C, "/none": None},
        declared=("/img",),
    )
    second = container(
        {"/named": C, "/none": A, "/img": B, "/own": D},
        name="second",
        declared=("/named", "/img", "/own"),
        sources=(source,),
    )

    assert nameless.of_containers([second, first]) == {A, B, D}


def test_inherited() -> None:
    """Compose hands volumes on by name when it makes a container in place of another."""
    marks = {labels.COMPOSE_REPLACE: "0123"}
    found = container({"/a": A, "/b": "shop_data"}, written={"/a": A, "/b": "shop_data"}, marks=marks)

    assert nameless.inherited([found]) == {A}
    assert nameless.inherited([{**found, "Config": {"Labels": {labels.RUN: "x"}}}]) == set()
    assert nameless.inherited([{**found, "Config": {"Labels": None}}]) == set()


def test_made_since() -> None:
    """One that is older than the run is somebody's; the engine's own mark is as good as a date."""
    volume = {"Name": A, "CreatedAt": "2027-03-01T09:30:00Z", "Labels": None}
    made = nameless.created("volume", volume)

    assert made == 1803893400
    assert nameless.made_since(volume, made - 1)
    assert nameless.made_since(volume, made + nameless.SLACK)
    assert not nameless.made_since(volume, made + nameless.SLACK + 1)
    assert not nameless.made_since(volume, float("inf"))
    assert nameless.made_since({**volume, "Labels": {labels.ANONYMOUS_VOLUME: ""}}, float("inf"))
    assert not nameless.made_since({**volume, "CreatedAt": "?"}, made)


def test_untouched() -> None:
    """A label was given by somebody."""
    assert nameless.untouched({"Name": A})
    assert nameless.untouched({"Name": A, "Labels": {labels.ANONYMOUS_VOLUME: ""}, "Scope": "local"})
    assert not nameless.untouched({"Name": A, "Labels": {"keep": "yes"}})
    assert not nameless.untouched({"Name": A, "Labels": None, "Scope": "global"})
