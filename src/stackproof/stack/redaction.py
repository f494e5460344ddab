"""Keep secret values out of messages, evidence and log lines."""

import re
from collections.abc import Mapping
from typing import Any

from stackproof.stack.model import Model, unescape

MASK = "[redacted]"
# Shorter values are words such as `app` or `test` that would mask half of every report.
SHORTEST = 6
_SECRET_NAME = re.compile(
    r"pass|pwd|secret|token|_key$|api_?key|salt|private|credential|auth|dsn|_url$|_uri$", re.IGNORECASE
)
_PASSWORD_OPTION = re.compile(
    r"(?:^|\s)(?:-a|--?[\w-]*(?:pass|secret|token)[\w-]*)[=\s]+([^\s;&|]+)", re.IGNORECASE
)
_CREDENTIAL_IN_URL = re.compile(r"(?<=://)[^/\s:@]*:([^/\s@]+)(?=@)")


class Redactor:
    """Replaces the secret values of one stack wherever they stand in a text."""

    def __init__(self, secrets: frozenset[str] = frozenset()) -> None:
        # Longest first: a value that contains another must go whole.
        self._secrets = sorted((s for s in secrets if len(s) >= SHORTEST), key=len, reverse=True)

    @classmethod
    def of(cls, model: Model) -> "Redactor":
        """Collect what the model holds: values of secret-looking names, and passwords in URLs."""
        found: set[str] = set()
        for service in model.services.values():
            build = service.raw.get("build") or {}
            for values in (service.raw.get("environment"), build.get("args"), service.raw.get("labels")):
                found |= _secret_values(values or {})
            test = (service.raw.get("healthcheck") or {}).get("test")
            for words in (service.raw.get("command"), service.raw.get("entrypoint"), test):
                found |= _secret_words(words)
        return cls(frozenset(found))

    def text(self, text: str) -> str:
        """Return the text without secrets."""
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        return _CREDENTIAL_IN_URL.sub(lambda hit: hit.group(0).replace(hit.group(1), MASK), text)

    def data(self, value: Any) -> Any:  # noqa: ANN401 - JSON in, JSON out
        """Return JSON-like data without secrets."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {str(key): self.data(item) for key, item in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self.data(item) for item in value]
        return value


def _secret_words(words: object) -> set[str]:
    """What stands behind a password option in a command line."""
    text = " ".join(map(str, words)) if isinstance(words, list) else str(words or "")
    return {unescape(found.strip("'\"")) for found in _PASSWORD_OPTION.findall(text)}


def _secret_values(values: Mapping[str, Any]) -> set[str]:
    found = {
        unescape(str(value))
        for name, value in values.items()
        if value is not None and _SECRET_NAME.search(name) and not name.upper().endswith("_FILE")
    }
    for value in values.values():
        found.update(_CREDENTIAL_IN_URL.findall(str(value)))
    return found
