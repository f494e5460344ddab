"""Builds: made once per run, under tags of ours."""

from typing import Any

from stackproof.isolation import rights, volumes
from stackproof.isolation.here import Here
from stackproof.isolation.treatment import (
    Case,
    Flag,
    Row,
    Treatment,
    dropped,
    is_word,
    passed,
    refused,
    row,
    with_key,
    with_value,
    written_out,
)

_B = "services.*.build"
_ANEW = "builds use the engine's cache, and write no tag, cache or registry of the author's"


def _is_external_secret(value: Any, here: Here) -> bool:  # noqa: ANN401 - a value of the model
    return volumes.names_external(value, here, "secrets")


ROWS: list[Row] = [
    row(
        _B,
        Case(
            treatment=Treatment.RESOLVED,
            kind="a mapping: built once per run under a tag of ours, see below",
            when=lambda value, _h: isinstance(value, dict),
        ),
    ),
    *passed(
        f"{_B}.context {_B}.dockerfile {_B}.dockerfile_inline {_B}.args {_B}.args.* {_B}.target",
        f"{_B}.shm_size",
        f"{_B}.additional_contexts {_B}.additional_contexts.* {_B}.cache_from {_B}.cache_from.[]",
        f"{_B}.extra_hosts {_B}.extra_hosts.* {_B}.extra_hosts.[] {_B}.extra_hosts.*.[]",
        f"{_B}.ulimits {_B}.ulimits.* {_B}.ulimits.*.soft {_B}.ulimits.*.hard",
        f"{_B}.secrets {_B}.secrets.[].source {_B}.secrets.[].target {_B}.secrets.[].uid",
        f"{_B}.secrets.[].gid {_B}.secrets.[].mode {_B}.provenance {_B}.sbom {_B}.labels",
    ),
    row(
        f"{_B}.secrets.[]",
        Case(
            treatment=Treatment.REFUSED,
            kind="external",
            when=_is_external_secret,
            says="needs a secret for its build that is external, which only a swarm can hand out",
            subject=lambda value, here: f"{here.owner} ({value.get('source')})",
        ),
        Case(treatment=Treatment.PASSED, kind="of a file or a variable"),
    ),
    *dropped(
        "labels that a build writes are left out: a live proxy would read them off the image",
        f"{_B}.labels.*",
    ),
    *dropped(
        _ANEW,
        f"{_B}.tags.** {_B}.cache_to.** {_B}.no_cache {_B}.no_cache_filter.** {_B}.pull",
    ),
    *dropped("builds are for the platform of the service or the engine only", f"{_B}.platforms.**"),
    row(
        f"{_B}.network",
        Case(
            treatment=Treatment.PASSED, kind="`none`, `default`, empty", when=is_word("", "none", "default")
        ),
        Case(
            treatment=Treatment.REFUSED,
            kind="`host`, a network or a container",
            says="builds on the network of the host or of others",
            subject=with_value,
            flag=Flag.HOST_ACCESS,
        ),
    ),
    row(
        f"{_B}.privileged",
        Case(treatment=Treatment.PASSED, kind="`false`", when=rights.is_false),
        Case(
            treatment=Treatment.REFUSED,
            kind="`true`",
            says="builds with the rights of the host's root",
            subject=with_key,
            flag=Flag.HOST_ACCESS,
        ),
    ),
    row(
        f"{_B}.isolation",
        Case(treatment=Treatment.PASSED, kind="`default`", when=is_word("", "default")),
        Case(
            treatment=Treatment.REFUSED,
            kind="others",
            says="is of Windows, and this engine runs Linux",
            subject=with_key,
        ),
    ),
    *refused(
        "lets build steps reach the host's network or devices",
        f"{_B}.entitlements {_B}.entitlements.[]",
    ),
    *refused(
        "hands an SSH agent or key of the user to build steps, which then act in the user's name",
        f"{_B}.ssh {_B}.ssh.* {_B}.ssh.[]",
    ),
    *written_out(f"{_B}.args.[] {_B}.labels.[] {_B}.additional_contexts.[]"),
]
