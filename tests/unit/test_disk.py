"""Files of others: what stands behind a name may be anything, and reading it has an end."""

import errno
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from stackproof.files import disk

LONG = Path("n" * 300)


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(path))


MADE: dict[str, Callable[[Path], object]] = {
    "a FIFO": os.mkfifo,
    "a socket": _socket,
    "a folder": Path.mkdir,
    "a device": lambda path: path.symlink_to("/dev/zero"),
    "a file of the kernel's own": lambda path: path.symlink_to("/proc/kmsg"),
}


@pytest.mark.parametrize("kind", MADE)
def test_what_is_no_file(tmp_path: Path, kind: str) -> None:
    """It is named without being opened, and reading it is refused at once."""
    MADE[kind](tmp_path / "it")

    assert disk.other(tmp_path / "it") == kind
    assert disk.endless(tmp_path / "it") == ("" if kind == "a folder" else kind)
    with pytest.raises(
        OSError, match="Is a directory" if kind == "a folder" else f"it is {kind}, and no file"
    ):
        disk.read(tmp_path / "it")
    assert disk.content(tmp_path / "it") == b""


@pytest.mark.parametrize("name", ["/sys/kernel/notes", "/proc/self/maps", "/proc/version", "/proc/self/mem"])
def test_files_that_the_kernel_makes(name: str) -> None:
    """They are regular files of no size, and some of them never end."""
    if not Path(name).exists():
        pytest.skip(f"{name} is not here")

    assert disk.endless(Path(name)) == "a file of the kernel's own"


def test_null_device() -> None:
    """It says nothing, at once, and it is no file."""
    assert disk.read(Path("/dev/null")) == b""
    assert disk.endless(Path("/dev/null")) == ""
    assert disk.other(Path("/dev/null")) == "a device"


def test_file_of_ten_gigabytes(tmp_path: Path) -> None:
    """A sparse file takes no place on a disk and all memory."""
    path = tmp_path / "it"
    path.touch()
    os.truncate(path, 10 << 30)

    with pytest.raises(OSError, match="it is larger than 2 MiB") as raised:
        disk.read(path)
    assert raised.value.errno == errno.EFBIG
    assert disk.size(path) == 10 << 30
    assert disk.text(path) == ""


@pytest.mark.parametrize(("size", "whole"), [(0, True), (1024, True), (1025, False)])
def test_size_that_is_read(tmp_path: Path, size: int, whole: bool) -> None:  # noqa: FBT001 - a fact of the case
    """The limit itself is within it."""
    path = tmp_path / "it"
    path.write_bytes(b"x" * size)

    assert disk.content(path, 1024) == (b"x" * size if whole else b"")


@pytest.mark.parametrize(
    "name", [LONG, Path("a\0b"), Path("\ud800"), Path("loop"), Path("file/below"), Path("gone")]
)
def test_names_that_the_system_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: Path) -> None:
    """Path's own functions raise for some of them."""
    monkeypatch.chdir(tmp_path)
    Path("loop").symlink_to("loop")
    Path("file").touch()

    assert not any(
        ask(name)
        for ask in (disk.is_file, disk.is_folder, disk.is_there, disk.other, disk.endless, disk.size)
    )
    assert disk.real(name).name == name.name
    with pytest.raises(OSError, match=r"\[Errno \d+\]") as raised:
        disk.read(name)
    assert raised.value.strerror


def test_fifo_that_a_shell_makes(tmp_path: Path) -> None:
    """It seems to be at its end before its writer begins."""
    path = tmp_path / "it"
    os.mkfifo(path)
    words = [sys.executable, "-c", "import sys; open(sys.argv[1], 'w').write('said')", str(path)]
    with subprocess.Popen(words):
        assert disk.read(path, fifo=True) == b"said"


def test_fifo_that_nobody_writes_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is waited for no longer than for any file."""
    monkeypatch.setattr(disk, "DEADLINE", 0.05)
    path = tmp_path / "it"
    os.mkfifo(path)

    with pytest.raises(OSError, match=r"it was not read within 0.05 s"):
        disk.read(path, fifo=True)


def test_file_that_comes_slowly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system may give a byte at a time."""
    path = tmp_path / "it"
    path.write_bytes(b"x" * 1000)
    monkeypatch.setattr(disk, "DEADLINE", 0.05)
    read = os.read

    def slowly(number: int, _most: int) -> bytes:
        time.sleep(0.02)
        return read(number, 1)

    monkeypatch.setattr(os, "read", slowly)
    with pytest.raises(OSError, match="it was not read within"):
        disk.read(path)
