"""Measure the report's page in headless Chromium: size, seconds to open and to filter, sheets of paper.

Without arguments: made-up runs of 5 x 4 x 30 and 50 x 12 x 150 outcomes; else the results.json files named.
Seconds are those of the processor in the page's main thread, with those of the clock behind: a machine that
others use tells nothing by its clock. Ends with 1 where a limit is not kept.
"""

import argparse
import functools
import random
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from stackproof.outcomes.model import (
    ControlInfo,
    EventInfo,
    Outcome,
    OutcomeKind,
    Results,
    RunInfo,
    ServiceInfo,
    Severity,
    StackInfo,
    Step,
    WaiverUse,
)
from stackproof.report import files, html

# In per cent: fail, unknown, waived, advisory, pass, not applicable.
_MIX = dict(zip(OutcomeKind, (2, 1, 5, 4, 60, 28), strict=True))
_FAMILIES = ("identity", "network", "health", "restart", "storage", "secrets", "resources", "supply chain")
_SERVICES = ("web", "redis", "db", "app")
_WORDS = (
    "ready",
    "after",
    "port",
    "process",
    "answered",
    "root",
    "volume",
    "signal",
    "config",
    "restart",
    "limit",
)
_FIVE, _MOST_PAGES = 5, 12
_CHOICES = [f"choice {place}" for place in range(60, 80)]  # clicks on buttons of facets
_FILTERS = ("redis", "control-007", "nothing has this", "port root", "", *_CHOICES, "a")
_MANY = 2000  # outcomes, as the page has it
say = functools.partial(print, flush=True)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What must hold, in bytes and seconds."""

    size: int
    opens: float
    filters: float


LIMITS = {
    False: Limits(size=6_000_000, opens=0.3, filters=0.1),
    True: Limits(size=6_000_000, opens=2.0, filters=0.1),
}
"""By whether there are more than 2,000 outcomes."""


def made_up(stacks: int, services: int, controls: int) -> Results:
    """Return a run in which every control has something to say of every service."""
    chance = random.Random(7)  # noqa: S311 - the same each time
    infos = tuple(
        ControlInfo(
            id=f"control-{number:03}-of-{_FAMILIES[number % 8].replace(' ', '-')}",
            title=f"What control {number} demands of a service holds",
            severity=list(Severity)[number % 5],
            references=(f"CIS Docker 1.6.0 5.{number}", "NIST SP 800-190 4.1.2")[: number % 3],
            family=_FAMILIES[number % 8],
            why="A text of one or two sentences, as controls have them, about what happens otherwise. " * 2,
            fix="set `key: value`, or change the image.",
        )
        for number in range(controls)
    )
    names = [f"stack-{number:02}" for number in range(stacks)]
    parts = [
        f"{word}-{number}"
        for number, word in zip(range(services), ("web", "redis", "db", "app") * 99, strict=False)
    ]
    return Results(
        run=RunInfo(
            id="made-up", started=datetime(2027, 3, 1, tzinfo=UTC), seconds=600, command="stackproof check"
        ),
        stacks=tuple(_stack(name, parts) for name in names),
        controls=infos,
        outcomes=tuple(_outcome(s, p, c, chance) for s in names for c in infos for p in parts),
        steps=tuple(_step(s, p, number, chance) for s in names for p in parts for number in range(controls)),
    )


def _stack(name: str, services: list[str]) -> StackInfo:
    topology = tuple(
        ServiceInfo(
            name=service,
            ports=("8080:80/tcp",) if number == 0 else (),
            networks=("front", "back") if number % 2 else ("back",),
            volumes={"/data": f"{service}-data"} if number % 3 == 2 else {},  # noqa: PLR2004
            depends_on=dict.fromkeys(services[number + 1 : number + 3], "healthy"),
        )
        for number, service in enumerate(services)
    )
    lanes = ("observe", "faults", "persistence", "outage", "scale")
    timeline = tuple(
        EventInfo(lane=lane, what=what, container=f"{service}-1", at=start + number + more)
        for start, lane in enumerate(lanes)
        for number, service in enumerate(services)
        for more, what in ((0.0, "started"), (2.5, "healthy"), (9.0, "ended"), (9.5, "started"))
    )
    path = f"{name}/compose.yml"
    return StackInfo(name=name, files=(path,), services=tuple(services), topology=topology, timeline=timeline)


def _step(stack: str, service: str, number: int, chance: random.Random) -> Step:
    """Return what was asked for an outcome: every tenth a look with a long answer, which the others share."""
    lines = [f"{chance.randrange(9999)} {' '.join(chance.choices(_WORDS, k=6))}" for _ in range(9)]
    return Step(
        id=f"{stack}/{service}/{number}",
        command=f"docker exec {service}-1 look {number}",
        started=datetime(2027, 3, 1, tzinfo=UTC),
        seconds=round(chance.random(), 3),
        exit=0,
        output="\n".join(lines if number % 10 == 0 else lines[:1]),
    )


def _outcome(stack: str, service: str, control: ControlInfo, chance: random.Random) -> Outcome:
    """Return one of 400 messages and pieces of evidence; each has numbers of its own, as real ones have."""
    kind = chance.choices(list(_MIX), list(_MIX.values()))[0]
    number = int(control.id[8:11])
    text = random.Random(chance.randrange(400))  # noqa: S311 - the same each time
    return Outcome(
        stack=stack,
        service=service,
        container=f"{service}-1",
        control=control.id,
        fingerprint=f"{chance.getrandbits(64):016x}",
        outcome=kind,
        severity=control.severity,
        message=f"{service}: {' '.join(text.choices(_WORDS, k=9))}",
        evidence={"seconds": round(chance.random() * 50, 1), "seen": text.choices(_WORDS, k=9)},
        waiver=WaiverUse(reason="known", expires=date(2028, 1, 1)) if kind is OutcomeKind.WAIVED else None,
        file="compose.yml",
        line=chance.randrange(1, 400),
        column=5,
        seconds=round(chance.random() * 9, 3),
        steps=(f"{stack}/{service}/{number}", f"{stack}/{service}/{number // 10 * 10}"),
    )


_FILTER = """(text) => {
  const box = document.getElementById("needle");
  const place = text.startsWith("choice ") ? Number(text.slice(7)) : -1;
  const button = document.querySelectorAll(".choices button")[place];
  const from = performance.now();
  if (button) button.click();
  else { box.value = text; box.dispatchEvent(new Event("input")); }
  document.body.offsetHeight;
  return (performance.now() - from) / 1000;
}"""


@dataclass(frozen=True, kw_only=True)
class Took:
    """Seconds of the processor, and of the clock."""

    busy: float
    clock: float

    def __str__(self) -> str:
        """Return both in milliseconds."""
        return f"{self.busy * 1000:.0f} ({self.clock * 1000:.0f}) ms"


class Tab:
    """A page, and the processor time of its main thread."""

    def __init__(self, browser: Browser, path: Path) -> None:
        self.page = browser.new_page(viewport={"width": 1280, "height": 900})
        self._session = self.page.context.new_cdp_session(self.page)
        self._session.send("Performance.enable", {"timeDomain": "threadTicks"})
        before = self._busy()
        self.page.goto(path.as_uri(), wait_until="commit")
        self.page.wait_for_selector("html[data-ready]", state="attached", timeout=300_000)
        clock = float(self.page.evaluate("Number(document.documentElement.dataset.ready) / 1000"))
        self.opened = Took(busy=self._busy() - before, clock=clock)

    def filtered(self, text: str) -> Took:
        """Return how long a filter took."""
        before = self._busy()
        clock = float(self.page.evaluate(_FILTER, text))
        return Took(busy=self._busy() - before, clock=clock)

    def _busy(self) -> float:
        metrics = self._session.send("Performance.getMetrics")["metrics"]
        return next(float(one["value"]) for one in metrics if one["name"] == "TaskDuration")


def measured(browser: Browser, name: str, results: Results, folder: Path, repeats: int) -> Iterator[str]:
    """Print the figures of one run; yield what is over its limit."""
    limits = LIMITS[len(results.outcomes) > _MANY]
    started = time.process_time()
    text = html.render(results)
    rendered = time.process_time() - started
    path = folder / "index.html"
    path.write_text(text, encoding="utf-8")
    opens, filters = [], []
    for _ in range(repeats):
        tab = Tab(browser, path)
        opens.append(tab.opened)
        pages = len(re.findall(rb"/Type\s*/Page\b", tab.page.pdf(prefer_css_page_size=True)))
        filters.append(max((tab.filtered(text) for text in _FILTERS), key=lambda took: took.busy))
        nodes = tab.page.evaluate("document.querySelectorAll('*').length")
        tab.page.close()
    size = path.stat().st_size
    opened, filtered = (min(those, key=lambda took: took.busy) for those in (opens, filters))
    say(
        f"{name}: {len(results.outcomes)} outcomes, {size / 1e6:.2f} MB, {nodes} nodes, "
        f"rendered in {rendered:.1f} s; opens in {opened}, slowest filter {filtered}; "
        f"summary prints on {pages} pages"
    )
    for what, figure, limit in (
        ("bytes", size, limits.size),
        ("seconds to open", opened.busy, limits.opens),
        ("seconds to filter", filtered.busy, limits.filters),
    ):
        if figure > limit:
            yield f"{name}: {figure:.3g} {what}, more than {limit}"
    if len(results.stacks) == _FIVE and pages > _MOST_PAGES:
        yield f"{name}: {pages} pages, more than {_MOST_PAGES}"


def main() -> int:
    """Measure; 1 where a limit is not kept."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("results", nargs="*", type=Path)
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    runs = {str(path): files.read(path) for path in options.results}
    runs = runs or {"5 x 4 x 30": made_up(5, 4, 30), "50 x 12 x 150": made_up(50, 12, 150)}
    over = []
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=options.chromium, args=["--no-sandbox"])
        for name, results in runs.items():
            over += measured(browser, name, results, Path(folder), options.repeats)
        browser.close()
    say("\n".join(over))
    return bool(over)


if __name__ == "__main__":
    sys.exit(main())
