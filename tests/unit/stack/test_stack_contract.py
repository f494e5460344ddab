"""Every mistake in a contract is named with file and line."""

from datetime import date
from pathlib import Path

import pytest

from stackproof.errors import ContractError
from stackproof.stack.contract import Contract, load

TODAY = date(2027, 3, 1)
WAIVER = "{control: effective-uid-nonroot, service: web, reason: why, expires: 2027-06-30}"


def check(tmp_path: Path, text: str) -> Contract:
    """Load a contract of a stack with three services."""
    path = tmp_path / "stackproof.yml"
    path.write_text(text)
    return load(
        path,
        services=("web", "db", "cache"),
        controls=("effective-uid-nonroot", "crash-restart"),
        today=TODAY,
    )


def mistakes(tmp_path: Path, text: str) -> list[str]:
    """Return what is wrong with a contract, without the folder."""
    with pytest.raises(ContractError) as caught:
        check(tmp_path, text)
    return [line.removeprefix(f"{tmp_path}/") for line in str(caught.value).splitlines()]


def test_whole_contract(tmp_path: Path) -> None:
    """Everything that may stand in one."""
    found = check(
        tmp_path,
        f"""\
public: [web]
http:
  - {{service: web, path: /health, status: 204}}
  - {{service: web, path: /, json: {{db: ok}}, body: ok}}
persistence:
  - {{service: db, write: [psql, -c, x], read: [psql, -c, y], expect: "42"}}
outages:
  - stop: db
    expect: [{{service: web, path: /, status: 503}}]
    recovers_within: 1m30s
scale: {{web: 3}}
waivers:
  - {WAIVER}
""",
    )

    assert found.http[1].json_ == {"db": "ok"}
    assert found.outages[0].recovers_within == 90.0
    assert found.scale == {"web": 3}
    assert found.waiver("effective-uid-nonroot", "web") == found.waivers[0]
    assert found.waiver("effective-uid-nonroot", "db") is None
    assert found.waiver("crash-restart", "web") is None


@pytest.mark.parametrize("text", ["", "\n", "# only a remark\n", "{}\n"])
def test_empty_file_promises_nothing(tmp_path: Path, text: str) -> None:
    """An empty contract is one."""
    assert check(tmp_path, text) == Contract()


def test_empty_public_is_not_the_default(tmp_path: Path) -> None:
    """`public: []` says that nothing is public; no `public` says nothing."""
    assert check(tmp_path, "public: []").public == []
    assert check(tmp_path, "").public is None


def test_unknown_key(tmp_path: Path) -> None:
    """With the key that was probably meant."""
    assert mistakes(tmp_path, "public: [web]\nwaiver: []\n") == [
        "stackproof.yml:2: unknown key 'waiver'; did you mean 'waivers'?"
    ]


def test_unknown_key_of_a_part(tmp_path: Path) -> None:
    """The line is that of the key."""
    text = "http:\n  - service: web\n    path: /\n    zzz: 1\n"

    assert mistakes(tmp_path, text) == ["stackproof.yml:4: unknown key 'zzz'"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "http:\n  - {service: web, path: /, stauts: 200}\n",
            "2: unknown key 'stauts'; did you mean 'status'?",
        ),
        ("http:\n  - {service: web, path: /, jsn: {}}\n", "2: unknown key 'jsn'; did you mean 'json'?"),
        (
            f"waivers:\n  - {WAIVER.replace('}', ', expire: x}')}\n",
            "2: unknown key 'expire'; did you mean 'expires'?",
        ),
        (
            "outages:\n  - stop: db\n    expect:\n      - {service: web, path: /, bdy: x}\n",
            "4: unknown key 'bdy'; did you mean 'body'?",
        ),
        ("http:\n  - {service: web, path: /, waiver: 1}\n", "2: unknown key 'waiver'"),
    ],
)
def test_unknown_key_of_a_part_with_the_key_that_was_meant(tmp_path: Path, text: str, found: str) -> None:
    """Keys of that part are proposed, and never those of another."""
    assert mistakes(tmp_path, text) == [f"stackproof.yml:{found}"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("public:\n  - web\n  - wbe\n", 3),
        ("http:\n  - {service: wbe, path: /}\n", 2),
        ("persistence:\n  - service: wbe\n    write: [x]\n    read: [x]\n    expect: x\n", 2),
        ("\nscale:\n  wbe: 2\n", 3),
        ("outages:\n  - stop: wbe\n    expect: [{service: web, path: /}]\n", 2),
        ("outages:\n  - stop: db\n    expect:\n      - service: wbe\n        path: /\n", 4),
        (f"waivers:\n  - {WAIVER.replace('web', 'wbe')}\n", 2),
    ],
)
def test_unknown_service(tmp_path: Path, text: str, line: int) -> None:
    """Wherever a service is named."""
    assert mistakes(tmp_path, text) == [f"stackproof.yml:{line}: unknown service 'wbe'; did you mean 'web'?"]


def test_unknown_service_unlike_any(tmp_path: Path) -> None:
    """A wild guess would not help."""
    assert mistakes(tmp_path, "public: [payments]") == ["stackproof.yml:1: unknown service 'payments'"]


def test_unknown_control(tmp_path: Path) -> None:
    """With the control that was probably meant."""
    text = "waivers:\n  - service: web\n    control: effective-uid-non-root\n"
    text += "    reason: r\n    expires: 2027-06-30\n"

    assert mistakes(tmp_path, text) == [
        "stackproof.yml:3: unknown control 'effective-uid-non-root'; did you mean 'effective-uid-nonroot'?"
    ]


def test_missing_reason(tmp_path: Path) -> None:
    """The line is that of the waiver, because the reason has none."""
    text = "waivers:\n  - {control: crash-restart, service: web, expires: 2027-06-30}\n"
    (mistake,) = mistakes(tmp_path, text)

    assert mistake.startswith("stackproof.yml:2: ")
    assert "reason" in mistake


@pytest.mark.parametrize("reason", ['"  "', "TODO", "todo later", '" TODO: ask"'])
def test_reason_that_is_none(tmp_path: Path, reason: str) -> None:
    """Blanks and a promise to think later are no reason."""
    assert mistakes(tmp_path, f"waivers:\n  - {WAIVER.replace('why', reason)}\n") == [
        "stackproof.yml:2: the waiver of effective-uid-nonroot for web has no reason"
    ]


def test_reason_that_is_empty(tmp_path: Path) -> None:
    """An empty text is refused as well."""
    (mistake,) = mistakes(tmp_path, f"waivers:\n  - {WAIVER.replace('why', repr(''))}\n")

    assert mistake.startswith("stackproof.yml:2: ")
    assert "reason" in mistake


def test_missing_expiry(tmp_path: Path) -> None:
    """Nothing is accepted for ever."""
    text = "waivers:\n  - {control: crash-restart, service: web, reason: why}\n"

    assert mistakes(tmp_path, text) == ["stackproof.yml:2: 'expires' is missing in waivers.0"]


def test_past_expiry(tmp_path: Path) -> None:
    """From the day after."""
    text = f"waivers:\n  - {WAIVER.replace('2027-06-30', '2027-02-28')}\n"

    (mistake,) = mistakes(tmp_path, text)
    assert mistake == (
        "stackproof.yml:2: the waiver of effective-uid-nonroot for web expired on 2027-02-28; "
        "remove it and mend what it accepts, or give it a later day"
    )


def test_expiry_today_still_counts(tmp_path: Path) -> None:
    """The date is the last day."""
    assert check(tmp_path, f"waivers: [{WAIVER.replace('2027-06-30', str(TODAY))}]").waivers


@pytest.mark.parametrize(("expires", "soon"), [("2027-03-01", 1), ("2027-03-31", 1), ("2027-04-01", 0)])
def test_expiry_is_told_of_in_time(tmp_path: Path, expires: str, soon: int) -> None:
    """A waiver is called expiring from 30 days before its last day."""
    found = check(tmp_path, f"waivers: [{WAIVER.replace('2027-06-30', expires)}]")

    assert len(found.expiring(TODAY)) == soon


def test_expiry_that_is_no_date(tmp_path: Path) -> None:
    """A word is no date."""
    (mistake,) = mistakes(tmp_path, f"waivers:\n  - {WAIVER.replace('2027-06-30', 'never')}\n")

    assert mistake.startswith("stackproof.yml:2: waivers.0.expires: ")


@pytest.mark.parametrize(
    "day",
    ["2027-13-30", "2027-02-30", "2027-00-01", "2027-06-31", "2027-06-30 25:00:00", "!!timestamp 2027-02-29"],
)
def test_expiry_that_no_calendar_has(tmp_path: Path, day: str) -> None:
    """It looks like a day to YAML, and is told in the words for what is none."""
    (mistake,) = mistakes(tmp_path, f"public: [web]\nwaivers:\n  - {WAIVER.replace('2027-06-30', day)}\n")

    assert mistake == "stackproof.yml:3: waivers.0.expires: should be a date, such as 2027-06-30"


@pytest.mark.parametrize(
    "value",
    ["!!int x", '!!int ""', "!!float x", "!!bool x", "1" * 5000, "2027-01-01T99:00:00Z", "[a, 2027-02-30]"],
)
def test_values_that_are_not_what_they_call_themselves(tmp_path: Path, value: str) -> None:
    """They are texts, of which the contract says what is wrong and where."""
    (mistake,) = mistakes(tmp_path, f"public: [web]\nscale: {{web: {value}}}\n")

    assert mistake.startswith("stackproof.yml:2: scale.web: should be a whole number")


def test_waived_twice(tmp_path: Path) -> None:
    """One of the two would never be looked at."""
    text = f"waivers:\n  - {WAIVER}\n  - {WAIVER}\n"

    assert mistakes(tmp_path, text) == ["stackproof.yml:3: effective-uid-nonroot is waived twice for web"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("profile: cis2", "profile: no profile 'cis2'"),
        ("outside: [a b]", "outside.0: should be a host"),
        (f"waivers: [{WAIVER.replace('why', 'why, match: (')}]", "waivers.0.match: should be a regular"),
        ("outages: [{stop: db, expect: [{service: web, path: /}], lasts: soon}]", "outages.0.lasts: 'soon'"),
    ],
)
def test_own_words_stand_alone(tmp_path: Path, text: str, said: str) -> None:
    """Nothing of the library that reads the contract stands before them."""
    (mistake,) = mistakes(tmp_path, text)

    assert mistake.startswith(f"stackproof.yml:1: {said}")


@pytest.mark.parametrize(
    "text", ["a: [1", "a: b: c", "\tx: 1", "public: [web]\npublic: [db]\n", "--- {}\n--- {}\n"]
)
def test_not_yaml(tmp_path: Path, text: str) -> None:
    """A key that is there twice is one of these mistakes."""
    (mistake, *_) = mistakes(tmp_path, text)

    assert mistake.startswith("stackproof.yml:")
    assert ": not YAML: " in mistake


def test_not_text(tmp_path: Path) -> None:
    """Control characters are no YAML either, and they have no line."""
    (mistake, *_) = mistakes(tmp_path, "public: [\x00]")

    assert mistake.startswith("stackproof.yml:1: not YAML: ")


def test_not_utf_8(tmp_path: Path) -> None:
    """Bytes of another encoding end in the same words."""
    path = tmp_path / "stackproof.yml"
    path.write_bytes(b"public: [w\xfcb]")

    with pytest.raises(ContractError, match="not YAML"):
        load(path, services=("web",), controls=(), today=TODAY)


@pytest.mark.parametrize("text", ["- web\n", "web\n", "42\n", "[]\n"])
def test_not_a_mapping(tmp_path: Path, text: str) -> None:
    """A list or a word is no contract."""
    (mistake,) = mistakes(tmp_path, text)

    assert mistake.startswith("stackproof.yml:1: the file: ")


@pytest.mark.parametrize("duration", ["30 sec", "soon", "-5s", "0s", "0"])
def test_bad_duration(tmp_path: Path, duration: str) -> None:
    """No number of seconds above zero."""
    text = (
        f"outages:\n  - stop: db\n    expect: [{{service: web, path: /}}]\n    recovers_within: {duration}\n"
    )
    (mistake,) = mistakes(tmp_path, text)

    assert mistake.startswith("stackproof.yml:4: outages.0.recovers_within: ")


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("http:\n  - {service: web, path: health}\n", "2: http.0.path"),
        ("http:\n  - service: web\n    path: /\n    status: 99\n", "4: http.0.status"),
        ("scale:\n  web: 1\n", "2: scale.web"),
        ("outages:\n  - stop: db\n    expect: []\n", "3: outages.0.expect"),
    ],
)
def test_values_out_of_range(tmp_path: Path, text: str, where: str) -> None:
    """Each with the line of its key."""
    (mistake,) = mistakes(tmp_path, text)

    assert mistake.startswith(f"stackproof.yml:{where}: ")


@pytest.mark.parametrize("key", ["1", "null", "? [a]\n", "true", "2027-01-01", "2027-13-01"])
def test_keys_that_are_no_text(tmp_path: Path, key: str) -> None:
    """YAML takes anything for keys, and the contract knows text alone."""
    (mistake,) = mistakes(tmp_path, f"public: [web]\n{key}: 2\n")

    assert mistake.startswith("stackproof.yml:")


def test_mistakes_of_shape_and_of_meaning_at_once(tmp_path: Path) -> None:
    """Each with its own line, though some entries are broken."""
    text = "http:\n  - {service: web}\n  - {service: wbe, path: /}\n"
    text += f"waivers:\n  - {WAIVER.replace('web', 'wbe')}\n"

    assert [line.split(":")[1] for line in mistakes(tmp_path, text)] == ["2", "3", "5"]


def test_names_in_broken_entries(tmp_path: Path) -> None:
    """Unknown names are told of beside what else is wrong; no other text is taken for a name."""
    text = "outages:\n  - stop: dbx\n    expect: []\n"
    text += "  - stop: db\n    expect:\n      - {service: wbe}\n"
    text += "waivers:\n  - {service: wbe, control: crash, expires: 2999-01-01}\n"
    text += "http:\n  - {service: web, json: {service: other}}\n  - service\n"
    found = [line.split(":", 1)[1] for line in mistakes(tmp_path, text)]

    assert [line for line in found if "unknown" in line] == [
        "2: unknown service 'dbx'; did you mean 'db'?",
        "6: unknown service 'wbe'; did you mean 'web'?",
        "8: unknown control 'crash'",
        "8: unknown service 'wbe'; did you mean 'web'?",
    ]
    assert len(found) == 9


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("http: [{service: web, path: health}]", "http.0.path: should begin with /"),
        ("http: [{service: web, path: 7}]", "http.0.path: should be a text"),
        ("http: [{service: web, path: /, status: ok}]", "http.0.status: should be a whole number"),
        ("scale: {web: 1}", "scale.web: should be 2 or more"),
        ("scale: {web: many}", "scale.web: should be a whole number"),
        ("public: web", "public: should be a list"),
        ("http: [7]", "http.0: should be a mapping"),
        (f"waivers: [{WAIVER.replace('2027-06-30', 'soon')}]", "should be a date, such as 2027-06-30"),
        ("outages: [{stop: db, expect: []}]", "should have at least 1"),
    ],
)
def test_values_of_another_kind(tmp_path: Path, text: str, words: str) -> None:
    """Said in words for whoever writes a contract, not in those of a library."""
    (mistake, *_) = mistakes(tmp_path, text)

    assert mistake.endswith(words)


def test_all_mistakes_at_once_in_the_order_of_lines(tmp_path: Path) -> None:
    """Nobody likes to fix a file mistake by mistake."""
    old = WAIVER.replace("2027-06-30", "2020-01-01")
    found = mistakes(tmp_path, f"waivers:\n  - {old}\npublic: [x, y]\nscale: {{z: 2}}\n")

    assert [line.split(":")[1] for line in found] == ["2", "3", "3", "4"]


def test_several_mistakes_of_shape_at_once(tmp_path: Path) -> None:
    """Also those that pydantic finds."""
    found = mistakes(tmp_path, "a: 1\nb: 2\n")

    assert found == ["stackproof.yml:1: unknown key 'a'", "stackproof.yml:2: unknown key 'b'"]


def test_key_that_stands_twice(tmp_path: Path) -> None:
    """The parser quotes both values, and a contract may hold a password."""
    (mistake, *_) = mistakes(tmp_path, "persistence: [{expect: sesame-1, expect: sesame-2}]")

    assert mistake == 'stackproof.yml:1: not YAML: found duplicate key "expect"'


@pytest.mark.parametrize(
    "host", ["db.example.com", "'*.example.com'", "db", "10.0.0.5", "10.0.0.0/8", "'fd00::1'", "'[fd00::1]'"]
)
def test_host_that_may_be_reached(tmp_path: Path, host: str) -> None:
    """By name, pattern, address or network."""
    assert check(tmp_path, f"outside: [{host}]\n").outside == [host.strip("'")]


@pytest.mark.parametrize("host", ["https://db.example.com", "db:5432", "me@example.com", "''", "a b"])
def test_host_that_is_none(tmp_path: Path, host: str) -> None:
    """It would open nothing."""
    (said,) = mistakes(tmp_path, f"outside:\n  - ok.example.com\n  - {host}\n")

    assert said.startswith("stackproof.yml:3: outside.1: ")
    assert "should be a host" in said
