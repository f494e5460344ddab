"""What is refused before anything is started."""

from typing import Any

import pytest

from stackproof.sandbox.refusals import reasons, words
from stackproof.stack.model import Model

GPU = {"resources": {"reservations": {"devices": [{"capabilities": ["gpu"], "count": 1}]}}}
NVIDIA: dict[str, Any] = {"Runtimes": {"runc": {}, "nvidia": {}}}


def of(info: dict[str, Any] | None = None, **raw: Any) -> list[str]:  # noqa: ANN401 - a resolved service
    """Return the reasons of a stack with one service."""
    objects = {"theirs": {"external": True, "name": "theirs"}, "ours": {"file": "/x"}}
    model = Model(raw={"services": {"web": raw}, "secrets": objects, "configs": objects})
    return reasons(model, {"Runtimes": {"runc": {}}} if info is None else info)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ({"secrets": [{"source": "theirs"}]}, "secret theirs is external, which only a swarm can hand out"),
        ({"configs": [{"source": "theirs"}]}, "config theirs is external, which only a swarm can hand out"),
        ({"deploy": GPU}, "a GPU is reserved, and this engine has no nvidia runtime"),
        ({"gpus": [{"count": -1}]}, "a GPU is reserved, and this engine has no nvidia runtime"),
        ({"runtime": "nvidia"}, "this engine has no runtime 'nvidia'"),
        (
            {"provider": {"type": "cloud"}},
            "provider 'cloud' is a program on this machine, of which there is no copy",
        ),
    ],
)
def test_reason(raw: dict[str, Any], reason: str) -> None:
    """Each names the service and what it is."""
    assert of(**raw) == [f"service web: {reason}"]


@pytest.mark.parametrize(
    ("info", "raw"),
    [
        (None, {}),
        (None, {"secrets": [{"source": "ours"}], "configs": [{"source": "ours"}]}),
        (None, {"runtime": "runc", "deploy": {"resources": {"limits": {"cpus": 1}}}}),
        (NVIDIA, {"deploy": GPU, "runtime": "nvidia"}),
    ],
)
def test_no_reason(info: dict[str, Any] | None, raw: dict[str, Any]) -> None:
    """What the engine has is no matter."""
    assert of(info, **raw) == []


def test_words() -> None:
    """All at once, with what can be done."""
    text = words("shop", ["service web: a", "service db: b"])

    assert text.splitlines()[:3] == [
        "shop cannot be copied on this engine:", "  service web: a", "  service db: b",
    ]  # fmt: skip
    assert "fix: " in text
