"""What the controller is told while tests run."""

from types import SimpleNamespace
from typing import Any

from tests.unit.conftest import MakeStack

from stackproof.outcomes.subject import Subject
from stackproof.plugin.session import tell


def test_key_in_a_path_is_not_told(make_stack: MakeStack) -> None:
    """What is being decided is shown by the terminal, also in a log that others read."""
    stack = make_stack({"web": {"image": "web:1", "environment": {"API_TOKEN": "s3cr3t-Key-of-all"}}})
    subject = Subject(stack=stack, service="web", aspect="/?key=s3cr3t-Key-of-all")
    said: list[tuple[str, ...]] = []
    session: Any = SimpleNamespace(progress=SimpleNamespace(say=lambda *words: said.append(words)))
    item: Any = SimpleNamespace(name="test_mine", callspec=SimpleNamespace(params={"subject": subject}))

    tell(session, item)

    ((name, lane, step),) = said
    assert (name, lane) == (stack.name, "observe")
    assert step.startswith("control test_mine web /?key=")
    assert "s3cr3t" not in step
