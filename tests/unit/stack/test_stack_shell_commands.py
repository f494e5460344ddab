"""The commands of a script."""

import pytest

from stackproof.stack.shell_commands import commands


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


def test_runners() -> None:
    """The program is what they run."""
    (command,) = commands("sudo timeout 5 /usr/bin/curl -o x --fail y")

    assert (command.program, command.runners) == ("curl", ("sudo", "timeout"))
    assert command.options == ("-o", "--fail")
    assert command.arguments == ("x", "y")
