"""`lint --fix` as people call it: the diff, what is written and what is not, and how it ends."""

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML

from stackproof.cli.lint import lint
from stackproof.cli.report import baseline
from stackproof.errors import UsageError
from stackproof.lint import fixing, patches, writing
from stackproof.lint.mirror import Mirror
from stackproof.stack.discovery import Source

BEFORE = """\
services:
  web:
    image: nginx:1.27
    ports:
      - 8080:80
    tmpfs:
      - /tmp:exec
"""
AFTER = BEFORE.replace("8080:80", '"8080:80"').replace(":exec", "")
STYLE = ("--fix", "--select", "ports-quoted")
BOTH = ("--fix", "--select", "ports-quoted,tmpfs-keeps-noexec")
ROOT = Path(__file__).parents[3]
MARK = b"\xef\xbb\xbf"


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def write(name: str, text: str | bytes) -> Path:
    """Write a file of the project."""
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def said(*words: str, stdin: str | None = None) -> tuple[int, str, str]:
    """Return exit code, output and errors of a call."""
    done = CliRunner().invoke(lint, words, input=stdin)
    return done.exit_code, done.stdout_bytes.decode(), done.stderr


def test_dry_run() -> None:
    """Prints a diff that `git apply` takes, and changes nothing; it ends with 1 as there is one."""
    file = write("a/compose.yml", BEFORE)
    code, diff, errors = said("a", *BOTH)

    assert (code, file.read_text()) == (1, BEFORE)
    assert diff.splitlines()[:2] == ["--- a/a/compose.yml", "+++ b/a/compose.yml"]
    assert "would fix 1 of tmpfs-keeps-noexec (changes what runs: nothing can be executed" in errors
    assert errors.endswith("would fix 2 findings in 1 file\n")
    subprocess.run(["git", "apply"], input=diff.encode(), check=True)
    assert file.read_text() == AFTER


@pytest.mark.parametrize("tool", [("git", "apply"), ("patch", "-p1")])
@pytest.mark.parametrize("name", ["plain", "my stack", "a\tb", 'q"q', "ümlaut", "a\\b", "two  blanks 1"])
def test_diff_can_be_applied(tool: tuple[str, ...], name: str) -> None:
    """Whatever a folder is called."""
    file = write(f"{name}/compose.yml", BEFORE)
    _, diff, _ = said(name, *BOTH)

    subprocess.run(tool, input=diff.encode(), check=True, capture_output=True)
    assert file.read_text() == AFTER


def test_write() -> None:
    """Changes the file, judges what is left, and has nothing to do after that."""
    file = write("compose.yml", BEFORE)
    file.chmod(0o640)
    code, lines, errors = said(*BOTH, "--write")

    assert (code, file.read_text(), file.stat().st_mode & 0o777) == (0, AFTER, 0o640)
    assert lines.startswith("1 stack: 2 pass")
    assert errors.endswith("fixed 2 findings in 1 file\n")
    assert said(*BOTH) == (0, "", "would fix 0 findings in 0 files\n")
    assert [path.name for path in Path.cwd().iterdir()] == ["compose.yml"]


@pytest.mark.parametrize("write_it", [(), ("--write",)], ids=["diff", "written"])
def test_file_that_is_read_only_by_name(write_it: tuple[str, ...]) -> None:
    """Is not fixed, and that is said; standard output has nothing of it where it is a diff."""
    write("compose.yml", BEFORE)
    other = write("compose.prod.yml", BEFORE)
    _, lines, errors = said(".", *STYLE, *write_it)

    note = "note: compose.prod.yml: not judged, for Compose reads it only by name"
    assert (note in lines, note in errors) == (bool(write_it), not write_it)
    assert other.read_text() == BEFORE


def test_report_of_a_dry_run() -> None:
    """There is none, and that is said; with `--write` there is one of what is left."""
    write("compose.yml", BEFORE)

    assert "note: no report is written" in said(*BOTH, "--report-dir", "out")[2]
    assert not Path("out").exists()
    assert "no report" not in said(*BOTH, "--report-dir", "out", "--write")[2]
    assert Path("out/results.json").exists()


def test_help_of_reports() -> None:
    """Says that there is none unless it is asked for, also where a table names a folder."""
    write("compose.yml", BEFORE)
    write("pyproject.toml", '[tool.stackproof]\nreport_dir = "out"\n')
    shown = " ".join(said("--help")[1].split())

    assert "without it none is, whatever [tool.stackproof] says." in shown
    assert "default: (reports)" not in shown
    said(*STYLE[1:])
    assert not Path("out").exists()


def test_write_alone() -> None:
    """Is a mistake: nothing else is written."""
    code, _, errors = said("--write")

    assert (code, "--write goes with --fix" in errors) == (2, True)


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        (BEFORE.replace("\n", "\r\n").encode(), AFTER.replace("\n", "\r\n").encode()),
        (BEFORE.rstrip().encode(), AFTER.rstrip().encode()),
        (MARK + BEFORE.encode(), MARK + AFTER.encode()),
        (
            MARK + BEFORE.rstrip().replace("\n", "\r\n").encode(),
            MARK + AFTER.rstrip().replace("\n", "\r\n").encode(),
        ),
    ],
    ids=["crlf", "open end", "mark", "all"],
)
def test_bytes_are_kept(data: bytes, wanted: bytes) -> None:
    """Line ends, a mark at the front and an open end; the diff has them, too."""
    file = write("compose.yml", data)
    _, diff, _ = said(*BOTH)
    subprocess.run(["git", "apply"], input=diff.encode(), check=True)
    applied = file.read_bytes()
    file.write_bytes(data)
    said(*BOTH, "--write")

    assert applied == file.read_bytes() == wanted


def test_links_are_followed() -> None:
    """The link stays one, and what it leads to is changed."""
    real = write("real/shop.yml", BEFORE)
    Path("compose.yml").symlink_to(real)
    said("compose.yml", *BOTH, "--write")

    assert Path("compose.yml").is_symlink()
    assert real.read_text() == AFTER


def test_file_that_is_read_only() -> None:
    """Is told once and stays; the other stacks are fixed, and so it ends with 2."""
    first, second = write("a/compose.yml", BEFORE), write("b/compose.yml", BEFORE)
    first.chmod(0o444)
    code, _, errors = said(".", *BOTH, "--write")

    assert (code, first.read_text(), second.read_text()) == (2, BEFORE, AFTER)
    assert errors.count("a/compose.yml: cannot be written, and is as it was: it is read-only") == 1
    assert errors.endswith("fixed 2 findings in 1 file\n")


def test_file_with_two_names() -> None:
    """Stays: they would part."""
    file = write("compose.yml", BEFORE)
    Path("other.yml").hardlink_to(file)
    code, _, errors = said("compose.yml", *STYLE, "--write")

    assert (code, file.read_text(), "hard links" in errors) == (2, BEFORE, True)


def test_files_of_one_stack_are_written_together() -> None:
    """One that cannot be written keeps the other as it is."""
    first = write("compose.yml", BEFORE)
    second = write("dev.yml", "services: {web: {expose: [90]}}\n")
    second.chmod(0o444)
    code, _, _ = said("-f", "compose.yml", "-f", "dev.yml", *STYLE, "--write")

    assert (code, first.read_text()) == (2, BEFORE)
    second.chmod(0o644)
    said("-f", "compose.yml", "-f", "dev.yml", *STYLE, "--write")
    assert '"8080:80"' in first.read_text()
    assert second.read_text() == 'services: {web: {expose: ["90"]}}\n'


def test_waived_finding_stays() -> None:
    """In the contract, and by another tool's comment."""
    entry = "{control: tmpfs-keeps-noexec, service: web, reason: it compiles, owner: me, expires: 2999-01-01}"
    write("stackproof.yml", f"waivers:\n  - {entry}\n")
    file = write("compose.yml", BEFORE.replace("- 8080:80", "- 8080:80  # dclint disable-line"))
    text = file.read_text()

    assert said(*BOTH)[:2] == (0, "")
    assert said(*BOTH, "--write")[0] == 0
    assert file.read_text() == text


def test_only_what_is_judged_is_fixed() -> None:
    """The profile decides: the usual one does not care for style."""
    write("compose.yml", BEFORE)

    assert '"8080:80"' not in said("--fix")[1]
    assert '"8080:80"' in said("--fix", "--profile", "hygiene")[1]


def test_standard_input() -> None:
    """Has a diff without a name, and no file to write to."""
    code, diff, _ = said("-", *STYLE, stdin=BEFORE)

    assert code == 1
    assert diff.startswith("--- a/-\n+++ b/-\n")
    assert said("-", *STYLE, "--write", stdin=BEFORE)[0] == 2


def test_standard_input_that_leads_to_files() -> None:
    """Lends its name to none of them, and no finding is in a file of ours."""
    stdin = f"include: [db.yml]\n{BEFORE}    logging: {{driver: none, options: {{tag: x}}}}\n"
    file = write("db.yml", BEFORE.replace("web", "db"))
    _, diff, errors = said("-", *STYLE[:2], "ports-quoted,logging-enabled", stdin=stdin)

    assert [line for line in diff.splitlines() if line.startswith("---")] == ["--- a/db.yml", "--- a/-"]
    assert "not fixed: -:9:15: the options beside it" in errors
    subprocess.run(["git", "apply", "--include", "db.yml"], input=diff.encode(), check=True)
    assert file.read_text() == BEFORE.replace("web", "db").replace("8080:80", '"8080:80"')


def test_standard_input_that_cannot_be_judged() -> None:
    """Has its own name in the message."""
    assert said("-", *STYLE, stdin="services: {web: {ports: [a b]}}\n")[2].startswith("error: -:1: ")


def test_place_of_what_lies_far_away(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Is that of the file itself."""
    write("db.yml", "services: {web: {logging: {driver: none, options: {tag: x}}, image: 'db:1.4'}}\n")
    write("a/b/c/compose.yml", "services: {db: {extends: {file: ../../../db.yml, service: web}}}\n")
    monkeypatch.chdir(tmp_path / "a/b/c")

    assert f"not fixed: {tmp_path.resolve()}/db.yml:1:28: " in said("--fix", "--select", "logging-enabled")[2]


OUTSIDE: dict[str, tuple[str, str, str]] = {
    "further up": ("sub", "../compose.yml", "compose.yml"),
    "beside": ("sub", "../other/compose.yml", "other/compose.yml"),
    "a folder with dots": (".", "..w2/compose.yml", "..w2/compose.yml"),
    "a link": (".", "sub/link.yml", "real/compose.yml"),
    "a link to elsewhere": ("sub", "link.yml", "real/compose.yml"),
}


@pytest.mark.parametrize("repository", [True, False], ids=["repository", "folder"])
@pytest.mark.parametrize(("here", "path", "file"), OUTSIDE.values(), ids=OUTSIDE)
def test_diff_of_a_file_elsewhere(
    here: str, path: str, file: str, monkeypatch: pytest.MonkeyPatch, *, repository: bool
) -> None:
    """Has names from the top of the repository, or from the nearest folder above; it can be applied there."""
    top = Path.cwd()
    if repository:
        subprocess.run(["git", "init", "-q"], check=True)
    for folder in ("sub", "other", "..w2", "real"):
        Path(folder).mkdir()
    found = write(file, BEFORE)
    Path("sub/link.yml").symlink_to("../real/compose.yml")
    monkeypatch.chdir(here)
    _, diff, errors = said(path, *STYLE)

    assert diff.startswith(f"--- a/{file}\n+++ b/{file}\n")
    assert (f"the names in the diff start in {top}: apply it there\n" in errors) is (here != ".")
    monkeypatch.chdir(top)
    for tool in (["git", "apply"], ["patch", "-p1"]):
        found.write_text(BEFORE)
        subprocess.run(tool, input=diff.encode(), check=True, capture_output=True)
        assert found.read_text() == BEFORE.replace("8080:80", '"8080:80"')


def test_diff_of_a_stack_half_of_which_is_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has all names from one folder."""
    write("common/db.yml", BEFORE.replace("web", "db"))
    write("shop/compose.yml", f"include: [../common/db.yml]\n{BEFORE}")
    monkeypatch.chdir("shop")
    diff = said(".", *STYLE)[1]

    assert re.findall(r"^--- (.*)$", diff, re.MULTILINE) == ["a/common/db.yml", "a/shop/compose.yml"]


def test_file_of_two_stacks() -> None:
    """What one of them alone has as a finding is not changed for the other; style may be."""
    common = write("common/compose.yml", BEFORE)
    for name in "ab":
        write(f"{name}/compose.yml", "include: [../common/compose.yml]\nservices: {x: {image: 'app:1.4'}}\n")
    code, diff, errors = said("a", "b", *BOTH)

    assert (code, diff.count("+++ ")) == (1, 1)
    assert errors.count("another stack has the same file, and would change with it") == 2
    said("a", "b", *BOTH, "--write")
    assert common.read_text() == BEFORE.replace("8080:80", '"8080:80"')


@pytest.mark.parametrize(
    "paths", [("compose.yml",), ("compose.override.yml",), ("compose.yml", "compose.override.yml")]
)
def test_hook(paths: tuple[str, ...]) -> None:
    """Judges a stack once, and fixes what is left of it with its override, whichever of its files changed."""
    said_by_hook = YAML(typ="safe").load(ROOT / ".pre-commit-hooks.yaml")[0]
    options = said_by_hook["entry"].split()[2:]
    base = write("compose.yml", BEFORE)
    override = write("compose.override.yml", "services: {web: {tmpfs: !override ['/tmp'], expose: [90]}}\n")

    assert all(re.search(said_by_hook["files"], path) for path in paths)
    assert "1 stack: 2 advisory" in said(*paths, *options, *BOTH[1:])[1]
    said(*paths, *options, *BOTH, "--write")
    assert base.read_text() == BEFORE.replace("8080:80", '"8080:80"')
    assert override.read_text() == """services: {web: {tmpfs: !override ['/tmp'], expose: ["90"]}}\n"""


def test_secrets_stay_secret() -> None:
    """In the diff, of which is said then that it is not to be applied; not in the file."""
    key = "    environment:\n      PASSWORD: hunter2-and-more\n"
    file = write("compose.yml", BEFORE + key)
    code, diff, errors = said(*BOTH)

    assert (code, "hunter2" in diff + errors) == (1, False)
    assert "the diff of compose.yml is not to be applied: secrets are masked" in errors
    said(*BOTH, "--write")
    assert file.read_text() == AFTER + key


def test_other_files_secrets_stay_secret() -> None:
    """What a later file overrides is in no resolved model; the diff of a file without one can be applied."""
    key = "    environment:\n      DB_PASSWORD: hunter2-and-more\n"
    write("a/compose.yml", BEFORE + key)
    write("a/compose.override.yml", "services: {web: {environment: {DB_PASSWORD: '${PW:-x}'}}}\n")
    write("b/compose.yml", f"{BEFORE}    environment:\n      TZ: Europe/Berlin\n      LANG: C.UTF-8\n")
    _code, diff, errors = said(".", *BOTH)

    assert "hunter2" not in diff + errors
    assert "TZ: Europe/Berlin\n       LANG: C.UTF-8\n" in diff
    assert "the diff of a/compose.yml is not" in errors
    assert "the diff of b/compose.yml" not in errors


def test_file_that_cannot_be_judged_keeps_no_other_away() -> None:
    """It ends with 2."""
    write("a/compose.yml", "services: [web]\n")
    write("b/compose.yml", BEFORE)
    code, diff, errors = said(".", *STYLE)

    assert (code, diff.startswith("--- a/b/compose.yml")) == (2, True)
    assert errors.startswith("error: ")


@pytest.mark.parametrize("known", ["out/results.json", "known.json"])
@pytest.mark.parametrize("gate", ["info", "critical"])
def test_known_findings_stay(known: str, gate: str) -> None:
    """All that a baseline's run found, at the gate or below it. What is new is fixed."""
    file = write("compose.yml", BEFORE)
    said(*STYLE[1:], "--fail-on", gate, "--report-dir", "out")
    CliRunner().invoke(baseline, ["out/results.json", "-o", "known.json"])
    asked = (*STYLE, "--baseline", known)

    assert said(*asked)[:2] == (0, "")
    said(*asked, "--write")
    assert file.read_text() == BEFORE
    write("compose.yml", BEFORE.replace("8080:80", "8080:80\n      - 8081:81"))
    said(*asked, "--write")
    assert file.read_text() == BEFORE.replace("8080:80", '8080:80\n      - "8081:81"')


def of_lines(was: str, now: str, *, seen: bool = False) -> list[str]:
    """Return the lines of a diff below its head."""
    return list(patches.diff("x.yml", was.encode(), now.encode(), str, seen=seen))[3:]


def test_text_of_others_in_a_diff() -> None:
    """Is what it is where it begins behind a sign, and obeys nobody: no colour, no command of a CI server."""
    found = of_lines("::set-env name=a::b\n\x1b[31mred\n##[add-mask]x\n", "::x::\n##VSO[task]\n")

    assert "".join(found) == (
        "-::set-env name=a::b\n-red\n-## [add-mask]x\n+::x::\n+## VSO[task]\n"  # no blank is in front
    )
    assert of_lines("a\r  ::x::y\rb\n", "") == ["-a\r  : :x::y\rb\n"]


def test_text_that_a_terminal_does_not_show() -> None:
    """Is seen there, and is what it is anywhere else."""
    assert of_lines("a\u200b\u202e\r\n", "", seen=True) == ["-a<U+200B><U+202E>\r\n"]
    assert of_lines("a\u200b\u202e\r\n", "") == ["-a\u200b\u202e\r\n"]


STRANGE = """\
services:
  web:
    image: nginx:1.27
    # zero\u200bwidth, a soft\u00adhyphen, \u202eto the left\u202c, \ufeffa mark
    ##traefik.enable ##version ##volumes ## heading
    ports:
      - 8080:80
    command: |
      ::1 localhost
      ::set-env name=a::b
    # ::notice::z
"""


@pytest.mark.parametrize("tool", [("git", "apply"), ("patch", "-p1")])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"], ids=["unix", "windows", "mac"])
def test_diff_of_strange_lines(tool: tuple[str, ...], ends: str) -> None:
    """Can be applied, though none of its lines begins with a command once blanks are taken away."""
    data = STRANGE.replace("\n", ends).encode()
    file = write("compose.yml", data)
    _, diff, errors = said(*STYLE)

    assert "not to be applied" not in errors or ends == "\r"
    obeyed = [line for line in re.split(r"[\r\n]", diff) if re.match(r"\s*::.*::", line)]
    assert obeyed == []
    if ends != "\r":  # where each line ends with it, commands have no sign before them
        subprocess.run(tool, input=diff.encode(), check=True, capture_output=True)
        assert file.read_bytes() == data.replace(b"- 8080:80", b'- "8080:80"')


def test_diff_of_line_ends_of_old() -> None:
    """Can be applied, too."""
    data = BEFORE.replace("\n", "\r").encode()
    file = write("compose.yml", data)
    _, diff, _ = said(*BOTH)
    subprocess.run(["git", "apply"], input=diff.encode(), check=True)

    assert file.read_bytes() == AFTER.replace("\n", "\r").encode()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (f"# ##[group]x\n{BEFORE}".encode(), ""),
        (
            BEFORE.replace("tmpfs:", "# a ##[group]\n    tmpfs:").encode(),
            "it holds what a CI server would obey",
        ),
        (
            BEFORE.replace("tmpfs:", "# ##vso[task.x]\n    tmpfs:").encode(),
            "it holds what a CI server would obey",
        ),
        (
            BEFORE.replace("tmpfs:", "# ##teamcity[x]\n    tmpfs:").encode(),
            "it holds what a CI server would obey",
        ),
        (b"\xff\xfe" + BEFORE.encode("utf-16-le"), "the file is UTF-16, and the diff is UTF-8"),
        (b"\xfe\xff" + BEFORE.encode("utf-16-be"), "the file is UTF-16, and the diff is UTF-8"),
    ],
)
def test_diff_that_is_not_to_be_applied(data: bytes, why: str) -> None:
    """Says so and names the file; written, the file is what it was but for the fix."""
    file = write("a/compose.yml", data)
    write("b/compose.yml", BEFORE)
    errors = said(".", *STYLE)[2]

    wanted = f"the diff of a/compose.yml is not to be applied: {why}" if why else ""
    assert wanted in errors
    assert errors.count("not to be applied") == bool(why)
    said(".", *STYLE, "--write")
    codec = "utf-16-le" if data[:1] == b"\xff" else "utf-16-be" if data[:1] == b"\xfe" else "utf-8"
    assert file.read_bytes() == data.replace("8080:80".encode(codec), '"8080:80"'.encode(codec))


def test_file_that_was_changed_meanwhile() -> None:
    """Stays as somebody else made it, and so does the other of its stack; nothing is left beside them."""
    first, second = write("compose.yml", b"a"), write("dev.yml", b"other")
    with pytest.raises(UsageError, match=r"dev\.yml: cannot be written, and is as it was: somebody else"):
        writing.write({first: b"x", second: b"y"}, {first: b"a", second: b"b"})

    assert {path.name: path.read_bytes() for path in Path().iterdir()} == {
        "compose.yml": b"a",
        "dev.yml": b"other",
    }


@pytest.mark.parametrize("meanwhile", [BEFORE.replace("web", "shop"), AFTER], ids=["other words", "the fix"])
def test_file_that_is_changed_while_it_is_fixed(meanwhile: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stays as somebody else made it: what is fixed is what was read, whenever the other one wrote."""
    file = write("compose.yml", BEFORE)

    class Changing(Mirror):
        def __init__(self, root: Path, source: Source, pending: Mapping[Path, bytes]) -> None:
            super().__init__(root, source, pending)
            file.write_text(meanwhile)

    monkeypatch.setattr(fixing, "Mirror", Changing)
    code, _, errors = said(*BOTH, "--write")

    assert (code, file.read_text()) == (2, meanwhile)
    assert (
        "compose.yml: cannot be written, and is as it was: somebody else has changed it meanwhile" in errors
    )
    assert errors.endswith("fixed 0 findings in 0 files\n")


def test_file_that_cannot_be_put_in_place() -> None:
    """As where a folder stands by now: the draft is taken away again."""
    file = write("compose.yml", b"a")
    gone = Path("gone.yml")
    gone.mkdir()
    with pytest.raises(UsageError, match=r"gone\.yml: cannot be written"):
        writing.write({file: b"x", gone: b"y"}, {file: b"a", gone: b""})

    assert sorted(path.name for path in Path().iterdir()) == ["compose.yml", "gone.yml"]
    assert file.read_bytes() == b"a"


ANCHORS = """\
x-hard: &hard
  security_opt: ["seccomp:unconfined"]
  tmpfs: ["/tmp:exec,size=64m"]
  extra_hosts: ["host.docker.internal:host-gateway"]
  volumes: ["data:/var/lib/data:ro"]
x-run: &run
  - /run:exec,size=${SIZE:-32m}
services:
  web: {image: "nginx:1.27", <<: *hard}
  job: {image: "app:1.4", tmpfs: *run}
volumes: {data: {}}
"""
SAFE = ("--fix", "--select", "seccomp-enabled,tmpfs-keeps-noexec")


def test_diff_of_anchors_can_be_applied() -> None:
    """What an anchor brings to a service is as open there as if it stood in it."""
    file = write("compose.yml", ANCHORS)
    code, diff, errors = said(*SAFE)

    assert (code, "[redacted]" in diff, "not to be applied" in errors) == (1, False, False)
    subprocess.run(["git", "apply"], input=diff.encode(), check=True)
    shown = file.read_text()
    file.write_text(ANCHORS)
    said(*SAFE, "--write")
    assert file.read_text() == shown
    assert "exec" not in shown


def test_many_lines_that_a_runner_would_obey() -> None:
    """None of them is context, however many follow one another."""
    commands = "".join(f"        ::{number}::x\n" for number in range(200))
    above = "services:\n  web:\n    image: app:1\n    environment:\n      NOTE: |\n"
    write("compose.yml", f"{above}{commands}    ports:\n      - 80:80\n")
    _code, diff, _errors = said("compose.yml", *STYLE)

    assert '+      - "80:80"' in diff
    assert [line for line in diff.splitlines() if line[:1] == " " and line.lstrip().startswith("::")] == []
