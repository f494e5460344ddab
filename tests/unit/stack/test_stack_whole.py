"""Stacks that Compose refuses with all profiles at once. Compose itself reads them here, where it says so."""

from dataclasses import replace
from pathlib import Path

import pytest

from stackproof.engine.project import ComposeSettings
from stackproof.engine.resolved import Resolved, model_of
from stackproof.errors import UsageError
from stackproof.stack import whole, without_docker
from stackproof.stack.complaints import Case, explain
from stackproof.stack.discovery import Source
from stackproof.stack.stack import Stack

NAMES = """\
services:
  cpu: {image: x, profiles: [cpu], container_name: ollama}
  gpu: {image: x, profiles: [gpu], container_name: ollama}
"""
LONG = NAMES.replace("ollama}", "ollama, ports: [{target: 80, published: '11434', protocol: tcp}]}")
CIRCLE = """\
services:
  a: {image: x, profiles: [p], depends_on: {b: {condition: service_started, required: false}}}
  b: {image: x, profiles: [q], depends_on: {a: {condition: service_started, required: false}}}
"""


def source(folder: Path, text: str) -> Source:
    """Return a stack of which all profiles are looked at."""
    (folder / "compose.yml").write_text(text)
    return Source.find(".", folder).with_every_profile()


class Newer:
    """Stands in for a Compose that refuses what is asked for with some profiles, and notes what was."""

    def __init__(self, *refused: tuple[str, ...], unchecked: bool = True) -> None:
        self._refused = refused
        self._unchecked = unchecked
        self.asked: list[tuple[str, ...]] = []

    def __call__(self, source: Source, *, consistent: bool) -> Resolved:
        """Answer for the profiles that are enabled."""
        asked = source.settings.profiles if consistent else ("unchecked",)
        self.asked.append(asked)
        if asked in self._refused or not (consistent or self._unchecked):
            msg = f"compose.yml:2: refused with {asked}\n  fix: rename one"
            raise UsageError(msg)
        return Resolved(model=model_of(source.files[0].read_text()))


def test_alternatives_with_one_name(tmp_path: Path) -> None:
    """A plain `up` and each profile are asked for; then all services are judged."""
    compose = Newer(("*",))
    found = whole.resolve(source(tmp_path, NAMES), compose)

    assert list(found.model["services"]) == ["cpu", "gpu"]
    assert compose.asked == [("*",), ("unchecked",), (), ("cpu",), ("gpu",)]


def test_nothing_is_asked_twice(tmp_path: Path) -> None:
    """Most stacks are taken with all profiles at once."""
    compose = Newer()
    whole.resolve(source(tmp_path, NAMES), compose)

    assert compose.asked == [("*",)]


def test_profiles_that_need_each_other(tmp_path: Path) -> None:
    """They are enabled together."""
    compose = Newer(("*",))
    edges = "  web: {image: x, profiles: [web], depends_on: {cpu: {condition: service_started}}}\n"
    whole.resolve(source(tmp_path, NAMES + edges), compose)

    assert compose.asked[2:] == [(), ("cpu",), ("gpu",), ("cpu", "web")]


def test_profiles_of_a_plain_up(tmp_path: Path) -> None:
    """Compose itself finds them, in .env or in the shell, and they are not asked for twice."""
    (tmp_path / ".env").write_text("COMPOSE_PROFILES=cpu, gpu\n")
    compose = Newer(("*",))
    whole.resolve(source(tmp_path, NAMES), compose)

    assert compose.asked[2:] == [(), ("cpu",), ("gpu",)]


@pytest.mark.parametrize(
    ("refused", "message"),
    [
        ((), "compose.yml:2: refused with ()\n  fix: rename one"),
        (("gpu",), "compose.yml:2: refused with ('gpu',) (with --compose-profile gpu)\n  fix: rename one"),
    ],
)
def test_one_profile_is_refused(tmp_path: Path, refused: tuple[str, ...], message: str) -> None:
    """It is named; a plain `up` has none."""
    with pytest.raises(UsageError) as caught:
        whole.resolve(source(tmp_path, NAMES), Newer(("*",), refused))

    assert str(caught.value) == message


def test_file_that_nobody_can_read(tmp_path: Path) -> None:
    """What no choice of profiles mends is told as it was said of all."""
    compose = Newer(("*",), unchecked=False)
    with pytest.raises(UsageError, match=r"refused with \('\*',\)"):
        whole.resolve(source(tmp_path, NAMES), compose)

    assert compose.asked == [("*",), ("unchecked",)]


def test_without_profiles(tmp_path: Path) -> None:
    """There is nothing else to ask."""
    compose = Newer(("*",))
    with pytest.raises(UsageError, match="refused with"):
        whole.resolve(source(tmp_path, "services: {web: {image: x}}"), compose)

    assert compose.asked == [("*",)]


def test_profiles_that_were_typed(tmp_path: Path) -> None:
    """They are meant to be enabled together, `*` as well."""
    typed = replace(source(tmp_path, NAMES), settings=ComposeSettings(profiles=("*",)))
    compose = Newer(("*",))
    with pytest.raises(UsageError, match="refused with"):
        whole.resolve(typed, compose)

    assert compose.asked == [("*",)]


def test_too_many_profiles(tmp_path: Path) -> None:
    """Compose would be started for each."""
    names = (f"  s{number}: {{image: x, profiles: [p{number}]}}" for number in range(whole.MOST_STARTS))
    compose = Newer(("*",))
    with pytest.raises(UsageError, match=r"refused with \('\*',\)"):
        whole.resolve(source(tmp_path, "\n".join(("services:", *names))), compose)

    assert compose.asked == [("*",), ("unchecked",)]


def test_circle_of_alternatives(tmp_path: Path) -> None:
    """Compose itself refuses it with all profiles, and takes each."""
    found = without_docker.resolve(source(tmp_path, CIRCLE))

    assert list(found.model["services"]) == ["a", "b"]


def test_circle_within_one_profile(tmp_path: Path) -> None:
    """Compose itself refuses it with this profile."""
    text = CIRCLE.replace("[p]", "[p, q]") + "  web: {image: x, profiles: [r]}\n"
    with pytest.raises(UsageError) as caught:
        without_docker.resolve(source(tmp_path, text))

    assert str(caught.value) == (
        f"{tmp_path}/compose.yml:2: service a: services wait for each other: a -> b -> a "
        "(with --compose-profile q)\n  fix: take one of these out of depends_on"
    )


def test_env_file_of_an_alternative(tmp_path: Path) -> None:
    """One that is not there is a warning here, too."""
    text = CIRCLE.replace("a: {image: x,", "a: {image: x, env_file: gone.env,")
    found = without_docker.resolve(source(tmp_path, text))

    assert list(found.model["services"]) == ["a", "b"]
    assert found.warnings == (
        f"env file {tmp_path}/gone.env is not there: what env files set was not judged",
    )


def test_deadline_is_that_of_all(tmp_path: Path) -> None:
    """Compose is not given it anew for each question."""
    with pytest.raises(UsageError, match="Compose did not end within"):
        without_docker.resolve(source(tmp_path, CIRCLE), deadline=0)


def test_name_of_several_says_each_once(tmp_path: Path) -> None:
    """An anchor brings the name into both; who is behind another profile is not beside it."""
    text = """\
x-base: &base {image: x, container_name: ollama}
services:
  cpu: {<<: *base, profiles: [cpu]}
  gpu: {<<: *base, profiles: [gpu]}
  tpu: {<<: *base, profiles: [gpu]}
"""
    stderr = 'services.gpu: container name "ollama" is already in use by service {}"'
    one = replace(source(tmp_path, text), settings=ComposeSettings(profiles=("gpu",)))

    assert explain(Case(source=one, stderr=stderr)).startswith(
        f"{tmp_path}/compose.yml:1: service gpu: container_name ollama is also that of service tpu\n"
    )


def test_note_says_what_was_not_counted(tmp_path: Path) -> None:
    """Nobody says which profiles are never enabled together."""
    stack = Stack.load(source(tmp_path, LONG), controls=(), raw=model_of(LONG))

    assert stack.conflicts == {}
    (note,) = stack.not_counted
    assert note == (
        "profiles are taken as alternatives: enabled together, gpu: host port 11434:80/tcp is also asked for "
        "by cpu, and 1 more; to have that judged, name those that run together: --compose-profile"
    )


def test_nothing_to_note(tmp_path: Path) -> None:
    """Alternatives that would not be in each other's way."""
    stack = Stack.load(source(tmp_path, NAMES), controls=(), raw=model_of(NAMES.replace("ollama", "x", 1)))

    assert stack.not_counted == ()
