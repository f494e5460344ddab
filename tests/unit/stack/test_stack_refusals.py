"""What no engine takes: each of these was tried with Compose 2.26 and 2.40, and with moby 26."""

from typing import Any

import pytest

from stackproof.stack import capabilities, security_options, users
from stackproof.stack.capabilities import ALL, DEFAULT, KERNEL
from stackproof.stack.refusals import refusals
from stackproof.stack.service import Service

TAKEN = (
    *("no-new-privileges", "no-new-privileges:true", "no-new-privileges=T", "no-new-privileges:0"),
    *("seccomp=unconfined", "seccomp:builtin", "seccomp:./calls.json", "seccomp=/etc/a=b.json"),
    *("apparmor:", "apparmor=mine", "label:disable", "label=user:x", "label:", "systempaths=unconfined"),
    *("writable-cgroups=true", "mask=/proc/acpi", "unmask=ALL", "credentialspec=file://x"),
)
REFUSED = {
    "no-new-privileges: true": "it takes 'no-new-privileges:true'",
    " no-new-privileges:true": "it takes 'no-new-privileges:true'",
    "no-new-privileges:true ": "it takes 'no-new-privileges:true'",
    "NO_NEW_PRIVILEGES=true": "it takes 'no-new-privileges=true'",
    "no-new-privileges:yes": "'yes' is neither true nor false",
    "no-new-privileges:": "'' is neither true nor false",
    "no-new-privileges=false:x": "'false:x' is neither true nor false",
    "no-new-privileges:true=1": "there is no such option; did you mean 'no-new-privileges'?",
    "seccomp: unconfined": "it takes 'seccomp:unconfined'",
    "seccomp:": "it names no profile",
    "seccomp=": "it names no profile",
    "systempaths:unconfined": "it takes 'systempaths=unconfined'",
    " systempaths=unconfined": "it takes 'systempaths=unconfined'",
    "systempaths=default": "it is systempaths=unconfined or nothing",
    "label": "nothing is said of it",
    "seccomp": "nothing is said of it",
    "secomp=unconfined": "there is no such option; did you mean 'seccomp'?",
    "disable": "there is no such option",
    "foo=bar": "there is no such option",
    "": "there is no such option",
}


@pytest.mark.parametrize("text", TAKEN)
def test_security_option_that_is_taken(text: str) -> None:
    """By this engine, by another one, or where its file is there."""
    assert not security_options.refusal(text)


@pytest.mark.parametrize(("text", "why"), REFUSED.items())
def test_security_option_that_is_refused(text: str, why: str) -> None:
    """And what would be taken in its place, where that is one thing."""
    said = security_options.refusal(text)

    assert said.startswith(f"no engine takes {text!r}")
    assert said.endswith(why)


@pytest.mark.parametrize("name", [*KERNEL, ALL])
@pytest.mark.parametrize("form", ["{}", "CAP_{}", "cap_{}", "{} ", " {}", "CAP_CAP_{}"])
def test_every_capability_in_each_form(name: str, form: str) -> None:
    """Letters of any size and one CAP_ are taken, and not before ALL."""
    text = form.format(name.lower() if form.islower() else name)
    taken = " " not in text and "CAP_CAP" not in text and (name != ALL or form == "{}")

    assert (not capabilities.refusal(text)) is taken


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("NET_BIND", "did you mean 'NET_BIND_SERVICE'?"),
        ("SYS_ADMINS", "did you mean 'SYS_ADMIN'?"),
        ("CAP_FOO", "knows the capability 'CAP_FOO'"),
        ("", "knows the capability ''"),
        ("CAP_", "knows the capability 'CAP_'"),
        ("NONE", "knows the capability 'NONE'"),
        ("cap_all", "ALL has no CAP_ before it"),
        ("SYS_ADMIN,NET_ADMIN", "each has an entry of its own"),
        ("chown setuid", "each has an entry of its own"),
        ("ALL, CHOWN", "each has an entry of its own"),
        ("CHOWN,FOO", "knows the capability 'CHOWN,FOO'"),
    ],
)
def test_words_of_a_capability_that_is_none(text: str, words: str) -> None:
    """With what was probably meant."""
    assert words in capabilities.refusal(text)


@pytest.mark.parametrize(
    ("user", "uid"),
    [
        ("0", 0), ("0:1000", 0), ("+0", 0), ("-0", 0), ("00", 0), ("root", 0), ("root:www", 0),
        (":", 0), (":1000", 0), (":www", 0), ("1000", 1000), ("1000:0", 1000), ("+1000:", 1000),
        ("www", None), ("ROOT", None), ("0x0", None), ("0_0", None), (" 0", None), ("\u0660", None),
    ],
)  # fmt: skip
def test_number_of_a_user(user: str, uid: int | None) -> None:
    """As the engine reads it; of a name only the image knows."""
    assert users.uid_of(user) == uid


@pytest.mark.parametrize("user", ["", ":", "0", "2147483647", "1000:2147483647", "www:data", "1e9", "-0"])
def test_user_that_is_taken(user: str) -> None:
    """A name that no image has is the image's affair."""
    assert not users.refusal(user)


@pytest.mark.parametrize("user", ["-1", "2147483648", "4294967296:0", "1000:-1", "www:4294967296", ":-1:x"])
def test_user_that_is_refused(user: str) -> None:
    """Of the group as of the user."""
    assert "is no number from 0 to 2147483647" in users.refusal(user)


def test_refusals_stand_where_they_are_written() -> None:
    """Entry by entry, each with an aspect of its own."""
    raw: dict[str, Any] = {
        "user": "-1",
        "cap_add": ["CHOWN", "FOO"],
        "cap_drop": ["CAP_ALL"],
        "security_opt": ["no-new-privileges:true", "foo"],
    }

    found = list(refusals(Service(name="web", raw=raw)))

    assert {one.at: one.aspect for one in found} == {
        ("user",): "user",
        ("cap_add", 1): "cap_add FOO",
        ("cap_drop", 0): "cap_drop CAP_ALL",
        ("security_opt", 1): "foo",
    }


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ({}, DEFAULT),
        ({"cap_drop": ["ALL"]}, set()),
        ({"cap_drop": ["CAP_ALL"]}, DEFAULT),
        ({"cap_drop": ["ALL "]}, DEFAULT),
        ({"cap_drop": ["SYS_ADMIN"]}, DEFAULT),
        ({"cap_drop": sorted(DEFAULT)}, set()),
        ({"cap_drop": sorted(DEFAULT - {"CHOWN"})}, {"CHOWN"}),
        ({"cap_drop": sorted(DEFAULT - {"CHOWN"}), "cap_add": ["cap_chown"]}, set()),
        ({"cap_add": ["ALL"], "cap_drop": sorted(DEFAULT)}, set()),
    ],
)
def test_what_is_kept_unasked(raw: dict[str, Any], kept: set[str]) -> None:
    """Of what the engine gives by itself, whether it is dropped in one word or by name."""
    assert capabilities.kept(Service(name="web", raw=raw)) == kept
