"""Compose files as people write them: put together by chance, but the same for the same seed.

The data is in `written/`: `services.yml` has what people run, `stacks.yml` which of it goes together and
how often, `habits.yml` what people add, wise or not. A new kind of either is a line there, and no code.

What reaches the host stands there more often than people write it, because that is where mistakes are dear.
Rates of findings would say nothing then: `as_public` leaves so many of those out that the rest has them as
often as public files do, takes credentials from the shell or has ones of its own, and publishes datastores as
often; `public.yml` has the shares, and where they come from. And it leaves out what could never have been
started by its author: two services that ask for one port of the host.
"""

import io
import itertools
import math
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

DATA = Path(__file__).with_name("written")
# Of a service's entry these are about the stack, not about the service.
ABOUT_STACK = ("needs", "volumes_at_top", "folders", "files", "secrets_at_top", "configs_at_top", "subnet")
# Keys that may be written as a list of `KEY=value` as well.
PAIRS = ("environment", "labels", "sysctls", "annotations")
# Stands for `<<`, which would be written in quotes.
MERGE = "merge-here"

# Names of variables that hold a credential, and a default that is one.
_CREDENTIAL = re.compile(r"(?:PASSWORD|SECRET|TOKEN|_KEY)$")
_DEFAULT = re.compile(r"\$\{(\w*(?:PASSWORD|SECRET|TOKEN|KEY)):-[^}]*\}")

# As authors make them up: it opens nothing.
OWN_PASSWORD = "kettle_dev_Pa55"  # noqa: S105

Raw = dict[str, Any]


@dataclass(kw_only=True)
class WrittenStack:
    """A stack as its author would hand it over."""

    name: str
    kind: str
    services: Raw = field(default_factory=dict)
    file: Raw = field(default_factory=dict)
    """The other parts of the compose file."""
    beside: dict[str, str] = field(default_factory=dict)
    """Text by name of other files in the folder."""
    override: Raw = field(default_factory=dict)
    profiles: tuple[str, ...] = ()
    habits: list[str] = field(default_factory=list)

    @property
    def files(self) -> tuple[str, ...]:
        """Names of the compose files."""
        return ("compose.yml", "compose.dev.yml") if self.override else ("compose.yml",)

    def texts(self) -> dict[str, str]:
        """Return all files by name."""
        found = {"compose.yml": _yaml({**self.file, "services": self.services}), **self.beside}
        if self.override:
            found["compose.dev.yml"] = _yaml({"services": self.override})
        return found

    def write(self, folder: Path) -> list[Path]:
        """Write everything into a folder; return the compose files."""
        for name, text in self.texts().items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return [folder / name for name in self.files]


def generate(count: int, seed: int = 1, *, as_public: bool = False) -> Iterator[WrittenStack]:
    """Yield so many stacks; each depends on its number and the seed only."""
    stacks = (_numbered(number, seed) for number in itertools.count())
    if as_public:
        stacks = (one for one in (as_public_files_do(stack, seed) for stack in stacks) if _is_kept(one, seed))
    yield from islice(stacks, count)


def _chance(what: str, stack: WrittenStack, seed: int) -> float:
    return random.Random(f"{what}/{seed}/{stack.name}").random()  # noqa: S311 - no secret hangs on it


def as_public_files_do(stack: WrittenStack, seed: int) -> WrittenStack:
    """Change a stack in what public files do more or less often."""
    public = _data("public")
    if _chance("credentials", stack, seed) < public["credentials_of_the_shell"]:
        _change_variables(stack, _of_the_shell)
    elif _chance("own", stack, seed) < public["credentials_of_ones_own"]:
        _change_variables(stack, _of_ones_own)
    without = public["without"]
    if _chance("without", stack, seed) < without["chance"]:
        stack.services.get(without["service"], {}).pop(without["key"], None)
    for store in stores():
        door = f"{store['port']}:{store['port']}"
        if _chance(door, stack, seed) < store["chance"]:
            for body in (stack.services[name] for name in store["services"] if name in stack.services):
                if "network_mode" not in body and "ports" not in body:
                    body["ports"] = [door]
    return stack


def _change_variables(stack: WrittenStack, change: Callable[[Raw], Raw]) -> None:
    for body in stack.services.values():
        if variables := body.get("environment"):
            body["environment"] = change(_pairs(variables))


def _of_the_shell(variables: Raw) -> Raw:
    """Return variables whose credentials nobody wrote down."""
    return {
        name: f"${{{name}}}"
        if _CREDENTIAL.search(name) and value
        else _DEFAULT.sub(r"${\1}", value)
        if isinstance(value, str)
        else value
        for name, value in variables.items()
    }


def _of_ones_own(variables: Raw) -> Raw:
    """Return variables whose credentials are none that everybody tries."""
    return {
        name: OWN_PASSWORD
        if _CREDENTIAL.search(name) and value and "$" not in str(value)
        else _DEFAULT.sub(rf"${{\1:-{OWN_PASSWORD}}}", value)
        if isinstance(value, str)
        else value
        for name, value in variables.items()
    }


def _numbered(number: int, seed: int) -> WrittenStack:
    # No secret hangs on it.
    chance = random.Random(f"{seed}/{number}")  # noqa: S311
    return _Writing(chance, number).stack()


def _is_kept(stack: WrittenStack, seed: int) -> bool:
    """Whether a stack stays, so that what it does is as common among those that stay as in public."""
    if any(count > 1 for count in Counter(_host_ports(stack)).values()):
        return False
    text = stack.texts()["compose.yml"]
    part: float = math.prod(feature["kept"] for feature in features() if has(feature, text))
    return _chance("kept", stack, seed) < part


def features() -> list[Raw]:
    """Return the features of `public.yml`."""
    found: list[Raw] = _data("public")["features"]
    return found


def stores() -> list[Raw]:
    """Return the datastores of `public.yml`."""
    found: list[Raw] = _data("public")["stores"]
    return found


def has(feature: Raw, text: str) -> bool:
    """Whether a compose file has one of the features of `public.yml`."""
    return re.search(feature["pattern"], text, re.MULTILINE) is not None


def _host_ports(stack: WrittenStack) -> Iterator[str]:
    """Yield the ports of the host that services ask for, in the short form, with their protocol."""
    for body in stack.services.values():
        for port in body.get("ports", ()) if body.get("network_mode") != "host" else ():
            if isinstance(port, str) and ":" in port:
                number = re.sub(r"\$\{\w+:-(\d+)\}", r"\1", port.rpartition(":")[0]).rpartition(":")[2]
                yield f"{number}/{port.partition('/')[2] or 'tcp'}"


@cache
def _data(name: str) -> Any:  # noqa: ANN401 - YAML
    return YAML(typ="safe").load(DATA / f"{name}.yml")


def _yaml(value: Raw) -> str:
    text = io.StringIO()
    yaml = YAML()
    yaml.width = 200
    yaml.dump(value, text)
    return text.getvalue().replace(f"{MERGE}:", "<<:")


class _Writing:
    def __init__(self, chance: random.Random, number: int) -> None:
        self.chance = chance
        kinds = _data("stacks")
        self.recipe: Raw = chance.choices(kinds, [kind["weight"] for kind in kinds])[0]
        self.made = WrittenStack(name=f"{self.recipe['kind']}-{number}", kind=self.recipe["kind"])

    def stack(self) -> WrittenStack:
        for name in self.recipe["always"]:
            self._add(self._one_of(name))
        low, high = self.recipe["extra"]
        for name in self.chance.sample(self.recipe["from"], self.chance.randint(low, high)):
            self._add(name)
        for habit in _data("habits"):
            if self.chance.random() < habit["chance"]:
                self._take_up(habit)
        return self.made

    def _one_of(self, names: str) -> str:
        return self.chance.choice(names.split("|"))

    def _add(self, name: str) -> None:
        if name in self.made.services:
            return
        body = self._filled(_data("services")[name], name)
        about = {key: body.pop(key, None) for key in ABOUT_STACK}
        self.made.services[name] = body
        needs = [self._one_of(need) for need in about["needs"] or ()]
        for need in needs:
            self._add(need)
        if needs:
            body["depends_on"] = self._edges(needs)
        self._about(name, about)

    def _about(self, name: str, about: Raw) -> None:
        """Write what a service needs at the top of the file and in the folder."""
        _merge(self.made.file, {"volumes": dict.fromkeys(about["volumes_at_top"] or ())})
        for secret in about["secrets_at_top"] or ():
            _merge(self.made.file, {"secrets": {secret: {"file": f"./{secret}.txt"}}})
            self.made.beside[f"{secret}.txt"] = "secret\n"
        _merge(self.made.file, {"configs": about["configs_at_top"] or {}})
        if about["subnet"]:
            _merge(
                self.made.file, {"networks": {"default": {"ipam": {"config": [{"subnet": about["subnet"]}]}}}}
            )
        self.made.beside |= {f"{folder}/.keep": "" for folder in about["folders"] or ()}
        for file, text in (about["files"] or {}).items():
            self._beside(file, text)
        build = self.made.services[name].get("build")
        context = build.get("context") if isinstance(build, Mapping) else build
        if context is not None:
            self.made.beside.setdefault(f"{context}/Dockerfile".removeprefix("./"), "FROM scratch\n")
        self.made.file = {key: value for key, value in self.made.file.items() if value}

    def _beside(self, name: str, text: str) -> None:
        """Write a file; what services share has what each of them needs: stages, variables."""
        there = self.made.beside.get(name, "")
        if text not in there:
            self.made.beside[name] = there + text

    def _edges(self, needs: list[str]) -> list[str] | Raw:
        if self.chance.random() < 0.5:  # noqa: PLR2004 - the short form is as common
            return needs
        checked = [name for name in needs if "healthcheck" in self.made.services[name]]
        return {
            name: {"condition": "service_healthy" if name in checked else "service_started"} for name in needs
        }

    # -- habits ----------------------------------------------------------------------------------------

    def _take_up(self, habit: Raw) -> None:
        chosen = self._chosen(habit)
        if not chosen and habit["to"] != "none":
            return
        self.made.habits.append(habit["name"])
        shared = CommentedMap(habit["set"][habit["shared"]]) if "shared" in habit else None
        for name in chosen:
            self._change(name, habit, shared)
        _merge(self.made.file, self._filled(habit.get("file", {}), ""))
        self.made.beside |= habit.get("beside", {})
        self.made.profiles += tuple(habit.get("profiles", ()))

    def _chosen(self, habit: Raw) -> list[str]:
        without = habit.get("unless", ())
        fit = [name for name, body in self.made.services.items() if not any(key in body for key in without)]
        match habit["to"] if fit else "none":
            case "all":
                return fit
            case "one":
                return [self.chance.choice(fit)]
            case "some":
                return self.chance.sample(fit, self.chance.randint(1, len(fit)))
        return []

    def _change(self, name: str, habit: Raw, shared: CommentedMap | None) -> None:
        body = self.made.services[name]
        for key in habit.get("drop", ()):
            body.pop(key, None)
        _merge(body, self._filled(habit.get("set", {}), name))
        if shared is not None:
            shared.yaml_set_anchor(habit["shared"])
            body[habit["shared"]] = shared
        if "merge" in habit:
            self._merge_anchor(name, habit["merge"])
        if "override" in habit:
            self.made.override[name] = self._filled(habit["override"], name)
            self.made.beside["src-dev/.keep"] = ""

    def _merge_anchor(self, name: str, what: Raw) -> None:
        """Write keys once, in an extension, and merge it where they are wanted."""
        common = self.made.file.setdefault("x-service", CommentedMap(what))
        common.yaml_set_anchor("service", always_dump=True)
        self.made.services[name][MERGE] = common

    def _filled(self, value: Any, service: str) -> Any:  # noqa: ANN401 - YAML
        if isinstance(value, str):
            words = {"{service}": service, "{stack}": self.made.name, "{n}": f"{len(self.made.services):03}"}
            for word, text in words.items():
                value = value.replace(word, text)
            return value
        if isinstance(value, Mapping):
            return {self._filled(key, service): self._filled(item, service) for key, item in value.items()}
        return [self._filled(item, service) for item in value] if isinstance(value, list) else value


def _merge(into: Any, more: Mapping[str, Any]) -> None:  # noqa: ANN401 - a mapping of YAML
    """Merge deep: mappings into mappings, lists onto lists; a list of pairs may meet a mapping."""
    for key, value in more.items():
        old = into.get(key)
        if key in PAIRS and isinstance(old, list) != isinstance(value, list) and old is not None:
            into[key] = old = _pairs(old)
            value = _pairs(value)  # noqa: PLW2901 - the same in other words
        if isinstance(old, Mapping) and isinstance(value, Mapping):
            _merge(old, value)
        elif isinstance(old, list) and isinstance(value, list):
            old.extend(item for item in value if item not in old)
        else:
            into[key] = deepcopy(value)


def _pairs(value: Any) -> Raw:  # noqa: ANN401 - a list of `KEY=value`, or a mapping
    if isinstance(value, Mapping):
        return dict(value)
    split = (str(item).partition("=") for item in value)
    return {key: text if equals else None for key, equals, text in split}
