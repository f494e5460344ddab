"""Every item of every file of a stack."""

import os
from pathlib import Path

import pytest

from stackproof.stack.discovery import Source
from stackproof.stack.written import File, Written


def file(tmp_path: Path, text: str) -> File:
    """Return a compose file."""
    path = tmp_path / "compose.yml"
    path.write_text(text)
    return File(path, tmp_path)


def test_kinds(tmp_path: Path) -> None:
    """What stands behind each key, as the author sees it."""
    text = (
        "a: x\nb: 1\nc: 1.5\nd: true\ne:\nf: [x]\ng: {x: y}\nh: '1'\ni: !reset null\nj: on\nk: 2020-01-01\n"
    )
    kinds = {str(item.keys[0]): item.kind for item in file(tmp_path, text).below()}

    assert kinds == {
        "a": "a text", "b": "a number", "c": "a number", "d": "true or false", "e": "empty", "f": "a list",
        "g": "a mapping", "h": "a text", "i": "empty", "j": "a text", "k": "a text",
    }  # fmt: skip


def test_merge_keys(tmp_path: Path) -> None:
    """What an anchor brings has its place there; what is said twice counts where it is said last."""
    text = """\
x-a: &a {networks: [lost], user: one}
x-b: &b {user: two, init: true, networks: [never, lost]}
services:
  web:
    <<: [*a, *b]
    init: false
"""
    items = file(tmp_path, text).items

    assert items["services", "web", "networks", 0].line == 1
    assert ("services", "web", "networks", 1) not in items
    assert items["services", "web", "user"].text == "one"
    assert items["services", "web", "init"].line == 6


def test_several_documents(tmp_path: Path) -> None:
    """Compose merges them, and the later one counts."""
    found = file(tmp_path, "services: {web: {image: a}}\n---\nservices:\n  web:\n    image: b\n  db: {}\n")

    assert found.items["services", "web", "image"].line == 5
    assert (found.line("services", "web", "image"), found.line("services", "db")) == (5, 6)


@pytest.mark.parametrize(
    "text",
    [
        "a: &a {b: *a}",
        "a: &a [*a]",
        "a: &a\n  <<: *a\n",
        "[",
        "",
        "a: 1\n--- [\n",
        "\x00",
        "a: &a x\n<<: *a\n",
    ],
)
def test_what_would_never_end_or_is_none(tmp_path: Path, text: str) -> None:
    """Aliases of what they stand in, and what is no YAML."""
    found = file(tmp_path, text)

    assert all(item.line == 1 for item in found.items.values() if item.keys == ("a",))
    assert found.line("a") in (None, 1)


def test_aliases_that_multiply(tmp_path: Path) -> None:
    """Nine levels of nine aliases are as many items as nobody can hold."""
    levels = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9) if n else 'x'}]" for n in range(9)]

    assert len(file(tmp_path, "\n".join(levels)).items) <= 100_000


@pytest.mark.parametrize(
    ("dotted", "keys"),
    [
        ("services.web.ports.0", ("services", "web", "ports", 0)),
        ("services.web.ports.[0]", ("services", "web", "ports", 0)),
        ("services[web].ports[0]", ("services", "web", "ports", 0)),
        ("services.web.ports.[]", ("services", "web", "ports", 0)),
        ("services.my.web.image", ("services", "my.web", "image")),
        ("services[my.web].image", ("services", "my.web", "image")),
        ("services.web.foo.bar", ("services", "web")),
        ("services.0.image", ("services", "0", "image")),
    ],
)
def test_resolve(tmp_path: Path, dotted: str, keys: tuple[str | int, ...]) -> None:
    """However Compose writes a path of keys."""
    found = file(tmp_path, "services: {web: {ports: [a, b]}, my.web: {image: x}, '0': {image: x}}")

    assert found.resolve(dotted)[0] == keys


def test_files_that_lead_to_others(tmp_path: Path) -> None:
    """Included and extended ones, each once, with the folder that its paths start from."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "compose.yml").write_text(
        "include:\n  - sub/a.yml\n  - path: [sub/b.yml, c.yml]\n"
        "  - {path: sub/d.yml, project_directory: other}\n  - gone.yml\n"
        "  - oci://example.com/x\n  - $VARIABLE\n"
        "services:\n  web: {extends: {file: base.yml, service: x}}\n  db: {extends: {service: web}}\n"
    )
    for name in ("sub/a.yml", "sub/b.yml", "c.yml", "sub/d.yml"):
        (tmp_path / name).write_text("services: {}")
    (tmp_path / "base.yml").write_text("include: [compose.yml]")
    os.mkfifo(tmp_path / "gone.yml")
    found = Written.of(Source.find(".", tmp_path))

    assert {str(one.path.relative_to(tmp_path)): one.base for one in found} == {
        "compose.yml": tmp_path,
        "sub/a.yml": tmp_path / "sub",
        "sub/b.yml": tmp_path / "sub",
        "c.yml": tmp_path / "sub",
        "sub/d.yml": tmp_path / "other",
        "base.yml": tmp_path,
    }
    assert [one.path.name for one in found if one.extended] == ["base.yml"]


COMPOSE = """\
services:
  db:
    ports: !override
      - "5432:5432"
      - target: 80
  web:
    environment: !reset null
    depends_on: [db, cache]
  9000: {}
"""


@pytest.mark.parametrize(
    ("keys", "line", "column"),
    [
        (("services",), 1, 1),
        (("services", "db"), 2, 3),
        (("services", "db", "ports"), 3, 5),
        (("services", "db", "ports", 0), 4, 9),
        (("services", "db", "ports", 1), 5, 9),
        (("services", "db", "ports", 1, "target"), 5, 9),
        (("services", "web", "environment"), 7, 5),
        (("services", "web", "depends_on", 1), 8, 22),
        (("services", "9000"), 9, 3),
    ],
)
def test_line_and_column(tmp_path: Path, keys: tuple[str | int, ...], line: int, column: int) -> None:
    """Of keys, list entries and values behind Compose's own tags, counted from 1."""
    found = file(tmp_path, COMPOSE)

    assert (found.items[keys].line, found.items[keys].column) == (line, column)
    assert found.line(*keys, "more") == line


def test_tags(tmp_path: Path) -> None:
    """Compose's own tags are told; those of YAML are none."""
    found = file(tmp_path, f"{COMPOSE}x-a: !!str 1\n")
    tags = {keys[-1]: item.tag for keys, item in found.items.items() if item.tag}

    assert tags == {"ports": "!override", "environment": "!reset"}


@pytest.mark.parametrize("text", ["", "# nothing\n", "a: [", "a\tb: \x00", "--- a\n--- b\n"])
def test_what_has_no_lines(tmp_path: Path, text: str) -> None:
    """Compose reports such a file itself; there is no line to point at."""
    found = file(tmp_path, text)

    assert found.line("services") is None
    assert found.line() is None


def test_texts_at_plain_keys_of_services(tmp_path: Path) -> None:
    """However they come there: by an alias or a merge, of several, too, and where the service says more."""
    text = """
x-hard: &hard {tmpfs: ["/cache:exec"], environment: {NOTE: of-a-variable}, build: {context: of-a-build}}
x-net: &net {extra_hosts: ["a:1.2.3.4"], <<: *hard}
x-run: &run ["/run:size=1m"]
x-unused: {tmpfs: ["/unused:exec"]}
services:
  a: {<<: *hard, tmpfs: ["/own:exec"]}
  b: {<<: [*net, {security_opt: ["seccomp:unconfined"]}]}
  c: {tmpfs: *run, command: [of-a-command], x-note: of-a-note}
  d: {healthcheck: {interval: 1m30s, test: [of-a-test]}, logging: {driver: fluentd, options: {tag: of-a-log}}}
networks: {back: {name: of-a-network}}
"""
    written = Written((file(tmp_path, text),))

    assert written.plain == {
        *("/cache:exec", "/own:exec", "/run:size=1m", "a:1.2.3.4", "seccomp:unconfined"),
        *("1m30s", "fluentd", ""),
    }
