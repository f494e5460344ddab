"""`stackproof.yml`: what a stack promises beyond what its compose file says."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from threading import Lock
from typing import Annotated, Any, Final, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from stackproof.controls import peers
from stackproof.controls import profile as profiles
from stackproof.controls.described import Described
from stackproof.controls.spelling import hint
from stackproof.engine import plain
from stackproof.errors import ContractError
from stackproof.files import disk
from stackproof.stack import durations
from stackproof.stack.keys import KeyPath
from stackproof.stack.written import File

EXPIRY_NOTICE = 30  # days before its end that a waiver is told of


def _seconds(value: object) -> object:
    return durations.seconds(value) if isinstance(value, str) else value


Seconds = Annotated[float, BeforeValidator(_seconds, json_schema_input_type=float | str), Field(gt=0)]


def _host(value: str) -> str:
    if not value.strip() or re.search(r"[\s:]//|[\s@]|^[^\[:]*:\d+$|^[\d.]+-[\d.]+$", value):
        msg = (
            "should be a host: a name, a pattern such as *.example.com, an address or a network; fix: leave "
            "out scheme, port and path, and write a range of addresses as a network (10.0.0.0/29)"
        )
        raise ValueError(msg)
    return value


Host = Annotated[str, AfterValidator(_host)]


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        msg = f"should be a regular expression: {error}"
        raise ValueError(msg) from None
    return value


class _Promised(Described):
    """What is read of a contract: most stacks have none, and then nothing of this need be built."""

    model_config = ConfigDict(defer_build=True)


class HttpExpectation(_Promised):
    """What an endpoint answers."""

    service: str
    """The service that is asked, through a port that it publishes."""
    path: str = Field(pattern="^/")
    """What is asked for, with its query."""
    status: int = Field(default=200, ge=100, le=599)
    """The status that it answers with."""
    body: str | None = None
    """Text that the answer contains."""
    json_: dict[str, Any] | None = Field(default=None, alias="json")
    """Keys and values that the JSON answer contains."""


class PersistenceProbe(_Promised):
    """How to write a value and read it back through the service's own client."""

    service: str
    """The service in whose container both commands are run."""
    write: list[str] = Field(min_length=1)
    """The command that writes the value, a word each: no shell stands between, unless it is named."""
    read: list[str] = Field(min_length=1)
    """The command that reads it back."""
    expect: str = Field(min_length=1)
    """Text that reading gives when the value is still there."""


class Outage(_Promised):
    """What still answers while a service is away, and how soon all is well again."""

    stop: str
    """The service that goes away."""
    expect: list[HttpExpectation] = Field(min_length=1)
    """What is answered meanwhile."""
    lasts: Seconds = 10.0
    """How long it stays away without being asked for, once the answers hold: what ends itself later than
    that is not seen. Seconds, or a duration such as `1m30s`."""
    recovers_within: Seconds = 30.0
    """Until all is well again after it came back: seconds, or a duration such as `1m30s`."""


class Waiver(_Promised):
    """An accepted deviation."""

    control: str
    """The control whose finding is accepted, by its id."""
    service: str | None = None
    """The service that has it; without one, a finding on the stack as a whole is accepted."""
    aspect: str | None = Field(default=None, min_length=1)
    """The one finding that is accepted, where the control has several on the service: a path, a port, the
    name of a variable, as reports show it."""
    match: Annotated[str, AfterValidator(_pattern)] | None = Field(default=None, min_length=1)
    """A regular expression that is found in the message of what is accepted."""
    reason: str = Field(min_length=1)
    """Why the deviation is accepted."""
    owner: str | None = Field(default=None, min_length=1)
    """Who answers for it."""
    expires: date
    """The last day on which it is."""

    def covers(self, aspect: str, message: str) -> bool:
        """Whether it is for a finding of its control on its service."""
        narrow = self.aspect is None or self.aspect == aspect
        return narrow and (self.match is None or re.search(self.match, message) is not None)

    def __str__(self) -> str:
        """Return what it is for."""
        return f"{self.control} for {self.place(f'/{self.match}/' if self.match else '')}"

    def place(self, match: str = "") -> str:
        """Return the service or the stack, and what of it."""
        return " ".join(filter(None, (self.service or "the stack", self.aspect, match)))


def _profile(value: str) -> str:
    if wrong := profiles.mistake(value):
        raise ValueError(wrong)
    return value


class Contract(_Promised):
    """The whole file."""

    profile: Annotated[str, AfterValidator(_profile)] | None = None
    """Which controls judge, and how gravely: baseline, cis, strict, homelab or hygiene. Without it, what
    the team's pyproject.toml says, or baseline; the command line wins."""
    public: list[str] | None = None
    """Services that may be reached from outside; without it, those that publish a port which is no
    database's, broker's, cache's or console's by its number or image."""
    http: list[HttpExpectation] = Field(default_factory=list)
    """Endpoints and what they answer, asked through published ports."""
    persistence: list[PersistenceProbe] = Field(default_factory=list)
    """How services keep a value, where that cannot be derived from the datastore."""
    outages: list[Outage] = Field(default_factory=list)
    """What is still answered while a service is away."""
    outside: list[Host] = Field(default_factory=list)
    """Hosts outside the stack that its sandboxes may reach though something is done there in your name:
    names, patterns such as `*.example.com`, addresses or networks."""
    scale: dict[str, Annotated[int, Field(ge=2, le=20)]] = Field(default_factory=dict)
    """Services that can run so many replicas."""
    trusted_images: list[Annotated[str, Field(min_length=1)]] = Field(default_factory=list)
    """Where images may come from: a registry (`ghcr.io`), a part of one (`ghcr.io/acme`), an image
    (`postgres`) or a pattern (`docker.io/library/*`). Without it nobody says which are trusted."""
    waivers: list[Waiver] = Field(default_factory=list)
    """Accepted deviations."""

    def waiver(self, control: str, service: str | None, aspect: str = "", message: str = "") -> Waiver | None:
        """Return the waiver for a finding, if there is one; of several the one that is for it alone."""
        fits = (w for w in self.waivers if (w.control, w.service) == (control, service))
        found = [waiver for waiver in fits if waiver.covers(aspect, message)]
        return min(found, key=lambda waiver: (waiver.aspect is None, waiver.match is None), default=None)

    def expiring(self, today: date) -> list[Waiver]:
        """Return the waivers that end soon."""
        return [w for w in self.waivers if w.expires <= today + timedelta(days=EXPIRY_NOTICE)]


NONE: Final = Contract.model_construct()
"""The contract of a stack that has none: it promises nothing."""
# Not every version of pydantic that is taken here locks what it builds late.
_BUILDING: Final = Lock()


def load(path: Path, *, services: Collection[str], controls: Collection[str], today: date) -> Contract:
    """Read and check a contract.

    Raises ContractError naming file and line for every mistake found, all at once.
    """
    try:
        raw = plain.loader().load(disk.read(path))
    except OSError as error:
        msg = f"{path}: cannot be read: {error.strerror}"
        raise ContractError(msg) from None
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        # Of a key that stands twice it quotes both values.
        problem = str(error.problem).partition(" with value ")[0]
        msg = f"{path}:{line}: not YAML: {problem}"
        raise ContractError(msg) from None
    except RecursionError:
        msg = f"{path}:1: nested too deeply to be read"
        raise ContractError(msg) from None
    # Characters that no YAML may hold, bytes that are not UTF-8; what a tag takes for a number, or a date.
    except (YAMLError, ValueError) as error:
        msg = f"{path}:1: not YAML: {' '.join(str(error).split())}"
        raise ContractError(msg) from None
    written = File(path, path.parent)
    with _BUILDING:
        Contract.model_rebuild()
    try:
        contract = Contract.model_validate(raw if raw is not None else {})
    except ValidationError as error:
        mistakes = [(tuple(e["loc"]), _say(e)) for e in error.errors(include_url=False)]
        mistakes += _in_sound_parts(raw, [keys for keys, _words in mistakes], services, controls, today)
        raise ContractError(_report(written, mistakes)) from None
    mistakes = _meaning(contract, services, controls, today)
    if mistakes:
        raise ContractError(_report(written, mistakes))
    return contract


Mistake = tuple[KeyPath, str]


def _meaning(
    contract: Contract, services: Collection[str], controls: Collection[str], today: date
) -> list[Mistake]:
    return [*_references(contract, services, controls), *_waivers(contract, today)]


def _in_sound_parts(
    raw: object,
    unsound: Collection[KeyPath],
    services: Collection[str],
    controls: Collection[str],
    today: date,
) -> Iterator[Mistake]:
    """Find the mistakes of meaning in the entries that are well-formed, so that all are told at once."""
    if not isinstance(raw, dict):
        return
    broken = {keys[:2] for keys in unsound} | {keys[:1] for keys in unsound if len(keys) == 1}
    sound: dict[str, Any] = {}
    numbers: dict[str, list[int]] = {}
    for key, value in raw.items():
        if not isinstance(key, str) or (key,) in broken:
            continue
        if not isinstance(value, list) and any(keys[0] == key for keys in broken):
            continue
        if isinstance(value, list):
            numbers[key] = [i for i in range(len(value)) if (key, i) not in broken]
            sound[key] = [value[i] for i in numbers[key]]
        else:
            sound[key] = value
    yield from _unknown(_named_in_broken(raw, broken), services, controls)
    for keys, words in _meaning(Contract.model_validate(sound), services, controls, today):
        section, *rest = keys
        if rest and isinstance(rest[0], int):
            rest[0] = numbers[str(section)][rest[0]]
        yield (section, *rest), words


def _named_in_broken(raw: Mapping[Any, Any], broken: Collection[KeyPath]) -> Iterator[tuple[KeyPath, str]]:
    """Yield what broken entries name all the same, as far as it stands where it should."""
    for keys in broken:
        entries = raw.get(keys[0])
        if len(keys) == 2 and isinstance(entries, list) and isinstance(keys[1], int):  # noqa: PLR2004 - section, number
            yield from _named_in(entries[keys[1]], keys)


def _named_in(entry: object, keys: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    if not isinstance(entry, dict):
        return
    for key in ("service", "stop", "control"):
        if isinstance(entry.get(key), str):
            yield (*keys, key), entry[key]
    expected = entry.get("expect")
    for i, part in enumerate(expected if isinstance(expected, list) else ()):
        yield from _named_in(part, (*keys, "expect", i))


def _report(written: File, mistakes: Iterable[Mistake]) -> str:
    lines = ((written.line(*keys) or 1, message) for keys, message in mistakes)
    return "\n".join(f"{written.path}:{line}: {message}" for line, message in sorted(lines))


def _say(error: Any) -> str:  # noqa: ANN401 - pydantic's ErrorDetails
    where = ".".join(str(part) for part in error["loc"])
    if error["loc"][-1:] == ("reason",):
        return "the waiver has no reason: say why the deviation is accepted"
    if error["type"] == "extra_forbidden":
        return f"unknown key {error['loc'][-1]!r}" + hint(str(error["loc"][-1]), _known(error["loc"]))
    if error["type"] == "missing":
        return f"{error['loc'][-1]!r} is missing in {'.'.join(str(p) for p in error['loc'][:-1])}"
    return f"{where or 'the file'}: {_words(error)}"


def _words(error: Any) -> str:  # noqa: ANN401 - pydantic's ErrorDetails
    """Return what a value should be, in words for whoever writes a contract."""
    said, kind = error.get("ctx") or {}, str(error["type"])
    if kind == "string_pattern_mismatch" and said.get("pattern") == "^/":
        return "should begin with /"
    if kind == "value_error":  # in our own words, before which pydantic puts some of its own
        return str(said["error"])
    if kind.startswith("date"):
        return "should be a date, such as 2027-06-30"
    known = {
        "greater_than": "should be more than {gt}",
        "greater_than_equal": "should be {ge} or more",
        "less_than": "should be less than {lt}",
        "less_than_equal": "should be {le} or less",
        "too_short": "should have at least {min_length}",
        "string_too_short": "should have at least {min_length} characters",
        "string_type": "should be a text",
        "int_type": "should be a whole number",
        "int_parsing": "should be a whole number",
        "int_parsing_size": "should be a whole number, and a smaller one",
        "int_from_float": "should be a whole number",
        "float_type": "should be a number",
        "float_parsing": "should be a number",
        "bool_type": "should be true or false",
        "bool_parsing": "should be true or false",
        "list_type": "should be a list",
        "tuple_type": "should be a list",
        "dict_type": "should be a mapping",
        "model_type": "should be a mapping",
        "invalid_key": "a key should be a text",
    }
    return known[kind].format(**said) if kind in known else str(error["msg"])


def _known(keys: KeyPath) -> list[str]:
    """Keys that may stand beside the last of these, in the part of the contract that it stands in."""
    part: type[BaseModel] = Contract
    for key in keys[:-1]:
        fields = {field.alias or name: field for name, field in part.model_fields.items()}
        if isinstance(key, str) and key in fields:
            kinds = (kind for kind in get_args(fields[key].annotation) if isinstance(kind, type))
            part = next((kind for kind in kinds if issubclass(kind, BaseModel)), part)
    return [field.alias or name for name, field in part.model_fields.items()]


def _references(
    contract: Contract, services: Collection[str], controls: Collection[str]
) -> Iterable[Mistake]:
    named: list[tuple[KeyPath, str]] = [
        *((("public", i), name) for i, name in enumerate(contract.public or ())),
        *((("http", i, "service"), e.service) for i, e in enumerate(contract.http)),
        *((("persistence", i, "service"), p.service) for i, p in enumerate(contract.persistence)),
        *((("scale", name), name) for name in contract.scale),
        *(
            (("waivers", i, "service"), w.service)
            for i, w in enumerate(contract.waivers)
            if w.service is not None
        ),
    ]
    for i, outage in enumerate(contract.outages):
        named.append((("outages", i, "stop"), outage.stop))
        named += [(("outages", i, "expect", j, "service"), e.service) for j, e in enumerate(outage.expect)]
    named += [(("waivers", i, "control"), w.control) for i, w in enumerate(contract.waivers)]
    return _unknown(named, services, controls)


def _unknown(
    named: Iterable[tuple[KeyPath, str]], services: Collection[str], controls: Collection[str]
) -> Iterator[Mistake]:
    for keys, name in named:
        what, known = ("control", controls) if keys[::2] == ("waivers", "control") else ("service", services)
        if name not in known:
            meant = peers.answer(name) if what == "control" else ""
            yield keys, f"unknown {what} {name!r}{meant or hint(name, known)}"


def _waivers(contract: Contract, today: date) -> Iterable[Mistake]:
    seen: set[tuple[str, *tuple[str | None, ...]]] = set()
    for i, waiver in enumerate(contract.waivers):
        if not waiver.reason.strip() or waiver.reason.strip().upper().startswith("TODO"):
            yield ("waivers", i, "reason"), f"the waiver of {waiver} has no reason"
        if waiver.expires < today:
            yield (
                ("waivers", i, "expires"),
                (
                    f"the waiver of {waiver} expired on {waiver.expires}; "
                    "remove it and mend what it accepts, or give it a later day"
                ),
            )
        what = (waiver.control, waiver.service, waiver.aspect, waiver.match)
        if what in seen:
            yield ("waivers", i), f"{waiver.control} is waived twice for {waiver.place(waiver.match or '')}"
        seen.add(what)
