"""The images that services ran."""

from typing import Any

from tests.unit.conftest import MakeStack

from stackproof.plugin.ran_images import ran_images
from stackproof.sandbox.images import Images, identity_of

IMAGE = {
    "Id": "sha256:12",
    "RepoDigests": ["nginx@sha256:ab", "mirror.example:5000/nginx@sha256:cd"],
    "Os": "linux",
    "Architecture": "arm64",
    "Variant": "v8",
    "Created": "2026-11-20T10:00:00Z",
}


def test_identity_of_an_image() -> None:
    """Digests without the names of registries, which differ from one to the next."""
    assert identity_of(IMAGE) == {
        "id": "sha256:12",
        "digests": ["sha256:ab", "sha256:cd"],
        "platform": "linux/arm64/v8",
        "created": "2026-11-20T10:00:00Z",
    }
    assert identity_of({"Id": "x", "RepoDigests": None})["digests"] == []


def test_images(make_stack: MakeStack) -> None:
    """Of each service, with the official image that a stand-in replaces."""
    stack = make_stack({"web": {"image": "nginx:1"}, "app": {"build": "."}})
    config: dict[str, dict[str, Any]] = {
        "web": {"Labels": {"stackproof.stand-in": "nginx:1"}},
        "app": {"Labels": None},
    }
    identity = {"web": identity_of(IMAGE), "app": identity_of({"Id": "sha256:34"})}
    had = Images(by_service={}, config=config, stand_ins=(), seconds=0.0, identity=identity)
    web, app = ran_images(stack, had)

    assert (web.service, web.reference, web.stand_in, web.id) == ("web", "nginx:1", "nginx:1", "sha256:12")
    assert (app.service, app.reference, app.stand_in, app.digests) == ("app", "", "", ())
    assert ran_images(stack, None) == ()
