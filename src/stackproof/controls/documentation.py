"""Where controls are documented: what reports link to, besides their own words."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, metadata
from typing import Self
from urllib.parse import quote, urlsplit

from stackproof.controls.catalogue import shipped
from stackproof.controls.info import ControlInfo

PLACE = "{control}"
VARIABLE = "STACKPROOF_DOCUMENTATION"
"""Set by what calls us and knows where we come from, as the action does; a user's own setting goes first."""
_ADDRESS = re.compile(r"https?://[a-zA-Z0-9][\w!#$%&+,./:;=?@~{}-]{0,2000}", re.ASCII)
# By the name of the host: how its pages name a file at a tag. Headings have anchors there.
_FILES = {"github": "blob/v{version}", "gitlab": "-/blob/v{version}"}


def is_address(text: str) -> bool:
    """Whether a text is an address that a report may link to."""
    return _ADDRESS.fullmatch(text) is not None


def mistake(text: str) -> str:
    """Return what is wrong with an address that a user set; empty for nothing."""
    return (
        "" if is_address(text) else f"{text!r} should be an address such as https://docs.example.com/{PLACE}"
    )


@dataclass(frozen=True)
class Documentation:
    """The pages of controls."""

    shape: str = ""
    """The address of a page, with `{control}` for the id; empty where none is known."""

    @classmethod
    def known(cls, chosen: str | None, environment: Mapping[str, str] | None = None) -> Self:
        """Return the pages that a user chose, else those that the environment or the package names.

        An address without `{control}` is that of the site that `make docs-site` builds.
        """
        said = (os.environ if environment is None else environment).get(VARIABLE, "")
        address = chosen or ("" if mistake(said) else said)
        if not address:
            return cls(of_package())
        return cls(address if PLACE in address else _in_site(address))

    @property
    def home(self) -> str:
        """The address of all of it; empty where none is known."""
        return self.shape.partition(PLACE)[0].rstrip("/#").removesuffix("/controls")

    def linked(self, controls: Iterable[ControlInfo]) -> Iterator[ControlInfo]:
        """Yield controls with the addresses of their pages; a team's own have none there."""
        ours = shipped() if self.shape else frozenset()
        for control in controls:
            address = self.shape.replace(PLACE, quote(control.id)) if control.id in ours else ""
            yield control.model_copy(update={"documentation": address}) if address else control


def of_package() -> str:
    """Return what the package's metadata names: its documentation, else its repository at this version."""
    try:
        about = metadata("stackproof")
    except PackageNotFoundError:
        return ""
    urls = (text.partition(", ")[::2] for text in about.get_all("Project-URL") or [])
    return shape_of({label.lower(): url for label, url in urls}, about["Version"])


def shape_of(urls: Mapping[str, str], version: str) -> str:
    """Return the address of a control's page by a package's addresses and their labels; empty without one."""
    if site := urls.get("documentation"):
        return _in_site(site)
    for label in ("repository", "source", "homepage"):
        address = urls.get(label, "").rstrip("/").removesuffix(".git")
        shape = next((one for host, one in _FILES.items() if host in urlsplit(address).netloc), "")
        if shape:
            return f"{address}/{shape.format(version=version)}/docs/controls.md#{PLACE}"
    return ""


def _in_site(home: str) -> str:
    return f"{home.rstrip('/')}/controls/{PLACE}/"
