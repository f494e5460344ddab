"""What is listed and not judged."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML

from stackproof.cli import main
from stackproof.controls import catalogue
from stackproof.controls.not_assessed import NotAssessed, not_assessed

STANDARDS = YAML(typ="safe").load(Path(__file__).parents[1] / "standards.yml")


@pytest.mark.parametrize("one", not_assessed().values(), ids=lambda one: one.id)
def test_it_is_said_why(one: NotAssessed) -> None:
    """For a requirement that there is, which no control claims to answer."""
    known = {f"{standard} {number}" for standard, titles in STANDARDS.items() for number in titles}

    assert one.reason
    assert set(one.references) <= known
    assert one.id not in catalogue.entries()
    assert one.title[-1] != "."


def test_a_requirement_is_not_both_answered_and_left_out() -> None:
    """Neither is what nobody can tell counted as told."""
    answered = {reference for found in catalogue.references().values() for reference in found}

    assert answered & {text for one in not_assessed().values() for text in one.references} == set()


def test_command_lists_them() -> None:
    """After the controls, and one by its id; data for machines is that of controls alone."""
    listed = CliRunner().invoke(main, ["controls"]).output
    explained = CliRunner().invoke(main, ["controls", "no-root-exec"])

    assert listed.count("(not assessed)") == len(not_assessed())
    assert (explained.exit_code, explained.output.splitlines()[0]) == (0, "no-root-exec (not assessed)")
    assert "no-root-exec" not in CliRunner().invoke(main, ["controls", "--json"]).output
    assert "did you mean 'no-root-exec'?" in CliRunner().invoke(main, ["controls", "no-rot-exec"]).output
