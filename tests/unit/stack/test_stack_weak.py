"""What stands where a password will be, and passwords that begin like it."""

import pytest

from stackproof.stack import image_secrets
from stackproof.stack.weak import is_placeholder


@pytest.mark.parametrize(
    "value",
    [
        "changeme", "CHANGE_ME", "changeme123", "changeme!", "changeme2024", "changemeplease", "changemenow",
        "changeme_please",
        "change-me-in-production", "changeMe123", "ChangeMe_SuperSecretKey", "ChangeMeNow1!",
        "changemetosomethingrandom", "changemesecret", "changemepassword", "please-change-me",
        "pos_change_me",
        "change-me-base64string", "changeme-abc123", "your-256-bit-secret", "your-oauth2-secret",
        "your-super-secret-jwt-token-with-at-least-32-characters-long", "my-secret-key",
        "<token-1a2b3c4d>", "your-aws-s3-key",
        "replace-me-with-a-long-random-string", "insert-your-key-here", "YourStrong!Passw0rd",
    ],
)  # fmt: skip
def test_placeholder(value: str) -> None:
    """Words, years and numbers behind it say no more."""
    assert is_placeholder(value)


@pytest.mark.parametrize(
    "value",
    [
        "changeMeridian7Qx93", "changemeridian", "changeMelon42", "changeMexico2", "exchange-metrics",
        "changeme7Qx93", "changeme_7Qx93kLm2pR8v", "CHANGE_ME_a8f5f167f44f4964e6c998dee827110c",
        "my-secret-9f8e7d6c5b4a", "your-9f8e7d6c5b4a3f2e",
    ],
)  # fmt: skip
def test_password_that_begins_like_one(value: str) -> None:
    """Another word, or letters and digits in turn: whoever reads it can log in."""
    assert not is_placeholder(value)
    assert image_secrets.of_variable("DB_PASSWORD", value, []) == image_secrets.SECRET
