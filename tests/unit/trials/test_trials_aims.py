"""What is killed in a tree, and when all of it is there again."""

from tests.unit.trials.trees import member, service, tree

from stackproof.trials.aims import aims, holders, holds
from stackproof.trials.tree import Tree

HTTP = "tcp 8000"
POOL = tree(
    member(1, 0, "gunicorn", HTTP),
    member(2, 1, "gunicorn", HTTP),
    member(3, 1, "gunicorn", HTTP, started=1),
)
WRAPPED = tree(member(1, 0, "sh"), member(2, 1, "python", HTTP))
WORKER = tree(member(1, 0, "sh"), member(2, 1, "worker"))


def _pids(found: Tree) -> list[list[int]]:
    return [[victim.pid for victim in aim.victims] for aim in aims(found, service())]


def test_what_is_killed() -> None:
    """What serves first, with its workers, then one worker, and process 1 where it is something else."""
    several = tree(
        member(1, 0, "supervisord"), member(2, 1, "nginx", "tcp 80"), member(3, 1, "gunicorn", HTTP),
        member(4, 3, "gunicorn", HTTP),
    )  # fmt: skip
    assert _pids(tree(member(1, 0, "redis", "tcp 6379"))) == [[1]]
    assert _pids(POOL) == [[1], [2]]
    assert _pids(WRAPPED) == [[2], [1]]
    assert _pids(several) == [[2, 3, 4], [4], [1]]


def test_words_of_what_is_killed() -> None:
    """They say what it did, and who started it."""
    first, last = aims(WRAPPED, service())
    _main, worker = aims(POOL, service())
    both = aims(
        tree(
            member(1, 0, "supervisord"),
            member(2, 1, "nginx", "tcp 80"),
            member(3, 1, "sh"),
            member(4, 3, "gunicorn", HTTP),
            member(5, 1, "worker"),
        ),
        service(),
    )

    assert (first.words, first.wrapper) == ("the process that serves port 8000 (python)", "sh")
    assert (last.words, last.wrapper, last.serves) == ("its main process", "", frozenset({HTTP}))
    assert (worker.words, worker.wrapper) == ("a worker that serves port 8000 (gunicorn)", "gunicorn")
    assert both[0].words == (
        "the process that serves port 80 (nginx) and the process that serves port 8000 (gunicorn) "
        "and its program (worker)"
    )
    assert both[0].wrapper == "sh, supervisord"
    assert [aim.names for aim in both] == [(("worker", "worker --run"),)] * 2


def test_port_is_served_again() -> None:
    """By whomever, as long as somebody of the service listens."""
    aim = aims(WRAPPED, service())[0]

    assert not holds(aim, tree(member(1, 0, "sh")), struck=True)
    assert holds(aim, tree(member(1, 0, "sh"), member(7, 1, "node", HTTP)), struck=True)


def test_program_without_a_port_runs_again() -> None:
    """The same program is there, and is not the one that was to be killed."""
    aim = aims(WORKER, service())[0]

    assert not holds(aim, WORKER, struck=True)
    assert not holds(aim, tree(member(1, 0, "sh"), member(9, 1, "sleep")), struck=True)
    assert holds(aim, tree(member(1, 0, "sh"), member(9, 1, "worker")), struck=True)
    assert holds(aim, WORKER, struck=False)  # after a restart of the container the number may be the same


def test_worker_is_there_again() -> None:
    """A new one, whatever their number."""
    aim = aims(POOL, service())[1]
    left = tree(member(1, 0, "gunicorn", HTTP), member(3, 1, "gunicorn", HTTP))
    new = tree(member(1, 0, "gunicorn", HTTP), member(4, 1, "gunicorn", HTTP))

    assert not holds(aim, left, struck=True)
    assert holds(aim, new, struck=True)
    assert holds(aim, left, struck=False)


def test_worker_is_no_master() -> None:
    """Below a shell, too, the master that lives on is not taken for a new worker."""
    before = [member(1, 0, "sh"), member(2, 1, "gunicorn", HTTP), member(4, 2, "gunicorn", HTTP, started=1)]
    worker = member(3, 2, "gunicorn", HTTP)
    aim = aims(tree(*before, worker), service())[1]

    assert [victim.pid for victim in aim.victims] == [3]
    assert not holds(aim, tree(*before), struck=True)
    assert holds(aim, tree(*before, member(5, 2, "gunicorn", HTTP)), struck=True)


def test_victim_that_is_still_there() -> None:
    """What was not hit, or has not ended yet, did not come back; another process may have its number."""
    for found in (WRAPPED, POOL, WORKER):
        for aim in aims(found, service()):
            assert not holds(aim, found, struck=True)
            assert holds(aim, found, struck=False)

    aim = aims(WRAPPED, service())[0]
    assert holds(aim, tree(member(1, 0, "sh"), member(2, 1, "python", HTTP, started=9)), struck=True)


def test_number_that_the_kernel_may_have_chosen() -> None:
    """The same one, or another one in its place; none at all is a server that is not there."""
    aim = aims(tree(member(1, 0, "server", HTTP, "tcp 41213")), service())[0]

    def again(*listens: str, within: tuple[str, ...] = ()) -> bool:
        return holds(aim, tree(member(1, 0, "server", *listens, within=within)), struck=False)

    assert again(HTTP, "tcp 41213")
    assert again(HTTP, "tcp 38001")
    assert not again(HTTP)
    assert not again("tcp 41213", "tcp 38001")
    assert not again(HTTP, "udp 38001")
    assert not again(HTTP, "tcp 38001", within=("tcp 38001",))


def test_number_that_is_declared() -> None:
    """Then no other is as good."""
    aim = aims(tree(member(1, 0, "server", "tcp 50051")), service(expose=["50051"]))[0]

    assert holds(aim, tree(member(1, 0, "server", "tcp 50051")), struck=False)
    assert not holds(aim, tree(member(1, 0, "server", "tcp 50052")), struck=False)


def test_who_holds_it() -> None:
    """Masters and programs, by whatever number; not their workers."""
    moved = tree(member(1, 0, "sh"), member(7, 1, "server", "tcp 38001"), member(8, 7, "server", "tcp 38001"))
    aim = aims(tree(member(1, 0, "sh"), member(2, 1, "server", "tcp 41213")), service())[0]

    assert holders(aim, moved) == {7}
    assert holders(aims(POOL, service())[0], POOL) == {1}
    beside = [member(3, 1, "reporter", "tcp 41213")]
    assert holders(aims(WRAPPED, service())[0], tree(*WRAPPED.members.values(), *beside)) == {2}
    assert holders(aims(WORKER, service())[0], WORKER) == {2}
