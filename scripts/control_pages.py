"""The pages of controls in the site: a list, and one page for each control (see docs_site.py)."""

import re
from collections.abc import Iterator

import controls_page
from tests import mutant_files

from stackproof.controls import catalogue, rates
from stackproof.controls.catalogue import Entry

INDEX = """# Controls

`stackproof controls` lists them in the terminal, and `stackproof controls ID` explains one. What needs
`model` or `image` is decided from the compose file or an image, and nothing is started for it. Any other
control looks at what runs, in a sandbox of the [lane](../reading-a-report.md#lanes) that is named.

"""
_RUN = {
    "model": "Nothing: the compose file decides, as Compose resolves it.",
    "image": "Nothing: the compose file and the images that it names decide. They are pulled or built.",
    "observe": "It looks at a sandbox that runs, and disturbs nothing; with `--attach`, at your project.",
    "persistence": "Values are written, the sandbox is taken down and up again, and they are looked for.",
    "outages": "Services are taken away, and others are asked meanwhile, as the contract says.",
    "scale": "Services are run with several replicas.",
}
_DISTURBS = "Services are disturbed as a crash or an operator would, in a sandbox of this lane."
_QUIET_RULE = (
    "What stands under *Good* above is no finding, and *Not applicable* is not judged: our own tests hold "
    "both."
)
_QUIET_CONTROL = (
    "What it cannot tell is unknown, with the reason, and no finding. The sound stack that the examples "
    "above change passes: our own tests hold that."
)
_WRONG = (
    "A finding that is wrong for your stack is a bug of ours: report it with the evidence from the report "
    "and the lines of the compose file. One that is right and accepted is waived."
)
_WAIVER = """In [`stackproof.yml`](../contract.md#waivers):

```yaml
waivers:
  - control: {}
    service: NAME
    reason: why the deviation is accepted
    owner: who answers for it
    expires: 2027-06-30
```

`aspect:` or `match:` accept one of several findings on the service, as the report names it. A waiver that
waives nothing fails the run."""


def index() -> str:
    """Return the list of all controls, each with a link to its page."""
    return INDEX + controls_page.table("{}.md")


def single(entry: Entry) -> str:
    """Return the page of one control."""
    control = entry.control
    parts = {
        "Why": entry.why,
        "What is run": _run(entry),
        "Fix": entry.fix[:1].upper() + entry.fix[1:],
        "Examples": _sound(entry) + controls_page.examples(entry).strip() or "None.",
        "False alarms": f"{_QUIET_RULE if entry.is_rule else _QUIET_CONTROL} {_WRONG}",
        **(
            {"How often it fires": f"{rate[:1].upper()}{rate[1:]}."}
            if (rate := rates.told(control.id))
            else {}
        ),
        "Waive it": _WAIVER.format(control.id),
    }
    sections = (f"## {heading}\n\n{text}\n" for heading, text in parts.items())
    return "\n".join([f"# {control.id}\n\n{control.title}.\n", _facts(entry), *sections])


def _facts(entry: Entry) -> str:
    facts = {
        "severity": entry.control.severity,
        "family": entry.family,
        "needs": entry.control.needs,
        "lane": controls_page.lane(entry),
        "references": ", ".join(catalogue.references().get(entry.control.id, ())),
    }
    rows = [f"| {name} | {value} |" for name, value in facts.items() if value]
    return "\n".join([f"| control | {entry.control.id} |", "| --- | --- |", *rows, ""])


def _run(entry: Entry) -> str:
    name = entry.control.id
    needs = str(entry.control.needs if entry.is_rule else entry.control.lane)
    scope = (
        f" It applies to {entry.scope} For all else it is not applicable, with the reason."
        if entry.scope
        else ""
    )
    commands = f"$ stackproof controls {name}\n$ stackproof check --select {name}"
    return f"{_RUN.get(needs, _DISTURBS)}{scope}\n\n```console\n{commands}\n```"


def _sound(entry: Entry) -> str:
    """Return the services that an example breaks as the sound stack has them; nothing for a rule."""
    if entry.is_rule:
        return ""
    mutants = [one for one in mutant_files.all_mutants() if one.control == entry.control.id]
    names = {mutant.service for mutant in mutants}
    found = "\n".join(text for name, text in _services() if name in names)
    words = "The good one is a part of the sound stack of our tests, each bad one an override of that."
    return f"{words}\n\nGood:\n\n```yaml\nservices:\n{found}\n```\n\n" if found else ""


def _services() -> Iterator[tuple[str, str]]:
    """Yield the services of the sound stack, each as it is written there."""
    written = mutant_files.SOUND.read_text().partition("\nservices:\n")[2]
    for found in re.finditer(r"^  (\S+):\n((?:(?:    .*)?\n)+)", written, re.MULTILINE):
        yield found.group(1), found.group(0).rstrip()
