"""Rules that the repository keeps for itself: what every control has, and how the code is built."""

import ast
import os
import re
import statistics
import subprocess
import sys
import tomllib
from itertools import combinations
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from tests import mutant_files
from tests.assertions import MEASURED, SUITE, Way, failing_ways
from tests.mutant_files import CONTRACT, SOUND, Mutant

import stackproof
from stackproof.controls import catalogue

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "stackproof"
SOURCES = sorted(PACKAGE.rglob("*.py"))
CODE = [*SOURCES, *sorted((ROOT / "tests").rglob("*.py")), *sorted((ROOT / "scripts").glob("*.py"))]
MAPPINGS = sorted(PACKAGE.glob("controls/mappings/*.toml"))
CONTROLS = sorted(catalogue.entries())

MUTANTS = sorted(mutant_files.all_mutants(), key=str)
WAYS = failing_ways()
# What no compose override turns red, and why.
NO_MUTANT = {
    f"startup-order-follows-conditions: {MEASURED} was started {MEASURED}": (
        "Compose starts nothing before what it was told to wait for"
    ),
    f"container-matches-file: {MEASURED} has {MEASURED}, which its file does not give": (
        "an engine gives what the file says"
    ),
    f"container-matches-file: {MEASURED} runs without the no-new-privileges that its file sets": (
        "an engine sets what the file says"
    ),
    f"container-matches-file: {MEASURED} runs without a filter of system calls, which its file does not "
    "switch off": "an engine that filters none is another engine, and no override makes one",
    f"container-matches-file: {MEASURED} has {MEASURED} of {MEASURED}, and its file gives it {MEASURED}": (
        "an engine limits what the file limits, where it has the controllers"
    ),
    f"container-matches-file: the engine keeps the logs of {MEASURED} by {MEASURED}, and its file names "
    f"{MEASURED}": (
        "only a running project whose file was changed has another, and a sandbox is made from its file"
    ),
    f"container-matches-file: the log option {MEASURED} of {MEASURED} is {MEASURED}, and its file says "
    f"{MEASURED}": (
        "only a running project whose file was changed has another, and a sandbox is made from its file"
    ),
    f"container-matches-file: {MEASURED} can write to its root file system, which its file makes read-only": (
        "an engine mounts it as the file says"
    ),
    f"docker-kill-is-a-manual-stop: {MEASURED} came back by itself after `docker kill`: this engine does not "
    "treat it as a stop": "this engine starts nothing again after a kill, whatever the policy",
}

LONGEST_HOOK = 10
LONGEST_FILE = 600
MEDIAN_FILE = 150


def test_every_live_control_has_its_mutant() -> None:
    """And every mutant its control; a rule has examples (see tests/unit/rules)."""
    live = {name for name, entry in catalogue.entries().items() if not entry.is_rule}

    assert {mutant.control for mutant in MUTANTS} == live
    assert {str(mutant) for mutant in MUTANTS} >= live
    assert {way.control for way in WAYS} == live


@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_mutant_names_what_it_breaks(mutant: Mutant) -> None:
    """A header says which service of the sound stack fails; the file changes only services and volumes."""
    services = YAML(typ="safe").load(SOUND)["services"]

    assert {"services"} <= set(mutant.body) <= {"services", "volumes"}
    assert mutant.touched <= set(services)


@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_mutant_is_for_one_assertion(mutant: Mutant) -> None:
    """Its message is found in one of its control's assertions, and in what nobody can foresee of none."""
    found = [way.message for way in WAYS if way.control == mutant.control and _turns_red(mutant, way)]

    assert len(found) == 1
    assert not re.search(mutant.message, MEASURED)


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_assertion_has_its_mutant(way: Way) -> None:
    """Each way in which a live control can fail was seen, or stands in the table with the reason why not."""
    found = [str(mutant) for mutant in MUTANTS if mutant.control == way.control and _turns_red(mutant, way)]

    assert bool(found) != (str(way) in NO_MUTANT), found


def test_no_reason_for_an_assertion_that_is_gone() -> None:
    """The table of those without a mutant names assertions that there are."""
    assert set(NO_MUTANT) <= set(map(str, WAYS))


def _turns_red(mutant: Mutant, way: Way) -> bool:
    return bool(re.search(mutant.message, way.message))


def test_mutants_share_a_sandbox_only_where_they_keep_apart() -> None:
    """All are proven once; in one sandbox no two are of one service, control, lane or kind of run."""
    groups = mutant_files.groups(MUTANTS)

    assert sorted(str(mutant) for group in groups for mutant in group) == [str(mutant) for mutant in MUTANTS]
    for one, other in (pair for group in groups for pair in combinations(group, 2)):
        assert one.lane == other.lane
        assert one.options == other.options
        assert one.control != other.control
        assert not one.touched & other.touched


def test_sound_stack_has_no_waiver() -> None:
    """A waiver would hide what the mutants are compared with."""
    assert "waivers" not in YAML(typ="safe").load(CONTRACT)


@pytest.mark.parametrize("control", CONTROLS)
def test_control_is_declared_in_one_family(control: str) -> None:
    """No other file of the package or the suite knows a control by its id."""
    entry = catalogue.entries()[control]
    files = [
        path for path in (*SUITE, *SOURCES) if re.search(rf'(control|rule)\(\s*"{control}"', path.read_text())
    ]
    module = entry.family.replace(" ", "_")

    assert [path.stem for path in files] == [module if entry.is_rule else f"test_{module}"]


@pytest.mark.parametrize("control", CONTROLS)
def test_control_is_decided_by_the_function_of_its_name(control: str) -> None:
    """So that `-k` finds it."""
    prefix = "" if catalogue.entries()[control].is_rule else "test_"
    function = f"def {prefix}{control.replace('-', '_')}("

    assert sum(function in path.read_text() for path in (*SUITE, *SOURCES)) == 1


@pytest.mark.parametrize("control", CONTROLS)
def test_control_says_why_how_to_mend_and_where(control: str) -> None:
    """All stand in the docstring of its test, behind `Fix:` and `Applies to:`."""
    entry = catalogue.entries()[control]

    assert entry.why
    assert entry.fix
    assert entry.scope.endswith(".")


@pytest.mark.parametrize("mapping", MAPPINGS, ids=lambda path: path.stem)
def test_mapping_names_existing_controls(mapping: Path) -> None:
    """A standard's requirement is answered by controls that there are."""
    read = tomllib.loads(mapping.read_text())
    named = {control for answer in read["requirements"].values() for control in answer["controls"]}

    assert read["standard"]
    assert named
    assert named <= set(CONTROLS)


def test_rule_is_proven_by_a_live_control() -> None:
    """What has the last word looks at what runs."""
    rules = [entry.control for entry in catalogue.entries().values() if entry.control.proven_by]
    proofs = [catalogue.entries()[str(rule.proven_by)] for rule in rules]

    assert rules
    assert not any(proof.is_rule for proof in proofs)


@pytest.mark.parametrize("mapping", MAPPINGS, ids=lambda path: path.stem)
def test_requirement_has_the_title_of_its_standard(mapping: Path) -> None:
    """So that no control answers what stands under another number; standards.yml has all titles."""
    read = tomllib.loads(mapping.read_text())
    titles = YAML(typ="safe").load(ROOT / "tests" / "unit" / "standards.yml")[read["standard"]]
    said = {number: answer["title"] for number, answer in read["requirements"].items()}

    assert said == {number: titles[number] for number in said}


@pytest.mark.parametrize(
    ("control", "requirement"),
    [
        ("restart-policy-set", "CIS Docker 1.6.0 5.15"),
        ("no-sensitive-port-published", "CIS Docker 1.6.0 5.8"),
    ],
)
def test_control_answers_no_requirement_of_another_subject(control: str, requirement: str) -> None:
    """5.15 wants a cap on retries, and `always` passes; 5.8 wants no port below 1024."""
    assert requirement not in catalogue.references().get(control, ())


def test_every_control_is_documented() -> None:
    """By a section in docs/controls.md that is up to date."""
    page = (ROOT / "docs" / "controls.md").read_text()
    done = _python(str(ROOT / "scripts" / "controls_page.py"), "--check")

    assert [control for control in CONTROLS if f"### {control}\n" not in page] == []
    assert done.returncode == 0, done.stderr


def test_public_names_are_there_and_documented() -> None:
    """A team's own tests and rules need no other module of ours."""
    page = (ROOT / "docs" / "own-tests.md").read_text()

    assert [name for name in stackproof.__all__ if f"`{name}`" not in page] == []
    assert all(getattr(stackproof, name) is not None for name in stackproof.__all__)


def test_hooks_only_delegate() -> None:
    """A hook decides and hands on."""
    hooks = [
        node
        for node in ast.parse((PACKAGE / "plugin" / "hooks.py").read_text()).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("pytest_")
    ]
    lengths = {hook.name: _body_lines(hook) for hook in hooks}

    assert lengths
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_HOOK} == {}


def _body_lines(function: ast.FunctionDef) -> int:
    first = function.body[1] if ast.get_docstring(function) and len(function.body) > 1 else function.body[0]
    return (function.end_lineno or 0) - first.lineno + 1


def test_only_the_engine_starts_programs() -> None:
    """One place has the deadlines and the errors of programs."""
    elsewhere = [
        str(path.relative_to(PACKAGE))
        for path in SOURCES
        if path.parent.name != "engine" and {"subprocess", "python_on_whales"} & _imported(path)
    ]

    assert elsewhere == []


def _imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


@pytest.mark.parametrize(
    "words",
    [
        ["-c", "import stackproof, stackproof.plugin, stackproof.plugin.fixtures"],
        ["-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "tests/unit"],
    ],
    ids=["import", "collect"],
)
def test_needs_no_docker(words: list[str], tmp_path: Path) -> None:
    """Neither to be imported nor to collect tests that need no engine."""
    nobody = {"PATH": str(tmp_path), "DOCKER_HOST": f"unix://{tmp_path}/nobody.sock"}
    done = _python(*words, **nobody)

    assert done.returncode == 0, done.stdout + done.stderr


def _python(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")} | more
    return subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_files_are_of_a_size_to_be_read() -> None:
    """None too long, and half of them short."""
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in CODE}

    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE} == {}
    assert statistics.median(lengths.values()) < MEDIAN_FILE


RAW_AT_HOME = {"stack", "isolation"}


@pytest.mark.parametrize(
    "path",
    [*SUITE, *(path for path in SOURCES if path.relative_to(PACKAGE).parts[0] not in RAW_AT_HOME)],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_the_model_is_typed(path: Path) -> None:
    """What a resolved file says is asked by name; only what reads and rewrites it knows its raw form."""
    found = [
        f"{path.name}:{node.lineno}"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr == "raw" and ast.unparse(node.value) != "response"
    ]

    assert found == []
