"""What is moved aside so that nobody is reached, in a folder that is a container's root."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from tests.unit.conftest import MakeContainer

from stackproof.engine import engine
from stackproof.errors import CommandError, Unknown
from stackproof.trials import silence
from stackproof.trials.silence import ASIDE, silent

LISTENS, CONNECTED = "00010000", "00000000"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A root with sockets in /run and /srv/deep, to which links lead."""
    found = tmp_path / "root"
    for name in ("run", "srv/deep", "var", "tmp"):
        (found / name).mkdir(parents=True)
    (found / "var/run").symlink_to("/run")
    (found / "run/app").symlink_to("/srv/link")
    (found / "srv/link").symlink_to("../srv/./deep/")
    (found / "tmp/round").symlink_to("/tmp/round")  # noqa: S108 - of the root below
    monkeypatch.chdir(found)
    with ExitStack() as open_:
        for name in ("run/a.sock", "srv/deep/b.sock"):
            open_.enter_context(socket.socket(socket.AF_UNIX)).bind(name)
        yield found


def aside(root: Path, *rows: str) -> list[str]:
    """Return what the script says of such a table."""
    table = "Num       RefCount Protocol Flags    Type St Inode Path\n" + "".join(
        f"0000000000000000: 00000002 00000000 {row.split(' ', 1)[0]} 0001 01 77 {row.partition(' ')[2]}\n"
        for row in rows
    )
    script = f"root={root}\n{ASIDE}\naside"
    shell = shutil.which("dash") or "sh"
    done = subprocess.run([shell, "-c", script], input=table, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    ("path", "moved"),
    [
        pytest.param("/run/a.sock", "/run/a.sock", id="plain"),
        pytest.param("/var/run/a.sock", "/run/a.sock", id="absolute link"),
        pytest.param("/var/run/app/b.sock", "/srv/deep/b.sock", id="link behind links"),
        pytest.param("/srv/../run//./a.sock", "/run/a.sock", id="dots"),
        pytest.param("/../../run/a.sock", "/run/a.sock", id="above the root"),
    ],
)
def test_socket_is_found_in_the_container(root: Path, path: str, moved: str) -> None:
    """A link of the container's is not followed on the host."""
    assert aside(root, f"{LISTENS} {path}") == [f"moved {moved}"]
    assert (root / f"{moved[1:]}.stackproof-aside").is_socket()
    assert not (root / moved[1:]).exists()


@pytest.mark.parametrize(
    "path",
    ["/run/gone.sock", "/tmp/round/x.sock", "run/a.sock", "@abstract", "/private/chrooted", "/var/run"],  # noqa: S108
)
def test_what_is_not_moved_is_told(root: Path, path: str) -> None:
    """Gone, in a circle, relative, abstract, below another root: who asks there is not refused."""
    assert aside(root, f"{LISTENS} {path}") == [f"left {path}"]


def test_who_does_not_listen(root: Path) -> None:
    """Connections have the path of their listener, and a socket without a name is nobody's door."""
    rows = (f"{LISTENS} /run/a.sock", f"{CONNECTED} /run/a.sock", f"{CONNECTED} @x", f"{LISTENS} ")

    assert aside(root, *rows, f"{LISTENS} /var/run/a.sock") == ["moved /run/a.sock"]


def test_words_of_the_script(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was moved is put back; what was not is told."""
    asked: list[list[str]] = []

    def helper(words: list[str], **more: Any) -> str:  # noqa: ANN401 - as the engine
        assert words[:6] == ["sh", "-c", silence._SCRIPT, "silence", "77", "web1"]  # noqa: SLF001
        rights = ("NET_ADMIN", "SYS_PTRACE")
        assert more == {"own": {"run": "ours"}, "network": "container:web1", "capabilities": rights}
        asked.append(words[6:])
        return "moved /run/a b.sock\nleft @x\nleft @x\nmv: can't rename\n"

    monkeypatch.setattr(engine, "helper", helper)
    monkeypatch.setattr(silence, "main_pid", lambda one: {"web1": "77"}[one.id])
    with silent(make_container(), {"run": "ours"}) as left:
        assert left == ("@x",)

    assert asked == [["begin"], ["end", "/run/a b.sock"]]


def test_half_a_silence_is_ended(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is asked in it."""
    asked: list[str] = []

    def helper(words: list[str], **_more: Any) -> str:  # noqa: ANN401 - as the engine
        asked.append(words[6])
        if asked == ["begin"]:
            msg = "RTNETLINK answers: File exists"
            raise CommandError(msg)
        return ""

    monkeypatch.setattr(engine, "helper", helper)
    monkeypatch.setattr(silence, "main_pid", lambda _container: "77")
    with pytest.raises(CommandError, match="File exists"), silent(make_container(), {}):
        pytest.fail("asked all the same")

    assert asked == ["begin", "end"]


@pytest.mark.parametrize("speaks", [True, False])
@pytest.mark.parametrize(
    "refuses", ["", "-6 rule del", "-6 route add", "-4 rule add", "nothing of -4", "nothing of -6"]
)
def test_both_families_or_none(tmp_path: Path, *, speaks: bool, refuses: str) -> None:
    """A step of IPv6 that is refused, or has no effect, is no silence, unless nobody speaks it."""
    ip = tmp_path / "ip"
    lives = refuses.startswith("nothing of")
    fails = "" if lives else f"""'{refuses or "nothing"}'* | """
    reached = refuses.removeprefix("nothing of ") if lives else "none"
    ip.write_text(
        f'#!/bin/sh\ncase "$*" in "{reached} route get"*) ;; {fails}*"route get"*) exit 2 ;; esac\n',
        encoding="utf-8",
    )
    ip.chmod(0o755)
    addresses = tmp_path / "if_inet6"
    addresses.write_text("0" * 31 + "1 01 80 10 80 lo\n" if speaks else "", encoding="utf-8")
    container = "no-such-cgroup-but-ours"
    cgroup, unix = tmp_path / "cgroup", tmp_path / "unix"
    cgroup.write_text(f"0::/{container}\n", encoding="utf-8")
    unix.write_text("", encoding="utf-8")
    script = (
        silence._SCRIPT.replace("/proc/net/if_inet6", str(addresses))  # noqa: SLF001 - run on tables of our own
        .replace("/proc/net/unix", str(unix))
        .replace("/proc/$1/cgroup", str(cgroup))
    )
    done = subprocess.run(
        ["sh", "-c", script, "silence", "77", container, "begin"],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, capture_output=True, check=False,
    )  # fmt: skip

    assert (done.returncode == 0) == (not refuses or ("-6" in refuses and not speaks))


def test_network_of_the_host(make_container: MakeContainer) -> None:
    """Nothing of it may be made unreachable."""
    container = make_container(HostConfig={"NetworkMode": "host"})

    with pytest.raises(Unknown, match="it is in the network of host"), silent(container, {}):
        pytest.fail("began")
