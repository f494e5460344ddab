"""What the history of an image tells, as builders write it."""

import pytest

from stackproof.stack.image_history import arguments, instruction


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # The classic builder.
        ("/bin/sh -c apt-get update", ("RUN", "apt-get update")),
        ("/bin/bash -o pipefail -c a | b", ("RUN", "a | b")),
        ("|1 V=1 /bin/sh -c make", ("RUN", "make")),
        ("/bin/sh -c #(nop)  ENV A=b c", ("ENV", "A=b c")),
        ("/bin/sh -c #(nop) ADD file:0123 in / ", ("ADD", "file:0123 in /")),
        ("/bin/sh -c #(nop)  USER app", ("USER", "app")),
        # BuildKit.
        ("RUN /bin/sh -c a\n b # buildkit", ("RUN", "a\n b")),
        ("RUN |2 A=1 B= /bin/sh -c make # buildkit", ("RUN", "make")),
        ("RUN make all # buildkit", ("RUN", "make all")),
        ("COPY a /b # buildkit", ("COPY", "a /b")),
        ("COPY --chown=1:1 a /b # buildkit", ("COPY", "a /b")),
        ("ADD https://example.test/a /b # buildkit", ("ADD", "https://example.test/a /b")),
        ("ARG TOKEN=x", ("ARG", "TOKEN=x")),
        # No Dockerfile made these.
        ("# debian.sh --arch 'amd64' out/ 'bookworm'", None),
        ("bazel build ...", None),
        ("", None),
    ],
)
def test_instruction(text: str, expected: tuple[str, str] | None) -> None:
    """The shell that runs it is left out, and what the builder notes for itself."""
    found = instruction(text)

    assert (found and (found.keyword, found.value)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("RUN |2 A=1 B= /bin/sh -c make # buildkit", {"A": "1", "B": ""}),
        ("|1 A=b=c d /bin/bash -ec make", {"A": "b=c d"}),
        ("RUN /bin/sh -c A=1 make # buildkit", {}),
        ("ENV A=1", {}),
    ],
)
def test_arguments(text: str, expected: dict[str, str]) -> None:
    """They stand in the history in clear, whatever the Dockerfile says of them."""
    assert arguments(text) == expected
