"""Which files a service wrote where the next `up` does not find them."""

from collections.abc import Callable, Sequence

import pytest
from tests.unit.conftest import MakeContainer

from stackproof.engine import engine
from stackproof.errors import Unknown
from stackproof.sandbox.container import Container, timestamp
from stackproof.trials import persistence_written
from stackproof.trials.persistence_looking import Listed
from stackproof.trials.persistence_places import BROUGHT
from stackproof.trials.persistence_ways import OWN_LAYER, Places
from stackproof.trials.persistence_written import GROWS, Lost, Written, first_of_each, growing, written

CREATED = "2027-03-01T09:30:00Z"
MADE = int(timestamp(CREATED))
SQLITE = b"SQLite format 3\0"
PLACES = Places(
    named=("/kept",), nameless=("/nameless",), memory=("/ram",), all=("/kept", "/nameless", "/ram")
)
Files = dict[str, tuple[int, bytes]]


@pytest.fixture
def holds(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Container]:
    """Return a function that makes a container with files: change time (from its start) and content."""

    def make(files: Files, *, unlisted: str = "", unread: str = "") -> Container:
        def listed(one: Container, folders: Sequence[str], paths: Sequence[str]) -> tuple[list[Listed], str]:
            assert one.service == "web"
            there = [
                path for path in files if path in paths or any(path.startswith(f"{f}/") for f in folders)
            ]
            found = [Listed(path=p, size=len(files[p][1]), changed=MADE + files[p][0]) for p in there]
            return found, unlisted

        def heads(one: Container, paths: Sequence[str]) -> tuple[list[bytes], str]:
            assert one.service == "web"
            assert paths, "nobody looks for the content of nothing"
            return [files[path][1] for path in paths], unread

        changed = {"web1": [path for path in files if path[:4] == "/srv"]}
        changed["web1"] += ["/srv/gone"] if changed["web1"] else []
        monkeypatch.setattr(engine, "changed", changed.get)
        monkeypatch.setattr(persistence_written, "list_files", listed)
        monkeypatch.setattr(persistence_written, "heads", heads)
        return make_container(Created=CREATED)

    return make


def test_by_place(holds: Callable[..., Container]) -> None:
    """In its layer, in memory, in a volume without a name; what it wrote besides is kept with its size."""
    files = {
        "/srv/a": (0, SQLITE),
        "/srv/b": (0, b"abc"),
        "/srv/empty": (0, b""),
        "/ram/c": (5, SQLITE),
        "/ram/old": (-1, SQLITE),
        "/ram/word": (0, b"abc"),
        "/nameless/d": (0, SQLITE),
        "/kept/e": (0, SQLITE),
    }

    found = written(holds(files), PLACES)

    assert [(one.path, one.place) for one in found.lost] == [
        ("/nameless/d", "a volume without a name"),
        ("/ram/c", "memory"),
        ("/srv/a", OWN_LAYER),
    ]
    assert all(one.certain and one.what == "an SQLite database" for one in found.lost)
    assert (found.others, found.unseen) == ({"/srv/b": 3}, "")


@pytest.mark.parametrize("path", ["/srv/a", "/ram/c"])
def test_in_one_place_alone(holds: Callable[..., Container], path: str) -> None:
    """Whether there is nothing in the other does not matter."""
    places = Places() if path == "/srv/a" else PLACES

    assert [one.path for one in written(holds({path: (0, SQLITE)}), places).lost] == [path]


def test_what_it_took_from_its_image(holds: Callable[..., Container]) -> None:
    """What is older than the container counts where the engine says that it was changed."""
    found = written(holds({"/srv/a": (-9, SQLITE), "/srv/b": (-9, b"x"), "/ram/c": (-9, SQLITE)}), PLACES)

    assert ([one.path for one in found.lost], found.others) == (["/srv/a"], {"/srv/b": 1})


def test_nothing_new(holds: Callable[..., Container]) -> None:
    """Then there is no content to look for, and nothing unseen."""
    assert written(holds({"/ram/c": (-9, SQLITE)}, unread="why"), PLACES) == Written()


def test_by_name_alone(holds: Callable[..., Container]) -> None:
    """It is no certain database then."""
    (one,) = written(holds({"/srv/a.db": (0, b"abc")}), PLACES).lost

    assert (one.what, one.certain) == ("a database", False)


@pytest.mark.parametrize(("unlisted", "unread"), [("why", ""), ("", "why"), ("why", "other")])
def test_not_seen(holds: Callable[..., Container], unlisted: str, unread: str) -> None:
    """Why is told, beside what was seen."""
    found = written(holds({"/srv/a": (0, SQLITE)}, unlisted=unlisted, unread=unread), PLACES)

    assert found.unseen == "why"
    assert len(found.lost) == 1


def test_nothing_to_look_at(holds: Callable[..., Container]) -> None:
    """Then nobody looks, so nothing can be unseen."""
    assert written(holds({}, unlisted="why"), Places()) == Written()


def test_growth(holds: Callable[..., Container]) -> None:
    """Files that are longer now; not those that are as long, shorter or gone."""
    files = {"/srv/a": b"aaaa", "/srv/b": b"aaa", "/srv/c": b"aa", "/srv/new": b"aaaa"}
    container = holds({path: (0, content) for path, content in files.items()})
    before = Written(others={"/srv/a": 3, "/srv/b": 3, "/srv/c": 3, "/srv/d": 3})

    assert growing(before, container) == [Lost(path="/srv/a", what=GROWS, place=OWN_LAYER, certain=False)]


def test_growth_that_nobody_sees(holds: Callable[..., Container]) -> None:
    """It is not none."""
    with pytest.raises(Unknown, match="why"):
        growing(Written(others={"/srv/a": 3}), holds({}, unlisted="why"))


def test_the_first_of_each_kind() -> None:
    """The highest of a kind and place, three at most; what only lies in a folder for data comes last."""

    def lost(path: str, what: str = "x", place: str = "here") -> Lost:
        return Lost(path=path, what=what, place=place)

    deep, high, other = lost("/a/b"), lost("/z"), lost("/b/c", place="there")
    brought = lost("/data/y", BROUGHT)

    assert first_of_each([deep, brought, high, other]) == [high, other]
    assert first_of_each([brought]) == [brought]
    assert len(first_of_each([lost(f"/{n}", str(n)) for n in range(5)])) == 3
