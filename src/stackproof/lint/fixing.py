"""Fix the findings of one stack: change copies of its files, and keep what stands the tests of `_taken`."""

import re
import tempfile
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from stackproof.controls.catalogue import Entry
from stackproof.engine.project import absolute
from stackproof.errors import EngineError, StackproofError, UsageError
from stackproof.lint import comments
from stackproof.lint.images import LocalImages
from stackproof.lint.judging import judge_by, rules_of
from stackproof.lint.mirror import Mirror
from stackproof.lint.reading import READING
from stackproof.outcomes.model import Outcome, OutcomeKind
from stackproof.report.baseline import Baseline
from stackproof.report.text import first_line
from stackproof.rules.fixes import FIXERS, Edit, Effect, Fixer, NotFixable, Target, Text, Tree, applied
from stackproof.settings import Settings
from stackproof.stack import interpolation, variables
from stackproof.stack.likeness import meaning, meaning_of
from stackproof.stack.stack import Stack
from stackproof.stack.written import relative

_MORE = "more would change than what is found"
_NOT_HERE = "it is not written in a file of this stack that can be changed"
_ABSOLUTE = "an absolute path leads to its file, which can be tried only where it lies"
_MOST_PLACES = 20  # that say the same of one service
_NAMED = 3  # services in one message
_PLACE = re.compile(r"^/.*?:\d+(?::\d+)?: |, first in \S+:\d+$")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What every stack is fixed by."""

    settings: Settings
    controls: dict[str, Entry]
    known: Baseline | None = None
    """Findings of an earlier run, which are let be."""
    shared: frozenset[Path] = frozenset()
    """Real files that other stacks have, too: nothing is changed there that changes a model."""


@dataclass
class Fixed:
    """What became of one stack."""

    stack: Stack
    texts: dict[Path, bytes] = field(default_factory=dict)
    """What files say now, by real path; no file that says what it said."""
    was: dict[Path, bytes] = field(default_factory=dict)
    """What they said when they were read, or another stack of the run had fixed them."""
    made: list[Outcome] = field(default_factory=list)
    """The findings that were fixed."""
    left: list[tuple[Outcome, str]] = field(default_factory=list)
    """Findings of rules with a fix that were not, and why."""


_Targets = Sequence[tuple[Outcome, Target]]


@dataclass(frozen=True)
class _Proposal:
    """The edits of one file that several findings ask for alike."""

    path: Path
    edits: tuple[Edit, ...]
    targets: _Targets

    @property
    def services(self) -> list[str]:
        """The services with the findings."""
        return [outcome.service or "" for outcome, _ in self.targets]


_Proposals = Sequence[_Proposal]


class _WrongError(NotFixable):
    """Edits were made, and Compose reads something else than it should."""

    def __init__(self, why: str, wrong: Mapping[str, str] | None = None, vain: Collection[str] = ()) -> None:
        super().__init__(why)
        self.wrong = wrong or {}
        """Services with findings that are not what they should be, each with why."""
        self.vain = vain
        """Those of them that are what they were."""


_Take = Callable[[Fixer, _Proposals, _Targets], _WrongError | None]
"""Writes edits into the copies; undoes them and returns why where they do not what they should."""


def fixed(stack: Stack, asked: Asked, pending: Mapping[Path, bytes]) -> Fixed:
    """Fix what can be. Nothing of the stack's own files is touched.

    Raises StackproofError where the copies of files cannot be judged.
    """
    with tempfile.TemporaryDirectory(prefix="stackproof-") as folder:
        root = Path(folder).resolve()
        mirror = Mirror(root, stack.source, pending)
        done = _worked(stack, mirror, asked, root)
        for path, copy in mirror.files.items():
            real, said = path.resolve(), copy.read_bytes()
            if said != mirror.was[real]:
                done.texts[real], done.was[real] = said, mirror.was[real]
    return done


def _worked(stack: Stack, mirror: Mirror, asked: Asked, root: Path) -> Fixed:
    try:
        work = _Work(stack, mirror, asked)
    except EngineError:
        raise
    except StackproofError as error:  # in words about the author's files, not about their copies
        raise UsageError(str(error).replace(str(root), "")) from None
    work.run()
    return work.done


class _Work:
    def __init__(self, stack: Stack, mirror: Mirror, asked: Asked) -> None:
        self._mirror = mirror
        self._asked = asked
        self._images = LocalImages()
        self.done = Fixed(stack)
        self._trusts = True
        """Whether fixes that change no model are taken without asking Compose each time."""
        self._trusted = False
        self._stack = self._load()
        self._rules = {rule.control.id: rule for rule in rules_of(stack, asked.settings, asked.controls)}
        self._refused: dict[str, tuple[Outcome, str]] = {}
        self._elsewhere: set[str] = set()
        """Those of them that another place has a say in."""
        filled = variables.known(stack.source)
        self._filled = partial(interpolation.filled, values=filled)

    def run(self) -> None:
        """Fix what can be.

        What changes no model is asked of Compose once, at the end; where that is not so, each fix is.
        """
        texts, stack = self._texts(), self._stack
        self._all()
        try:
            if self._trusted:
                expected, self._stack = self._stack, self._load()
                _must_be_equal(expected, self._stack, None, (), ())
        except EngineError:
            raise
        except (NotFixable, StackproofError):
            self._put_back(texts, stack)
            self._trusts = False
            self.done.made.clear()
            self._all()

    def _all(self) -> None:
        """Fix rule by rule, and all of them anew while that changes something: one fix may allow another."""
        changed = True
        while changed:
            changed = False
            self._refused.clear()
            for name in FIXERS:
                if name in self._rules:
                    changed = self._rule(name) or changed
        self.done.left = [(self._as_written(outcome), why) for outcome, why in self._refused.values()]

    def _as_written(self, outcome: Outcome) -> Outcome:
        """Return an outcome with the author's file in place of its copy."""
        if not outcome.file:
            return outcome
        path = self._mirror.outside(absolute(self._mirror.source.directory / outcome.file))
        return outcome.model_copy(update={"file": relative(path, self.done.stack.source.directory)})

    def _load(self) -> Stack:
        return Stack.load(self._mirror.source, controls=self._asked.controls, reading=READING)

    def _read_anew(self) -> Stack:
        """Return the stack with changed files that say what they said: so the check of their data told."""
        self._trusted = True
        return self._stack.anew(self._asked.controls)

    def _rule(self, name: str) -> bool:
        """Fix the findings of a rule; return whether any was."""
        before = len(self.done.made)
        self._elsewhere.clear()
        self._rounds(name, self._taken)
        if self._elsewhere:
            for one in self._elsewhere:
                self._refused.pop(one, None)
            self._rounds(name, partial(self._taken_everywhere, name))
        return len(self.done.made) > before

    def _rounds(self, name: str, take: _Take) -> None:
        """Fix the findings of a rule as long as that leaves fewer of them."""
        found = self._found(name)
        while found and self._round(FIXERS[name], found, take):
            left = self._found(name)
            if len(left) >= len(found):
                self._refuse(left, "its fix does not end it")
                break
            found = left

    def _found(self, name: str) -> list[Outcome]:
        """Return the findings of a rule that are to be fixed and may be."""
        return [one for one in self._judged(name) if one.fingerprint not in self._refused]

    def _judged(self, name: str) -> list[Outcome]:
        said = judge_by([self._rules[name]], self._stack, self._asked.settings, self._images)
        outcomes = comments.waived(self._stack, said)
        known = self._asked.known.found if self._asked.known else frozenset()
        kinds = (OutcomeKind.FAIL, OutcomeKind.ADVISORY)
        return [one for one in outcomes if one.outcome in kinds and one.fingerprint not in known]

    def _round(self, fixer: Fixer, found: list[Outcome], take: _Take) -> bool:
        """Fix as many findings as can be at once; return whether there may be more to do.

        Where all together cannot be taken, those are left out whose services are not what they should be, or
        else half of them. One by itself that cannot be taken is refused.
        """
        proposals = list(self._proposals(fixer, found))
        targets = [target for one in proposals for target in one.targets]
        proposals = self._not_waiting(proposals) if fixer.effect else proposals
        while proposals:
            error = take(fixer, proposals, targets)
            if error is None or self._hopeless(proposals, error):
                return True
            others = [one for one in proposals if error.wrong.keys().isdisjoint(one.services)]
            proposals = (others or proposals[:1]) if error.wrong else proposals[: len(proposals) // 2]
        return False

    def _hopeless(self, proposals: Sequence[_Proposal], error: _WrongError) -> bool:
        """Refuse what would not be taken by itself either; return whether there is any."""
        if len(proposals) == 1:
            self._refuse_all(proposals[0], str(error), error)
            return True
        sure = error.wrong if self._apart(proposals) else {name: error.wrong[name] for name in error.vain}
        hopeless = [one for one in proposals if sure.keys() >= set(one.services)]
        for one in hopeless:
            self._refuse_all(one, sure[one.services[0]], error)
        return bool(hopeless)

    def _refuse_all(self, proposal: _Proposal, why: str, error: _WrongError) -> None:
        outcomes = [outcome for outcome, _ in proposal.targets]
        self._refuse(outcomes, why)
        if not error.wrong.keys().isdisjoint(proposal.services):
            self._elsewhere.update(one.fingerprint for one in outcomes)

    def _apart(self, proposals: _Proposals) -> bool:
        """Whether each is about one service, which has no other and nothing from the lines of another."""
        return max(Counter(one.services[0] for one in proposals).values()) == 1 and all(
            len(set(one.services)) == 1
            and not self._bases(one.services[0])
            and not one.targets[0][1].tree.has_aliases
            for one in proposals
        )

    def _proposals(self, fixer: Fixer, found: list[Outcome]) -> Iterator[_Proposal]:
        trees: dict[Path, Tree] = {}
        alike: dict[tuple[Path, tuple[Edit, ...]], list[tuple[Outcome, Target]]] = {}
        seen: set[str | None] = set()
        for outcome in found:
            if fixer.one_by_one and outcome.service in seen:
                continue
            seen.add(outcome.service)
            try:
                path, target = self._target(outcome, trees)
                self._must_be_alone(fixer, path)
                edits = _edits(fixer, target)
            except NotFixable as error:
                self._refuse([outcome], str(error))
            else:
                alike.setdefault((path, edits), []).append((outcome, target))
        for (path, edits), targets in alike.items():
            yield _Proposal(path, edits, tuple(targets))

    def _not_waiting(self, proposals: Iterable[_Proposal]) -> list[_Proposal]:
        """Return what need not wait for another: what a service extends is fixed before the service is.

        The service may have it from there then, and Compose refuses some entries that stand twice.
        """
        kept: list[_Proposal] = []
        taken: set[str] = set()
        with_bases = ((one, [(name, self._bases(name)) for name in one.services]) for one in proposals)
        for one, names in sorted(with_bases, key=lambda pair: min(len(bases) for _, bases in pair[1])):
            if any(taken.isdisjoint(bases) for _, bases in names):
                kept.append(one)
                taken.update(name for name, _ in names)
        return kept

    def _bases(self, service: str) -> set[str]:
        """Return the services that one extends, and those that these extend."""
        return {str(layer.at[-1]) for layer in self._stack.layers(("services", service))} - {service}

    def _target(self, outcome: Outcome, trees: dict[Path, Tree]) -> tuple[Path, Target]:
        path = absolute(self._mirror.source.directory / (outcome.file or ""))
        if self._mirror.original(path) is None or outcome.line is None or outcome.column is None:
            msg = _NOT_HERE if outcome.line is None or self._mirror.has(path) else _ABSOLUTE
            raise NotFixable(msg)
        if path not in trees:
            trees[path] = Tree.of(Text.of(path.read_bytes()).said)
        said = self._stack.model.straight["services"].get(outcome.service or "") or {}
        tree, filled = trees[path], self._filled
        return path, Target(tree=tree, line=outcome.line, column=outcome.column, filled=filled, service=said)

    def _must_be_alone(self, fixer: Fixer, path: Path) -> None:
        original = self._mirror.original(path)
        if fixer.effect and original and original.resolve() in self._asked.shared:
            msg = "another stack has the same file, and would change with it"
            raise NotFixable(msg)

    def _refuse(self, outcomes: Iterable[Outcome], why: str) -> None:
        for one in outcomes:
            self._refused[one.fingerprint] = (one, why)

    def _taken(self, fixer: Fixer, proposals: _Proposals, found: _Targets) -> _WrongError | None:
        """Write edits into the copies; undo them and return why where they do not what they should."""
        asked = [target for one in proposals for target in one.targets]
        known = {outcome.fingerprint for outcome, _ in asked}
        others = [target for target in found if target[0].fingerprint not in known]

        def make(before: Stack) -> list[Outcome]:
            self._write(fixer, proposals)
            self._stack = self._read_anew() if self._trusts and fixer.effect is None else self._load()
            return _must_be_equal(before, self._stack, fixer.effect, asked, others)

        return self._tried(make)

    def _taken_everywhere(
        self, name: str, fixer: Fixer, proposals: _Proposals, _found: _Targets
    ) -> _WrongError | None:
        """Take edits with those of all weaker places that say the same: of other files, bases and anchors."""
        known = {outcome.fingerprint for one in proposals for outcome, _ in one.targets}

        def make(before: Stack) -> list[Outcome]:
            made: list[tuple[Outcome, Target]] = []
            now = list(proposals)
            while now and len(made) < _MOST_PLACES * len(known):
                made += (target for one in now for target in one.targets)
                self._write(fixer, now)
                self._stack = self._load()
                left = [one for one in self._judged(name) if one.fingerprint in known]
                now = list(self._proposals(fixer, left))
            return _must_be_equal(before, self._stack, fixer.effect, made, ())

        return self._tried(make)

    def _write(self, fixer: Fixer, proposals: _Proposals) -> None:
        for path in {one.path: None for one in proposals}:
            edits = [edit for one in proposals if one.path == path for edit in one.edits]
            path.write_bytes(_changed(fixer, path.read_bytes(), edits))

    def _tried(self, make: Callable[[Stack], list[Outcome]]) -> _WrongError | None:
        """Make a change of the copies, or none: return why not."""
        texts, stack = self._texts(), self._stack
        try:
            self.done.made += make(stack)
        except EngineError:
            raise
        except (NotFixable, StackproofError) as error:
            self._put_back(texts, stack)
            return error if isinstance(error, _WrongError) else _WrongError(_told(error))
        return None

    def _texts(self) -> dict[Path, bytes]:
        return {copy: copy.read_bytes() for copy in self._mirror.files.values()}

    def _put_back(self, texts: Mapping[Path, bytes], stack: Stack) -> None:
        for copy, data in texts.items():
            copy.write_bytes(data)
        self._stack = stack


def _told(error: NotFixable | StackproofError) -> str:
    """Return why there is no fix; of what Compose says without the place, as it is one in a copy."""
    if isinstance(error, NotFixable):
        return str(error)
    return f"Compose refuses the file with the fix: {_PLACE.sub('', first_line(str(error)))}"


def _edits(fixer: Fixer, target: Target) -> tuple[Edit, ...]:
    if edits := tuple(fixer.edits(target)):
        return edits
    msg = "its text is in order already"
    raise NotFixable(msg)


def _changed(fixer: Fixer, data: bytes, edits: list[Edit]) -> bytes:
    """Return the bytes of a file with edits. Raises NotFixable where more than those would be another."""
    text = Text.of(data)
    said = applied(text.said, edits)
    was, now = Tree.of(text.said), _read_back(said)
    if was.comments() != now.comments():
        msg = "a comment would be lost"
        raise NotFixable(msg)
    if fixer.effect is None and was.data() != now.data():
        msg = "the file would say something else"
        raise NotFixable(msg)
    return text.encoded(said)


def _read_back(said: str) -> Tree:
    try:
        return Tree.of(said)
    except NotFixable:
        msg = "an alias would stand above its anchor, or without it"
        raise NotFixable(msg) from None


def _must_be_equal(
    before: Stack, after: Stack, effect: Effect | None, asked: _Targets, others: _Targets
) -> list[Outcome]:
    """Return the findings that are gone: those that were `asked` for, and `others` that a service inherits.

    Raises NotFixable where anything else has become another.
    """
    was, now = meaning(before.model), meaning(after.model)
    old, new = was.pop("services"), now.pop("services")
    done = [outcome for outcome, _ in asked]
    if effect:
        for number, (outcome, target) in enumerate((*asked, *others)):
            name = outcome.service or ""
            if number < len(asked) or old[name] != new.get(name):
                old[name] = meaning_of(_with_effect(effect, old[name], target))
                done.append(outcome)
    if (was, old) != (now, new):
        found = {outcome.service or "" for outcome, _ in asked}
        if effect:
            raise _wrong(before, after, old, found)
        msg = "Compose would read something else"
        raise NotFixable(msg)
    return list({outcome.fingerprint: outcome for outcome in done}.values())


def _wrong(before: Stack, after: Stack, wanted: Mapping[str, Any], found: Collection[str]) -> _WrongError:
    """Return what is not as it is `wanted` with a fix of what was `found` in some services."""
    was, now = (meaning(one.model)["services"] for one in (before, after))
    wrong = sorted(name for name in {**wanted, **now} if wanted.get(name) != now.get(name))
    vain = [name for name in wrong if name in found and was.get(name) == now.get(name)]
    others = "another file, or what the service extends,"
    whys = {name: f"{_MORE}: {others} has a say in it" for name in wrong if name in found}
    whys |= dict.fromkeys(vain, f"nothing would change: {others} says the same")
    if more := [name for name in wrong if name not in found]:
        named = ", ".join(more[:_NAMED]) + (" ..." if len(more) > _NAMED else "")
        return _WrongError(f"{_MORE}: another service has the same lines ({named})", whys, vain)
    return _WrongError(whys[wrong[0]] if wrong else f"{_MORE}, outside of services", whys, vain)


def _with_effect(effect: Effect, service: dict[str, Any], target: Target) -> dict[str, Any]:
    changed = deepcopy(service)
    effect(changed, target)
    return changed
