"""What a mounted path is meant to be, by its name."""

from pathlib import Path

import pytest

from stackproof.stack import binds
from stackproof.stack.mounts import Mount
from stackproof.stack.service import Service


def mount(source: str, target: str) -> Mount:
    """Return a bind."""
    return Mount(kind="bind", source=source, target=target, read_only=False)


@pytest.mark.parametrize(
    ("source", "target", "image", "only_read"),
    [
        ("./app.toml", "/app/app.toml", "app", True),
        ("./tls", "/etc/ssl/private", "app", True),
        ("./tls", "/etc/ssl-other", "app", False),
        ("./seed", "/docker-entrypoint-initdb.d", "postgres", True),
        ("./config", "/config", "sonarr", False),
        ("./app", "/app/app.conf", "app", False),
        ("./app.conf", "/app", "app", False),
        ("./acme.json", "/acme.json", "traefik", False),
        ("./nginx", "/etc/nginx", "nginx-proxy-manager", False),
        ("./nginx", "/etc/nginx", "certbot", False),
    ],
)
def test_only_read(source: str, target: str, image: str, *, only_read: bool) -> None:
    """Both names say so, or the folder does; not for programs that write their own."""
    service = Service(name="web", raw={"image": image})

    assert binds.is_only_read(mount(source, target), service) is only_read


@pytest.mark.parametrize(
    ("written", "wrong"),
    [
        ("./a.conf:/etc/conf.d/", True),
        ("./a.conf:/etc/conf.d/:ro", True),
        ("./a.conf:/etc/conf.d/a.conf", False),
        ("./a.conf:${WHERE}/", False),
        ("", False),
    ],
)
def test_file_in_place_of_a_folder(tmp_path: Path, written: str, *, wrong: bool) -> None:
    """Only a slash behind the target says that it is one, and the resolved model has none."""
    (tmp_path / "a.conf").touch()

    assert bool(binds.mistaken(mount("x", "/etc/conf.d"), str(tmp_path / "a.conf"), lambda: written)) is wrong
