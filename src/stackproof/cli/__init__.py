"""The `stackproof` command."""

import click

from stackproof import __version__
from stackproof.cli import output
from stackproof.cli.check import check
from stackproof.cli.clean import clean
from stackproof.cli.completion import completion
from stackproof.cli.controls import controls
from stackproof.cli.doctor import doctor
from stackproof.cli.github import github
from stackproof.cli.init import init
from stackproof.cli.report import baseline, diff, report
from stackproof.cli.schema import schema


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="stackproof")
def main() -> None:
    """Prove in a running sandbox that a Docker Compose stack keeps its promises."""
    output.survive()


for command in (baseline, check, clean, completion, controls, diff, doctor, github, init, report, schema):
    main.add_command(command)
