"""What a Dockerfile says, as BuildKit reads it."""

import pytest

from stackproof.stack.dockerfile import Dockerfile, instructions, parse
from stackproof.stack.dockerfile_words import assignments, expand, words


def read(text: str) -> list[tuple[str, str, int]]:
    """Return keyword, value and line of each instruction."""
    return [(one.keyword, one.value, one.line) for one in instructions(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from a\nrun b", [("FROM", "a", 1), ("RUN", "b", 2)]),
        ("\ufeffFROM a\r\nRUN b \\\r\n  c\r\n", [("FROM", "a", 1), ("RUN", "b   c", 2)]),
        ("\n# syntax is no directive here\n\nFROM a", [("FROM", "a", 4)]),
        # Comments and empty lines within an instruction belong to nobody.
        ("RUN a \\\n# why\n\n  && b\nUSER c", [("RUN", "a   && b", 1), ("USER", "c", 5)]),
        ("RUN a \\\n  # why \\\n b", [("RUN", "a  b", 1)]),
        ("RUN a \\  \n b", [("RUN", "a  b", 1)]),
        ("RUN a \\\\\nUSER b", [("RUN", "a \\\\", 1), ("USER", "b", 2)]),
        ("# escape=`\nRUN a `\n b C:\\\nUSER c", [("RUN", "a  b C:\\", 2), ("USER", "c", 4)]),
        ("# syntax=docker/dockerfile:1\n# escape = `\nRUN a `\n b", [("RUN", "a  b", 3)]),
        # Not at the top, it is a comment.
        ("# hello\n# escape=`\nRUN a \\\n b", [("RUN", "a  b", 3)]),
        ("FROM a\n# escape=`\nRUN a `\nUSER b", [("FROM", "a", 1), ("RUN", "a `", 3), ("USER", "b", 4)]),
        ("RUN a \\", [("RUN", "a", 1)]),
        ("", []),
        ("# nothing else", []),
    ],
)
def test_lines(text: str, expected: list[tuple[str, str, int]]) -> None:
    """Continued, commented, empty; each instruction has the number of its first line."""
    assert read(text) == expected


@pytest.mark.parametrize(
    ("text", "bodies"),
    [
        ("RUN <<EOF\na\n# kept\n\nb\nEOF\nUSER c", ["a\n# kept\n\nb\n"]),
        ("RUN <<-EOF\n\ta\n\tEOF\nUSER c", ["a\n"]),
        ("RUN bash -ex <<'X-1'\na\nX-1\nUSER c", ["a\n"]),
        ('COPY <<"a" <<b /to/\n1\na\n2\nb\nUSER c', ["1\n", "2\n"]),
        ("RUN 3<<EOF cat\na\nEOF\nUSER c", ["a\n"]),
        ("RUN a \\\n <<EOF\nb\nEOF\nUSER c", ["b\n"]),
        # None of these is one.
        ("RUN cat <<<word\nUSER c", []),
        ("RUN echo $((1<<2))\nUSER c", []),
        ("RUN echo <<EOF\nUSER c", []),
        ('RUN ["sh", "-c", "<<EOF"]\nUSER c', []),
        ("LABEL a=<<EOF\nUSER c", []),
    ],
)
def test_heredocs(text: str, bodies: list[str]) -> None:
    """Their text is no instruction, whatever it looks like; what follows them is."""
    first, second = instructions(text)

    assert [heredoc.text for heredoc in first.heredocs] == bodies
    assert second.keyword == "USER"
    assert text.splitlines()[second.line - 1] == "USER c"


def test_behind_onbuild() -> None:
    """It is carried out for another image."""
    one, two = instructions("ONBUILD COPY --chown=a . /app\nonbuild run <<EOF\nb\nEOF\n")

    assert (one.keyword, one.waits, one.flags, one.words) == ("COPY", True, (("chown", "a"),), (".", "/app"))
    assert (two.keyword, two.waits, [each.text for each in two.heredocs]) == ("RUN", True, ["b\n"])


@pytest.mark.parametrize(
    ("text", "flags", "rest"),
    [
        ("RUN --mount=type=cache,target=/c --network=none a --b", ["mount", "network"], "a --b"),
        ("COPY --link --from=x a b", ["link", "from"], "a b"),
        ("FROM --platform=$BUILDPLATFORM a AS b", ["platform"], "a AS b"),
        ("HEALTHCHECK --interval=5s CMD a --b", ["interval"], "CMD a --b"),
        ("CMD --a b", [], "--a b"),
    ],
)
def test_flags(text: str, flags: list[str], rest: str) -> None:
    """Those of the builder, and not those of the program."""
    (found,) = instructions(text)

    assert [name for name, _value in found.flags] == flags
    assert found.value == rest
    assert found.flag("from") == ("x" if "from" in flags else "")


@pytest.mark.parametrize(
    ("text", "array"),
    [
        ('CMD ["a", "b c"]', ("a", "b c")),
        ("CMD ['a']", None),
        ('CMD ["a", 1]', None),
        ('CMD ["a"] b', None),
        ("CMD a", None),
        ("CMD []", ()),
    ],
)
def test_arrays(text: str, array: tuple[str, ...] | None) -> None:
    """What is no JSON of texts is a script, as to the builder."""
    (found,) = instructions(text)

    assert found.array == array


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("a  b", ["a", "b"]),
        ('a"b c"d \'e " f\'', ["ab cd", 'e " f']),
        (r"a\ b", ["a b"]),
        (r'"a\"b"', ['a"b']),
        (r'"a\nb"', [r"a\nb"]),
        (r"'a\'", ["a\\"]),
        ('""', [""]),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    """Quotes and escapes are the shell's, but for a backslash that escapes nothing."""
    assert list(words(text)) == expected


def test_assignments() -> None:
    """In both forms of ENV; an ARG may have no value."""
    assert list(assignments("ENV", 'A=1 B="2 3" C=')) == [("A", "1"), ("B", "2 3"), ("C", "")]
    assert list(assignments("ENV", "A 1 = 2")) == [("A", "1 = 2")]
    assert list(assignments("ARG", "A B=2")) == [("A", None), ("B", "2")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$A-${A}", "1-1"),
        ("${B:-2}${B-3}", "23"),
        ("${A:-2}", "1"),
        ("${A:+x}${B:+y}", "x"),
        ("${A:?must}", "1"),
        ("${B:-$A}", "1"),
        ("$B", "${B}"),
        ("app:${B:?must}", "app:${B}"),
        (r"\$A", "$A"),
    ],
)
def test_variables(text: str, expected: str) -> None:
    """As the builder fills them in."""
    assert expand(text, {"A": "1"}) == expected


STAGES = """\
ARG TAG=1.4
ARG REGISTRY
ARG FULL=${REGISTRY:-docker.io}/app:$TAG
FROM golang:1.22 AS Build
RUN make
FROM build AS tested
COPY --from=tools:3 /t /t
FROM $FULL AS base
FROM base
COPY --from=0 /a /a
RUN --mount=type=bind,from=tested,target=/t t
FROM scratch AS export
"""


def names(dockerfile: Dockerfile, target: str | None, what: str) -> list[int]:
    """Return the numbers of stages that a target has layers of (`chain`) or needs (`reached`)."""
    stage = dockerfile.target(target)
    assert stage is not None
    return [each.number for each in getattr(dockerfile, what)(stage)]


def test_stages() -> None:
    """By name in any case or by number; of the last one nobody needs the others."""
    dockerfile = parse(STAGES)

    assert [stage.base for stage in dockerfile.stages] == [
        "golang:1.22", "build", "docker.io/app:1.4", "base", "scratch",
    ]  # fmt: skip
    assert [stage.line for stage in dockerfile.stages] == [4, 6, 8, 9, 12]
    assert names(dockerfile, None, "reached") == [4]
    assert names(dockerfile, "3", "chain") == [2, 3]
    assert names(dockerfile, "3", "reached") == [0, 1, 2, 3]
    assert names(dockerfile, "TESTED", "chain") == [0, 1]
    assert dockerfile.target("nobody") is None
    assert parse("# nothing").target(None) is None


def test_arguments_before_the_first_stage() -> None:
    """What a build gives counts, and what it only passes on has its default."""
    given = parse(STAGES, {"TAG": "2", "REGISTRY": "example.test", "FULL": None})

    assert given.stages[2].base == "example.test/app:2"


def test_name_of_a_stage_that_comes_later() -> None:
    """It is an image: a stage is known below it only."""
    dockerfile = parse("FROM b AS a\nFROM alpine AS b\nFROM a\n")

    assert names(dockerfile, None, "reached") == [0, 2]


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("RUN a && b", "a && b"),
        ('RUN ["a", "b c"]', "a 'b c'"),
        ('RUN ["/bin/bash", "-euc", "a | b"]', "a | b"),
        ('RUN ["sh", "script"]', "sh script"),
        ("RUN <<EOF\na\nEOF", "a\n"),
        ("RUN <<EOF\n#!/usr/bin/env bash\na\nEOF", "#!/usr/bin/env bash\na\n"),
        ("RUN <<EOF\n#!/usr/bin/python3\na\nEOF", ""),
        ("RUN bash -e <<EOF\na\nEOF", "bash -e\na\n"),
        ("RUN cat <<EOF > /b\napt-get update\nEOF", "cat  > /b"),
        ("RUN []", ""),
    ],
)
def test_what_a_shell_reads(text: str, script: str) -> None:
    """And not what another program does."""
    (found,) = instructions(text)

    assert found.script == script


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"RUN a <<E{number % 7}\n" for number in range(9000)),
        "RUN a <<E\n" * 9000 + "\tE\n",
        "RUN a \\\n" * 9000,
        "".join(f"FROM s{number} AS s{number + 1}\n" for number in range(6000)),
        "CMD " + "[" * 100_000,
        "ARG A=" + "${A:-" * 20_000,
        "FROM a AS a\nFROM a AS a\n",
        "\0\x0b\x1c\u2028" * 9000,
    ],
    ids=["texts", "tabs", "lines", "stages", "arrays", "variables", "own name", "bytes"],
)
def test_what_nobody_writes(text: str) -> None:
    """It is read like all else, and soon."""
    dockerfile = parse(text)

    for one in instructions(text):
        assert (one.array, len(one.pairs) > 0) != ((), True)
    for stage in dockerfile.stages[-1:]:
        assert len(dockerfile.chain(stage)) == len(dockerfile.stages)


def test_only_a_line_feed_ends_a_line() -> None:
    """As to the builder: what else Python takes for an end is a letter."""
    assert read("RUN a\x0bb\x0cc\u2028d") == [("RUN", "a\x0bb\x0cc\u2028d", 1)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FROM a\nARG UID=0\nUSER ${UID}:$UID", "0:0"),
        ("FROM a\nARG GIVEN=0\nUSER $GIVEN", "given"),
        ("FROM a\nARG GIVEN\nUSER $GIVEN", "given"),
        ("ARG UID=0\nFROM a\nARG UID\nUSER $UID", "0"),
        ("FROM a\nARG A=b C=${A}d\nUSER $C", "bd"),
        ("FROM a\nENV A=b\nARG A=c\nUSER $A", "b"),
        ("FROM a\nARG A=c\nENV A=b\nUSER $A", "b"),
        ("FROM a\nENV A b c\nWORKDIR /$A", "/b c"),
        ("FROM a AS base\nENV A=b\nFROM base\nUSER $A", "b"),
        ("FROM a\nENV A=b\nFROM 0\nUSER $A", "b"),
        ("FROM a AS x\nENV A=b\nFROM x AS y\nENV A=c\nFROM y\nUSER $A", "c"),
        ('FROM a\nENV A=b\nVOLUME ["/$A"]', '["/b"]'),
        ("FROM a\nEXPOSE ${PORT:-80}", "80"),
        ("FROM a\nARG A=b\nCOPY $A /$A", "b /b"),
        # A line of ENV is filled with what was set before it, one of ARG as it goes.
        ("FROM a\nENV WHO=root\nENV WHO=app THEN=$WHO\nUSER $THEN", "root"),
        ("FROM a\nENV WHO=root\nENV WHO=app THEN=$WHO\nUSER $WHO", "app"),
        ("FROM a\nENV A=b C=${A:-d}\nUSER $C", "d"),
        ("FROM a\nARG A=b\nENV A=c D=$A\nUSER $D", "b"),
        ("FROM a AS x\nENV A=b\nFROM x\nENV A=c D=$A\nUSER $D", "b"),
        ("FROM a\nENV A=b C=$A\nUSER $C", "$C"),
        # What is set to something unknown hides what is known.
        ("FROM a\nARG WHO=app\nENV WHO=$FROM_BASE\nUSER $WHO", "$WHO"),
        ("FROM a\nARG WHO=app\nENV WHO=$FROM_BASE THEN=$WHO\nUSER $THEN", "app"),
        ("FROM a\nARG WHO=app\nENV WHO=$FROM_BASE\nENV THEN=$WHO\nUSER $THEN", "$THEN"),
        ("FROM a AS x\nENV WHO=$FROM_BASE\nFROM x\nARG WHO=app\nUSER $WHO", "$WHO"),
        ("FROM a\nENV WHO=$FROM_BASE\nUSER ${WHO:-app}", "${WHO}"),
        ("FROM a\nENV WHO=$FROM_BASE\nUSER ${WHO:+app}", "${WHO}"),
        ("FROM a\nENV WHO=$FROM_BASE\nENV WHO=app\nUSER $WHO", "app"),
        # What only whoever builds knows, or a shell.
        ("FROM a\nUSER $GIVEN:${GIVEN}", "$GIVEN:${GIVEN}"),
        ("ARG UID=0\nFROM a\nUSER $UID", "$UID"),
        ("FROM a AS base\nARG A=b\nFROM base\nUSER $A", "$A"),
        ("FROM a AS other\nENV A=b\nFROM a\nUSER $A", "$A"),
        ("FROM a\nENV A=b\nENV A=$C\nUSER $A", "$A"),
        ("FROM a\nARG A=b\nRUN echo $A", "echo $A"),
        ("FROM a\nENV A=b\nCMD app $A", "app $A"),
        ("FROM a\nENV A=b\nENV C=$A", "C=$A"),
    ],
)
def test_variables_that_are_known(text: str, expected: str) -> None:
    """They are filled in where something is named, as the instructions go by."""
    read = parse(text, {"GIVEN": "given", "UNKNOWN": None})

    assert read.stages[-1].instructions[-1].value == expected
