"""Every rule on the examples of tests/rules: good, bad with the place of each finding, not applicable."""

from pathlib import Path

import pytest
from tests.rule_examples import HERE, Example, all_examples, image_of

from stackproof.controls import catalogue
from stackproof.outcomes.judging import judge
from stackproof.outcomes.model import Outcome, OutcomeKind, Severity
from stackproof.rules.image import Image
from stackproof.rules.running import rulings
from stackproof.stack import without_docker
from stackproof.stack.discovery import Source
from stackproof.stack.stack import Stack
from stackproof.stack.warnings import told
from stackproof.stack.written import Written

EXAMPLES = all_examples()
RULES = {name for name, entry in catalogue.entries().items() if entry.is_rule}


def judged(example: Example, folder: Path) -> list[Outcome]:
    """Return what the rule says of the example, resolved by Compose's plugin as `lint` does."""
    file = folder / "compose.yml"
    file.write_text(example.compose)
    for name, text in example.files().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).mkdir() if name.endswith("/") else (folder / name).write_text(text)
        (folder / name).chmod(0o755)  # whatever the umask here
    # Not what `Stack.load` refuses: a file that an example names need not be on this machine.
    source = Source(files=(file,)).with_every_profile()
    resolved = without_docker.resolve(source)
    warnings = told(source, Written.of(source), resolved.warnings)
    stack = Stack.load(source, controls=catalogue.entries(), raw=resolved.model, warnings=warnings)
    images = example.images()

    def image(_stack: Stack, service: str) -> Image:
        return image_of(images.get(service, {}))

    return [
        outcome
        for ruling in rulings(stack, [catalogue.entries()[example.rule]], image)
        for outcome in judge(ruling.control, ruling.subject, ruling.said, fail_on=Severity.INFO)
    ]


def test_every_rule_has_its_examples() -> None:
    """Good and bad ones; an example of no rule would never be tried."""
    assert {(each.rule, each.kind) for each in EXAMPLES} >= {(r, k) for r in RULES for k in ("good", "bad")}
    assert {each.rule for each in EXAMPLES} == RULES


def assert_told_apart(failed: list[Outcome]) -> None:
    """By an aspect, from which the fingerprint comes, so that one can be waived without the others."""
    assert len({o.fingerprint for o in failed}) == len(failed)
    assert not any("#" in o.aspect for o in failed)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_example(example: Example, tmp_path: Path) -> None:
    """A good one passes for every service that it is about; of a bad one each finding is where it says."""
    found = judged(example, tmp_path)
    kinds = {outcome.outcome for outcome in found}

    if example.kind == "bad":
        places = {(o.file, o.line, o.column) for o in found if o.outcome is OutcomeKind.FAIL}
        assert {o.file for o in found} <= {"compose.yml", *example.files()}
        assert places == example.places() != set()
        assert OutcomeKind.UNKNOWN not in kinds
        assert_told_apart([o for o in found if o.outcome is OutcomeKind.FAIL])
    else:
        assert kinds - {OutcomeKind.NOT_APPLICABLE} == (
            {OutcomeKind.PASS} if example.kind == "good" else set()
        )
        assert HERE not in example.text


def test_some_examples_have_several_findings() -> None:
    """What tells findings apart would be shown by none otherwise."""
    assert any(example.text.count(HERE) > 1 for example in EXAMPLES)
