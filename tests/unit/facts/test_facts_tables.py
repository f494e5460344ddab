"""Lines of the kernel's tables and of passwd that are odd, short or cut."""

import pytest

from stackproof.errors import Unknown
from stackproof.facts.parsing import mounts, parse, sockets, users

ROW = "0: 00000000:1F90 00000000:0000 0A"


def test_rows_of_a_table() -> None:
    """The least that tells a socket; a heading, a row that is cut, and whatever holds no address are none."""
    heading = "sl local_address:port rem_address st"
    table = "\n".join([heading, ROW, "1: 00000000:1F90 00000000:0000", "a b c d", f"{ROW} 0 0 0 0", ""])

    assert [found.port for found in sockets("tcp", table)] == [8080, 8080]
    assert [found.protocol for name in ("tcp6", "udp", "udp6") for found in sockets(name, ROW)] == [
        "tcp",
        "udp",
        "udp",
    ]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("1 0 8:1 / /data rw - ext4 /dev/sda1", ("/data", "ext4", "/dev/sda1")),
        ("1 0 8:1 / /data rw shared:1 - ext4 /dev/a - rw", ("/data", "ext4", "/dev/a")),
        ("1 0 8:1 / /data rw - ext4", None),
        ("1 0 8:1 / /data - ext4 /dev/sda1 rw", None),
        ("1 0 8:1 / /data rw", None),
        ("", None),
    ],
)
def test_rows_of_mountinfo(line: str, found: tuple[str, str, str] | None) -> None:
    """What is before the first lone hyphen is needed to the options, what is behind it to the source."""
    assert [(one.target, one.kind, one.source) for one in mounts(line)] == ([found] if found else [])


def test_rows_of_passwd() -> None:
    """A name and an id are enough; what has none is no user."""
    assert users("short:x:7\napp:x:8:9::/:/bin/sh\nbad:x\nword:x:y:9\n\n") == {"short": 7, "app": 8}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "the probe of the container was cut short"),
        (
            "@@ probe 5\n\n@@ mounts\n1 0 0:5 / /proc rw - proc proc rw,hidepid=2\n\n@@ end\n",
            "/proc of the container hides the processes of other users (hidepid)",
        ),
        (
            "@@ probe 5\n\n@@ net udp\nlocal_address\n\n@@ end\n",
            "the probe could not read the container's TCP table",
        ),
        ("@@ probe 5\n\n@@ net tcp\nlocal_address\n\n@@ end\n", "the probe saw no process 1"),
    ],
)
def test_why_nothing_is_known(text: str, why: str) -> None:
    """In words, also where whole sections are missing."""
    with pytest.raises(Unknown) as error:
        parse(text, "@@")

    assert str(error.value) == why
