"""Copies in place of what a stack may write."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from stackproof.errors import StackError
from stackproof.isolation import binds
from stackproof.isolation.binds import copy_binds
from stackproof.isolation.host_paths import HostPaths
from stackproof.settings import COPY_LIMIT
from stackproof.stack.model import Model

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
as_user = pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
Copy = Callable[..., Path | None]


def mounting(*sources: Path | str, read_only: bool = False) -> Model:
    """Return a stack with a service that mounts each source."""
    volumes = [
        {"type": "bind", "source": str(source), "target": f"/x{number}", "read_only": read_only}
        for number, source in enumerate(sources)
    ]
    return Model(raw={"services": {"web": {"volumes": volumes}}})


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A folder of the author's."""
    folder = tmp_path / "author" / "data"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def copied(tmp_path: Path) -> Copy:
    """Return a function that gives the copy of a bind, or None where there is none."""
    target = tmp_path / "copies"
    target.mkdir()

    def copied_to(source: Path, *, read_only: bool = False) -> Path | None:
        found = copy_binds(mounting(source, read_only=read_only), target).get(str(source))
        return Path(found) if found else None

    return copied_to


def test_folder_is_copied(source: Path, copied: Copy) -> None:
    """With all that is in it, and what is written to the copy stays there."""
    (source / "sub").mkdir()
    (source / "sub" / "file").write_text("author's")

    found = copied(source)

    assert found is not None
    assert (found / "sub" / "file").read_text() == "author's"
    (found / "sub" / "file").write_text("ours")
    assert (source / "sub" / "file").read_text() == "author's"


def test_file_is_copied_with_its_mode(source: Path, copied: Copy) -> None:
    """A single file, such as a script that is run."""
    script = source / "run.sh"
    script.write_text("exit 0")
    script.chmod(0o750)

    found = copied(script)

    assert found is not None
    assert found.read_text() == "exit 0"
    assert found.stat().st_mode & 0o777 == 0o750


def test_read_only_is_mounted_itself(source: Path, copied: Copy) -> None:
    """Nobody can write to it."""
    assert copied(source, read_only=True) is None


@pytest.mark.parametrize("read_only", [False, True])
def test_missing_source_is_an_empty_folder_of_ours(source: Path, copied: Copy, read_only: bool) -> None:  # noqa: FBT001
    """As the engine would make one, but not in the author's tree."""
    found = copied(source / "missing", read_only=read_only)

    assert found is not None
    assert list(found.iterdir()) == []
    assert not (source / "missing").exists()


def test_control_socket_is_never_copied(copied: Copy) -> None:
    """Whether it may be mounted at all is decided elsewhere."""
    assert copied(Path("/var/run/docker.sock")) is None


def test_socket_is_never_copied(source: Path, copied: Copy) -> None:
    """Somebody else listens behind it; whether it may be mounted at all is decided elsewhere."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(source / "app.sock"))

        assert copied(source / "app.sock") is None


@pytest.mark.parametrize("read_only", [False, True])
def test_sockets_and_pipes_of_the_project_stay_behind(source: Path, tmp_path: Path, read_only: bool) -> None:  # noqa: FBT001
    """A stale socket is no data, and a read-only mount of a live one hinders nobody to write."""
    os.mkfifo(source / "pipe")
    (source / "file").touch()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(source / "app.sock"))
        paths = HostPaths(source.parent)
        found = copy_binds(mounting(source, read_only=read_only), tmp_path, paths=paths)

    assert [path.name for path in Path(found[str(source)]).iterdir()] == ["file"]


def test_inner_bind_is_a_part_of_the_outer_copy(source: Path, tmp_path: Path) -> None:
    """What one service writes below a folder another one finds there, also through a link or a file."""
    inner = source / "public"
    inner.mkdir()
    (inner / "page").write_text("1")
    link = source.parent / "link"
    link.symlink_to(inner)

    found = copy_binds(mounting(inner / "page", inner, link, source), tmp_path)

    outer = Path(found[str(source)])
    assert found[str(inner)] == found[str(link)] == str(outer / "public")
    assert found[str(inner / "page")] == str(outer / "public" / "page")


def test_read_only_inner_bind_shares_the_copy_too(source: Path, tmp_path: Path) -> None:
    """A web server that only reads what an application writes."""
    (source / "public").mkdir()
    volumes = [
        {"type": "bind", "source": str(source), "target": "/app"},
        {"type": "bind", "source": str(source / "public"), "target": "/pub", "read_only": True},
        {"type": "bind", "source": str(source / "later"), "target": "/later", "read_only": True},
    ]
    found = copy_binds(Model(raw={"services": {"web": {"volumes": volumes}}}), tmp_path)

    assert found[str(source / "public")] == f"{found[str(source)]}/public"
    assert Path(found[str(source / "later")]).is_dir()
    assert not (source / "later").exists()


def test_too_large(source: Path, copied: Copy) -> None:
    """Data is not configuration; a sparse file counts with its length."""
    with (source / "big").open("wb") as file:
        file.truncate(COPY_LIMIT * binds.MIB + 1)

    with pytest.raises(StackError, match=r"holds 101 MiB; copies stop at 100 MiB\n.*--copy-limit 101$"):
        copied(source)


def test_larger_where_it_is_allowed(tmp_path: Path, source: Path) -> None:
    """With the limit that the message named."""
    with (source / "big").open("wb") as file:
        file.truncate(2 * binds.MIB)
    model = mounting(source)

    with pytest.raises(StackError, match="copies stop at 1 MiB"):
        copy_binds(model, tmp_path, limit=1)
    assert copy_binds(model, tmp_path, limit=2)


def test_copy_is_named_as_compose_reads_it(tmp_path: Path, source: Path) -> None:
    """A dollar sign in the path of our own folder is no variable."""
    folder = tmp_path / "a$b"
    folder.mkdir()

    assert copy_binds(mounting(source), folder)[str(source)].endswith("/a$$b/bind-0")


@pytest.mark.parametrize("source", ["/proc", "/sys/fs/cgroup", "/dev/shm"])  # noqa: S108 - a case
def test_what_the_kernel_shows_is_never_copied(copied: Copy, source: str) -> None:
    """Whether it may be mounted at all is decided elsewhere."""
    assert copied(Path(source)) is None


def test_large_is_no_matter_for_read_only(source: Path, copied: Copy) -> None:
    """It is not copied."""
    with (source / "big").open("wb") as file:
        file.truncate(COPY_LIMIT * binds.MIB + 1)

    assert copied(source, read_only=True) is None


def test_links_in_a_folder_stay_links(source: Path, copied: Copy) -> None:
    """They are resolved inside the container, and one that leads nowhere is no error."""
    (source / "file").write_text("x")
    (source / "link").symlink_to("file")
    (source / "broken").symlink_to("nowhere")

    found = copied(source)

    assert found is not None
    assert (found / "link").readlink() == Path("file")
    assert (found / "broken").readlink() == Path("nowhere")


def test_link_as_source_is_followed(source: Path, copied: Copy) -> None:
    """The engine follows it, so a copied link would lead back to the author's file."""
    (source / "real").write_text("author's")
    link = source / "link"
    link.symlink_to(source / "real")

    found = copied(link)

    assert found is not None
    assert not found.is_symlink()
    found.write_text("ours")
    assert (source / "real").read_text() == "author's"


def test_link_to_a_folder_as_source(source: Path, copied: Copy) -> None:
    """The same for a folder."""
    (source / "real").mkdir()
    (source / "real" / "file").touch()
    (source / "link").symlink_to("real")

    found = copied(source / "link")

    assert found is not None
    assert (found / "file").is_file()
    assert not found.is_symlink()


@as_root
def test_owners_are_kept(source: Path, copied: Copy) -> None:
    """Of files, folders, links and the folder itself: databases check who owns their files."""
    (source / "base").mkdir()
    (source / "base" / "file").touch()
    (source / "link").symlink_to("base")
    for path in (source, source / "base", source / "base" / "file", source / "link"):
        os.chown(path, 999, 998, follow_symlinks=False)

    found = copied(source)

    assert found is not None
    for path in (found, found / "base", found / "base" / "file", found / "link"):
        status = path.lstat()
        assert (status.st_uid, status.st_gid) == (999, 998)


@as_user
def test_unreadable_file_is_named(source: Path, copied: Copy) -> None:
    """Half a copy would prove another stack."""
    (source / "secret").touch(mode=0)

    with pytest.raises(StackError, match="must be copied, and cannot be"):
        copied(source)


def test_each_source_has_a_copy_of_its_own(tmp_path: Path, source: Path) -> None:
    """Copies are found by source."""
    other = source.parent / "other"
    other.mkdir()

    found = copy_binds(mounting(source, other), tmp_path)

    assert set(found) == {str(source), str(other)}
    assert len(set(found.values())) == 2


def test_device_that_every_container_has(tmp_path: Path) -> None:
    """`/dev/null:/etc/motd` hides a file; there is nothing to copy."""
    assert copy_binds(mounting("/dev/null", "/dev/urandom"), tmp_path) == {}


def test_bind_of_a_hook_is_copied(source: Path, tmp_path: Path) -> None:
    """A hook before the start is a container of its own, which writes as its service does."""
    volume = {"type": "bind", "source": str(source), "target": "/x"}
    model = Model(raw={"services": {"web": {"pre_start": [{"command": ["migrate"], "volumes": [volume]}]}}})

    assert set(copy_binds(model, tmp_path)) == {str(source)}
