"""Where references to images lead to."""

import doctest

import pytest

from stackproof.stack import images


def test_examples() -> None:
    """Those of the docstrings are true."""
    assert doctest.testmod(images).failed == 0


@pytest.mark.parametrize(
    ("pattern", "reference", "trusted"),
    [
        ("postgres", "postgres:16.4", True),
        ("postgres", "acme/postgres:16.4", False),
        ("docker.io/postgres", "postgres", True),
        ("index.docker.io/acme/*", "acme/app:1", True),
        ("acme", "acme/app:1", False),
        ("acme/*", "acme/app:1", True),
        ("docker.io/*", "acme/app:1", True),
        ("ghcr.io", "ghcr.io/a/b/c:1", True),
        ("ghcr.io", "ghcr.io.example/a:1", False),
        ("localhost", "localhost/app:1", True),
        ("localhost:5000", "localhost:5000/app:1", True),
        ("localhost", "localhost:5000/app:1", False),
        ("*.example.com/*", "registry.example.com/app", True),
        ("ghcr.io/acme/app", "ghcr.io/acme/app@sha256:00", True),
        ("ghcr.io/acme/app", "ghcr.io/acme/app2:1", False),
    ],
)
def test_trusted(pattern: str, reference: str, *, trusted: bool) -> None:
    """A part of a name ends where the name has a slash."""
    assert images.trusts(pattern, images.named(reference)) is trusted


def test_id_of_an_image() -> None:
    """It comes from no registry."""
    assert images.named("sha256:" + "0" * 64) == images.named("0" * 64) == ""
