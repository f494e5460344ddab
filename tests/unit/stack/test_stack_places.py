"""Where parts of the resolved model stand as their author wrote them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from tests import marked

from stackproof.engine.project import ComposeSettings
from stackproof.stack import entries
from stackproof.stack.discovery import Source
from stackproof.stack.keys import KeyPath
from stackproof.stack.places import Place
from stackproof.stack.stack import Stack

WEB = ("services", "web")


def stack_of(folder: Path, files: Mapping[str, str], services: Mapping[str, Any], *given: str) -> Stack:
    """Return a stack of some files (the first, unless some are `given`) and its resolved services."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    source = Source(files=tuple(folder / name for name in given or list(files)[:1]))
    return Stack.load(source, controls=(), raw={"services": services})


PLAIN = """\
services:
  web:
    image: nginx
    cap_add:
      - NET_ADMIN
      - CHOWN
"""


@pytest.mark.parametrize(
    ("keys", "place"),
    [
        (("services", "web", "image"), "compose.yml:3:5"),
        (("services", "web", "cap_add"), "compose.yml:4:5"),
        (("services", "web", "cap_add", 0), "compose.yml:6:9"),
        (("services", "web", "cap_add", 1), "compose.yml:5:9"),
        (("services", "web", "cap_add", 2), "compose.yml:4:5"),
        (("services", "web", "user"), "compose.yml:2:3"),
        (("services", "web", "healthcheck", "test", 0), "compose.yml:2:3"),
        (("services", "web"), "compose.yml:2:3"),
        (("services", "db"), "compose.yml:1:1"),
        (("services",), "compose.yml:1:1"),
        (("networks", "default"), "compose.yml"),
        ((), "compose.yml"),
    ],
)
def test_longest_part_that_is_written(tmp_path: Path, keys: KeyPath, place: str) -> None:
    """The key or entry, else what it would stand in, at last the file."""
    web = {"image": "nginx", "cap_add": ["CHOWN", "NET_ADMIN"]}  # Compose sorts
    stack = stack_of(tmp_path, {"compose.yml": PLAIN}, {"web": web})

    assert str(stack.locate(keys)) == place


@pytest.mark.parametrize(
    ("place", "text"),
    [(Place("a.yml", 3, 5), "a.yml:3:5"), (Place("a.yml", 3), "a.yml:3"), (Place("a.yml"), "a.yml")],
)
def test_place_as_text(place: Place, text: str) -> None:
    """As far as it is known."""
    assert str(place) == text


RECORDED = sorted(marked.FOLDER.glob("*/models/*.json"))


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_entries_of_all_kinds(path: Path) -> None:
    """Each entry of a recorded model has its place where the line says so, and each such line is met."""
    assert marked.mistakes(path.parents[1], json.loads(path.read_text())) == ([], set())


def test_examples_cover_the_specification() -> None:
    """Whatever may be a list, or has a short form, stands in a recorded model."""
    text = files("check_jsonschema").joinpath("builtin_schemas/vendor/compose-spec.json").read_text("utf-8")
    covered = {way for path in RECORDED for way in ways(json.loads(path.read_text()))}
    wanted = {
        way
        for way in listed(json.loads(text))
        if way[0] not in ("include", "jobs") and "pre_start" not in way and way[-1] not in NOT_RESOLVED
    }

    assert sorted(wanted - covered) == []


# `extends` and files that Compose reads are gone from what it resolves; `external` is no list;
# no Compose that we could record knows `no_cache_filter`.
NOT_RESOLVED = ("extends", "env_file", "label_file", "external", "no_cache_filter")


def ways(value: Any, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:  # noqa: ANN401
    """Yield the paths of a model, without names and indices."""
    yield above
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from ways(inner, (*above, key))
            yield from ways(inner, (*above, "*"))
    for inner in value if isinstance(value, list) else ():
        yield from ways(inner, (*above, "[]"))


def listed(schema: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    """Yield the paths of the specification whose value may be a list, or of several forms."""

    def forms(part: dict[str, Any]) -> Iterator[dict[str, Any]]:
        if "$ref" in part:
            yield from forms(schema["$defs"][part["$ref"].rpartition("/")[2]])
            return
        yield part
        for other in (*part.get("oneOf", ()), *part.get("anyOf", ())):
            yield from forms(other)

    def walk(part: dict[str, Any], above: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        found = list(forms(part))
        said = [form.get("type") for form in found]
        types = {t for kind in said for t in ([kind] if isinstance(kind, str) else kind or ())}
        if "array" in types or ("object" in types and len(types - {"null"}) > 1):
            yield above
        for form in found if "pre_start" not in above else ():
            inside = {
                **form.get("properties", {}),
                "[]": form.get("items"),
                "*": form.get("additionalProperties"),
            }
            named = [value for key, value in form.get("patternProperties", {}).items() if "x-" not in key]
            for key, value in (*inside.items(), *(("*", value) for value in named)):
                if isinstance(value, dict):
                    yield from walk(value, (*above, key))

    return walk(schema, ())


LEAVES = """\
services:
  web:
    build: .
    network_mode: host
    ports:
      - "8080:80"
      - {target: 81, published: "8081"}
    volumes:
      - ./x:/x
    environment:
      DB_PASSWORD: ${X:-hunter2}
    networks: [back]
    ulimits: {nofile: 5}
networks:
  back:
    ipam:
      config:
        - subnet: 10.0.0.0/24
"""


@pytest.mark.parametrize(
    ("keys", "place"),
    [
        ((*WEB, "build", "context"), "3:5"),
        ((*WEB, "build", "dockerfile"), "3:5"),
        ((*WEB, "network_mode"), "4:5"),
        ((*WEB, "ports", 0, "published"), "6:9"),
        ((*WEB, "ports", 1, "published"), "7:22"),
        ((*WEB, "ports", 1, "protocol"), "7:9"),
        ((*WEB, "volumes", 0, "source"), "9:9"),
        ((*WEB, "environment", "DB_PASSWORD"), "11:7"),
        ((*WEB, "environment", "OF_A_FILE"), "10:5"),
        ((*WEB, "networks", "back", "aliases", 0), "12:16"),
        ((*WEB, "ulimits", "nofile", "soft"), "13:15"),
        (("networks", "back", "ipam", "config", 0, "subnet"), "18:11"),
        (("networks", "back", "name"), "15:3"),
    ],
)
def test_keys_inside_entries(tmp_path: Path, keys: KeyPath, place: str) -> None:
    """A short form is the place of all that it stands for."""
    web = {
        "ports": [{"target": 80, "published": "8080"}, {"target": 81, "published": "8081"}],
        "volumes": [{"type": "bind", "source": "/x", "target": "/x"}],
    }
    stack = stack_of(tmp_path, {"compose.yml": LEAVES}, {"web": web})

    assert str(stack.locate(keys)) == f"compose.yml:{place}"


def test_entry_that_no_other_can_be(tmp_path: Path) -> None:
    """Only Compose knows all values of variables: of one entry that is left over it is clear, of two not."""
    text = "services:\n  web:\n    cap_add:\n      - CHOWN\n      - ${ONE:?}\n      - KILL\n"
    web = {"cap_add": ["CHOWN", "KILL", "NET_RAW"]}
    stack = stack_of(tmp_path, {"compose.yml": text}, {"web": web})
    assert str(stack.locate((*WEB, "cap_add", 2))) == "compose.yml:5:9"

    stack = stack_of(tmp_path, {"compose.yml": text.replace("KILL", "${TWO:?}")}, {"web": web})
    assert str(stack.locate((*WEB, "cap_add", 2))) == "compose.yml:3:5"


@pytest.mark.parametrize(
    ("given", "folder", "place"),
    [
        ("compose.yml", ".", "compose.yml"),
        ("sub/compose.yml", ".", "sub/compose.yml"),
        ("sub/compose.yml", "sub", "compose.yml"),
        ("compose.yml", "sub", "../compose.yml"),
        ("compose.yml", "sub/far", "{}/compose.yml"),
    ],
)
def test_file_as_seen_from_the_folder(tmp_path: Path, given: str, folder: str, place: str) -> None:
    """The project's folder is where paths in reports start; far away, the whole path says it better."""
    stack = stack_of(tmp_path, {given: PLAIN}, {"web": {}})
    moved = replace(stack.source, settings=ComposeSettings(project_directory=tmp_path / folder))
    found = Stack.load(moved, controls=(), raw=stack.model.raw).locate(WEB)

    assert found == Place(place.format(tmp_path), 2, 3)


def test_files_are_read_once(tmp_path: Path) -> None:
    """What was read is remembered, so that a call costs nothing to speak of."""
    stack = stack_of(tmp_path, {"compose.yml": PLAIN}, {"web": {"cap_add": ["CHOWN"]}})
    before = stack.locate((*WEB, "image"))
    (tmp_path / "compose.yml").unlink()

    assert (stack.locate((*WEB, "image")), stack.locate((*WEB, "cap_add", 0)).line) == (before, 6)


@pytest.mark.parametrize(
    "text",
    [
        "include: [compose.yml]\nservices: {web: {}}\n",
        "services: {web: {extends: web}}\n",
        "services: {web: {extends: {file: compose.yml, service: web}}}\n",
        "services: {web: {extends: {file: gone.yml, service: web}}}\n",
        "services: {web: {extends: {service: other}}, other: {extends: {service: web}}}\n",
        "services: &a {web: &b {x: *a, y: *b}}\n",
    ],
)
def test_what_leads_to_itself_or_nowhere(tmp_path: Path, text: str) -> None:
    """Compose refuses most of it; looking for a place ends all the same."""
    stack = stack_of(tmp_path, {"compose.yml": text}, {"web": {}})

    assert stack.locate((*WEB, "image")).file == "compose.yml"
    assert stack.locate((*WEB, "image")).line == text[: text.index("web: ")].count("\n") + 1


TEXTS = """\
services:
  web:
    image: ${IMAGE}
    environment:
      - PLAIN=hunter2
      - FILLED=${X:-hunter=2}
      - ${NAME:-A=B}=c
      - DOLLAR=a$$b
      - BARE
      - EMPTY=
    labels:
      one: ${Y:?}
      none:
    ports:
      - ${P:-80}:80
    networks: [back]
  db:
    environment: &env
      A: "1"
  more:
    environment: {<<: *env, B: 2}
"""


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ((*WEB, "image"), "${IMAGE}"),
        ((*WEB, "environment", "PLAIN"), "hunter2"),
        ((*WEB, "environment", "FILLED"), "${X:-hunter=2}"),
        ((*WEB, "environment", "DOLLAR"), "a$$b"),
        ((*WEB, "environment", "BARE"), None),
        ((*WEB, "environment", "EMPTY"), ""),
        ((*WEB, "environment", "OF_A_FILE"), None),
        ((*WEB, "environment"), None),
        ((*WEB, "labels", "one"), "${Y:?}"),
        ((*WEB, "labels", "none"), None),
        ((*WEB, "ports", 0), "${P:-80}:80"),
        ((*WEB, "ports", 0, "published"), "${P:-80}:80"),
        ((*WEB, "networks", "back"), None),
        ((*WEB, "user"), None),
        (("services", "more", "environment", "A"), "1"),
        (("services", "more", "environment", "B"), "2"),
        (("services", "gone"), None),
    ],
)
def test_text_as_written(tmp_path: Path, keys: KeyPath, text: str | None) -> None:
    """Before variables are filled in; nothing for what stands in no compose file."""
    web = {"ports": [{"target": 80, "published": "80"}]}
    stack = stack_of(tmp_path, {"compose.yml": TEXTS}, {"web": web})

    assert stack.written_text(keys) == text


@pytest.mark.parametrize(
    ("written", "value"),
    [("A=b", "b"), ("A=", ""), ("A", None), ("${N:-x=y}=${V:-a=b}", "${V:-a=b}"), ("A=b=c", "b=c")],
)
def test_value_of_an_entry(written: str, value: str | None) -> None:
    """A default may have an equals sign of its own."""
    assert entries.value_of(written) == value


def port(target: int, published: str, **more: str) -> dict[str, Any]:
    """Return an entry of the resolved `ports`."""
    return {"mode": "ingress", "target": target, "published": published, "protocol": "tcp", **more}


@pytest.mark.parametrize(
    ("kind", "resolved", "written", "chosen"),
    [
        # To one port inside, from several outside, in a stronger layer, too.
        ("ports", [port(80, "8080"), port(80, "8081")], [(0, "8081:80"), (1, "8080:80")], [1, 0]),
        ("ports", [port(80, "1", host_ip="127.0.0.1")], [(0, "1:80"), (0, "127.0.0.1:1:80")], [1]),
        ("ports", [port(80, "1", host_ip="::1")], [(0, "1:80"), (0, "::1:1:80")], [1]),
        # Variables whose value only Compose knows.
        ("ports", [port(80, "7"), port(81, "8")], [(0, "81:81"), (0, "80:80")], [1, 0]),
        ("ports", [port(80, "7"), port(80, "8")], [(0, "1:80"), (0, "2:80")], [None, None]),
        ("ports", [port(80, "7"), port(80, "8")], [(0, "1:80"), (0, "8:80")], [0, 1]),
        # A later entry replaces one with the same path inside, in its own file and in an earlier one.
        ("volumes", [{"type": "volume", "source": "b", "target": "/d"}], [(0, "a:/d"), (0, "b:/d/")], [1]),
        ("devices", [{"source": "/b", "target": "/d"}], [(1, "/b:/d"), (0, "/a:/d")], [0]),
        # Compose keeps both of what is said twice.
        ("command", ["a", "b", "a"], [(0, "a"), (0, "b"), (0, "a")], [0, 1, 2]),
        ("cap_add", ["A"], [(0, "A"), (1, "A")], [1]),
        ("cap_add", ["A"], [], [None]),
    ],
)
def test_choice_among_entries(
    kind: str, resolved: list[Any], written: list[tuple[int, Any]], chosen: list[int | None]
) -> None:
    """The last one that means the same."""
    assert [entries.choose(kind, resolved, index, written) for index in range(len(resolved))] == chosen


def test_extends_takes_of_its_own_document(tmp_path: Path) -> None:
    """What a later document of the file adds to a service is not yet there for one that extends it."""
    text = """\
services:
  web:
    extends: base
  base:
    expose: ["1"]
---
services:
  base:
    expose: !override ["2"]
"""
    stack = stack_of(tmp_path, {"compose.yml": text}, {"web": {"expose": ["1"]}, "base": {"expose": ["2"]}})

    assert stack.locate((*WEB, "expose", 0)).line == 5
    assert stack.locate(("services", "base", "expose", 0)).line == 9


def test_hooks_whose_commands_are_texts(tmp_path: Path) -> None:
    """Compose makes words of each, which are not what is written; several stay in their order."""
    compose = """\
services:
  web:
    image: nginx
    post_start:
      - command: seed --token ${TOKEN}
      - command: ["ready"]
      - command: seed --token ${TOKEN}
"""
    words = [
        {"command": ["seed", "--token", "x"]},
        {"command": ["ready"]},
        {"command": ["seed", "--token", "x"]},
    ]
    stack = stack_of(tmp_path, {"compose.yml": compose}, {"web": {"image": "nginx", "post_start": words}})

    assert stack.written_text((*WEB, "post_start", 0, "command")) == "seed --token ${TOKEN}"
    assert stack.written_text((*WEB, "post_start", 1, "command", 0)) == "ready"
    assert [stack.locate((*WEB, "post_start", number, "command")).line for number in range(3)] == [5, 6, 7]


def test_one_path_with_other_options(tmp_path: Path) -> None:
    """Of a tmpfs: each is where it is written, and what two files say alike is where it is said last."""
    base, override = ["/run/a:exec", "/run:exec"], ["/run/a:size=1m", "/run:exec"]
    texts = {
        name: "services:\n  web:\n    image: nginx\n    tmpfs:\n"
        + "".join(f"      - {one}\n" for one in ones)
        for name, ones in {"a.yml": base, "b.yml": override}.items()
    }
    said = [*base, override[0]]
    stack = stack_of(tmp_path, texts, {"web": {"image": "nginx", "tmpfs": said}}, "a.yml", "b.yml")

    found = [str(stack.locate((*WEB, "tmpfs", index))) for index in range(3)]
    assert found == ["a.yml:5:9", "b.yml:6:9", "b.yml:5:9"]
