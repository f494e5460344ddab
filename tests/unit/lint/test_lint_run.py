"""What is judged, what is said of it, and how it ends. Compose is stood in for: it resolves nothing here."""

import json
import subprocess
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML

from stackproof.cli.check import check
from stackproof.cli.lint import lint
from stackproof.engine import looks, plugin
from stackproof.engine.project import ComposeSettings
from stackproof.engine.resolved import Resolved
from stackproof.errors import CommandError, EngineError, EngineGoneError
from stackproof.outcomes import provenance
from stackproof.outcomes.model import Results, RevisionInfo
from stackproof.report import results_json

BAD = """\
services:
  web:
    image: nginx:1.25.3
    privileged: true
  db:
    image: postgres:16.1
    user: "999"
"""
# Rules may come that find more in these files.
ONE = ("--select", "no-privileged")
GOOD = "services: {web: {image: 'nginx:1.25.3', user: '101'}}\n"


@pytest.fixture(autouse=True)
def _compose(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def resolve(
        files: tuple[Path, ...], _settings: ComposeSettings, _deadline: float, **_more: bool
    ) -> Resolved:
        if (text := files[0].read_text()).startswith("services: ["):
            msg = "`docker compose config` failed with exit code 15:\nservices must be a mapping"
            raise CommandError(msg)
        return Resolved(model=YAML(typ="safe").load(text))

    def image(_reference: str) -> None:
        msg = "the engine does not answer: no such file\n  more"
        raise EngineGoneError(msg)

    monkeypatch.setattr(plugin, "program", lambda: "docker-compose")
    monkeypatch.setattr(plugin, "version", lambda: "2.40.3")
    monkeypatch.setattr(plugin, "resolve", resolve)
    monkeypatch.setattr(looks, "image", image)
    monkeypatch.chdir(tmp_path)


def write(name: str, text: str) -> None:
    """Write a file of the project."""
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def said(*words: str, stdin: str | None = None) -> tuple[int, list[str], str]:
    """Return exit code, lines and errors of a call."""
    done = CliRunner().invoke(lint, words, input=stdin)
    return done.exit_code, done.stdout.splitlines(), done.stderr


def results(*words: str) -> Results:
    """Return what a call reports."""
    said("--report-dir", "out", *words)
    return results_json.read(Path("out/results.json"))


def test_finding_is_a_line() -> None:
    """With place, severity, words, control and fix; the end says what was not done."""
    write("a/compose.yml", BAD)
    code, lines, errors = said(".", *ONE)

    assert (code, errors) == (1, "")
    assert lines[:2] == [
        "a/compose.yml:4:5: critical: web is declared `privileged: true` [no-privileged]",
        "  fix: remove `privileged: true`; add the one capability or device that is needed.",
    ]
    assert lines[-2].startswith("1 stack: 1 fail")
    assert "of profile baseline" in lines[-1]
    assert "only files and images were looked at: nothing ran (lint)" in lines[-1]


def test_nothing_found() -> None:
    """Ends with 0, and does not read like a proof."""
    write("compose.yml", GOOD)
    code, lines, _ = said(*ONE)

    assert code == 0
    assert [line for line in lines if "fail" in line or "PROVEN" in line] == []


def test_image_that_was_not_looked_at() -> None:
    """Is no pass, and says why."""
    write("compose.yml", "services: {web: {image: 'nginx:1.25.3'}, built: {build: .}}\n")
    found = {
        one.service: (one.outcome, one.message)
        for one in results().outcomes
        if one.control == "image-user-nonroot"
    }

    assert {str(outcome) for outcome, _ in found.values()} == {"not applicable"}
    assert "image nginx:1.25.3 was not looked at: the engine does not answer" in found["web"][1]


def test_file_that_cannot_be_read_keeps_no_other_away() -> None:
    """Both are told, and the exit code is that of the worse."""
    write("a/compose.yml", "services: [web]\n")
    write("b/compose.yml", BAD)
    code, lines, errors = said(".", *ONE)

    assert code == 2
    assert errors.startswith("error: ")
    assert "b/compose.yml:4:5" in lines[0]
    assert "1 not judged" in lines[-2]


def test_standard_input() -> None:
    """Is a stack of this folder, called `-`."""
    code, lines, _ = said("-", *ONE, "--report-dir", "out", stdin=BAD)

    assert code == 1
    assert lines[0].startswith("-:4:5: critical: web is declared")
    found = results_json.read(Path("out/results.json"))
    assert ({one.file for one in found.outcomes}, found.stacks[0].files) == ({"-"}, ("-",))


def test_standard_input_that_cannot_be_read() -> None:
    """The place is in what was given, and not in a file of ours that is gone by then."""
    code, _, errors = said("-", *ONE, stdin="services: [web]\n")

    assert code == 2
    assert errors.startswith("error: -:")
    assert "compose.yml" not in errors


def test_waiver_of_the_contract() -> None:
    """Accepts what it is for; one that waives nothing fails."""
    waiver = "waivers: [{{control: no-privileged, service: {}, reason: needs it, expires: 2099-01-01}}]\n"
    write("compose.yml", BAD)
    write("stackproof.yml", waiver.format("web"))
    assert said(*ONE)[0] == 0

    write("stackproof.yml", waiver.format("db"))
    code, lines, _ = said(*ONE)
    assert code == 1
    at = next(number for number, line in enumerate(lines) if "waives nothing" in line)
    assert lines[at + 1] == "  fix: remove it: it would hide the next finding"


@pytest.mark.parametrize("image", ["build: .", "image: nobody-has/this:1"])
def test_waiver_of_what_an_image_says(image: str) -> None:
    """Where there is no image to look at, nobody knows whether it is needed."""
    write("Dockerfile", "FROM scratch\n")
    write("compose.yml", f"services:\n  web:\n    {image}\n")
    write(
        "stackproof.yml",
        "waivers:\n  - {control: image-user-nonroot, service: web, reason: its base, expires: 2999-01-01}\n",
    )
    lines = said("compose.yml", "--select", "image-user-nonroot", "-v")[1]

    assert any("not applicable: " in line for line in lines)
    assert not any("waives nothing" in line for line in lines)


def test_coverage_of_standards_is_told_on_demand() -> None:
    """A line for each standard below the total."""
    write("compose.yml", BAD)
    assert not any("requirements assessed" in line for line in said("compose.yml", *ONE)[1])
    lines = said("compose.yml", *ONE, "--coverage")[1]
    (cis,) = (line for line in lines if line.startswith("CIS Docker 1.6.0: "))
    assert "requirements assessed: 1 failed, 0 undecided, 0 waived, 0 passed" in cis


def test_waiver_for_the_stack() -> None:
    """Without a service it is for what is found of the stack as a whole."""
    write("compose.yml", f"version: '3'\n{GOOD}")
    write(
        "stackproof.yml",
        "waivers:\n  - {control: no-version-field, reason: an old tool, expires: 2999-01-01}\n",
    )
    only = ("--select", "no-version-field", "--fail-on", "low")
    assert said("compose.yml", *only)[:2][1][:1] == ["1 stack: 1 waived"]
    write("stackproof.yml", "")
    assert said("compose.yml", *only)[0] == 1


def test_comment_for_another_tool_is_a_waiver() -> None:
    """Without an owner, which is told."""
    write("compose.yml", BAD.replace("    priv", "    # kics-scan ignore-line\n    priv"))
    code, lines, _ = said(*ONE)

    assert code == 0
    assert any("1 finding is waived by comments for other tools" in line for line in lines)
    (waived,) = (one.waiver for one in results(*ONE).outcomes if one.waiver)
    assert waived.reason.startswith("a comment for KICS in line 4 of compose.yml")


def test_check_can_do_the_same() -> None:
    """Without what only a run could do."""
    write("compose.yml", BAD)
    done = CliRunner().invoke(check, ["--static", "."])
    assert (done.exit_code, "web is declared" in done.stdout) == (1, True)

    done = CliRunner().invoke(check, ["--static", "--offline", "--attach", "shop"])
    assert done.exit_code == 2
    assert "--static runs nothing, so that --attach, --offline would have no effect" in done.stderr


def test_profile_and_selection() -> None:
    """As in check; the contract names a profile, and the command line wins."""
    write("compose.yml", BAD)
    write("stackproof.yml", "profile: hygiene\n")

    assert said("--profile", "baseline")[0] == 1
    assert said("--select", "no-privileged")[0] == 1
    assert said("--ignore", "*", "--select", "no-privileged")[0] == 2
    assert results().run.scope.profile == "hygiene"
    assert results().stacks[0].profile == "hygiene"


def test_baseline(tmp_path: Path) -> None:
    """What was there is known, and only what is new fails."""
    write("compose.yml", BAD)
    said("--report-dir", "out", *ONE)
    known = ("--baseline", str(tmp_path / "out/results.json"), "--fail-on-new")
    assert said(*known, *ONE)[0] == 0

    write("compose.yml", BAD + "    privileged: true\n")
    code, lines, _ = said(*known, *ONE)
    assert code == 1
    assert "1 known from" in lines[-2]
    assert [line for line in lines if "no-privileged" in line and " web " in line] == []


def test_only_what_is_new_needs_what_is_old() -> None:
    """Else every finding would be new, and the option would say nothing."""
    write("compose.yml", BAD)

    code, _, errors = said("--fail-on-new")
    assert (code, errors.splitlines()[0]) == (
        2,
        "error: --fail-on-new needs --baseline FILE, which says what is known",
    )


def test_reports_are_written_where_they_are_asked_for() -> None:
    """And nowhere else."""
    write("compose.yml", BAD)
    said()
    assert not Path("reports").exists()

    said("--report-dir", "out")
    assert {path.name for path in Path("out").iterdir()} >= {"results.json", "results.sarif", "summary.md"}


def test_scanners_find_files_of_stacks_in_folders() -> None:
    """Places are told from where the command was called, not from the folder of the stack."""
    write("deploy/shop/compose.yml", BAD)
    said("deploy", "--report-dir", "out", *ONE)
    (run,) = json.loads(Path("out/results.sarif").read_text())["runs"]
    places = [one["locations"][0]["physicalLocation"]["artifactLocation"] for one in run["results"]]

    assert [place["uri"] for place in places] == ["deploy/shop/compose.yml"]
    assert results().stacks[0].directory == "deploy/shop"


def test_many_services() -> None:
    """Nobody reads what is found in them."""
    services = "".join(f"  s{number}: {{image: 'x:1'}}\n" for number in range(1001))
    write("compose.yml", f"services:\n{services}")
    code, _, errors = said()

    assert code == 2
    assert "it has 1001 services, and no more than 1000 are judged" in errors


def test_without_compose(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said once, with what to do."""

    def program() -> str:
        raise EngineError(plugin.NO_COMPOSE)

    monkeypatch.setattr(plugin, "program", program)
    write("a/compose.yml", GOOD)
    write("b/compose.yml", GOOD)
    code, lines, errors = said(".")

    assert (code, lines) == (3, [])
    assert errors.count("stackproof[compose]") == 1


@pytest.fixture
def _no_plugins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.undo()
    monkeypatch.setattr(plugin, "_FOLDERS", ())
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    plugin.program.cache_clear()
    yield
    plugin.program.cache_clear()


def _program(path: Path, says: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho {says}\n")
    path.chmod(0o755)
    return path


@pytest.mark.usefixtures("_no_plugins")
def test_where_compose_is_looked_for(tmp_path: Path) -> None:
    """In the folders that docker knows, and on PATH when it is no Compose v1."""
    with pytest.raises(EngineError, match="no Compose v2"):
        plugin.program()
    _program(tmp_path / "docker-compose", "1.29.2")
    with pytest.raises(EngineError, match="no Compose v2"):
        plugin.program()

    plugin._version.cache_clear()  # noqa: SLF001 - it was another one
    _program(tmp_path / "docker-compose", "v2.40.3-desktop.1")
    assert plugin.program() == str(tmp_path / "docker-compose")
    assert plugin.version() == "2.40.3"
    plugin.program.cache_clear()

    extra = _program(tmp_path / "extra/docker-compose", "v5.0.0")
    (tmp_path / "config.json").write_text(f'{{"cliPluginsExtraDirs": ["{extra.parent}"]}}')
    assert plugin.program() == str(extra)
    plugin.program.cache_clear()

    own = _program(tmp_path / "cli-plugins/docker-compose", "v5.0.0")
    assert plugin.program() == str(own)


def test_quiet_says_verdicts_alone() -> None:
    """Of each stack and of the run; what cannot be judged is told all the same."""
    write("a/compose.yml", BAD)
    write("b/compose.yml", GOOD)
    write("c/compose.yml", "services: [\n")
    code, lines, errors = said("-q", ".", *ONE)

    assert (code, lines[:3]) == (2, ["a: NOT PROVEN: 1 fail, 1 pass", "b: PROVEN IN PART: 1 pass", lines[2]])
    assert lines[2].startswith("2 stacks: 1 fail, 2 pass, 1 not judged")
    assert (len(lines), errors.startswith("error: ")) == (4, True)


def test_verbose_also_says_what_is_well() -> None:
    """What passed, did not apply, is accepted or known: in the order of the file, with what was seen."""
    waiver = "waivers: [{control: no-privileged, service: web, reason: needed, expires: 2999-01-01}]\n"
    write("compose.yml", BAD)
    write("stackproof.yml", waiver)
    _, lines, _ = said("--verbose", "--select", "no-privileged,restart-retries-bounded")

    assert lines[0].startswith("compose.yml:2:3: not applicable: ")
    assert (
        "compose.yml:4:5: critical, waived: web is declared `privileged: true`; "
        "accepted until 2999-01-01: needed [no-privileged]"
    ) in lines
    assert any(line.startswith("compose.yml:5:3: pass: ") and "[no-privileged]" in line for line in lines)
    assert len(lines) == 4 + 3


def test_verbose_names_what_is_known() -> None:
    """It does not fail the run, and is listed when asked for."""
    write("compose.yml", BAD)
    said("--report-dir", "out", *ONE)
    _, lines, _ = said("-v", "--baseline", "out/results.json", *ONE)

    assert "compose.yml:4:5: critical, known: web is declared `privileged: true` [no-privileged]" in lines


@pytest.mark.parametrize("word", ["-q", "-v", "--quiet", "--verbose"])
def test_check_says_as_much(word: str) -> None:
    """`check --static` takes both, too."""
    write("compose.yml", BAD)
    done = CliRunner().invoke(check, ["--static", word, *ONE])

    assert done.stdout.splitlines() == said(word, *ONE)[1]
    assert done.exit_code == 1


def repository(folder: Path) -> None:
    """Make a repository of a folder, with one commit of all that is there."""
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    for words in (("init", "-q"), ("add", "."), (*who, "commit", "-qm", "first")):
        subprocess.run(["git", "-C", str(folder), *words], check=True, capture_output=True)


def test_results_say_of_which_version_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As those of check: each file by its digest, and the commit around it, from wherever it is called."""
    write("app/deploy/compose.yml", BAD)
    write("app/deploy/stackproof.yml", "public: [web]\n")
    write("lone/compose.yml", GOOD)
    repository(tmp_path / "app")
    monkeypatch.chdir("app")
    found = {stack.name: stack for stack in results(".", "../lone", *ONE).stacks}
    deploy, lone = found["deploy"], found["../lone"]

    assert [(one.path, one.sha256) for one in deploy.sources] == [
        ("deploy/compose.yml", sha256(BAD.encode()).hexdigest()),
        ("deploy/stackproof.yml", sha256(b"public: [web]\n").hexdigest()),
    ]
    assert deploy.revision is not None
    assert (deploy.revision.root, deploy.revision.dirty) == (str(tmp_path / "app"), False)
    assert ([one.path for one in lone.sources], lone.revision) == ([str(tmp_path / "lone/compose.yml")], None)


def test_repository_is_asked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many stacks lie in it; and not at all where nothing is written down."""
    for name in ("a", "b", "c"):
        write(f"{name}/compose.yml", GOOD)
    repository(tmp_path)
    asked: list[Path] = []
    told = provenance.revision

    def counted(folder: Path, called: Path) -> RevisionInfo | None:
        asked.append(folder)
        return told(folder, called)

    monkeypatch.setattr(provenance, "revision", counted)
    said(".", *ONE)
    assert asked == []

    commits = {one.revision.commit for one in results(".", *ONE).stacks if one.revision}
    assert (asked, len(commits)) == ([tmp_path], 1)


def test_standard_input_has_a_digest() -> None:
    """Under the name that it has, and no commit: it came from nowhere."""
    said("-", "--report-dir", "out", *ONE, stdin=GOOD)
    (stack,) = results_json.read(Path("out/results.json")).stacks

    assert [(one.path, one.sha256) for one in stack.sources] == [("-", sha256(GOOD.encode()).hexdigest())]
    assert stack.revision is None


def test_words_of_an_anchor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A message says what it is about, and no secret that stands beside it."""
    monkeypatch.chdir(tmp_path)
    Path("compose.yml").write_text("""
x-hard: &hard
  security_opt: ["no-new-privileges: true"]
  environment: {NOTE: "hunter2+more!"}
services:
  web: {image: "app:1.4", <<: *hard}
""")
    done = CliRunner().invoke(lint, ["--select", "values-engine-takes", "compose.yml"])

    assert "no engine takes 'no-new-privileges: true'; it takes 'no-new-privileges:true'" in done.stdout
    assert "hunter2" not in done.stdout


def test_what_is_not_judged_is_in_every_report() -> None:
    """A reader of a report alone must not take it for judged: whatever kept it from that, and where."""
    write("good/compose.yml", GOOD)
    write("list/compose.yml", "services: [web]\n")
    write("promise/compose.yml", GOOD)
    write("promise/stackproof.yml", "public: [web]\nscale: {web: many, other: 2}\n")
    write("many/compose.yml", f"services: {{{', '.join(f's{n}: {{image: a}}' for n in range(1001))}}}\n")
    code, lines, _ = said(".", "gone", *ONE, "--report-dir", "out")
    found = results_json.text_of(Path("out/results.json"))
    undecided = [one for one in Results.model_validate_json(found).outcomes if one.outcome == "unknown"]

    assert (code, lines[0]) == (2, "1 stack: 1 pass, 4 not judged")
    assert [(one.stack, one.file, one.line) for one in undecided] == [
        ("gone", None, None), ("list", "compose.yml", 1), ("many", "compose.yml", None),
        ("promise", "stackproof.yml", 2),
    ]  # fmt: skip
    assert undecided[0].message == "not judged: compose file not found: gone"
    assert undecided[0].fix == "name a file or a folder that is there"
    for name in ("index.html", "junit.xml", "results.sarif", "summary.md"):
        text = Path("out", name).read_text()
        assert all(f"not judged: {one.message[12:30]}" in text for one in undecided), name
    assert Path("out/summary.md").read_text().startswith("## ❌ stackproof: NOT PROVEN")


def test_report_of_nothing_that_was_judged() -> None:
    """It says that, and not that it covers all of no controls."""
    code, _, _ = said("gone", "--report-dir", "out")
    text = Path("out/summary.md").read_text()

    assert code == 2
    assert "Covers 0 of " in text
    assert "NOT PROVEN" in text


@pytest.mark.parametrize("words", [("-f", "a.yml", "-f", "-"), ("-f", "-", "-f", "a.yml"), ("a.yml:-",)])
def test_standard_input_is_no_part_of_a_stack(words: tuple[str, ...]) -> None:
    """Compose takes it as one of several files; here it is refused, and not looked for as a file."""
    write("a.yml", GOOD)
    code, lines, errors = said(*words, *ONE, stdin=GOOD)

    assert (code, lines) == (2, [])
    assert "standard input is a stack of its own" in errors
    assert "fix: write it to a file" in errors


def test_without_a_path_one_stack_is_judged() -> None:
    """That of Compose; `.` stands for all below."""
    write("compose.yml", GOOD)
    write("sub/compose.yml", BAD)

    assert said(*ONE)[:2][1][0] == "1 stack: 1 pass"
    assert said(".", *ONE)[0] == 1


@pytest.mark.parametrize("option", ["--select", "--ignore"])
def test_patterns_of_which_none_is_one(option: str) -> None:
    """A variable that is empty is told; a comma too many is not."""
    write("compose.yml", GOOD)
    for empty in ("", ",", " , "):
        assert f"error: {option} names no control" in said(option, empty)[2]

    assert said("--select", "no-privileged,,no-host-pid,")[1][0] == "1 stack: 2 pass"


def test_waiver_by_another_tools_id() -> None:
    """The contract says which control answers it."""
    write("compose.yml", GOOD)
    write("stackproof.yml", "waivers: [{control: CL-0002, service: web, reason: why, expires: 2099-01-01}]\n")

    assert "compose-lint CL-0002 is answered by no-privileged" in said(*ONE)[2]
