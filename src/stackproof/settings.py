"""What a user sets: each option declared once, from which all ways to give it are made.

`stackproof check` and `init` make their options of it (`cli.options`), pytest its own (`plugin.options`), and
`[tool.stackproof]` its keys (`cli.defaults`). A new option is a field here, and what uses it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, StrictBool
from pydantic_core import PydanticCustomError

from stackproof.controls.severity import Severity
from stackproof.engine.project import ComposeSettings

COPY_LIMIT = 100  # MiB; more than this is data, not configuration


def _workers(value: object) -> str | int:
    if value == "auto" or (type(value) is int and value >= 0):
        return value
    kind, words = "workers", "should be 'auto' or a whole number from 0 on"
    raise PydanticCustomError(kind, words)


_Many = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Option:
    """How a field of the settings is given. What takes several values may be given again."""

    help: str
    """What it does, without a capital and a full stop."""
    metavar: str | None = None
    pytest: str = ""
    """Its name as an option of pytest; empty where pytest has none of ours."""
    command: tuple[str, ...] = ()
    """Its names as an option of our commands."""
    check_only: bool = False
    """Whether `check` alone has it, of the commands that bring sandboxes up."""
    table: Any = None
    """What `[tool.stackproof]` takes for it; None where that has no such key."""


class Settings(BaseModel):
    """What was set for a run, by whichever way. Paths start where it was called."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    stacks: Annotated[
        _Many,
        Option(
            help="compose project to prove: a folder, a compose file, or several files joined with ':' as in "
            "COMPOSE_FILE",
            metavar="PATH",
            pytest="--stack",
        ),
    ] = ()
    attach: Annotated[
        str | None,
        Option(
            help="look at a compose project that runs, read-only: only controls that disturb nothing are "
            "run; compose files are named only where its labels do not name them",
            metavar="PROJECT",
            pytest="--attach",
            command=("--attach",),
            check_only=True,
        ),
    ] = None
    contract: Annotated[
        str | None,
        Option(
            help="contract of the only stack, in place of the stackproof.yml beside its compose file",
            metavar="FILE",
            pytest="--contract",
            command=("--contract",),
            check_only=True,
        ),
    ] = None
    no_contract: Annotated[
        bool,
        Option(
            help="judge without the stackproof.yml beside the compose file",
            pytest="--no-contract",
        ),
    ] = False
    profiles: Annotated[
        _Many,
        Option(
            help="Compose profile to enable",
            metavar="NAME",
            pytest="--compose-profile",
            command=("--compose-profile",),
        ),
    ] = ()
    env_files: Annotated[
        _Many,
        Option(
            help="env file for interpolation in place of .env",
            metavar="FILE",
            pytest="--compose-env-file",
            command=("--env-file",),
        ),
    ] = ()
    project_directory: Annotated[
        str | None,
        Option(
            help="folder that relative paths of the compose files start from",
            metavar="DIR",
            pytest="--project-directory",
            command=("--project-directory",),
        ),
    ] = None
    allow_host_access: Annotated[
        bool,
        Option(
            help="also start stacks that reach the host (engine socket, privileged, host network)",
            pytest="--allow-host-access",
            command=("--allow-host-access/--no-host-access",),
            table=StrictBool,
        ),
    ] = False
    allow_network: Annotated[
        _Many,
        Option(
            help="network of this engine that sandboxes join themselves, with all that is live on it",
            metavar="NAME",
            pytest="--allow-network",
            command=("--allow-network",),
            table=list[str],
        ),
    ] = ()
    allow_key: Annotated[
        _Many,
        Option(
            help="key of a compose file that is passed as written, such as services.web.new_key; patterns",
            metavar="KEY",
            pytest="--allow-key",
            command=("--allow-key",),
            table=list[str],
        ),
    ] = ()
    allow_outside: Annotated[
        _Many,
        Option(
            help="let sandboxes reach this host outside the stack: a name, a pattern such as *.example.com, "
            "an address or a network",
            metavar="HOST",
            pytest="--allow-outside",
            command=("--allow-outside",),
            table=list[str],
        ),
    ] = ()
    offline: Annotated[
        bool,
        Option(
            help="let sandboxes reach nothing outside the stack at all",
            pytest="--offline",
            command=("--offline/--online",),
            table=StrictBool,
        ),
    ] = False
    copy_limit: Annotated[
        int,
        Option(
            help="largest writable bind that is copied, in MiB",
            metavar="MIB",
            pytest="--copy-limit",
            command=("--copy-limit",),
        ),
    ] = COPY_LIMIT
    workers: Annotated[
        str | int,
        Option(
            help="sandboxes in parallel; 0 for none",
            command=("-n", "--workers"),
            check_only=True,
            table=Annotated[str | int, PlainValidator(_workers)],
        ),
    ] = "auto"
    fail_on: Annotated[
        Severity,
        Option(
            help="lowest severity whose findings fail the run; lower ones are advisory",
            pytest="--fail-on",
            command=("--fail-on",),
            check_only=True,
            table=Severity,
        ),
    ] = Severity.HIGH
    baseline: Annotated[
        str | None,
        Option(
            help="file of `stackproof baseline`, or an earlier results.json: what failed there is known",
            metavar="FILE",
            pytest="--baseline",
            command=("--baseline",),
            check_only=True,
            table=Annotated[str, Field(min_length=1)],
        ),
    ] = None
    fail_on_new: Annotated[
        bool,
        Option(
            help="let only what the baseline does not know fail the run",
            pytest="--fail-on-new",
            command=("--fail-on-new/--fail-on-known",),
            check_only=True,
            table=StrictBool,
        ),
    ] = False
    profile: Annotated[
        str | None,
        Option(
            help="which controls judge, and how gravely: baseline, cis, strict, homelab or hygiene; by "
            "default what `profile:` in the stack's contract says, or baseline",
            metavar="NAME",
            pytest="--control-profile",
            command=("--profile",),
            check_only=True,
            table=Annotated[str, Field(min_length=1)],
        ),
    ] = None
    select: Annotated[
        _Many,
        Option(
            help="run only these controls, in the profile or not: ids or patterns, separated by commas",
            metavar="IDS",
            pytest="--control-select",
            command=("--select",),
            check_only=True,
            table=list[str],
        ),
    ] = ()
    ignore: Annotated[
        _Many,
        Option(
            help="do not run these controls: ids or patterns, separated by commas",
            metavar="IDS",
            pytest="--control-ignore",
            command=("--ignore",),
            check_only=True,
            table=list[str],
        ),
    ] = ()
    rules: Annotated[
        _Many,
        Option(
            help="folder or file with controls and rules of your own, which are selected, waived and "
            "reported as ours are",
            metavar="DIR",
            pytest="--rules",
            command=("--rules",),
            table=list[str],
        ),
    ] = ()
    quiet: Annotated[
        bool,
        Option(
            help="say only the verdict of each stack and of the run",
            command=("-q", "--quiet"),
            check_only=True,
        ),
    ] = False
    verbose: Annotated[
        bool,
        Option(
            help="also list what passed and what did not apply, each with what was seen",
            command=("-v", "--verbose"),
            check_only=True,
        ),
    ] = False
    report_dir: Annotated[
        str,
        Option(
            help="where index.html, results.json and the other reports are written; empty for none",
            metavar="DIR",
            pytest="--report-dir",
            command=("--report-dir",),
            check_only=True,
            # A table's path starts from its folder, where an empty one would be that folder.
            table=Annotated[str, Field(min_length=1)],
        ),
    ] = "reports"
    documentation: Annotated[
        str | None,
        Option(
            help="address of the documentation that reports link to, with {control} for the id of a control, "
            "or that of a site of `make docs-site`; by default what the action or the package names",
            metavar="URL",
            pytest="--documentation",
            command=("--documentation",),
            check_only=True,
            table=Annotated[str, Field(min_length=1)],
        ),
    ] = None

    origins: dict[str, str] = {}
    """Where options were set that were not typed, by their names."""

    def own(self, base: Path) -> tuple[Path, ...]:
        """Return the folders and files with a team's own controls; `base` is the folder where paths start."""
        return tuple((base / path).resolve() for path in self.rules)

    def compose(self, base: Path) -> ComposeSettings:
        """Return Compose's own options; `base` is the folder where paths start."""
        return ComposeSettings.typed(base, self.profiles, self.env_files, self.project_directory)


@dataclass(frozen=True, kw_only=True)
class Declared:
    """A field of the settings, as those see it who make options of it."""

    name: str
    option: Option
    type: Any
    default: Any

    @property
    def is_many(self) -> bool:
        """Whether it takes several values."""
        return bool(self.type == _Many)

    @property
    def shown_default(self) -> str:
        """The default as help shows it; empty where there is nothing to show."""
        return "" if self.default in (None, (), False) else str(self.default)


def declared() -> Iterator[Declared]:
    """Yield all fields, in the order in which help shows them."""
    for name, field in Settings.model_fields.items():
        option = next((one for one in field.metadata if isinstance(one, Option)), None)
        if option is None:  # not for users to set
            continue
        yield Declared(name=name, option=option, type=field.annotation, default=field.default)
