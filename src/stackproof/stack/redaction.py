"""Keep secret values out of messages, evidence and log lines."""

import base64
import html
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any
from urllib.parse import quote, quote_plus, unquote

from stackproof.stack import hidden
from stackproof.stack.hidden import CREDENTIAL_IN_URL, SHORTEST
from stackproof.stack.model import Model
from stackproof.stack.secret_names import says_secret
from stackproof.stack.weak import is_weak

MASK = "[redacted]"
# What is left of a value where a text was cut; less of it is a word.
_REST = 8
LONGEST_WORD = 10  # letters of what may be part of another word by chance
_OFTEN = 120  # characters of titles, names and aspects, which come again and again
_CUT = re.compile(r"(\n|; |\.{3})")
_HUMP = re.compile(r"[a-z][A-Z]")
_GROUP = 3  # bytes that base64 takes at once


class Redactor:
    """Replaces the secret values of one stack wherever they stand in a text."""

    def __init__(
        self, secrets: Iterable[str] = (), shown: Iterable[str] = (), *, in_urls: bool = True
    ) -> None:
        """Hide `secrets`; `in_urls` whatever stands in a URL as a password, too."""
        self._in_urls = in_urls
        self._shown = frozenset(shown)
        secrets = {secret for secret in secrets if len(secret) >= SHORTEST}
        # A report without the word `postgres` says nothing, and hides nothing that anybody would not try.
        self._weak = frozenset(filter(is_weak, secrets))
        hidden_ones = secrets - self._weak
        forms = {form for secret in hidden_ones for form in _forms(secret)}
        # Longest first: a value that contains another must go whole.
        self._forms = ordered = sorted(forms, key=lambda form: (-len(form), form))
        self._hidden = hidden_ones
        self._named = _behind_names(self._weak) if self._weak else None
        self._known: dict[str, str] = {}
        self._starts: dict[str, list[str]] = {}
        self._ends: dict[str, list[str]] = {}
        for form in ordered:
            self._starts.setdefault(form[:_REST], []).append(form)
            self._ends.setdefault(form[-_REST:], []).append(form)

    @classmethod
    def of(cls, model: Model, more: Iterable[str] = (), plain: Iterable[str] = ()) -> "Redactor":
        """Collect what the model holds, and `more` that stands elsewhere; `plain` are texts that are none."""
        shown = hidden.shown_of(model.raw)
        return cls({*hidden.of_model(model.raw, shown, plain), *more}, shown)

    @cached_property
    def _secrets(self) -> re.Pattern[str]:
        """What finds them. Compiling it takes longer than looking through the few texts of a sound file."""
        return re.compile("|".join(_pattern(form, self._hidden) for form in self._forms))

    def text(self, text: str) -> str:
        """Return the text without secrets."""
        if not text:
            return text
        if len(text) > _OFTEN:
            return self._masked(text)
        if text not in self._known:
            self._known[text] = self._masked(text)
        return self._known[text]

    def _masked(self, text: str) -> str:
        if self._forms:
            # Most texts hold not even the start of one, which is seen at once.
            started = any(start in text for start in self._starts)
            if started and ("_secrets" in self.__dict__ or any(form in text for form in self._forms)):
                text = self._secrets.sub(MASK, text)
            if started or "..." in text:
                pieces = _CUT.split(text)
                after_dots = [False, *(piece == "..." for piece in pieces)]
                text = "".join(map(self._without_rests, pieces, after_dots))
        if self._named is not None:
            text = self._named.sub(rf"\1{MASK}", text)
        if not self._in_urls or "://" not in text:
            return text
        return CREDENTIAL_IN_URL.sub(lambda hit: hit.group(0).replace(hit.group(1), MASK), text)

    def _without_rests(self, text: str, after_dots: bool) -> str:  # noqa: FBT001 - for map
        """Mask what is left of a value that was cut: its start before the cut, its end after dots."""
        # Most texts hold none, which is seen at once; to look at each letter costs ten times as much.
        starts = any(start in text for start in self._starts)
        for at in range(len(text) - _REST + 1) if starts else ():
            forms, rest = self._starts.get(text[at : at + _REST], ()), text[at:]
            if any(form.startswith(rest) and self._tells(rest, form) for form in forms):
                text = text[:at] + MASK
                break
        for at in range(len(text), _REST - 1, -1) if after_dots else ():
            forms, rest = self._ends.get(text[at - _REST : at], ()), text[:at]
            if any(form.endswith(rest) and self._tells(rest, form) for form in forms):
                return MASK + text[at:]
        return text

    def _tells(self, rest: str, form: str) -> bool:
        """Whether what is left of a value is no name, nor a word such as the scheme of a URL.

        Of a value that is made of words each word tells; words do not change their case inside.
        """
        if any(rest in name for name in self._shown):
            return False
        return hidden.ordinary(form) or not hidden.ordinary(rest) or bool(_HUMP.search(rest))

    def data(self, value: Any) -> Any:  # noqa: ANN401 - JSON in, JSON out
        """Return JSON-like data without secrets."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return self._mapping(value)
        if isinstance(value, list | tuple):
            return [self._item(*pair) for pair in zip(value, ["", *value], strict=False)]
        if isinstance(value, set | frozenset):
            return [self.data(item) for item in value]
        return value

    def _item(self, item: Any, before: Any) -> Any:  # noqa: ANN401 - JSON in, JSON out
        """Redact an item of a list; a weak password stands there behind the option that takes it."""
        weak = isinstance(item, str) and item in self._weak and isinstance(before, str)
        return MASK if weak and _takes_password(before) else self.data(item)

    def _mapping(self, value: Mapping[Any, Any]) -> dict[str, Any]:
        """Number keys that look alike once redacted, or one entry would take the place of another."""
        found: dict[str, Any] = {}
        for key, item in value.items():
            name = free = self.text(str(key))
            number = 1
            while free in found:
                number += 1
                free = f"{name} ({number})"
            weak = item in self._weak and says_secret(name) if isinstance(item, str) else False
            found[free] = MASK if weak else self.data(item)
        return found


def _takes_password(word: str) -> bool:
    return word in ("-a", "-p") or (word.startswith("-") and says_secret(word))


def _pattern(form: str, values: Collection[str]) -> str:
    """Return what finds a value: a short plain word where it stands alone, else also within a word.

    Alone is also behind a short option that takes it (`-pword`) and behind an escaped line break.
    """
    found = re.escape(form)
    if form not in values or not form.isalpha() or len(form) > LONGEST_WORD:
        return found
    return rf"(?:(?<![\w-])|(?<=\s-\w)|(?<=\\[nrt])){found}(?![\w-])"


def _behind_names(words: Iterable[str]) -> re.Pattern[str]:
    """Return what finds a word that is no secret by itself, as the value of a name that says it is one."""
    either = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
    name = r"(?:pass|pwd|secret|token|credential|_key|auth)[\w-]{0,40}[\"']?\s*[=:]\s*[\"']?"
    said = rf"(?:{name}|passw(?:or)?d\s+[\"']?|(?<=\s)--?\w*pass\w*\s+|(?<=\s)-[pa]\s*)"
    return re.compile(rf"({said})(?:{either})(?![\w-])", re.IGNORECASE)


def _forms(secret: str) -> Iterator[str]:
    """Yield a value as programs write it: on one line, in JSON, HTML, a URL, Python, and inside base64."""
    plain = {secret, " ".join(secret.split()), unquote(secret)}
    plain |= {line.strip() for line in secret.splitlines() if len(line.strip()) >= SHORTEST}
    for text in plain:
        yield text
        yield from (json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1])
        yield from (repr(text)[1:-1], ascii(text)[1:-1])
        yield html.escape(text)
        # A byte that is no UTF-8 arrives as a surrogate, which cannot be encoded.
        yield from (quote(text, safe=safe, errors="replace") for safe in ("/", ""))
        yield quote_plus(text, errors="replace")
    data = secret.encode(errors="replace")
    for before in range(_GROUP):
        # Whole characters only: the first and the last may also hold bits of the neighbours.
        coded = base64.b64encode(bytes(before) + data).decode()
        inner = coded[-(-before * 8 // 6) : (before + len(data)) * 8 // 6]
        if len(inner) >= _REST:
            yield inner
