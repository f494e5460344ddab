"""Judge the rules of a family within one test."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from stackproof.controls.control import Lane, not_applicable
from stackproof.engine import engine
from stackproof.outcomes.judging import judge
from stackproof.outcomes.model import Outcome
from stackproof.outcomes.subject import Subject
from stackproof.plugin import options, selection
from stackproof.plugin.reading import OUTCOMES
from stackproof.plugin.session import Session
from stackproof.rules.image import Image, Looks
from stackproof.rules.running import rulings, severity_beside_proof
from stackproof.sandbox import image_trees
from stackproof.sandbox.image_files import ImageFiles
from stackproof.sandbox.pool import Pool
from stackproof.stack.stack import Stack


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
        with Looking(self._session.pool, attached=bool(self._session.attached)) as looking:
            found = [
                outcome
                for ruling in rulings(self._subject.stack, self._rules, looking.image)
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


class Looking(ExitStack):
    """Looks into the images of a stack for as long as it is open: what it makes for that goes with it."""

    def __init__(self, pool: Pool, *, attached: bool) -> None:
        super().__init__()
        self._pool = pool
        self._attached = attached
        self._images: dict[tuple[str, str], Image] = {}

    def image(self, stack: Stack, service: str) -> Image:
        """Return the image of a service, the same one for every rule."""
        key = (stack.slug, service)
        if key not in self._images:
            files = self.enter_context(ImageFiles(lambda: _container(self._pool, stack, service)))
            self._images[key] = Image(
                Looks(
                    config=lambda: self._pool.images(stack).of(service),
                    file=files.file,
                    history=lambda: engine.history(self._pool.images(stack).by_service[service]),
                    tree=lambda: image_trees.kept(self._id(stack, service), files.tree),
                )
            )
        return self._images[key]

    def _id(self, stack: Stack, service: str) -> str:
        """Return the id of the image; empty beside an attached stack, whose containers are looked at."""
        if self._attached:
            return ""
        return str(self._pool.images(stack).identity.get(service, {}).get("id", ""))


@contextmanager
def _container(pool: Pool, stack: Stack, service: str) -> Iterator[str]:
    """Yield a container with the files of a service's image.

    Beside an attached stack none is made, and its own has the image's files.
    """
    with pool.image_files(stack, service) as unstarted:
        if unstarted:
            yield unstarted
        elif there := pool.get(stack, Lane.OBSERVE).containers(service):
            yield there[0].id
        else:
            not_applicable(f"{service} has no container, and beside an attached stack none is made")
