"""Every key and kind of value of the table by examples, and the sandbox's file against the author's.

An example is a resolved model: `web` is the body of a service, `services` has more of them, `networks`,
`volumes`, `secrets`, `configs`, `models` and `jobs` are the parts of the file, `top` whatever else. `make`
lists what is in the author's folder. `permits` and `plan` are fields of Permits and Plan. What is expected:
`refused` and `dropped` are all such places, `changed` all other values that differ by place ("*" is any other
value, "<missing>" none), `notes` what the report says among others.
"""

import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from tests import comparison

from stackproof.isolation import notes, subnets
from stackproof.isolation.binds import replaced
from stackproof.isolation.host_paths import HostPaths
from stackproof.isolation.plan import Plan
from stackproof.isolation.table import ROWS
from stackproof.isolation.treatment import Permits, Treatment
from stackproof.isolation.walk import Isolated, build_of, isolate, judge
from stackproof.stack.model import Model

EXAMPLES = Path(__file__).with_name("examples")
PARTS = ("networks", "volumes", "secrets", "configs", "models", "jobs")
WORDS = {"example", "web", "services", "top", "make", "permits", "plan", "refused", "dropped", "changed",
         "notes", *PARTS}  # fmt: skip

Raw = dict[str, Any]


def examples() -> Iterator[Raw]:
    """Yield every example of every file."""
    for path in sorted(EXAMPLES.glob("*.yml")):
        yield from YAML(typ="safe").load(path)


BY_NAME: dict[str, Raw] = {example["example"]: example for example in examples()}


def filled(value: Any, folder: Path) -> Any:  # noqa: ANN401 - YAML in, YAML out
    """Write the author's folder into texts."""
    if isinstance(value, str):
        return value.replace("{folder}", str(folder))
    if isinstance(value, dict):
        return {key: filled(item, folder) for key, item in value.items()}
    return [filled(item, folder) for item in value] if isinstance(value, list) else value


def make(folder: Path, name: str, what: str) -> None:
    """Make something in the author's folder."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    match what.partition(":"):
        case ("folder", _, _):
            path.mkdir()
        case ("pipe", _, _):
            os.mkfifo(path)
        case ("link", _, target):
            path.symlink_to(target)  # of what was made before it
        case ("socket", _, _):
            here = Path.cwd()
            os.chdir(path.parent)  # the path of a socket may be 107 characters long
            with socket.socket(socket.AF_UNIX) as made:
                made.bind(path.name)
            os.chdir(here)
        case _:
            path.write_text(what)


@dataclass(frozen=True)
class Case:
    """An example that is ready to be isolated."""

    example: Raw
    model: Model
    plan: Plan
    permits: Permits
    paths: HostPaths

    @classmethod
    def of(cls, example: Raw, tmp_path: Path) -> "Case":
        """Make what the example needs on this machine."""
        assert set(example) <= WORDS
        folder = tmp_path / "project"
        folder.mkdir()
        for name, what in example.get("make", {}).items():
            make(folder, name, what)
        model = Model(raw=filled(raw_of(example), folder))
        paths = HostPaths(project=folder)
        copies = {str(m.source): f"/copies/{n}" for n, m in enumerate(replaced(model, paths))}
        fields: Raw = {key: _field(value) for key, value in example.get("plan", {}).items()}
        plan = Plan(
            project="stackproof-cafe-shop-observe",
            labels={"stackproof.run": "cafe"},
            images={name: f"ours/{name}" for name in model.services},
            binds=copies,
            moves=subnets.choose(model, "example"),
            **fields,
        )
        given: Raw = {
            key: frozenset(value) if isinstance(value, list) else value
            for key, value in example.get("permits", {}).items()
        }
        return cls(example=example, model=model, plan=plan, permits=Permits(**given), paths=paths)

    def judged(self) -> Isolated:
        """Return what the table says without a plan."""
        return judge(self.model, permits=self.permits, paths=self.paths)

    def isolated(self) -> Isolated:
        """Return the sandbox."""
        return isolate(self.model, self.plan, permits=self.permits, paths=self.paths)


def raw_of(example: Raw) -> Raw:
    """Return the model of an example."""
    services = {"web": example.get("web", {}), **example.get("services", {})}
    raw = {"name": "shop", "services": services, **example.get("top", {})}
    return raw | {part: example[part] for part in PARTS if part in example}


def _field(value: Raw) -> Raw:
    return {key: frozenset(item) if isinstance(item, list) else item for key, item in value.items()}


@pytest.fixture(params=BY_NAME)
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Case:
    """Each example in turn."""
    return Case.of(BY_NAME[request.param], tmp_path)


def places(isolated: Isolated, treatment: Treatment) -> set[str]:
    """Return where something was refused or dropped."""
    return {
        one.dotted
        for one in isolated.applied
        if one.case.treatment is treatment and (one.refused or treatment is not Treatment.REFUSED)
    }


def test_names_are_used_once() -> None:
    """Of two examples of one name one would never be tried."""
    assert len(BY_NAME) == len(list(examples()))


def test_what_is_refused_and_dropped(case: Case) -> None:
    """Exactly what the example lists, whether or not images and binds are there already."""
    for found in (case.judged(), case.isolated()):
        assert places(found, Treatment.REFUSED) == set(case.example.get("refused", ()))
        assert places(found, Treatment.DROPPED) == set(case.example.get("dropped", ()))


def test_notes(case: Case) -> None:
    """The report says what differs."""
    found = "\n".join(notes.notes(case.model, permits=case.permits, paths=case.paths))

    for note in case.example.get("notes", ()):
        assert note in found
    if case.example.get("dropped"):
        assert found


def test_every_difference_is_explained(case: Case) -> None:
    """Key by key: what is passed is equal, what is new is ours, what differs the example lists."""
    found = comparison.compare(case.model, case.plan, case.isolated())

    assert found.unexplained == []
    changed = case.example.get("changed", {})
    assert {
        place: "*" if changed.get(place) == "*" else new for place, new in found.changed.items()
    } == changed


@pytest.mark.parametrize(
    "case", [name for name, one in BY_NAME.items() if "'build': {" in str(raw_of(one))], indirect=True
)
def test_builds(case: Case) -> None:
    """What is built is what the author wrote, less what the example says is refused or dropped."""
    left_out = [*case.example.get("refused", ()), *case.example.get("dropped", ())]
    for name, service in case.model.services.items():
        if not isinstance(service.raw.get("build"), dict):
            continue
        found = build_of(case.model, name, permits=case.permits)
        at = f"services.{name}.build"
        gone = {place.removeprefix(f"{at}.") for place in left_out if place.startswith(f"{at}.")}
        wanted = {
            place: value
            for place, value in flat(service.raw["build"]).items()
            if not any(place == part or place.startswith(f"{part}.") for part in gone)
        }
        emptied = {place for place, value in flat(found).items() if value in ({}, [])}
        assert {place: value for place, value in flat(found).items() if place not in emptied} == {
            place: value for place, value in wanted.items() if place not in emptied
        }
        assert emptied <= {place.rpartition(".")[0] for place in gone} | set(wanted)


def flat(value: Any) -> Raw:  # noqa: ANN401 - YAML
    """Return values by place."""
    return {comparison.dotted(at): leaf for at, leaf in comparison.leaves(value)}


def test_every_row_has_an_example(tmp_path: Path) -> None:
    """Each kind of value of each key is met; hooks by their services' examples."""
    met: set[tuple[str, int]] = set()
    for number, example in enumerate(BY_NAME.values()):
        for variant in (example, as_hooks(example)):
            folder = tmp_path / f"{number}-{'hooks' if variant is not example else 'services'}"
            folder.mkdir()
            one = Case.of(variant, folder)
            met |= comparison.met(one.judged()) | comparison.met(one.isolated())
    uncovered = [
        f"{row.path}: {case.kind} ({case.treatment})"
        for row in ROWS
        for index, case in enumerate(row.cases)
        if (row.path, index) not in met
    ]

    assert uncovered == []


# -- a hook before the start is a container ----------------------------------------------------------

# Keys that only a service has.
NOT_OF_HOOKS = frozenset(
    {"image", "build", "deploy", "depends_on", "develop", "expose", "extends", "external_links",
     "healthcheck", "links", "ports", "profiles", "provider", "pre_start", "post_start", "pre_stop",
     "restart", "scale",
     "attach", "container_name", "stdin_open", "tty"}
)  # fmt: skip


def as_hooks(example: Raw) -> Raw:
    """Return an example whose services are hooks of one service."""
    bodies = [example.get("web", {}), *example.get("services", {}).values()]
    hooks = [{key: value for key, value in body.items() if key not in NOT_OF_HOOKS} for body in bodies]
    others = {name: {"image": "a"} for name in example.get("services", {})}
    kept = {key: value for key, value in example.items() if key in ("make", "permits", "top", *PARTS)}
    if "image_volumes" in example.get("plan", {}):
        kept["plan"] = {"image_volumes": example["plan"]["image_volumes"]}
    return {**kept, "web": {"pre_start": hooks}, "services": others}


def as_hook_place(place: str, example: Raw) -> str | None:
    """Return where a place of a service is in its hook; None for a key that hooks do not have."""
    if not place.startswith("services."):
        return place
    _part, name, *rest = place.split(".")
    if not rest or rest[0] in NOT_OF_HOOKS:
        return None
    number = ["web", *example.get("services", {})].index(name)
    return ".".join(["services.web.pre_start", str(number), *rest])


def test_hooks_are_treated_like_services(tmp_path: Path) -> None:
    """Whatever a service may not have, its hook in a container of its own may not have either."""
    for number, example in enumerate(BY_NAME.values()):
        folder = tmp_path / str(number)
        folder.mkdir()
        case = Case.of(as_hooks(example), folder)
        wanted = {as_hook_place(place, example) for place in example.get("refused", ())} - {None}

        found = places(case.isolated(), Treatment.REFUSED)

        assert wanted <= found, example["example"]
        compared = comparison.compare(case.model, case.plan, case.isolated())
        assert compared.unexplained == []
        changed = {place for place, new in example.get("changed", {}).items() if new != comparison.MISSING}
        assert {as_hook_place(place, example) for place in changed} - {None} <= set(compared.changed)
