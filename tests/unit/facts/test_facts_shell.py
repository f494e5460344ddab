"""A persistent shell and how its answers are framed, with a shell of this machine."""

import time
from collections.abc import Iterator

import pytest
from tests.unit.local_streams import LocalStream

from stackproof.engine import engine
from stackproof.errors import CommandError, ContainerGoneError, Unknown
from stackproof.facts import shell as shells
from stackproof.facts.shell import Shell

# Folder, variable and options of a shell.
_STATE = 'echo "$(pwd) ${X-unset} $-"'


@pytest.fixture(params=["sh", "bash"])
def shell(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    """A shell of this machine where the engine would have started one in a container."""
    started = LocalStream([request.param])

    def shell_in(container: str, user: str | None) -> LocalStream:
        assert (container, user) == ("cafe", None)
        return started

    monkeypatch.setattr(engine, "shell_in", shell_in)
    shell = Shell("cafe", "web-1")
    yield shell
    shell.close()
    started.kill()


def program(shell: Shell) -> LocalStream:
    """Return what runs the shell."""
    assert isinstance(shell._stream, LocalStream)  # noqa: SLF001 - what the test put there
    return shell._stream  # noqa: SLF001


@pytest.mark.parametrize(
    ("script", "answer"),
    [
        ("echo hello", (0, b"hello\n", b"")),
        ("printf hello", (0, b"hello", b"")),
        ("true", (0, b"", b"")),
        ("false", (1, b"", b"")),
        ("exit 42", (42, b"", b"")),
        ("echo out; echo err >&2", (0, b"out\n", b"err\n")),
        ("printf err >&2", (0, b"", b"err")),
        ("printf '\\n\\n'", (0, b"\n\n", b"")),
        ("printf 'a\\000b\\377\\n'", (0, b"a\0b\xff\n", b"")),
        ("echo \"it's\" '\"quoted\"' '$HOME'", (0, b'it\'s "quoted" $HOME\n', b"")),
        ("echo one\necho two", (0, b"one\ntwo\n", b"")),
        ("echo gr\u00fc\u00dfe", (0, "grüße\n".encode(), b"")),
        ("cat <<X\nhere\nX", (0, b"here\n", b"")),
        ("# only a remark", (0, b"", b"")),
        ("echo 'stackproof-0123456789abcdef 0'", (0, b"stackproof-0123456789abcdef 0\n", b"")),
        ("printf '\\nstackproof-0123456789abcdef 7\\n'", (0, b"\nstackproof-0123456789abcdef 7\n", b"")),
    ],
)
def test_answer(shell: Shell, script: str, answer: tuple[int, bytes, bytes]) -> None:
    """Exit code and both streams, byte by byte."""
    assert shell.run(script) == answer


def test_command_that_dies_of_a_signal(shell: Shell) -> None:
    """The code says which; the shell may add a word on stderr."""
    code, out, _err = shell.run("kill -9 $(exec sh -c 'echo $PPID')")

    assert (code, out) == (137, b"")


def test_marker_cannot_be_guessed(shell: Shell) -> None:
    """Nothing that a command sees of the shell tells it."""
    _code, out, _err = shell.run("env; cat /proc/$$/cmdline")

    assert b"stackproof-" not in out


def test_commands_do_not_disturb_each_other(shell: Shell) -> None:
    """Each has a subshell of its own: folder, variables, options and streams are as before."""
    before = shell.run(_STATE)
    for script in ("cd /; X=1; set -eu; exec >/dev/null", "exec 0<&-", "exec 1>&-", "exec 2>&-", "exit 9"):
        shell.run(script)

    assert shell.run(f"cd /; X=1; set -eu\n{_STATE}") != before
    assert shell.run(_STATE) == before
    assert shell.run("echo still here") == (0, b"still here\n", b"")


def test_command_that_reads_its_input(shell: Shell) -> None:
    """It gets an end of file, not our next command."""
    assert shell.run("cat; read line; echo $?") == (0, b"1\n", b"")
    assert shell.run("echo next") == (0, b"next\n", b"")


def test_syntax_error_ends_only_its_command(shell: Shell) -> None:
    """The shell is still there."""
    code, out, err = shell.run("if then fi (")

    assert code != 0
    assert out == b""
    assert err != b""
    assert shell.run("echo next") == (0, b"next\n", b"")


def test_large_output(shell: Shell) -> None:
    """Five megabytes on both streams, more than any pipe holds."""
    script = "head -c 5000000 /dev/zero | tr '\\0' x; head -c 300000 /dev/zero | tr '\\0' y >&2"

    code, out, err = shell.run(script)

    assert code == 0
    assert out == b"x" * 5_000_000
    assert err == b"y" * 300_000


def test_long_script(shell: Shell) -> None:
    """Longer than a pipe holds."""
    assert shell.run(f"echo {'x' * 200_000} | wc -c") == (0, b"200001\n", b"")


def test_many_commands_are_fast(shell: Shell) -> None:
    """That is what it is for: a new docker process would take 70 ms each."""
    began = time.monotonic()
    answers = [shell.run(f"echo {number}") for number in range(200)]

    assert [out for _code, out, _err in answers] == [b"%d\n" % number for number in range(200)]
    assert time.monotonic() - began < 10


def test_end_of_file_means_gone(shell: Shell) -> None:
    """A container that stops takes the shell with it, in the middle of an answer."""
    with pytest.raises(ContainerGoneError, match="the shell in web-1 ended"):
        shell.run("kill -9 $$")


def test_gone_stays_gone(shell: Shell) -> None:
    """A dead container answers nothing, least of all `no`."""
    for _ in range(3):
        with pytest.raises(ContainerGoneError):
            shell.run("kill -9 $$")


@pytest.mark.parametrize("length", [1, 1_000_000])
def test_shell_that_died_before_it_was_asked(shell: Shell, length: int) -> None:
    """The question itself cannot be put, short or long."""
    program(shell).kill()

    with pytest.raises(ContainerGoneError):
        shell.run("echo " + "x" * length)


def test_deadline(shell: Shell) -> None:
    """A command that hangs proves nothing."""
    with pytest.raises(Unknown, match=r"web-1 gave no answer within 0\.2 s"):
        shell.run("sleep 60", deadline=0.2)


def test_deadline_of_a_command_that_never_stops_talking(shell: Shell) -> None:
    """Output is no answer."""
    with pytest.raises(Unknown, match="gave no answer within"):
        shell.run("yes", deadline=0.2)


def test_after_a_deadline_nothing_is_answered(shell: Shell) -> None:
    """A late answer would be taken for the next question's."""
    with pytest.raises(Unknown):
        shell.run("sleep 60", deadline=0.1)
    with pytest.raises(ContainerGoneError):
        shell.run("echo next")


def test_closed_twice(shell: Shell) -> None:
    """Whoever comes second finds nothing to do."""
    shell.close()
    shell.close()

    assert program(shell).process.wait(10) == 0  # its input ended


def test_user(monkeypatch: pytest.MonkeyPatch) -> None:
    """A shell of another user than the image's."""
    started: list[tuple[str, str | None]] = []
    stream = LocalStream(["sh"])

    def shell_in(container: str, user: str | None) -> LocalStream:
        started.append((container, user))
        return stream

    monkeypatch.setattr(engine, "shell_in", shell_in)
    Shell("cafe", "web-1", user="0:0").close()
    stream.kill()

    assert started == [("cafe", "0:0")]


def test_container_that_does_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine starts no shell there."""

    def shell_in(_container: str, _user: str | None) -> LocalStream:
        msg = "container cafe is not running"
        raise CommandError(msg)

    monkeypatch.setattr(engine, "shell_in", shell_in)
    with pytest.raises(ContainerGoneError, match="the shell in web-1 ended"):
        Shell("cafe", "web-1")


def test_testinfra_over_the_shell(shell: Shell) -> None:
    """Its modules work as over any backend."""
    host = shells.testinfra_host(lambda: shell, "web-1")

    assert host.file("/etc/passwd").exists
    assert host.file("/etc/passwd").user == "root"
    assert not host.file("/no/such/file").exists
    assert host.run("printf %s 'a b'; exit 3").rc == 3
    assert host.check_output("printf %s 'a b'") == "a b"


def test_testinfra_raises_when_the_container_is_gone(shell: Shell) -> None:
    """Its own backend would say that the file does not exist."""
    host = shells.testinfra_host(lambda: shell, "web-1")
    assert host.file("/etc/passwd").exists
    program(shell).kill()

    with pytest.raises(ContainerGoneError):
        assert host.file("/etc/passwd").exists
