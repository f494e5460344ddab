"""Which programs a script of the shell needs."""

import pytest

from stackproof.stack.shell_script import needs, needs_of_words, words_of_bash


@pytest.mark.parametrize(
    ("script", "programs"),
    [
        ("curl -f http://localhost/ || exit 1", ["curl"]),
        ("curl -f x > /dev/null 2>&1 || kill 1", ["curl"]),
        ('[ "$(curl -s x)" = 200 ]', ["curl"]),
        ('test "`wget -qO- x`" = ok', ["wget"]),
        ("! wget -q x", ["wget"]),
        ("if curl x; then exit 0; else exit 1; fi", ["curl"]),
        ("A=1 env B=1 curl x", ["env", "curl"]),
        ("PGPASSWORD=x psql -c 'select 1'", ["psql"]),
        ("x=$(curl a) && [[ $x == ok ]]", ["curl"]),
        ("nc -z localhost 1 && (curl x) | grep ok", ["nc", "curl", "grep"]),
        ("timeout 5 curl x", ["timeout", "curl"]),
        ("timeout -s KILL 5 curl x", ["timeout", "curl"]),
        ("timeout --signal KILL 5 curl x", ["timeout", "curl"]),
        # What no shell reads is no language of it.
        ("timeout 5 test -f /x", ["timeout", "test"]),
        ("env cd /x", ["env", "cd"]),
        ("exec true", ["true"]),
        ("xargs echo", ["xargs", "echo"]),
        ("command test -f /x", []),
        ("flock /x -c 'curl x'", ["flock", "curl"]),
        ("runuser app -c 'curl x'", ["runuser", "curl"]),
        ("exec curl x", ["curl"]),
        ("su app -c 'curl x | jq .ok'", ["su", "curl", "jq"]),
        ("sh -c 'curl x'", ["sh", "curl"]),
        ("bash -ec \"sh -c 'curl x'\"", ["bash", "sh", "curl"]),
        ("{ curl x; }", ["curl"]),
        ("while ! nc -z a 1; do sleep 1; done", ["nc", "sleep"]),
        ("case $(curl x) in ok) exit 0;; esac", ["curl"]),
        ("ask() { curl x; }; ask", ["curl"]),
        ("eval 'curl x'", ["curl"]),
        ("xargs -n 1 curl", ["xargs", "curl"]),
        ("cat <(curl x)", ["cat", "curl"]),
        ("mysqladmin ping -h localhost -p$MYSQL_ROOT_PASSWORD", ["mysqladmin"]),
        ("'pg_isready' -U app", ["pg_isready"]),
        ("./check.sh --quick", ["./check.sh"]),
        ("g++ --version", ["g++"]),
        ("python3.11 -c 'import this'", ["python3.11"]),
    ],
)
def test_programs_wherever_they_stand(script: str, programs: list[str]) -> None:
    """The first word is one place of many."""
    found = needs(script)

    assert [sorted(way) for need in found for way in need.ways] == [[name] for name in programs]


@pytest.mark.parametrize(
    "script",
    [
        "[ -f /tmp/ready ]",
        "exit 0",
        "kill -0 1",
        "$CHECK x",
        "</dev/tcp/127.0.0.1/80",
        "[[ -f /x ]]",
        "let x=1; shopt -s nullglob; source /x",
        "echo 'no end",
        "# curl",
        "",
    ],
)
def test_language_of_the_shell_needs_no_program(script: str) -> None:
    """Nor is anything guessed that only the running shell knows."""
    assert needs(script) == []


@pytest.mark.parametrize(
    ("script", "there", "missing"),
    [
        ("curl x || wget x", {"wget"}, set()),
        ("curl x || wget x || exit 1", {"curl"}, set()),
        ("curl x || wget x", set(), {"curl"}),
        ("curl x || (cat /tmp/log; exit 1)", {"cat"}, {"curl"}),
        ("curl x || logger failed", {"logger"}, {"curl"}),
        ("curl x && jq y || nc z", {"nc"}, set()),
        ("curl x && jq y || nc z", {"curl"}, {"jq"}),
        ("command -v curl >/dev/null && curl x", set(), set()),
        ("if command -v curl; then curl x; else wget x; fi", {"wget"}, set()),
        ("if which curl; then curl x; else wget x; fi", {"which", "curl"}, set()),
        ("if command -v curl; then curl x; else wget x; fi", set(), {"curl"}),
    ],
)
def test_one_way_is_enough(script: str, there: set[str], missing: set[str]) -> None:
    """What stands in for another program may be missing; what only tells of a failure stands in for none."""
    assert {name for need in needs(script) for name in need.missing(there.__contains__)} == missing


def test_words_that_no_shell_reads() -> None:
    """A program may be handed to another, or a script to a shell."""
    words = ["timeout", "5", "sh", "-c", "curl x"]

    assert [sorted(way) for need in needs_of_words(words) for way in need.ways] == [
        ["timeout"],
        ["sh"],
        ["curl"],
    ]
    assert needs_of_words([]) == []


@pytest.mark.parametrize(
    ("words", "programs"),
    [
        (["exit", "0"], ["exit"]),
        (["cd", "/x"], ["cd"]),
        (["test", "-f", "/x"], ["test"]),
        (["[", "-f", "/x", "]"], ["["]),
        (["[[", "-f", "/x", "]]"], ["[["]),
        (["eval", "curl x"], ["eval"]),
        (["command", "-v", "curl"], ["command", "curl"]),
        (["type", "curl"], ["type"]),
        (["timeout", "5", "exit"], ["timeout", "exit"]),
        (["sh", "-c", "exit 0"], ["sh"]),
    ],
)
def test_a_list_has_no_shell(words: list[str], programs: list[str]) -> None:
    """Its first word is a program, whatever a shell would know it for."""
    assert [sorted(way) for need in needs_of_words(words) for way in need.ways] == [[one] for one in programs]


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("[[ -f /x ]]", {"[["}),
        ("if [[ $A == b ]]; then exit 0; fi", {"[["}),
        ("source /x && let a=1", {"source", "let"}),
        ("declare -a x", {"declare"}),
        ("[ -f /x ] && . /x", set()),
        ("echo '[[ a ]]'", set()),
        ("local x=1; printf %s a", set()),
    ],
)
def test_words_of_bash(script: str, words: set[str]) -> None:
    """Those for which dash looks for a program."""
    assert words_of_bash(script) == words


def test_as_many_as_there_are() -> None:
    """The parser nests `a && b && c`, and nothing here calls itself as often."""
    assert len(needs(" && ".join(f"a{number}" for number in range(5000)))) == len(range(5000))
    assert len(needs(" || ".join(f"a{number}" for number in range(3000)))) == 1
