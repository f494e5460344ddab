"""What serves is found below whatever started it."""

import pytest
from tests.unit.trials.trees import member, service, tree

from stackproof.trials.programs import chosen, pool, ports, programs
from stackproof.trials.tree import Tree

HTTP = "tcp 8000"
# Name of the kind, its processes (the first is process 1), and the programs that matter.
KINDS = {
    "process 1 serves": (tree(member(1, 0, "nginx", HTTP), member(2, 1, "nginx", HTTP)), {1}),
    "process 1 without a port": (tree(member(1, 0, "celery"), member(2, 1, "celery")), {1}),
    "init": (tree(member(1, 0, "docker-init"), member(2, 1, "node", HTTP)), {2}),
    "init and shell": (
        tree(member(1, 0, "tini"), member(2, 1, "sh"), member(3, 2, "python", HTTP)),
        {3},
    ),
    "npm": (tree(member(1, 0, "npm start"), member(2, 1, "sh"), member(3, 2, "node", HTTP)), {3}),
    "shell that goes on": (
        tree(member(1, 0, "sh"), member(2, 1, "python", HTTP), member(3, 1, "sleep", started=9)),
        {2},
    ),
    "shell that works itself": (tree(member(1, 0, "bash"), member(2, 1, "sleep")), {1}),
    "a job of a shell's loop": (tree(member(1, 0, "sh"), member(2, 1, "backup", started=60)), {1}),
    "worker below a shell": (tree(member(1, 0, "sh"), member(2, 1, "worker", started=1)), {2}),
    "worker below a shell of a host that is up for long": (
        tree(member(1, 0, "sh", started=500), member(2, 1, "worker", started=510)),
        {2},
    ),
    "a shell's late job that starts a server": (
        tree(member(1, 0, "sh"), member(2, 1, "start", started=60), member(3, 2, "server", HTTP, started=61)),
        {3},
    ),
    "a parent that nobody knows": (tree(member(1, 0, "start"), member(2, 1, "server", HTTP)), {2}),
    "supervisor of several": (
        tree(
            member(1, 0, "supervisord", "tcp 9001"),
            member(2, 1, "nginx", "tcp 80"),
            member(3, 2, "nginx", "tcp 80"),
            member(4, 1, "gunicorn", HTTP),
            member(5, 1, "worker", started=500),
        ),
        {2, 4, 5},
    ),
    "s6": (
        tree(
            member(1, 0, "s6-svscan"),
            member(2, 1, "s6-supervise"),
            member(3, 2, "php-fpm8", "unix /run/php.sock"),
            member(4, 1, "s6-supervise"),
            member(5, 4, "nginx", "tcp 80"),
        ),
        {3, 5},
    ),
    "helper of a shell beside the server": (
        tree(member(1, 0, "sh"), member(2, 1, "cron"), member(3, 1, "nginx", "tcp 80")),
        {3},
    ),
    "Erlang's name service": (
        tree(member(1, 0, "sh"), member(2, 1, "beam.smp", "tcp 5672"), member(3, 1, "epmd", "tcp 4369")),
        {2},
    ),
    "a number that the kernel may have chosen": (
        tree(member(1, 0, "sh"), member(2, 1, "server", "tcp 50051"), member(3, 1, "cron")),
        {2},
    ),
    "such a number below a parent that nobody knows": (
        tree(member(1, 0, "start"), member(2, 1, "server", "tcp 50051")),
        {2},
    ),
    "such a number above one that is fixed": (
        tree(member(1, 0, "start", "tcp 41213"), member(2, 1, "server", HTTP)),
        {2},
    ),
    "such a number in a server of its own": (
        tree(member(1, 0, "java", "tcp 41213"), member(2, 1, "java", "tcp 41213")),
        {1},
    ),
    "master that closes what its worker serves": (
        tree(member(1, 0, "haproxy"), member(2, 1, "haproxy", "tcp 80", started=100)),
        {2},
    ),
}


@pytest.mark.parametrize("name", KINDS)
def test_programs(name: str) -> None:
    """Each kind of tree has its own."""
    found, expected = KINDS[name]

    assert {program.member.pid for program in programs(found, service())} == expected


def test_declared_port_before_others() -> None:
    """A debugger's port is not what the service is there for, unless nothing that is declared is heard."""
    parts = member(
        1, 0, "node", HTTP, "tcp 9229", "tcp 50051", "tcp 40000", "udp 40001", within=["tcp 40000"]
    )
    serves = tree(parts)

    def served(**raw: object) -> list[frozenset[str]]:
        return [program.serves for program in programs(serves, service(**raw))]

    assert served(expose=["8000"]) == [{HTTP}]
    assert served(ports=[{"target": 9229, "protocol": "tcp"}]) == [{"tcp 9229"}]
    assert served(expose=["50051"]) == [{"tcp 50051"}]
    # Not what a client has, nor what a program's parts have among themselves.
    assert served(expose=["7000"]) == [{HTTP, "tcp 9229", "tcp 50051"}]


def test_ports_before_files() -> None:
    """A file is what it serves on where it has nothing else."""

    def served(*listens: str) -> list[frozenset[str]]:
        return [program.serves for program in programs(tree(member(1, 0, "php-fpm8", *listens)), service())]

    assert served(HTTP, "unix /run/php.sock") == [{HTTP}]
    assert served("unix /run/php.sock") == [{"unix /run/php.sock"}]


def test_number_that_the_kernel_may_have_chosen() -> None:
    """Those of its range; files have none."""
    assert [chosen(name) for name in (HTTP, "tcp 32767", "tcp 32768", "udp 60999", "tcp 61000")] == [
        False, False, True, True, False,
    ]  # fmt: skip
    assert not chosen("unix /run/40000")


def test_words() -> None:
    """A program is named by what it does."""

    def words(found: Tree) -> list[str]:
        return [str(program) for program in programs(found, service())]

    assert words(KINDS["init"][0]) == ["the process that serves port 8000 (node)"]
    assert words(KINDS["worker below a shell"][0]) == ["its program (worker)"]
    assert words(KINDS["process 1 without a port"][0]) == ["its main process"]
    assert ports({"tcp 80", "udp 53", "unix /run/tcp a"}) == "port 80, udp 53, unix /run/tcp a"


def test_pool() -> None:
    """Workers share a socket with their master; other children are none."""
    found = tree(
        member(1, 0, "gunicorn", HTTP),
        member(3, 1, "gunicorn", HTTP, started=2),
        member(2, 1, "gunicorn", HTTP, started=1),
        member(4, 1, "reporter"),
    )
    (program,) = programs(found, service())

    assert [worker.pid for worker in pool(found, program)] == [2, 3]
