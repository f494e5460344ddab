"""Whether compose files say what they mean, and how they are laid out."""

import re
from collections.abc import Callable, Iterator

from stackproof.controls import HIGH, LOW, MEDIUM
from stackproof.controls.control import not_applicable
from stackproof.outcomes.evidence import Evidence
from stackproof.outcomes.finding import Finding
from stackproof.rules.rule import rule
from stackproof.stack import beside, layout, unset, variables
from stackproof.stack.layers import Layer
from stackproof.stack.model import Service
from stackproof.stack.refusals import refusals
from stackproof.stack.stack import Stack
from stackproof.stack.warnings import OTHER
from stackproof.stack.written import Item

_DOTTED = re.compile(r"(?:^|\s)((?:services|networks|volumes|secrets|configs)\.[\w.-]+?):\s")


@rule("compose-file-valid", "Compose reads the files without a warning", severity=LOW)
def compose_file_valid(stack: Stack, evidence: Evidence) -> Iterator[Finding]:
    """What Compose warns of today it refuses tomorrow, or it means something else than its author.

    Files that Compose refuses are never judged: that is an error of its own. Variables without a value and a
    `version` have rules of their own.

    Fix: as Compose says.

    Applies to: the stack.
    """
    found = [text.removeprefix(OTHER) for text in stack.warnings if text.startswith(OTHER)]
    evidence(warnings=found or "none")
    for text in found:
        named = _DOTTED.search(text)
        key = named[1] if named else ""
        yield Finding(f"Compose warns: {text}", at=tuple(filter(None, key.split("."))), aspect=key or text)


@rule(
    "values-engine-takes", "The engine takes what Compose hands on to it", severity=HIGH, key="security_opt"
)
def values_engine_takes(service: Service, evidence: Evidence) -> Iterator[Finding]:
    """Compose resolves these values without a word, and `up` stops where the engine is to make the container.

    Capabilities that do not exist (`CAP_ALL`, `NET_BIND`, two in one entry), security options that do not,
    those with a blank behind the colon (`no-new-privileges: true` as one text), numbers of users and groups
    outside of 0 to 2147483647. What hangs on the machine (a file of seccomp, a profile of AppArmor) or on the
    image (a user's name) is not judged here, nor are options that only Podman or Windows has.

    Fix: write it as the engine does: `cap_drop: [ALL]`, `security_opt: ["no-new-privileges:true"]`.

    Applies to: all services.
    """
    evidence(
        user=service.user or "none",
        cap_add=list(service.cap_add) or "none",
        cap_drop=list(service.cap_drop) or "none",
        security_opt=list(service.security_opt) or "none",
    )
    for one in refusals(service):
        yield Finding(f"{service}: {one.words}", at=one.at, aspect=one.aspect)


@rule("no-unset-variables", "No variable leaves an empty text by accident", severity=MEDIUM)
def no_unset_variables(stack: Stack, evidence: Evidence) -> Iterator[Finding]:
    """Compose warns once and goes on: the password is empty, the path leads to the root, the tag is gone.

    `${NAME:?}` refuses to start, `${NAME:-}` says that empty is meant. A variable that an example of an env
    file names is of low severity: there the author says that it must be set. Compose fills in env files, too:
    of `PASSWORD=pa$word` it leaves `pa`. What follows such a dollar sign may be a part of a secret, and is
    not told.

    Fix: set it, or write `${NAME:?}` or a default. Where a dollar sign is meant, write `$$` in a compose
    file, and put the value in single quotes in an env file.

    Applies to: stacks that take something from a variable.
    """
    if not unset.named(stack):
        not_applicable(f"{stack} takes nothing from a variable")
    found, cut = unset.unset(stack), unset.cut(stack)
    told = {
        name: [item for item in items if variables.tells(item, name)] for name, items in sorted(found.items())
    }
    evidence(without_a_value=sorted({*filter(told.get, told), *(one.entry.name for one in cut)}) or "none")
    for name, items in told.items():
        if items:
            yield _unset(stack, name, items)
    # One text may hold several parts of a hash.
    for item in dict.fromkeys(
        item for name, items in found.items() for item in items if item not in told[name]
    ):
        words = f"what follows a dollar sign in {variables.whose(item)[0]} is no variable that is set"
        aspect = ".".join(map(str, item.keys))
        yield Finding(f"{words}: it leaves nothing here", aspect=aspect, place=stack.place_of(item))
    for one in cut:
        place = stack.place_in(one.path, one.entry.line)
        words = f"{one.entry.name} takes something from a variable that is not set: it leaves nothing here"
        yield Finding(words, aspect=f"{place.file}: {one.entry.name}", place=place)


def _unset(stack: Stack, name: str, items: list[Item]) -> Finding:
    example = variables.example_for(stack.source, [name])
    more = f" and in {len(items) - 1} more" if len(items) > 1 else ""
    said = f"; {example.name} says that it must be" if example else ""
    return Finding(
        f"{name} is not set and has no default: it leaves nothing here{more}{said}",
        aspect=name,
        severity=LOW if example else None,
        place=stack.place_of(items[0]),
    )


@rule("no-version-field", "No file has a `version`", severity=LOW)
def no_version_field(stack: Stack, evidence: Evidence) -> Iterator[Finding]:
    """Compose ignores it and warns each time. Some older tools judge no file without it: they are wrong.

    Fix: remove the line.

    Applies to: the stack.
    """
    written = stack.layers(("version",))
    evidence(version=[layer.text() for layer in written] or "none")
    for layer in written:
        if layer.item:
            yield Finding(
                "`version` is obsolete and ignored",
                aspect=layer.file.path.name if len(written) > 1 else "",
                place=stack.place_of(layer.item),
            )


@rule("project-name-set", "The stack has a name", severity=LOW)
def project_name_set(stack: Stack, evidence: Evidence) -> Iterator[Finding]:
    """Without one the folder's name is it: two checkouts called `app` are one project, and share volumes.

    A matter of style where folders have names of their own.

    Fix: `name: shop` at the top of the file.

    Applies to: the stack.
    """
    told = beside.variables(stack.source).get(unset.PROJECT_NAME, "")
    written = stack.layers(("name",))
    evidence(name=[layer.text() for layer in written] or told or "none")
    if not written and not told:
        yield Finding("the name of the stack is that of its folder", at=("services",))


@rule("ports-quoted", "Port mappings stand in quotes", severity=LOW, key="ports")
def ports_quoted(service: Service, stack: Stack) -> Iterator[Finding]:
    """YAML 1.1 reads 22:22 as a number to the base of 60. Compose does not, but other readers may.

    A matter of style; which quotes are used does not matter.

    Fix: `"8080:80"`.

    Applies to: services with ports or `expose:` in the short form.
    """
    found = [entry for key in ("ports", "expose") for entry in _entries(service, stack, key)]
    if not found:
        not_applicable(f"{service} has no port in the short form")
    for entry, has_quotes in layout.quoted(found):
        if not has_quotes:
            yield _at(stack, entry, f"{service}: port {entry.text()} stands without quotes", entry.text())


@rule("volumes-unquoted", "Volumes stand without quotes", severity=LOW, key="volumes")
def volumes_unquoted(service: Service, stack: Stack) -> Iterator[Finding]:
    """A matter of style: quotes say nothing here, unless YAML would read the text otherwise.

    Fix: remove the quotes.

    Applies to: services with volumes in the short form.
    """
    found = _entries(service, stack, "volumes")
    if not found:
        not_applicable(f"{service} has no volume in the short form")
    in_line = {layer.item.line for layer in stack.layers((*service.at, "volumes")) if layer.item}
    for entry, has_quotes in layout.quoted(found):
        text, line = (entry.item.text, entry.item.line) if entry.item else ("", 0)
        if has_quotes and not layout.needs_quotes(text, in_line=line in in_line):
            yield _at(stack, entry, f"{service}: volume {entry.text()} stands in quotes", entry.text())


@rule("service-keys-order", "The keys of a service stand in one order", severity=LOW)
def service_keys_order(service: Service, stack: Stack) -> Iterator[Finding]:
    """A matter of style: what stands in the same place everywhere is found at once.

    The order is that of dclint: image, build, container_name; depends_on; volumes, configs, secrets;
    environment; ports, networks; command, restart, healthcheck; logging, labels; user; all others by name.

    Fix: move the key.

    Applies to: all services.
    """
    for layer in stack.layers(service.at):
        yield from _unsorted(stack, layout.names(layer), layout.ranked(layout.SERVICE_KEYS), f"{service}: ")


@rule("services-sorted", "Services stand in the order of their names", severity=LOW)
def services_sorted(stack: Stack) -> Iterator[Finding]:
    """A matter of style: in a long file a service is found by its name.

    Fix: move the service.

    Applies to: the stack.
    """
    for layer in stack.layers(("services",)):
        yield from _unsorted(stack, layout.names(layer), layout.alphabetical, "")


@rule("service-ports-sorted", "Ports stand in the order of their numbers", severity=LOW, key="ports")
def service_ports_sorted(service: Service, stack: Stack) -> Iterator[Finding]:
    """A matter of style. The number on the host counts, or else that of the container.

    Fix: move the port.

    Applies to: services with ports.
    """
    written = stack.layers((*service.at, "ports"))
    if not written:
        not_applicable(f"{service} publishes no port")
    for layer in written:
        found = [(number, entry) for entry in layout.own(layer) if (number := layout.port_number(entry))]
        if moved := layout.first_unsorted(found):
            number, above = map(layout.port_number, moved)
            words = f"{service}: port {number} stands below {above}, and belongs before it"
            yield _at(stack, moved[0], words, str(number))


@rule("depends-on-sorted", "Dependencies stand in the order of their names", severity=LOW, key="depends_on")
def depends_on_sorted(service: Service, stack: Stack) -> Iterator[Finding]:
    """A matter of style: their order says nothing of the order in which they start.

    Fix: move the dependency.

    Applies to: services with `depends_on:`.
    """
    written = stack.layers((*service.at, "depends_on"))
    if not written:
        not_applicable(f"{service} depends on nothing")
    for layer in written:
        yield from _unsorted(stack, layout.names(layer), layout.alphabetical, f"{service}: ")


@rule("top-level-order", "The keys of a file stand in one order", severity=LOW)
def top_level_order(stack: Stack) -> Iterator[Finding]:
    """A matter of style. Extensions (`x-...`) come first, because their anchors must stand above their use.

    The order is that of dclint: name, include, services, networks, volumes, secrets, configs, all others.

    Fix: move the key.

    Applies to: the stack.
    """
    for layer in stack.layers(()):
        yield from _unsorted(stack, layout.names(layer), layout.ranked(layout.TOP_KEYS), "")


def _entries(service: Service, stack: Stack, key: str) -> list[Layer]:
    return [entry for layer in stack.layers((*service.at, key)) for entry in layout.entries(layer)]


def _unsorted(
    stack: Stack,
    found: list[tuple[str, Layer]],
    by: Callable[[str], layout.Key],
    whose: str,
) -> Iterator[Finding]:
    if moved := layout.first_unsorted([(by(name), layer) for name, layer in found]):
        names = {layer.at: name for name, layer in found}
        name, above = (names[layer.at] for layer in moved)
        yield _at(stack, moved[0], f"{whose}{name} stands below {above}, and belongs before it", name)


def _at(stack: Stack, layer: Layer, words: str, aspect: str) -> Finding:
    return Finding(words, aspect=aspect, place=stack.place_of(layer.item) if layer.item else None)
