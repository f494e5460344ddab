"""Names with values in the code and the settings that one variable or command holds. Pure: text in, text out.

Ruby, PHP, Python, JavaScript, JSON, YAML, INI, TOML: GITLAB_OMNIBUS_CONFIG, WORDPRESS_CONFIG_EXTRA.
"""

import re
from collections.abc import Iterator
from typing import Final

from stackproof.stack.secret_names import in_one

_IN_JSON: Final = re.compile(r"\"([\w.-]{1,100})\"\s*:\s*\"([^\"]+)\"")
# What a template has for the reader to take the sign away from.
_COMMENT: Final = re.compile(r"^[ \t]*(?:#|//).*$", re.MULTILINE)
_NAME: Final = r"[\w.-]{1,100}+"
_QUOTED: Final = r"(?P<q>[\"'])(?P<value>(?:(?!(?P=q))[^\n]){1,4096}+)(?P=q)"
# No comparison and no URL: `==`, `=~`, `://`.
_SIGN: Final = r"(?:=>|:=|[=:](?![=:~/]))"
# psql's `PASSWORD :'variable'` is none.
_BETWEEN: Final = r"(?:\s{0,8}(?:=>|:=)\s{0,8}|:(?![:/])\s{0,8}|\s{1,8}=\s{0,8}|=\s{1,8})"
_FORMS: Final = (
    # x['name'] = 'value', "name": "value", 'name' => 'value'; not "$name" = "value", which compares.
    rf"(?<![\w.$-])(?P<name>{_NAME})[\"']?[\"'\]]\s{{0,8}}{_SIGN}\s{{0,8}}{_QUOTED}",
    # name = 'value', name: 'value', :name => 'value'; name='value' is read elsewhere. Then a variable of PHP.
    rf"(?<![\w.$-])(?P<name>{_NAME}){_BETWEEN}{_QUOTED}",
    rf"\$(?P<name>{_NAME})\s{{0,8}}=\s{{0,8}}{_QUOTED}\s*;",
    # Both are given to a function: define('NAME', 'value') of PHP, setdefault("NAME", "value") of Python.
    (
        r"\b(?:define|putenv|\w{0,40}set(?:default|env|property)?)\(\s{0,8}(?P<o>[\"'])"
        rf"(?P<name>{_NAME})(?P=o)\s{{0,8}},\s{{0,8}}{_QUOTED}"
    ),
)
_IN_CODE: Final = tuple(re.compile(form, re.IGNORECASE) for form in _FORMS)
# A line of YAML. What an editor of code would read there ends in a comma, or is a call.
_IN_YAML: Final = re.compile(
    rf"^[ \t]*(?:-[ \t]+)?({_NAME}):[ \t]+(?![&*!|>%@])([^\s\"'()\[\]{{}}<>$,#]+)[ \t]*$", re.MULTILINE
)
# Lines of an INI file; without a section the word on the right may be a variable of a program.
_SECTION: Final = re.compile(r"^[ \t]*\[[\w .:\"-]+\][ \t]*$", re.MULTILINE)
_IN_INI: Final = re.compile(rf"^[ \t]*({_NAME})[ \t]*=[ \t]+([^\s\"'()\[\]{{}}<>$,#;]+)[ \t]*$", re.MULTILINE)
# What a language fills in: Ruby, JavaScript and templates.
_FILLED: Final = re.compile(r"#\{|\$\{|\{\{|<%")
# Most keys in code are those of a row, a text or a setting: these are secrets.
_SECRET_KEY: Final = re.compile(
    r"(?:^|_)(?:api|app|access|private|secret|auth|encrypt\w*|sign(?:ing)?|master|account|storage|shared|session|jwt"
    r"|hmac|webhook|license|deploy|logged_in|nonce)_?key$"
)


def named(text: str) -> Iterator[tuple[str, str]]:
    r"""Yield the names in code that may be those of secrets, with their values.

    >>> list(named("gitlab_rails['initial_root_password'] = 'hunter2'"))
    [('initial_root_password', 'hunter2')]
    >>> list(named("$CONFIG['password'] = getenv('PASSWORD'); # [ \"$TOKEN\" = 'x' ]"))
    []
    """
    if not re.search(r"[\"'\n]", text):
        return
    found: list[tuple[str, str]] = _IN_JSON.findall(text)
    code = _COMMENT.sub("", text)
    found += [(one["name"], one["value"]) for form in _IN_CODE for one in form.finditer(code)]
    if "\n" in text:
        found += _IN_YAML.findall(text)
        found += _IN_INI.findall(text) if _SECTION.search(text) else []
    for name, value in dict.fromkeys(found):
        words = in_one(name)
        if not _FILLED.search(value) and (not words.endswith("_key") or _SECRET_KEY.search(words)):
            yield name, value
