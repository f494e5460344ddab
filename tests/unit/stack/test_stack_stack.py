"""Files, model and contract of one stack."""

import json
import re
from pathlib import Path

import pytest
from tests.unit.conftest import MakeStack

from stackproof.engine.project import Project
from stackproof.engine.resolved import Resolved
from stackproof.errors import CommandError, ContractError, UsageError
from stackproof.stack.discovery import Source
from stackproof.stack.places import Place
from stackproof.stack.stack import Stack, resolve

PUBLISHED = [{"target": 80, "published": "8080"}]


def test_no_services_is_an_error(tmp_path: Path) -> None:
    """Silence would be green."""
    source = Source(files=(tmp_path / "compose.yml",))

    with pytest.raises(UsageError, match=r"compose\.yml: there is no service in it"):
        Stack.load(source, controls=(), raw={"services": {}})


def test_cause_comes_without_warnings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compose warns before it says why it refuses; what it only warns of is no reason."""
    warning = 'time="2027-03-01T09:30:00Z" level=warning msg="the attribute `version` is obsolete"'

    def config(_project: Project, **_more: bool) -> Resolved:
        msg = f"`docker compose config` failed with exit code 1:\n{warning}\nsomething is wrong with it"
        raise CommandError(msg)

    monkeypatch.setattr(Project, "config", config)
    (tmp_path / "compose.yml").write_text("services: {}\n")

    with pytest.raises(UsageError, match=r"cannot read it: something is wrong with it\n  fix: "):
        resolve(Source(files=(tmp_path / "compose.yml",)))


def test_no_contract_is_an_empty_one(tmp_path: Path) -> None:
    """A stack need not promise more than its compose file."""
    stack = Stack.load(Source(files=(tmp_path / "compose.yml",)), controls=(), raw={"services": {"web": {}}})

    assert stack.contract.waivers == []
    assert str(stack.contract_place("waivers", 0)) == "compose.yml"


def test_wrong_contract(make_stack: MakeStack) -> None:
    """The contract is checked against the model's services."""
    with pytest.raises(ContractError, match="unknown service 'cache'"):
        make_stack({"web": {}}, "public: [cache]")


def test_public_by_default_is_what_publishes(make_stack: MakeStack) -> None:
    """The compose file's own word."""
    assert make_stack({"web": {"ports": PUBLISHED}, "db": {}}).public == {"web"}


def test_public_by_contract(make_stack: MakeStack) -> None:
    """The contract's word wins, also when it says that nothing is."""
    services = {"web": {"ports": PUBLISHED}, "db": {"ports": PUBLISHED}}

    assert make_stack(services, "public: [db]").public == {"db"}
    assert make_stack(services, "public: []").public == frozenset()


@pytest.mark.parametrize("name", ["shop", "day-34", "My Shop_2", ".hidden", "店", "-"])
def test_slug(make_stack: MakeStack, name: str) -> None:
    """Project names take lower-case letters, digits and hyphens, and start with no hyphen."""
    stack = make_stack({"web": {}}, name=name)

    assert str(stack) == name
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", stack.slug)


def test_slugs_differ_as_names_do(make_stack: MakeStack) -> None:
    """Two stacks with one slug would share images and labels."""
    names = ("my-shop", "my.shop", "My-Shop", "my_shop", "店", "舗")

    assert len({make_stack({"web": {}}, name=name).slug for name in names}) == len(names)


def test_slug_of_a_stack_that_is_told_apart(tmp_path: Path) -> None:
    """What stands between folders is no part of a project name, and `a-shop` is another stack."""
    sources = [Source(files=(tmp_path / "compose.yml",), called=name) for name in ("a/shop", "a-shop")]
    first, second = (Stack.load(s, controls=(), raw={"services": {"web": {}}}).slug for s in sources)

    assert re.fullmatch(r"a-shop-[0-9a-f]{6}", first)
    assert second == "a-shop"


def test_position_of_service_and_key(make_stack: MakeStack) -> None:
    """A key, else its service, else the file."""
    stack = make_stack({"web": {}}, compose="services:\n  web:\n    image: x\n")

    assert str(stack.locate(("services", "web", "image"))) == "compose.yml:3:5"
    assert str(stack.locate(("services", "web", "ports"))) == "compose.yml:2:3"
    assert str(stack.locate(("services", "other"))) == "compose.yml:1:1"
    assert str(stack.locate(())) == "compose.yml"


def test_position_in_the_last_file_that_says_it(tmp_path: Path) -> None:
    """An override has the last word."""
    main, override = tmp_path / "compose.yml", tmp_path / "compose.override.yml"
    main.write_text("services:\n  web:\n    image: x\n    user: root\n")
    override.write_text("\nservices:\n  web:\n    image: y\n")
    stack = Stack.load(Source(files=(main, override)), controls=(), raw={"services": {"web": {}}})

    assert str(stack.locate(("services", "web", "image"))) == "compose.override.yml:4:5"
    assert str(stack.locate(("services", "web", "user"))) == "compose.yml:4:5"


def test_position_in_an_included_file(tmp_path: Path) -> None:
    """A finding names the file that its reader must change."""
    main, included = tmp_path / "compose.yml", tmp_path / "db.yml"
    main.write_text("include: [db.yml]\nservices:\n  web:\n    image: x\n")
    included.write_text("services:\n  db:\n    image: y\n")
    stack = Stack.load(Source(files=(main,)), controls=(), raw={"services": {"web": {}, "db": {}}})

    assert str(stack.locate(("services", "web", "image"))) == "compose.yml:4:5"
    assert stack.place(("services", "db", "image")) == f"{included}:3"
    assert str(stack.locate(("services", "db", "image"))) == "db.yml:3:5"


def test_contract_place(make_stack: MakeStack) -> None:
    """Where a stale waiver is to be removed."""
    waiver = "{control: crash-restart, service: web, reason: r, expires: 2999-01-01}"
    place = Place("stackproof.yml", 3, 5)

    assert (
        make_stack({"web": {}}, f"public: []\nwaivers:\n  - {waiver}\n").contract_place("waivers", 0) == place
    )


def test_redactor_knows_the_model(make_stack: MakeStack) -> None:
    """Its secrets are this stack's."""
    stack = make_stack({"web": {"environment": {"API_KEY": "sesame-open"}}})

    assert stack.redactor.text("sesame-open") == "[redacted]"
    assert "sesame" not in repr(stack)


def test_to_another_process_and_back(make_stack: MakeStack) -> None:
    """Nothing is resolved again."""
    stack = make_stack({"web": {"ports": PUBLISHED}}, "public: []")
    found = Stack.from_json(json.loads(json.dumps(stack.to_json())), controls=())

    assert (found.name, found.services, found.contract) == (stack.name, stack.services, stack.contract)
    assert found.locate(("services",)) == stack.locate(("services",))
