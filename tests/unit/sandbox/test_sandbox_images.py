"""What images bring, and how they are built."""

import re
from typing import Any

from tests.unit.conftest import MakeStack

from stackproof.isolation.treatment import Permits
from stackproof.sandbox.images import Images, build_for, by_services, mounted, stand_ins, tags_of
from stackproof.stack.model import Health, Model, Service
from stackproof.trials.scaling import blockers

SECOND = 1_000_000_000


def images(**config: dict[str, object]) -> Images:
    """Return images of services with these configurations."""
    return Images(by_service={}, config=config, stand_ins=(), seconds=0.0)


def test_health_of_images() -> None:
    """Nanoseconds become seconds; zero is the engine's default."""
    found = images(
        web={
            "Healthcheck": {
                "Test": ["CMD", "x"],
                "Interval": 5 * SECOND,
                "Retries": 4,
                "StartPeriod": SECOND,
                "StartInterval": 2 * SECOND,
            }
        },
        db={"Healthcheck": {"Test": ["CMD-SHELL", "y"], "Interval": 0}},
        off={"Healthcheck": {"Test": ["NONE"]}},
        none={},
    ).health()

    assert found == {
        "web": Health(interval=5, timeout=30, retries=4, start_period=1, start_interval=2, test=("CMD", "x")),
        "db": Health(interval=30, timeout=30, retries=3, start_period=0, test=("CMD-SHELL", "y")),
    }


def test_stand_ins_are_named_once() -> None:
    """Built images inherit the label of their base."""
    mark = {"Labels": {"stackproof.stand-in": "python:3.11"}}

    assert stand_ins({"a": mark, "b": mark, "c": {"Labels": None}, "d": {}}) == ("python:3.11",)


def test_build_under_a_tag_of_ours() -> None:
    """The author's tags and caches are never written."""
    raw = {
        "context": "/project",
        "args": {"A": "1"},
        "labels": {"owner": "shop"},
        "tags": ["registry.example.com/live:latest"],
        "cache_to": ["type=registry,ref=registry.example.com/cache"],
        "pull": True,
    }
    model = Model(raw={"services": {"web": {"build": raw}}})
    found = build_for(model, "web", "ours:latest", {"stackproof.run": "cafe"})

    assert found == {
        "context": "/project",
        "args": {"A": "1"},
        "labels": {"stackproof.run": "cafe"},
        "tags": ["ours:latest"],
    }


def test_tags_for_every_name_that_compose_allows() -> None:
    """Valid for an image, and each its own."""
    names = ["Web", "web", "WEB", "a..b", "a--b", "_", "-x-", "a___b", "9.", "web-1", "b" * 20]
    tags = tags_of(names, "stackproof-cafe/shop")
    part = "[a-z0-9]+(?:(?:[.]|_|__|-+)[a-z0-9]+)*"  # the reference grammar of image names

    assert list(tags) == names
    assert len(set(tags.values())) == len(names)
    assert [tag for tag in tags.values() if not re.fullmatch(f"{part}/{part}:latest", tag)] == []
    assert tags["Web"] == "stackproof-cafe/shop-web-1:latest"


def test_image_that_another_service_builds() -> None:
    """A worker that names the image of the web service gets what was built, not what the author has."""
    services = {
        "web": Service(name="web", raw={"build": ".", "image": "shop:1"}),
        "worker": Service(name="worker", raw={"image": "shop:1"}),
        "db": Service(name="db", raw={"image": "postgres:16"}),
        "tool": Service(name="tool", raw={"build": "."}),
    }

    assert by_services(services, {"web": "ours/web", "tool": "ours/tool"}) == {
        "web": "ours/web",
        "worker": "ours/web",
        "db": "postgres:16",
        "tool": "ours/tool",
    }


def test_build_that_was_opened() -> None:
    """What the user allowed is built as it is written; otherwise it is refused before any build."""
    raw = {"context": "/project", "network": "host", "ssh": ["default"], "privileged": True}
    model = Model(raw={"services": {"web": {"build": raw}}})

    closed, opened = (
        build_for(model, "web", "ours", {}, Permits(host_access=allowed)) for allowed in (False, True)
    )

    ours = {"labels": {}, "tags": ["ours"]}
    assert closed == {"context": "/project", **ours}
    assert opened == {**raw, **ours}


def test_image_that_is_mounted() -> None:
    """One that a service builds is the one that we built; others are pulled under their names."""
    volumes = [{"type": "image", "source": source, "target": f"/{source}"} for source in ("shop:1", "data:2")]
    model = Model(raw={"services": {"web": {"image": "shop:1", "volumes": volumes}}})

    assert mounted(model, {"web": "ours/web"}) == {"shop:1": "ours/web", "data:2": "data:2"}


def test_what_keeps_a_service_from_scaling(make_stack: MakeStack) -> None:
    """One name, one port; a range or a free number has room."""
    raw: dict[str, Any] = {
        "container_name": "web",
        "ports": [
            {"target": 80, "published": "8080"},
            {"target": 81, "published": "8081-8090"},
            {"target": 82},
        ],
        "networks": {"lan": {"ipv4_address": "10.5.0.5"}, "default": None},
    }
    stack = make_stack({"web": raw, "db": {}})

    assert blockers(stack, "web") == [
        "host port 8080:80/tcp is also asked for by another container of web",
        "container_name web can belong to one of 2 containers only",
        "address 10.5.0.5 can belong to one of 2 containers only",
    ]
    assert blockers(stack, "db") == []
