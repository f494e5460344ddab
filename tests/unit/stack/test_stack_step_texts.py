"""The texts that steps put into files."""

import pytest

from stackproof.stack.build_steps import Step
from stackproof.stack.dockerfile import parse
from stackproof.stack.step_texts import texts


def said(instruction: str) -> list[tuple[str, tuple[str, ...]]]:
    """Return the texts of a step with their files."""
    stage = parse(f"FROM a\n{instruction}\n").stages[0]
    return [(text.said, text.into) for one in stage.instructions for text in texts(Step(instruction=one))]


@pytest.mark.parametrize(
    ("instruction", "expected"),
    [
        ("RUN echo 'a \"b\";' > /etc/c", [('a "b";', ("/etc/c",))]),
        ("RUN printf '[a]\\nb=0\\n' >> /etc/c", [("[a]\nb=0\n", ("/etc/c",))]),
        ("RUN echo a | sudo tee -a /etc/c", [("a", ("/etc/c",))]),
        ("RUN cat <<EOF > /etc/c\na=0\nEOF", [("a=0\n", ("/etc/c",))]),
        ("RUN <<EOF\ncat > /etc/c <<X\na=0\nX\nEOF", [("a=0\n", ("/etc/c",))]),
        ("RUN sh -c 'echo a > /etc/c'", [("a", ("/etc/c",))]),
        ("COPY <<EOF /etc/c\na=0\nEOF", [("a=0\n", ("/etc/c",))]),
        ("RUN sed -i 's/a=1/a=0/; s|b|c|g' /etc/c", [("a=0", ()), ("c", ())]),
        ("RUN sed -i '/x/a b=0' /etc/c", [("b=0", ())]),
        ("RUN sed -i 's/^deb /deb \\[trusted=yes\\] /' /etc/c", [("deb [trusted=yes] ", ())]),
        ("RUN perl -pi -e 's/a=1/a=0/' /etc/c", [("a=0", ())]),
        ("RUN add-apt-repository 'deb [trusted=yes] x ./'", [("deb [trusted=yes] x ./", ())]),
        # What goes nowhere, is looked for, or taken away.
        ("RUN echo a", []),
        ("RUN grep -q a=0 /etc/c", []),
        ("RUN sed -i '/a=0/d' /etc/c", []),
        ("COPY a /etc/c", []),
        ("ENV A=b", []),
    ],
)
def test_texts(instruction: str, expected: list[tuple[str, tuple[str, ...]]]) -> None:
    """What is written, and nothing that is only read."""
    assert said(instruction) == expected
