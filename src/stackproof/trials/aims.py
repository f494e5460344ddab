"""What is killed in a container, and how to see that all of it is there again."""

from collections.abc import Sequence
from dataclasses import dataclass

from stackproof.stack.model import Service
from stackproof.trials.programs import Program, chosen, declared, passing, pool, ports, programs
from stackproof.trials.tree import Member, Tree

MAIN = "its main process"


@dataclass(frozen=True, kw_only=True)
class Aim:
    """What is killed together, and what must be there again."""

    victims: tuple[Member, ...]
    words: str
    wrapper: str = ""
    """What started the victims, when that may outlive them."""
    serves: frozenset[str] = frozenset()
    chosen: frozenset[str] = frozenset()
    """Those of them in whose place another number is as good."""
    names: tuple[tuple[str, str], ...] = ()
    """Name and command of programs that listen on nothing."""
    pool: frozenset[int] = frozenset()
    """A program and the workers that it had, when one of them is the victim."""

    @property
    def promise(self) -> str:
        """What must be there again, in words."""
        names = sorted({name for name, _command in self.names})
        return ports(self.serves) or " and ".join(names) or "the service"

    @property
    def kind(self) -> tuple[object, ...]:
        """What makes it the same in another sandbox, where pids, chosen numbers and commands differ."""
        names = sorted(name for name, _command in self.names)
        return bool(self.pool), self.words == MAIN, self.serves - self.chosen, len(self.chosen), (*names,)


def aims(before: Tree, service: Service) -> list[Aim]:
    """Return what is to be killed in a container, one after the other: what serves first."""
    found, wanted = programs(before, service), declared(service)
    below = [program for program in found if program.member.pid != before.main]
    serves = _serves(found)
    main = Aim(
        victims=(before.root,), words=MAIN, serves=serves, chosen=_free(serves, wanted), names=_names(below)
    )
    workers = [_worker(before, program, wanted) for program in found]
    first, last = ([_aim(before, below, wanted)], [main]) if below else ([main], [])
    return [*first, *(aim for aim in workers if aim), *last]


def _aim(before: Tree, below: Sequence[Program], wanted: frozenset[str]) -> Aim:
    """Aim at programs with their workers: orphans would hold the port against what comes in their place."""
    together = [member for program in below for member in (program.member, *pool(before, program))]
    serves = _serves(below)
    return Aim(
        victims=tuple(dict.fromkeys(together)),
        words=" and ".join(map(str, below)),
        wrapper=", ".join(sorted({str(program.wrapper) for program in below})),
        serves=serves,
        chosen=_free(serves, wanted),
        names=_names(below),
    )


def _worker(before: Tree, program: Program, wanted: frozenset[str]) -> Aim | None:
    """Aim at the oldest worker of a pool: the one least likely to end by itself now."""
    workers = pool(before, program)
    if not workers:
        return None
    return Aim(
        victims=(workers[0],),
        words=f"a worker that serves {ports(program.serves)} ({workers[0]})",
        wrapper=str(program.member),
        serves=program.serves,
        chosen=_free(program.serves, wanted),
        pool=frozenset(member.pid for member in (program.member, *workers)),
    )


def _serves(found: Sequence[Program]) -> frozenset[str]:
    return frozenset(name for program in found for name in program.serves)


def _free(serves: frozenset[str], wanted: frozenset[str]) -> frozenset[str]:
    return frozenset(name for name in serves - wanted if chosen(name))


def _names(found: Sequence[Program]) -> tuple[tuple[str, str], ...]:
    return tuple((p.member.name, p.member.command) for p in found if not p.serves)


def matching(plan: Sequence[Aim], number: int, found: Sequence[Aim]) -> Aim | None:
    """Return what a plan aims at by its number, among what can be aimed at now; None when it is not there."""
    before = sum(aim.kind == plan[number].kind for aim in plan[:number])
    same = [aim for aim in found if aim.kind == plan[number].kind]
    return same[before] if before < len(same) else None


def instead(planned: Aim, found: Sequence[Aim]) -> Aim | None:
    """Return what has the place of what is not there: process 1, a worker, or what serves below it."""
    place = planned.words == MAIN, bool(planned.pool)
    return next((aim for aim in found if (aim.words == MAIN, bool(aim.pool)) == place), None)


def lives(aim: Aim, now: Tree) -> bool:
    """Whether one of the victims is still there: a pid alone may be somebody else's by now."""
    there = {(member.pid, member.started) for member in now.members.values()}
    return any((victim.pid, victim.started) in there for victim in aim.victims)


def holds(aim: Aim, now: Tree, *, struck: bool) -> bool:
    """Whether all that was killed is there again.

    `struck` when these are the processes of the same start: after another one no pid says anything.
    """
    if struck and lives(aim, now):
        return False
    heard = _heard(aim, now)
    if not aim.serves - aim.chosen <= heard:
        return False
    if len(heard - aim.serves) < len(aim.chosen - heard):
        return False
    there = [(member.name, member.command) for member in now.members.values()]
    if any(there.count(name) < aim.names.count(name) for name in aim.names):
        return False
    if struck and aim.pool:
        return bool({m.pid for m in now.members.values() if m.listens & aim.serves} - aim.pool)
    return True


def _heard(aim: Aim, now: Tree) -> frozenset[str]:
    """Return what is listened on of that for which the victims are missed, and in place of chosen numbers."""
    others = {
        name
        for member in now.members.values()
        for name in member.listens
        if chosen(name) and not passing(member, name)
    }
    return aim.serves & now.listens | frozenset(others if aim.chosen else ())


def holders(aim: Aim, now: Tree) -> frozenset[int]:
    """Return who does what was killed, apart from workers, which come and go."""
    if aim.pool:
        return frozenset()
    heard = _heard(aim, now)

    def first(member: Member) -> bool:
        parent = now.members.get(member.parent)
        return bool(member.listens & heard) and not (parent and parent.listens & heard)

    return frozenset(
        member.pid
        for member in now.members.values()
        if first(member) or (member.name, member.command) in aim.names
    )
