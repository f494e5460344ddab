"""The commands of a script."""

import pytest

from stackproof.stack.shell_commands import commands, hands_over


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("a b; c && d || e\nf", ["a b", "c", "d", "e", "f"]),
        ("if a; then b; else c; fi; for x in 1 2; do d $x; done", ["a", "b", "c", "d $x"]),
        ("sudo -E env A=1 timeout 5 apt-get install -y x", ["apt-get install -y x"]),
        ("sh -c 'a | b'", ["sh -c a | b", "a", "b"]),
        ("/bin/bash -ec \"a && sh -c 'b'\"", ["/bin/bash -ec a && sh -c 'b'", "a", "sh -c b", "b"]),
        ("A=1 a 'b c' \"d\"", ["a b c d"]),
        ("a $(b c) `d`", ["b c", "d", "a $(b c) `d`"]),
        ("(a; { b; }) | c", ["a", "b", "c"]),
        ("# a\nb # c", ["b"]),
        ("set -eux; cd /x", ["set -eux", "cd /x"]),
        ("xargs -a list apt-get install -y", ["apt-get install -y"]),
        ("xargs --arg-file list --max-args 1 a", ["a"]),
        ("xargs -0rn 1 a", ["a"]),
        ("sudo -Eu app a", ["a"]),
        ("sudo --user app a", ["a"]),
        ("ionice -c 3 nice -n5 a", ["a"]),
        ("setpriv --reuid 1000 --clear-groups a", ["a"]),
        ("timeout --signal KILL 5 a", ["a"]),
        ("su -c 'a | b' app", ["su -c a | b app", "a", "b"]),
        ("su - app --command='a'", ["su - app --command=a", "a"]),
        ("runuser -u app -- sh -c a", ["runuser -u app -- sh -c a", "a"]),
        ("flock /lock -c 'a'", ["flock /lock -c a", "a"]),
        ("eval 'a b'", ["eval a b", "a b"]),
        ("A=1", []),
        ("", []),
    ],
)
def test_words(script: str, expected: list[str]) -> None:
    """Of every command, wherever it stands, without what runs it."""
    assert [" ".join(command.words) for command in commands(script)] == expected


@pytest.mark.parametrize(
    ("script", "program", "feeders", "filled_by"),
    [
        ("curl x | sh", "sh", ("curl",), ()),
        ("curl x | tee y | sudo -E bash -", "bash", ("curl", "tee"), ()),
        ("bash <(curl x)", "bash", (), ("curl",)),
        ('sh -c "$(curl x)"', "sh", (), ("curl",)),
        ("eval $(curl x)", "eval", (), ("curl",)),
        ("curl x && sh y", "sh", (), ()),
        ("curl x; a | sh", "sh", ("a",), ()),
        ("(curl x || wget y) | sh", "sh", ("curl", "wget"), ()),
    ],
)
def test_what_is_handed_on(
    script: str, program: str, feeders: tuple[str, ...], filled_by: tuple[str, ...]
) -> None:
    """Through a pipe or a substitution, and not one after the other."""
    found = [command for command in commands(script) if command.program == program]

    assert {(command.feeders, command.filled_by) for command in found} == {(feeders, filled_by)}


@pytest.mark.parametrize(
    ("script", "program", "into", "given"),
    [
        ("echo x > /a && b >> /c", "echo", ("/a",), ""),
        ("echo x > /a && b >> /c", "b", ("/c",), ""),
        ("{ a; b; } > /c", "a", ("/c",), ""),
        ("a | b > /c", "a", (), ""),
        ("a | b > /c", "b", ("/c",), ""),
        ("cat > /a <<'EOF'\nx\nEOF\n", "cat", ("/a",), "x\n"),
        ("cat <<EOF > /a\nx $Y\nEOF\n", "cat", ("/a",), "x $Y\n"),
        ("cat <<EOF | sudo tee /a\nx\nEOF\n", "tee", (), "x\n"),
        ("a <<EOF && b\nx\nEOF\n", "b", (), ""),
        ("sh -c 'a > /b'", "a", ("/b",), ""),
        ("a < /b 2>&1", "a", (), ""),
    ],
)
def test_files_and_texts(script: str, program: str, into: tuple[str, ...], given: str) -> None:
    """Of each command its own, also where the parser gives the last one's to all."""
    (command,) = [command for command in commands(script) if command.program == program]

    assert (command.into, command.given) == (into, given)


@pytest.mark.parametrize(
    ("script", "count"),
    [
        (" && ".join(["a"] * 5000), 5000),
        (" || ".join(["a"] * 5000), 5000),
        (" | ".join(["a"] * 5000), 5000),
        (f"[ {' -o '.join(['a = b'] * 3000)} ] && c", 1),
        (f"echo $(({'+'.join(['1'] * 3000)}))", 1),
        (f"a {'${x:-' * 500}{'}' * 500}", 1),
    ],
)
def test_as_many_as_there_are(script: str, count: int) -> None:
    """The parser nests them, and nothing here calls itself as often."""
    assert len(commands(script)) == count


def test_substitutions_that_nobody_writes() -> None:
    """Those of the first levels are read."""
    assert {command.program for command in commands(f"{'a $(' * 500}b{')' * 500}")} == {"a"}


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("exec a", True),
        ("a && exec b", True),
        ("exec a; b", True),
        ("exec a > /log; b", True),
        ("exec a && b", True),
        ("{ exec a; }; b", True),
        ("exec env A=1 a; b", True),
        ("a; b", False),
        ("exec > /log; a", False),
        ("exec a & wait", False),
        ("a; exec b &", False),
        ("[ -e /x ] && exec a; b", False),
        ("if x; then exec a; fi; b", False),
        ("(exec a); b", False),
        ("", False),
    ],
)
def test_place_of_the_shell(script: str, *, expected: bool) -> None:
    """It is another's where one `exec` is reached in any case, or is the last."""
    assert hands_over(script) is expected


def test_runners() -> None:
    """The program is what they run."""
    (command,) = commands("sudo timeout 5 /usr/bin/curl -o x --fail y")

    assert (command.program, command.runners) == ("curl", ("sudo", "timeout"))
    assert command.options == ("-o", "--fail")
    assert command.arguments == ("x", "y")


def test_long_pipe() -> None:
    """What feeds a command is told once for each program: each of thousands would have all before it."""
    *_rest, last = commands(" | ".join(["curl x", *["tee a", "cat"] * 3000, "sh"]))

    assert last.feeders == ("curl", "tee", "cat")
