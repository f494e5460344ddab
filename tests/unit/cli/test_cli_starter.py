"""The text of a starter contract."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from stackproof.cli.starter import TODO, Away, Endpoint, Finding, Sight, render, word
from stackproof.errors import ContractError
from stackproof.outcomes.model import Severity
from stackproof.stack.contract import Contract, load

TODAY = date(2027, 3, 1)
CONTROLS = ("effective-uid-nonroot", "restart-policy-set")
SERVICES = ("web", "api", "db", "no", "7", "a b", "x: y")
SIGHT = Sight(
    stack="shop",
    today=TODAY,
    public=("web",),
    endpoints=(Endpoint("web", "/", 200), Endpoint("web", "/health", 204)),
    datastores=(("db", "PostgreSQL"),),
    away=(
        Away(
            stop="api",
            dependants=("web",),
            answers=(Endpoint("web", "/", 502), Endpoint("web", "/health", 204)),
        ),
        Away(stop="db", dependants=("api", "web"), answers=(Endpoint("web", "/", None),)),
        Away(stop="no", dependants=("api",), trouble="no was not ready again\nin 60 s"),
    ),
    scalable=("api",),
    findings=(
        Finding(
            control="effective-uid-nonroot",
            service="web",
            severity=Severity.HIGH,
            message="root processes in web-1: nginx[1] uid 0\nassert not [1]",
        ),
        Finding(
            control="restart-policy-set", service="db", severity=Severity.MEDIUM, message="db-1 has no policy"
        ),
    ),
    undecided=("graceful-stop, api-1: unknown: no answer",),
)
EXPECTED = """\
# What the stack shop promises beyond what its compose file says.
# Written by `stackproof init` on 2027-03-01 from one run. Everything in it is optional.
# `stackproof check` judges by it.
# To have editors complete it: `stackproof schema > stackproof.schema.json`, and one # less below.
## yaml-language-server: $schema=stackproof.schema.json

# Services that may be reached from outside: those that publish ports, but no datastores.
public: [web]

# What published ports answered. `body: text` and `json: {key: value}` ask for more.
http:
  - {service: web, path: /, status: 200}
  - {service: web, path: /health, status: 204}

# Who keeps data is derived; recognised: db (PostgreSQL).
# For any other, say how to write a value and read it back through its own client:
#persistence:
#  - service: web
#    write: [sh, -c, "echo 42 > /data/answer"]
#    read: [cat, /data/answer]
#    expect: "42"

# What was answered while a dependency was away. What do you promise, and how soon is all well?
#outages:
#  # web without api:
#  - stop: api
#    expect:
#      - {service: web, path: /, status: 502}
#      - {service: web, path: /health, status: 204}
#    recovers_within: 30s
#  # api, web without db:
#  # web gave no answer to /
#  # api without no:
#  # not measured: no was not ready again

# Nothing in the compose file keeps these from having replicas. With how many must they work?
#scale:
#  api: 2

# What was found. Fix it and remove its entry, or write why it is accepted in place of TODO:
# until then `stackproof check` refuses this file.
waivers:
  # high: root processes in web-1: nginx[1] uid 0
  - {control: effective-uid-nonroot, service: web, reason: TODO, expires: 2027-05-30}
  # medium: db-1 has no policy
  - {control: restart-policy-set, service: db, reason: TODO, expires: 2027-05-30}

# What no entry here can accept, and fails `stackproof check`:
# - graceful-stop, api-1: unknown: no answer
"""


def loaded(tmp_path: Path, text: str) -> Contract:
    """Read a contract as `check` does."""
    path = tmp_path / "stackproof.yml"
    path.write_text(text)
    return load(path, services=SERVICES, controls=CONTROLS, today=TODAY)


def uncommented(text: str) -> str:
    """Return the text with its hints in force."""
    return re.sub(r"^#(?! \S|$)", "", text, flags=re.MULTILINE)


def test_everything() -> None:
    """The same sight gives the same text."""
    assert render(SIGHT) == EXPECTED


def test_waiver_of_one_finding(tmp_path: Path) -> None:
    """Any aspect stands in the file as it is."""
    aspect = 'anonymous on port 6379, "x": #'
    finding = replace(SIGHT.findings[0], aspect=aspect)
    text = render(replace(SIGHT, findings=(finding,))).replace(f"reason: {TODO}", "reason: accepted")

    assert [waiver.aspect for waiver in loaded(tmp_path, text).waivers] == [aspect]


def test_refused_until_reasons_are_given(tmp_path: Path) -> None:
    """`check` takes no TODO for a reason, and takes the file once each is replaced."""
    with pytest.raises(ContractError) as caught:
        loaded(tmp_path, render(SIGHT))
    found = loaded(tmp_path, render(SIGHT).replace(f"reason: {TODO}", "reason: accepted by the owner"))

    assert str(caught.value).count("has no reason") == 2
    assert [(w.control, w.service) for w in found.waivers] == [
        ("effective-uid-nonroot", "web"),
        ("restart-policy-set", "db"),
    ]
    assert [(e.path, e.status) for e in found.http] == [("/", 200), ("/health", 204)]


def test_hints_are_valid_once_uncommented(tmp_path: Path) -> None:
    """Taking the `#` away from a hint gives an entry that `check` accepts."""
    found = loaded(tmp_path, uncommented(render(replace(SIGHT, findings=()))))

    assert [(outage.stop, outage.recovers_within) for outage in found.outages] == [("api", 30)]
    assert found.scale == {"api": 2}
    assert found.persistence[0].service == "web"


def test_nothing_seen(tmp_path: Path) -> None:
    """A stack that shows nothing gives a contract that promises nothing."""
    text = render(Sight(stack="quiet", today=TODAY))

    assert loaded(tmp_path, text) == Contract(public=[])
    assert "outages" not in text
    assert "scale" not in text


def test_messages_cannot_leave_their_comment(tmp_path: Path) -> None:
    """Line breaks, control characters and long words of a message stay in one comment line."""
    finding = replace(SIGHT.findings[0], message="\x1b[31m\r\n first\x85second\u2028third {]: " + "x " * 300)
    text = render(replace(SIGHT, stack="a\npublic: [db]", findings=(finding,), undecided=("a\nb: c",)))

    assert max(map(len, text.splitlines())) <= 110
    assert loaded(tmp_path, text.replace(TODO, "why")).public == ["web"]


@pytest.mark.parametrize(
    "name",
    [
        "web",
        "no",
        "y",
        "null",
        "true",
        "7",
        "1e3",
        "0x1f",
        "1.5",
        "a b",
        "x: y",
        "web-1",
        "Api",
        "a.b",
        "{",
        "ü",
    ],
)
def test_names_stay_text(name: str) -> None:
    """Whatever a service is called, YAML 1.2 and the parser of `check` read it back as that text."""
    assert YAML(typ="safe", pure=True).load(f"[{word(name)}]") == [name]
    assert YAML(typ="safe", pure=True).load(f"{{{word(name)}: 1}}") == {name: 1}


def test_schema_elsewhere() -> None:
    """The schema line names the file that was written."""
    assert render(SIGHT, "../schemas/s.json").startswith(
        "# yaml-language-server: $schema=../schemas/s.json\n"
    )
