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
        "change_me_32chars64bit", "CHANGE_ME_32CHARS64BIT", "Change_Me_32Chars64Bit", "replace-me-uuid4v1",
        "replace-me-UUID4v1", "your_s3cr3t_k3y_here", "YOUR_S3CR3T_HERE", "your-Sup3rS3cr3tP4ssw0rd1",
        "your-password-123a4", "your-token-1a2b3c4d5e", "your-token-a1b2c3d4e5f6", "your-key-abc123def456",
        "your-x509v3-cert", "change-me-2026q1", "your-rs256es384-key", "your-base64url32-key",
        "your-16chars32bit64hex-key", "changemeplz", "changemepls", "changemepwd1", "changeme-plz",
        "changemechangeme", "changemechangemechangemechangeme",
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
        "changement", "changement2026", "changemess", "changemercy", "replace-me-k3jq9zpa2mfe7x1b",
        "your-a8F5f167f4-token", "your_k3yQ9x7Zt2_here", "my-secret-0f1e2d3c4b5a69788796",
        "change_me_b7kd92mq4x",
        "my-secret-9f8e7d6c5b4a", "your-9f8e7d6c5b4a3f2e",
    ],
)  # fmt: skip
def test_password_that_begins_like_one(value: str) -> None:
    """Another word, or letters and digits in turn: whoever reads it can log in."""
    assert not is_placeholder(value)
    assert image_secrets.of_variable("DB_PASSWORD", value, []) == image_secrets.SECRET
