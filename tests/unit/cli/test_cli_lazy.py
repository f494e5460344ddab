"""The command starts without reading what it does not need."""

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from ruamel.yaml import YAML

from stackproof.cli import COMMANDS, main

HEAVY = ("pytest", "docker", "python_on_whales", "rich", "jinja2", "testinfra", "pydantic")


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_help_says_what_the_command_says(name: str) -> None:
    """The list is written down, so that it can be shown without reading any command."""
    command = main.get_command(click.Context(main), name)

    assert command is not None
    assert command.get_short_help_str(200) == COMMANDS[name]


def test_every_command_is_listed() -> None:
    """But for what our action alone calls."""
    context = click.Context(main)
    commands = {name: main.get_command(context, name) for name in main.list_commands(context)}

    assert {name for name, command in commands.items() if command and not command.hidden} == set(COMMANDS)
    assert main.get_command(context, "no-such-command") is None


def test_help_reads_nothing_heavy() -> None:
    """A third of a second was spent on what help never uses."""
    code = (
        "import sys\n"
        "from stackproof.cli import main\n"
        "main(['--help'], standalone_mode=False)\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == "[]"


def test_lint_reads_no_engine_and_no_pytest() -> None:
    """Nor templates and tables."""
    code = (
        "import sys\n"
        "from stackproof.lint import command\n"
        "from stackproof.cli import lint\n"
        "from stackproof.controls import catalogue\n"
        "catalogue.outline()\n"
        f"print([name for name in {HEAVY[:-1]!r} if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("compose.yml", True),
        ("a/b/docker-compose.yaml", True),
        ("a/compose.override.yml", True),
        ("a/docker-compose.override.yaml", True),
        ("a/docker-compose.prod.yml", False),
        ("a/my-compose.yml", False),
        ("compose.json", False),
    ],
)
def test_pre_commit_hook(path: str, wanted: bool) -> None:  # noqa: FBT001 - a case
    """It is a command of ours, for the files that `lint` finds in a folder."""
    (hook,) = YAML(typ="safe").load(Path(__file__).parents[3] / ".pre-commit-hooks.yaml")
    program, command, option = hook["entry"].split()

    assert (program, command in COMMANDS, option) == ("stackproof", True, "--with-override")
    assert bool(re.search(hook["files"], path)) is wanted
