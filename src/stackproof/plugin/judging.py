"""Judge the rules of a family within one test."""

import pytest

from stackproof.controls.control import Lane
from stackproof.engine import engine
from stackproof.outcomes.judging import judge
from stackproof.outcomes.model import Outcome
from stackproof.outcomes.subject import Subject
from stackproof.plugin import options, selection
from stackproof.plugin.reading import OUTCOMES
from stackproof.plugin.session import Session
from stackproof.rules.image import Image
from stackproof.rules.running import rulings, severity_beside_proof
from stackproof.sandbox.pool import Pool
from stackproof.stack.stack import Stack

LARGEST_FILE = 1024 * 1024  # bytes of a file in an image that a rule is told


class RuleCase:
    """The rules of one family and one stack, as a test sees them."""

    def __init__(self, session: Session, subject: Subject, node: pytest.Item) -> None:
        self._session = session
        self._subject = subject
        self._node = node
        self._selection = options.selection(session.config, subject.stack)
        self._rules = selection.rules(self._selection, node, session.controls)

    @property
    def ids(self) -> set[str]:
        """The rules that are judged: those of the family that are selected."""
        return {entry.control.id for entry in self._rules}

    def _runs(self, control: str) -> bool:
        """Whether a control is judged in this run, too."""
        entry = self._session.controls.get(control)
        return entry is not None and self._selection.runs(entry.control)

    def judge(self) -> list[Outcome]:
        """Judge them, and have the test's report carry what they said."""
        found = [
            outcome
            for ruling in rulings(self._subject.stack, self._rules, self._image)
            for outcome in judge(
                self._selection.graded(ruling.control),
                ruling.subject,
                ruling.said,
                fail_on=self._session.settings.fail_on,
                evidence=ruling.evidence,
                seconds=ruling.seconds,
                at_most=severity_beside_proof(ruling.control, ruling.subject, self._runs),
            )
        ]
        self._node.stash[OUTCOMES] = found
        return found

    def _image(self, stack: Stack, service: str) -> Image:
        pool = self._session.pool
        return Image(pool.images(stack).of(service), lambda path: _read(pool, stack, service, path))


def _read(pool: Pool, stack: Stack, service: str, path: str) -> bytes | None:
    with pool.image_files(stack, service) as unstarted:
        # Beside an attached stack no container is made, and its own has the image's files.
        container = unstarted or pool.get(stack, Lane.OBSERVE).container(service).id
        found = engine.file(container, path, head=LARGEST_FILE)
    return found.head if found else None
