"""The page in a real browser; without one these tests fail, so that nobody takes silence for success."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Dialog, Page, Request, sync_playwright

from stackproof.outcomes.model import Results
from stackproof.report import html

Scheme = Literal["light", "dark"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium of this machine, without a window."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield started
        started.close()


class Opened:
    """A page that is open, and what it did that it should not."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.trouble: list[str] = []
        self._address = address.partition("#")[0]
        page.on("console", lambda said: self.trouble.append(said.text))
        page.on("pageerror", lambda error: self.trouble.append(str(error)))
        page.on("dialog", self._refuse)
        page.on("request", self._note)
        page.goto(address)
        page.wait_for_selector("html[data-ready]", state="attached", timeout=60_000)

    def _refuse(self, dialog: Dialog) -> None:
        self.trouble.append(dialog.message)
        dialog.dismiss()

    def _note(self, request: Request) -> None:
        if request.url.partition("#")[0] != self._address:
            self.trouble.append(request.url)

    def text(self, selector: str) -> str:
        """Return the text of the first element that is like that."""
        return self.page.locator(selector).first.inner_text()


Open = Callable[..., Opened]


@pytest.fixture
def open_page(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Return a function that opens the page of a run from a file, as a reader does."""
    contexts = []

    def opened(
        results: Results,
        fragment: str = "",
        *,
        width: int = 1280,
        scheme: Scheme = "light",
        scripts: bool = True,
    ) -> Opened:
        path = tmp_path / "index.html"
        path.write_text(html.render(results), encoding="utf-8")
        contexts.append(
            browser.new_context(
                viewport={"width": width, "height": 900}, color_scheme=scheme, java_script_enabled=scripts
            )
        )
        return Opened(contexts[-1].new_page(), path.as_uri() + fragment)

    yield opened
    for context in contexts:
        context.close()
