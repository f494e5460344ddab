"""Which files make a stack."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from stackproof.engine import plugin
from stackproof.engine.project import ComposeSettings
from stackproof.engine.resolved import Resolved
from stackproof.errors import CommandError, EngineError, EngineGoneError, UsageError
from stackproof.stack import compose_file
from stackproof.stack.discovery import (
    FILE_NAMES,
    OVERRIDE_NAMES,
    Source,
    _told_apart,
    find_all,
    nearest,
    under_contract,
)


def write(path: Path) -> Path:
    """Make a file with a word in it, and its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("services: {}\n")
    return path.resolve()


@pytest.mark.parametrize("name", FILE_NAMES)
def test_find_folder_with_one_file(tmp_path: Path, name: str) -> None:
    """Each of Compose's default names is found."""
    path = write(tmp_path / "shop" / name)

    found = Source.find("shop", tmp_path)

    assert found.files == (path,)
    assert found.directory == path.parent
    assert found.name == "shop"


def test_find_folder_prefers_as_compose_does(tmp_path: Path) -> None:
    """Of several default names the first in Compose's order counts."""
    for name in FILE_NAMES:
        write(tmp_path / name)

    assert [path.name for path in Source.find(".", tmp_path).files] == ["compose.yaml"]


@pytest.mark.parametrize("name", OVERRIDE_NAMES)
def test_find_folder_takes_the_override(tmp_path: Path, name: str) -> None:
    """An override file is read after the main file."""
    main, override = write(tmp_path / "compose.yml"), write(tmp_path / name)

    assert Source.find(str(tmp_path), tmp_path).files == (main, override)


def test_find_file_leaves_the_override_alone(tmp_path: Path) -> None:
    """A file that is named explicitly is the only one, as with `docker compose -f`."""
    main = write(tmp_path / "compose.yml")
    write(tmp_path / "compose.override.yml")

    assert Source.find("compose.yml", tmp_path).files == (main,)


def test_find_list_as_in_compose_file_variable(tmp_path: Path) -> None:
    """Several files keep their order, and the first one's folder is the project's."""
    main, extra = write(tmp_path / "a" / "main.yml"), write(tmp_path / "b" / "extra.yml")

    found = Source.find(f"a/main.yml{os.pathsep}b/extra.yml", tmp_path)

    assert found.files == (main, extra)
    assert found.directory == main.parent


def test_find_linked_file_stands_where_the_link_is(tmp_path: Path) -> None:
    """Compose reads `.env` and relative paths from the link's folder, not from its target's."""
    shared = write(tmp_path / "shared" / "base.yml")
    link = tmp_path / "shop" / "compose.yml"
    link.parent.mkdir()
    link.symlink_to(shared)

    for text in ("shop", "shop/compose.yml", "shared/../shop/compose.yml"):
        found = Source.find(text, tmp_path)

        assert (found.files, found.directory) == ((link,), link.parent)


def test_project_directory_that_is_a_link(tmp_path: Path) -> None:
    """Compose starts relative paths from the link, so `..` is its parent."""
    (tmp_path / "link").symlink_to(tmp_path)

    assert ComposeSettings.typed(tmp_path, (), (), "x/../link").project_directory == tmp_path / "link"


Variables = Callable[..., list[ComposeSettings]]


@pytest.fixture
def variables(monkeypatch: pytest.MonkeyPatch) -> Variables:
    """Return a function that says what Compose finds for COMPOSE_FILE, and gives what it was asked with."""

    def say(files: str, separator: str = "") -> list[ComposeSettings]:
        asked = []

        def resolve(_files: object, settings: ComposeSettings, _deadline: float) -> Resolved:
            asked.append(settings)
            return Resolved(model={"x-files": files, "x-separator": separator})

        monkeypatch.setattr(plugin, "program", lambda: "docker-compose")
        monkeypatch.setattr(plugin, "resolve", resolve)
        return asked

    return say


def test_compose_file_of_the_shell(
    tmp_path: Path, variables: Variables, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The files that it names are read in place of the usual ones, from the folder that is looked at."""
    write(tmp_path / "shop" / "compose.yml")
    main, prod = write(tmp_path / "shop" / "main.yml"), write(tmp_path / "prod.yml")
    monkeypatch.setenv("COMPOSE_FILE", "main.yml;../prod.yml")
    asked = variables("main.yml;../prod.yml", ";")

    found = Source.find("shop", tmp_path)

    assert (found.files, found.settings) == ((main, prod), ComposeSettings())
    assert asked == [ComposeSettings(project_directory=main.parent)]


def test_compose_file_of_the_project(tmp_path: Path, variables: Variables) -> None:
    """What stands in .env counts; that .env stays in force, before one beside the file that it names."""
    write(tmp_path / "compose.yml")
    main = write(tmp_path / "deploy" / "main.yml")
    (tmp_path / ".env").write_text("COMPOSE_FILE=deploy/main.yml\n")
    (tmp_path / "deploy" / ".env").write_text("A=1\n")
    variables("deploy/main.yml")

    (found,) = find_all(["."], tmp_path)

    assert found.files == (main,)
    assert found.settings.env_files == (tmp_path / "deploy" / ".env", tmp_path / ".env")


def test_compose_file_of_an_env_file(tmp_path: Path, variables: Variables) -> None:
    """An env file that is typed counts in place of .env."""
    main = write(tmp_path / "main.yml")
    typed = tmp_path / "prod.env"
    typed.write_text("COMPOSE_FILE=main.yml\n")
    variables("main.yml")

    found = Source.find(".", tmp_path, ComposeSettings(env_files=(typed,)))

    assert (found.files, found.settings.env_files) == ((main,), (typed,))


def test_compose_file_does_not_matter_to_named_files(
    tmp_path: Path, variables: Variables, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that is typed wins, as with `docker compose -f`."""
    main = write(tmp_path / "main.yml")
    write(tmp_path / "other.yml")
    monkeypatch.setenv("COMPOSE_FILE", "other.yml")
    variables("other.yml")

    assert Source.find("main.yml", tmp_path).files == (main,)


def test_compose_file_that_names_nothing(
    tmp_path: Path, variables: Variables, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is proven in place of a file that is not there; an empty word is no file."""
    main = write(tmp_path / "compose.yml")
    monkeypatch.setenv("COMPOSE_FILE", "x")
    variables("prod.yml")

    with pytest.raises(UsageError, match=r"not found: \S+prod\.yml \(COMPOSE_FILE names it\)"):
        Source.find(".", tmp_path)
    variables("")
    assert Source.find(".", tmp_path).files == (main,)


def test_compose_is_not_asked_without_need(tmp_path: Path, variables: Variables) -> None:
    """Nothing says that it would have an answer."""
    write(tmp_path / "compose.yml")
    (tmp_path / ".env").write_text("A=1\n")
    asked = variables("other.yml")

    Source.find(".", tmp_path)

    assert asked == []


def test_find_names_every_missing_file(tmp_path: Path) -> None:
    """Of several files those that are not there are named, and no other."""
    write(tmp_path / "here.yml")

    with pytest.raises(UsageError, match=r"not found: \S+one\.yml, \S+two\.yml\n  fix: "):
        Source.find(os.pathsep.join(["here.yml", "one.yml", "two.yml"]), tmp_path)


def test_contract_that_is_named(tmp_path: Path) -> None:
    """It is read in place of the one beside the compose file, also by another process."""
    write(tmp_path / "shop" / "compose.yml")
    (tmp_path / "shop" / "stackproof.yml").write_text("public: [web]\n")
    (tmp_path / "strict.yml").write_text("public: []\n")
    source = Source.find("shop", tmp_path)

    (named,) = under_contract([source], "strict.yml", tmp_path)

    assert under_contract([source], None, tmp_path) == [source]
    assert source.contract == tmp_path / "shop" / "stackproof.yml"
    assert named.contract == Source.from_json(named.to_json()).contract == tmp_path / "strict.yml"


def test_contract_that_cannot_be(tmp_path: Path) -> None:
    """One that is not there, and one for several stacks: what it waives is true of one."""
    write(tmp_path / "one" / "compose.yml")
    write(tmp_path / "two" / "compose.yml")
    (tmp_path / "ours.yml").touch()
    both = [Source.find(name, tmp_path) for name in ("one", "two")]

    with pytest.raises(UsageError, match=r"^contract not found: \S+/mine\.yml\n  fix: "):
        under_contract(both, "mine.yml", tmp_path)
    (tmp_path / "pipe.yml").mkdir()
    with pytest.raises(UsageError, match=r"pipe\.yml: it is a folder, and must be a contract\n  fix: "):
        under_contract(both, "pipe.yml", tmp_path)
    with pytest.raises(UsageError, match=r"^--contract is for one stack, and there are 2\n  fix: "):
        under_contract(both, "ours.yml", tmp_path)


def test_find_nothing(tmp_path: Path) -> None:
    """An empty word is no stack."""
    with pytest.raises(UsageError, match="not found: ''"):
        Source.find("", tmp_path)


def test_find_folder_without_compose_file(tmp_path: Path) -> None:
    """The message says which names were looked for."""
    with pytest.raises(UsageError, match=r"looked for compose\.yaml, compose\.yml"):
        Source.find(".", tmp_path)


@pytest.mark.parametrize("name", ["stackproof.yml", "stackproof.yaml"])
def test_contract_beside_the_compose_file(tmp_path: Path, name: str) -> None:
    """Both endings are taken."""
    write(tmp_path / "compose.yml")
    assert Source.find(".", tmp_path).contract is None

    contract = write(tmp_path / name)

    assert Source.find(".", tmp_path).contract == contract


def test_name_in_a_locale_without_utf8() -> None:
    """The name is the one that it has in any locale; bytes that are no text at all still give a name."""
    folder = "st\udcc3\udca4ck"

    assert Source(files=(Path(f"/{folder}/compose.yml"),)).name == "stäck"
    assert Source(files=(Path("/st\udce4ck/compose.yml"),)).name == "st\ufffdck"


def test_find_all_glob_is_sorted_and_each_once(tmp_path: Path) -> None:
    """A pattern and a path that name the same stack give it once."""
    for name in ("zoo", "app", "mid"):
        write(tmp_path / "stacks" / name / "compose.yml")

    found = find_all(["stacks/zoo", "stacks/*"], tmp_path)

    assert [source.name for source in found] == ["app", "mid", "zoo"]


def test_find_all_absolute_glob(tmp_path: Path) -> None:
    """A quoted absolute pattern works as the shell's own expansion does."""
    write(tmp_path / "app" / "compose.yml")

    found = find_all([f"{tmp_path}/a*"], Path("/"))

    assert [source.name for source in found] == ["app"]


def test_find_all_glob_without_hits(tmp_path: Path) -> None:
    """A pattern that matches nothing would prove nothing."""
    with pytest.raises(UsageError, match=r"no stack matches 'stacks/\*'"):
        find_all(["stacks/*"], tmp_path)


def test_find_all_two_folders_of_one_name(tmp_path: Path) -> None:
    """They are called by as many folders as tell them apart; any other keeps its short name."""
    for name in ("a/x/shop", "b/x/shop", "c/shop", "b/web"):
        write(tmp_path / name / "compose.yml")

    found = find_all(["*/shop", "*/x/shop", "b/web"], tmp_path)

    assert [source.name for source in found] == ["a/x/shop", "b/x/shop", "c/shop", "web"]
    assert Source.from_json(found[0].to_json()).name == "a/x/shop"


def test_find_all_names_of_different_length(tmp_path: Path) -> None:
    """One folder's path may end as another's whole path does."""
    write(tmp_path / "shop" / "compose.yml")
    write(tmp_path / tmp_path.name / "shop" / "compose.yml")

    first, second = find_all(["shop", f"{tmp_path.name}/shop"], tmp_path)

    assert first.name != second.name


def test_find_all_two_stacks_in_one_folder(tmp_path: Path) -> None:
    """Reports could not tell them apart; mostly one stack is meant."""
    write(tmp_path / "shop" / "compose.yml")
    write(tmp_path / "shop" / "prod.yml")

    with pytest.raises(UsageError, match=r"two stacks stand in \S+/shop, .*\n  fix: join the files"):
        find_all(["shop/compose.yml", "shop/prod.yml"], tmp_path)


def test_source_for_another_process(tmp_path: Path) -> None:
    """A worker sees the same files, folder and contract."""
    write(tmp_path / "shop" / "compose.yml")
    write(tmp_path / "shop" / "compose.override.yml")
    write(tmp_path / "shop" / "stackproof.yml")
    source = Source.find("shop", tmp_path)

    found = Source.from_json(json.loads(json.dumps(source.to_json())))

    assert (found.files, found.directory, found.name) == (source.files, source.directory, "shop")
    assert found.contract == source.contract


def test_settings_are_for_all_stacks(tmp_path: Path) -> None:
    """Profiles and env files, as on Compose's own command line."""
    write(tmp_path / "shop" / "compose.yml")
    settings = ComposeSettings(profiles=("debug",), env_files=(tmp_path / "x.env",))
    (source,) = find_all(["shop"], tmp_path, settings)

    assert source.settings == settings
    assert Source.from_json(source.to_json()).settings.profiles == ("debug",)
    assert Source.from_json(source.to_json()).settings.env_files == (tmp_path / "x.env",)


def test_nearest_looks_upwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a subfolder of a project Compose reads the project, unless COMPOSE_FILE says which files."""
    write(tmp_path / "shop" / "compose.yml")
    deep = tmp_path / "shop" / "src" / "web"
    deep.mkdir(parents=True)

    assert nearest(deep) == "../.."
    assert nearest(tmp_path / "shop") == "."
    monkeypatch.setenv("COMPOSE_FILE", "x.yml")
    assert nearest(deep) == "."


def test_nearest_starts_from_the_project_directory(tmp_path: Path) -> None:
    """As with `docker compose --project-directory`."""
    write(tmp_path / "compose.yml")
    write(tmp_path / "shop" / "compose.yml")

    assert nearest(tmp_path, ComposeSettings(project_directory=tmp_path / "shop")) == "shop"


def test_nearest_without_any(tmp_path: Path) -> None:
    """The message that follows names the folder in which it was looked for."""
    assert nearest(tmp_path) == "."


def test_nearest_in_a_folder_with_a_strange_name(tmp_path: Path) -> None:
    """What is returned is read as a PATH, where a colon joins files and a star is a pattern."""
    write(tmp_path / "a:b*" / "compose.yml")
    deep = tmp_path / "a:b*" / "src"
    deep.mkdir()

    (found,) = find_all([nearest(deep)], deep)

    assert (nearest(deep), found.name) == ("..", "a:b*")


def test_nearest_where_an_env_file_says_so(tmp_path: Path, variables: Variables) -> None:
    """The .env above counts, or the one of the project directory; its paths start from the caller."""
    write(tmp_path / "compose.yml")
    (tmp_path / ".env").write_text("COMPOSE_FILE=prod.yml\n")
    prod = write(tmp_path / "sub" / "prod.yml")
    asked = variables("prod.yml")
    settings = ComposeSettings(project_directory=tmp_path)

    assert nearest(prod.parent) == nearest(prod.parent, settings) == "."
    assert asked == [settings, settings]
    (found,) = find_all(["."], prod.parent)
    assert (found.files, found.settings.env_files) == ((prod,), (tmp_path / ".env",))
    (found,) = find_all(["."], prod.parent, settings)
    assert (found.files, found.settings) == ((prod,), settings)
    contract = write(tmp_path / "stackproof.yml")
    assert found.contract == Source.find(".", prod.parent).contract == contract


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (
            CommandError('`docker` failed:\nline 1: unterminated "hunter2secret'),
            UsageError,
            r"which files COMPOSE_FILE names: line 1: unterminated (?!.*hunter2)",
        ),
        (EngineGoneError("gone"), EngineGoneError, "gone"),
        (EngineError("no docker"), EngineError, "no docker"),
    ],
)
def test_compose_file_that_compose_cannot_tell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, kind: type[Exception], said: str
) -> None:
    """The usual files are not proven in place of those that are meant; no secret is quoted."""
    write(tmp_path / "compose.yml")
    (tmp_path / ".env").write_text('COMPOSE_FILE=x.yml\nPASSWORD="hunter2secret\n')

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(plugin, "program", lambda: "docker-compose")
    monkeypatch.setattr(plugin, "resolve", fail)

    with pytest.raises(kind, match=said):
        Source.find(".", tmp_path)


def test_compose_that_docker_alone_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked where no plugin is found; without either, what is missing is the plugin."""
    main = write(tmp_path / "main.yml")
    (tmp_path / ".env").write_text("COMPOSE_FILE=main.yml\n")

    class Compose:
        def __init__(self, _files: object, *, settings: ComposeSettings) -> None:
            self._project = settings.project_directory

        def config(self) -> Resolved:
            assert self._project == tmp_path
            return Resolved(model={"x-files": "main.yml"})

    def fail(*_: object, **__: object) -> None:
        msg = "no plugin"
        raise EngineError(msg)

    monkeypatch.setattr(plugin, "program", fail)
    monkeypatch.setattr(compose_file, "Project", Compose)
    assert Source.find(".", tmp_path).files == (main,)

    monkeypatch.setattr(compose_file, "Project", fail)
    with pytest.raises(EngineError, match="no plugin"):
        Source.find(".", tmp_path)


def test_compose_file_with_a_dollar(
    tmp_path: Path, variables: Variables, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Compose doubles it in what it prints."""
    main = write(tmp_path / "a$b.yml")
    monkeypatch.setenv("COMPOSE_FILE", "a$b.yml")
    variables("a$$b.yml")

    assert Source.find(".", tmp_path).files == (main,)


def test_contract_of_the_folder_that_leads_elsewhere(tmp_path: Path, variables: Variables) -> None:
    """It is read, in a worker too; beside a second one neither is left out in silence."""
    write(tmp_path / "deploy" / "main.yml")
    (tmp_path / ".env").write_text("COMPOSE_FILE=deploy/main.yml\n")
    contract = write(tmp_path / "stackproof.yml")
    variables("deploy/main.yml")

    source = Source.find(".", tmp_path)

    assert source.contract == Source.from_json(source.to_json()).contract == contract
    write(tmp_path / "deploy" / "stackproof.yaml")
    with pytest.raises(
        UsageError, match=r"each has a contract: \S+/deploy/stackproof\.yaml and \S+/stackproof\.yml"
    ):
        _ = source.contract
    assert replace(source, without_contract=True).contract is None


def test_find_all_two_folders_that_lead_to_the_same_files(tmp_path: Path, variables: Variables) -> None:
    """Neither is dropped: they have other variables. One folder that is typed twice is one stack."""
    write(tmp_path / "compose.yml")
    for name in ("prod", "staging"):
        env = write(tmp_path / "envs" / name / ".env")
        env.write_text("COMPOSE_FILE=../../compose.yml\n")
        write(env.with_name("compose.yml"))
    variables("../../compose.yml")

    assert len(find_all(["envs/prod", "./envs/prod/", "envs/pro*"], tmp_path)) == 1
    with pytest.raises(UsageError, match=r"envs/prod and \S+envs/staging lead to .*\n  fix: check one"):
        find_all(["envs/*"], tmp_path)


def test_find_all_folders_that_the_shell_makes_one(
    tmp_path: Path, variables: Variables, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An absolute COMPOSE_FILE leads from every folder to the same files."""
    main = write(tmp_path / "main.yml")
    for name in ("a", "b"):
        write(tmp_path / name / "compose.yml")
    monkeypatch.setenv("COMPOSE_FILE", str(main))
    variables(str(main))

    with pytest.raises(UsageError, match="lead to the same files"):
        find_all(["a", "b"], tmp_path)


def test_find_all_folder_and_its_file(tmp_path: Path) -> None:
    """They are the same stack."""
    write(tmp_path / "shop" / "compose.yml")

    assert len(find_all(["shop", "shop/compose.yml"], tmp_path)) == 1


def test_names_beside_a_stack_in_the_root() -> None:
    """The root has no folder above it that could be added."""
    sources = [Source(files=(Path(path),)) for path in ("/compose.yml", "/x/stack/compose.yml")]

    assert [source.name for source in _told_apart(sources)] == ["/", "x/stack"]


def test_find_all_names_that_look_alike(tmp_path: Path) -> None:
    """Bytes that are no text are shown alike."""
    for name in ("st\udce4ck", "st\udce5ck"):
        try:
            write(tmp_path / name / "compose.yml")
        except OSError:
            pytest.skip("the file system takes only text")

    with pytest.raises(UsageError, match=r"both be called .*\n  fix: rename"):
        find_all(["st*"], tmp_path)


def test_contract_where_another_env_file_says_so(tmp_path: Path, variables: Variables) -> None:
    """The project above has no part in it, and so its contract has none."""
    write(tmp_path / "compose.yml")
    write(tmp_path / "stackproof.yml")
    prod = write(tmp_path / "sub" / "prod.yml")
    typed = prod.with_name("p.env")
    typed.write_text("COMPOSE_FILE=prod.yml\n")
    variables("prod.yml")

    assert Source.find(".", prod.parent, ComposeSettings(env_files=(typed,))).contract is None
