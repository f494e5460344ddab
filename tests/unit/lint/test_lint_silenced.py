"""Comments for other tools in every file that a stack has, however it came to it."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from stackproof.cli.lint import lint

OPEN = "services:\n  web:\n    image: nginx:1.27\n    ports:\n      - 80:80\n"
WAIVED = f"# dclint disable\n{OPEN}"
ONE = OPEN.replace("80:80", "80:80  # dclint disable-line")
LONG = "".join(f"x-{number}: {'a' * 90}\n" for number in range(1000))


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def said(*words: str, stdin: str | None = None) -> str:
    """Return what a call prints."""
    return CliRunner().invoke(lint, (*words, "--select", "ports-quoted"), input=stdin).output


def test_comments_have_no_last_day() -> None:
    """Neither one of the year 9999 nor days that are left until then."""
    Path("compose.yml").write_text(WAIVED)
    told = said("compose.yml", "-v", "--report-dir", "reports")

    assert "accepted: a comment for dclint in line 1" in told
    for name in ("index.html", "junit.xml", "results.sarif", "summary.md"):
        text = Path("reports", name).read_text()
        assert "9999" not in text, name
    assert "without an end" in Path("reports/index.html").read_text()


CASES: dict[str, tuple[tuple[str, ...], dict[str, str]]] = {
    "included": (("compose.yml",), {"compose.yml": "include: [more/db.yml]\n", "more/db.yml": WAIVED}),
    "included where a variable says": (
        ("compose.yml",),
        {"compose.yml": 'include: ["${DIR:-more}/db.yml"]\n', "more/db.yml": WAIVED},
    ),
    "included from further up": (
        ("a/b/compose.yml",),
        {"a/b/compose.yml": "include: [../../db.yml]\n", "db.yml": ONE},
    ),
    "extended": (
        ("compose.yml",),
        {
            "compose.yml": "services: {app: {extends: {file: base.yml, service: web}}}\n",
            "base.yml": ONE,
        },
    ),
    "extended by what is included": (
        ("compose.yml",),
        {
            "compose.yml": "include: [more/db.yml]\n",
            "more/db.yml": "services: {app: {extends: {file: ../base.yml, service: web}}}\n",
            "base.yml": WAIVED,
        },
    ),
    "an override in another folder": (
        ("-f", "a/compose.yml", "-f", "b/over.yml"),
        {"a/compose.yml": "services: {web: {image: 'nginx:1.27'}}\n", "b/over.yml": WAIVED},
    ),
    "an override beside it": (
        (".",),
        {"compose.yml": "services: {web: {image: 'nginx:1.27'}}\n", "compose.override.yml": ONE},
    ),
    "the second file of two": (
        ("-f", "compose.yml", "-f", "dev.yml"),
        {"compose.yml": "services: {web: {image: 'nginx:1.27'}}\n", "dev.yml": WAIVED},
    ),
    "a long file": (("compose.yml",), {"compose.yml": WAIVED + LONG}),
    "a name with a backslash": (
        ("compose.yml",),
        {"compose.yml": "include: ['a\\b.yml']\n", "a\\b.yml": WAIVED},
    ),
}


@pytest.mark.parametrize(("words", "files"), CASES.values(), ids=CASES)
def test_comment(words: tuple[str, ...], files: dict[str, str]) -> None:
    """Waives in its own file; `--fix --write` lets that be, and without it there is a finding."""
    write(files)
    assert "1 waived" in said(*words)
    assert "would fix 0 findings" in said(*words, "--fix")
    said(*words, "--fix", "--write")
    assert {name: Path(name).read_text() for name in files} == files

    write({name: text.replace("# dclint", "# dclnt") for name, text in files.items()})
    assert "1 advisory" in said(*words)


def write(files: dict[str, str]) -> None:
    """Write files."""
    for name, text in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text)


def test_comment_of_another_file() -> None:
    """Is about nothing but that file."""
    write(
        {"compose.yml": f"# dclint disable\ninclude: [db.yml]\n{OPEN}", "db.yml": OPEN.replace("web", "db")}
    )

    assert "1 advisory" in said("compose.yml")


def test_standard_input() -> None:
    """Has its comments, too."""
    assert "1 waived" in said("-", stdin=WAIVED)
    assert "would fix 0 findings" in said("-", "--fix", stdin=ONE)


def test_file_in_utf_16() -> None:
    """Is read as what it is."""
    Path("compose.yml").write_bytes(b"\xff\xfe" + WAIVED.encode("utf-16-le"))

    assert "1 waived" in said("compose.yml")
