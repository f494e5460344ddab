"""What is refused before anything is started."""

from typing import Any

import pytest

from stackproof.sandbox.refusals import reasons, words
from stackproof.stack.model import Model

GPU = {"resources": {"reservations": {"devices": [{"capabilities": ["gpu"], "count": 1}]}}}
NVIDIA: dict[str, Any] = {"Runtimes": {"runc": {}, "nvidia": {}}}


def of(info: dict[str, Any] | None = None, **raw: Any) -> list[str]:  # noqa: ANN401 - a resolved service
    """Return the reasons of a stack with one service."""
    return reasons(
        Model(raw={"services": {"web": raw}}), {"Runtimes": {"runc": {}}} if info is None else info
    )


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ({"deploy": GPU}, "a GPU is reserved, and this engine has no nvidia runtime"),
        ({"gpus": [{"count": -1}]}, "a GPU is reserved, and this engine has no nvidia runtime"),
        ({"runtime": "nvidia"}, "this engine has no runtime 'nvidia'"),
    ],
)
def test_reason(raw: dict[str, Any], reason: str) -> None:
    """Each names the service and what it is."""
    assert of(**raw) == [f"service web: {reason}"]


@pytest.mark.parametrize(
    ("info", "raw"),
    [
        (None, {}),
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
        "shop cannot be brought up on this engine:", "  service web: a", "  service db: b",
    ]  # fmt: skip
    assert "fix: " in text
