"""What made the layers of an image, as its history tells. Pure: text in, instructions out."""

import re

from stackproof.stack.dockerfile import Instruction, instruction_of

# How builders begin what a shell runs: the classic one, and BuildKit, each with the arguments of the build.
_SHELL = r"(?:/\S*/)?(?:ba|da|a|z|k)?sh(?: (?:-\w+|pipefail))* -\w*c"
_RUN = re.compile(rf"(?:RUN )?(?:\|\d+ (?P<args>.*?) ?)?{_SHELL} (?P<script>.*)", re.DOTALL)
_PLAIN_RUN = re.compile(r"RUN (?:\|\d+ (?P<args>.*?) ?)?(?P<script>.*)", re.DOTALL)
_NOTHING = "#(nop)"  # the classic builder's word for what runs nothing
_BUILDKIT = re.compile(r"\s*# buildkit\s*$")
_KEYWORD = re.compile(
    r"(ADD|ARG|CMD|COPY|ENTRYPOINT|ENV|EXPOSE|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|SHELL|STOPSIGNAL|USER"
    r"|VOLUME|WORKDIR)\s+(.*)",
    re.DOTALL,
)
_ARGUMENT = re.compile(r"(?:^| )([A-Za-z_]\w*)=")


def instruction(created_by: str) -> Instruction | None:
    """Return what one entry of a history was made by; None for what no Dockerfile did.

    >>> instruction("RUN |1 V=1 /bin/sh -c make # buildkit").value
    'make'
    >>> instruction('/bin/sh -c #(nop)  CMD ["bash"]').array
    ('bash',)
    """
    text = _BUILDKIT.sub("", created_by.strip())
    found = _RUN.fullmatch(text)
    script = found["script"].strip() if found else ""
    if script.startswith(_NOTHING):
        text, found = script.removeprefix(_NOTHING).strip(), None
    if found is None and (keyword := _KEYWORD.fullmatch(text)):
        return instruction_of(keyword[1], keyword[2].strip(), 0)
    found = found or _PLAIN_RUN.fullmatch(text)
    return instruction_of("RUN", found["script"].strip(), 0) if found else None


def arguments(created_by: str) -> dict[str, str]:
    """Return the arguments of the build that an entry of a history shows, by name.

    >>> arguments("|2 TOKEN=a b USER=c /bin/sh -c make")
    {'TOKEN': 'a b', 'USER': 'c'}
    """
    text = created_by.strip()
    found = _RUN.fullmatch(text) or _PLAIN_RUN.fullmatch(text)
    if found is None or not found["args"]:
        return {}
    parts = _ARGUMENT.split(found["args"])
    return dict(zip(parts[1::2], (value.strip() for value in parts[2::2]), strict=True))
