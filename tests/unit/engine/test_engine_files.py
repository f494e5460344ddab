"""The files of a container, as the engine streams them."""

import io
import tarfile
from collections.abc import Iterator

import pytest

from stackproof.engine import files
from stackproof.engine.files import Listed
from stackproof.errors import Unknown

LONG = "folder/" * 30 + "file"


def archive() -> bytes:
    """Return an archive with a program, a folder, a link, a device and a name too long for one field."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, kind, mode, content in (
            ("usr/bin/su", tarfile.REGTYPE, 0o4755, b"x" * 70_000),
            ("var/mail/", tarfile.DIRTYPE, 0o2775, b""),
            ("bin/sh", tarfile.SYMTYPE, 0o777, b""),
            ("dev/null", tarfile.CHRTYPE, 0o666, b""),
            (LONG, tarfile.REGTYPE, 0o644, b"y"),
        ):
            member = tarfile.TarInfo(name)
            member.type, member.mode, member.size = kind, mode, len(content)
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def pieces(content: bytes, size: int = 1000) -> Iterator[bytes]:
    """Yield it as an engine does."""
    yield from (content[start : start + size] for start in range(0, len(content), size))


def listed(content: bytes) -> tuple[int, list[Listed]]:
    """Return all that is in an archive."""
    return files._list(pieces(content), lambda _one: True)  # noqa: SLF001


def test_everything_is_listed() -> None:
    """With its path from the root, its mode, and whether it is a file."""
    count, found = listed(archive())

    assert count == 5
    assert [(one.path, one.mode, one.regular) for one in found] == [
        ("/usr/bin/su", 0o4755, True),
        ("/var/mail", 0o2775, False),
        ("/bin/sh", 0o777, False),
        ("/dev/null", 0o666, False),
        (f"/{LONG}", 0o644, True),
    ]


def test_only_what_is_kept() -> None:
    """All are counted."""
    assert files._list(pieces(archive()), lambda one: one.path.startswith("/bin")) == (  # noqa: SLF001
        5,
        [Listed(path="/bin/sh", mode=0o777, regular=False)],
    )


@pytest.mark.parametrize("end", [0, 100, 5_000, 70_656, 71_000])
def test_archive_that_breaks_off(end: int) -> None:
    """What was not read is not taken for read."""
    with pytest.raises(tarfile.TarError):
        listed(archive()[:end])


def test_too_many_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for more than that."""
    monkeypatch.setattr(files, "MOST_LISTED", 60_000)

    with pytest.raises(Unknown, match="not all read"):
        listed(archive())
