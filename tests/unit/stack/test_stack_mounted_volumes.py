"""Which volumes a service has in the end; each case of `volumes_from` was tried with moby 26."""

from typing import Any

import pytest

from stackproof.stack.model import Model
from stackproof.stack.mounted_volumes import volumes_of

Raw = dict[str, Any]


def volume(source: str | None, target: str, **more: Any) -> Raw:  # noqa: ANN401 - keys of a mount
    """Return a mount as Compose resolves it."""
    return {"type": "volume", "target": target, **({"source": source} if source else {}), **more}


def of(service: str, **services: Raw) -> dict[str, tuple[tuple[str, ...], bool]]:
    """Return by name what a service of a stack has: the real name, and whether it may only read."""
    model = Model(raw={"services": services, "volumes": {"data": {"name": "shop_data"}, "tmp": {}}})
    return {one.name: (one.real, one.read_only) for one in volumes_of(model.services[service], model)}


DB = {
    "volumes": [
        volume("data", "/data"),
        volume(None, "/cache"),
        {"type": "bind", "source": "/s", "target": "/s"},
    ]
}


def test_own_volumes() -> None:
    """Named ones, and those without a name as its own; a folder of the host is none."""
    assert of("db", db=DB) == {"data": (("shop_data",), False), "/cache of db": (("db", "/cache"), False)}


@pytest.mark.parametrize(
    ("entry", "read_only"), [("db", False), ("db:rw", False), ("db:ro", True), ("container:db1:ro", True)]
)
def test_taken_over(entry: str, read_only: bool) -> None:  # noqa: FBT001 - a case
    """With all that the other one has, and for reading only where the entry says so."""
    found = of("web", db={**DB, "container_name": "db1"}, web={"volumes_from": [entry]})

    assert found == {"data": (("shop_data",), read_only), "/cache of db": (("db", "/cache"), read_only)}


def test_what_the_other_may_only_read() -> None:
    """Stays so, whatever the entry says."""
    db = {"volumes": [volume("data", "/data", read_only=True)]}

    assert of("web", db=db, web={"volumes_from": ["db:rw"]}) == {"data": (("shop_data",), True)}


def test_by_way_of_another_one() -> None:
    """Each entry on the way may take writing away, and none gives it back."""
    side, last = {"volumes_from": ["db:ro"]}, {"volumes_from": ["side:rw"]}

    assert of("web", db=DB, side=side, web=last)["data"] == (("shop_data",), True)


@pytest.mark.parametrize(
    ("mount", "names"),
    [
        (volume("tmp", "/data"), ["/cache of db", "tmp"]),
        (volume(None, "/data"), ["/cache of db", "/data of web"]),
        ({"type": "bind", "source": "/s", "target": "/data"}, ["/cache of db"]),
        ({"type": "tmpfs", "target": "/cache"}, ["data"]),
        (volume("data", "/else"), ["/cache of db", "data", "data"]),
    ],
)
def test_own_mount_at_the_same_path(mount: Raw, names: list[str]) -> None:
    """Counts in the place of what is taken over."""
    services = {"db": DB, "web": {"volumes": [mount], "volumes_from": ["db"]}}
    model = Model(raw={"services": services, "volumes": {}})

    assert sorted(one.name for one in volumes_of(model.services["web"], model)) == names


def test_the_last_of_several() -> None:
    """Of two that mount something at one path the engine takes the last."""
    one, two = {"volumes": [volume("data", "/data")]}, {"volumes": [volume("tmp", "/data")]}

    assert list(of("web", one=one, two=two, web={"volumes_from": ["one", "two"]})) == ["tmp"]
    assert list(of("web", one=one, two=two, web={"volumes_from": ["two", "one"]})) == ["data"]


def test_a_stranger_and_a_circle() -> None:
    """What is not in the stack is not known; Compose refuses a circle, and here it ends."""
    assert of("web", web={"volumes_from": ["container:other"]}) == {}
    found = of("one", one={**DB, "volumes_from": ["two"]}, two={"volumes_from": ["one"]})
    assert sorted(found) == ["/cache of one", "data"]
