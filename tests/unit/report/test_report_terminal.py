"""The end of a run on the terminal."""

import io
import re
from pathlib import Path

import pytest
from rich.console import Console

from stackproof.outcomes.model import OutcomeKind, Results
from stackproof.report import terminal

LISTED = {OutcomeKind.FAIL, OutcomeKind.UNKNOWN, OutcomeKind.WAIVED, OutcomeKind.ADVISORY}


def _lines(results: Results, width: int = 200) -> list[str]:
    return terminal.render(results, width).splitlines()


def test_every_outcome_is_listed_or_counted(sample: tuple[str, Results]) -> None:
    """A row for each finding; the total line counts every kind."""
    lines = _lines(sample[1])
    total = next(line for line in reversed(lines) if ", gate " in line)

    for kind in OutcomeKind:
        count = sample[1].count(kind)
        told = sum(outcome.cause is not None for outcome in sample[1].outcomes if outcome.outcome is kind)
        rows = [line for line in lines if line.startswith(f"{kind:8} ") and "not judged" not in line]
        assert len(rows) == (count - told if kind in LISTED else 0)
        assert (f"{count} {kind}" in total) == (count > 0)


def test_what_fails_stands_first(mixed_results: Results) -> None:
    """Rows go from fail to advisory, within each stack."""
    kinds = [line.split()[0] for line in _lines(mixed_results) if line and line[0] != " "]
    shop = [kind for kind in kinds if kind in LISTED][:6]

    assert shop == ["fail", "fail", "fail", "unknown", "waived", "advisory"]


def test_long_message_is_cut_and_says_so(mixed_results: Results) -> None:
    """The first lines of a failure are shown, and how many are not."""
    text = terminal.render(mixed_results, 200)

    assert "... 2 more lines in the report" in text
    assert text.count("long text") < 40


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_output_for_a_pipe_is_plain(mixed_results: Results, width: int, encoding: str) -> None:
    """A log file gets neither colour codes nor characters it cannot hold, at any width."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding)
    terminal.print_summary(mixed_results, Console(file=stream, width=width))
    stream.flush()
    text = raw.getvalue().decode(encoding)

    assert "\x1b" not in text
    assert ("ä" in text) == (encoding == "utf-8")
    assert ("\\xe4" in text) == (encoding == "ascii")


def test_colour_comes_on_request_and_only_ours(mixed_results: Results) -> None:
    """A terminal gets colour; the codes and markup of a message stay without effect."""
    text = terminal.render(mixed_results, 200, colour=True)

    assert "\x1b[1;31mfail" in text
    assert "\x1b[31mred" not in text
    assert "[bold]not" in text


def test_report_path_stands_at_the_end(proven_results: Results) -> None:
    """The path is one unbroken line, however narrow the terminal, so that it can be clicked."""
    stream = io.StringIO()
    path = Path("/a/very/long/path/to/the/reports/of/this/run/index.html")
    terminal.print_summary(proven_results, Console(file=stream, width=30), path)

    assert stream.getvalue().splitlines()[-1] == f"Report: {path}"


def test_empty_run_says_nothing_proven(empty_results: Results) -> None:
    """No outcome looks like no success."""
    assert "NOTHING PROVEN  no outcome at all" in _lines(empty_results)[-1]


@pytest.mark.parametrize("width", [40, 80, 140])
def test_no_key_information_is_cut(mixed_results: Results, width: int) -> None:
    """Subject and control stand in one line that can be searched for; place and fix are there, too."""
    text = terminal.render(mixed_results, width)

    assert "fail     high     shop web-2  effective-uid-nonroot" in text
    assert "stacks/shop/compose.yml:12: root" in text.replace("\n  ", " ")
    assert text.count("fix: Set `user:`") == 1  # below the last finding of its control


def test_what_to_see_to_first(mixed_results: Results, proven_results: Results) -> None:
    """With the command that repeats a check; nothing where nothing fails."""
    text = terminal.render(mixed_results, 140)

    assert "First: 1. shop web-1 effective-uid-nonroot  2. shop web-1" in text
    assert "Repeat one check: stackproof check stacks/shop/compose.yml --select effective-uid-nonroot" in text
    assert "First:" not in terminal.render(proven_results, 100)


def said(results: Results, detail: terminal.Detail) -> list[str]:
    """Return the lines of an end of a run."""
    stream = io.StringIO()
    terminal.print_summary(results, Console(file=stream, width=80), detail=detail)
    return stream.getvalue().splitlines()


def test_verdicts_alone(mixed_results: Results) -> None:
    """A line for each stack and one for the run, and what the verdicts cover."""
    assert [line.split("  ")[:2] for line in said(mixed_results, terminal.Detail.VERDICTS)] == [
        ["shop", "NOT PROVEN"],
        ["unlisted <stack>", "NOT PROVEN"],
        ["2 stacks in 2 min 11 s, gate high", "NOT PROVEN"],
        ["covers all 6 controls"],
    ]


def test_scope_is_never_left_out(narrowed_results: Results) -> None:
    """A narrowed run does not read like a whole one, however little is said."""
    assert said(narrowed_results, terminal.Detail.VERDICTS)[-1].startswith("covers 3 of 150 controls")


def test_everything(mixed_results: Results) -> None:
    """What passed and what did not apply, too, each with what was seen."""
    less, more = (said(mixed_results, detail) for detail in (terminal.Detail.FINDINGS, terminal.Detail.ALL))
    added = [line for line in more if line not in less]

    assert "pass     critical shop db  no-privileged" in added
    assert added[added.index("pass     critical shop db  no-privileged") + 1] == "  not privileged"
    assert "  the engine has no <memory> controller" in added
    assert not [line for line in less if line not in more]


@pytest.mark.parametrize("width", [60, 80, 120])
def test_long_sentences_go_on_further_in(narrowed_results: Results, width: int) -> None:
    """No word is broken and no blank left at an end; what is searched for, and commands, stay in one line."""
    note = "writable binds are copies, so that what a service writes is not seen in " + "a/folder " * 20
    stacks = tuple(one.model_copy(update={"notes": (note,)}) for one in narrowed_results.stacks)
    lines = terminal.render(narrowed_results.model_copy(update={"stacks": stacks}), width).splitlines()
    wide = terminal.render(narrowed_results.model_copy(update={"stacks": stacks}), 2000).splitlines()
    starts = [place for place, line in enumerate(lines) if line.startswith(("note: ", "covers "))]

    assert len(starts) == len(stacks) + 1
    assert [line for line in lines if line != line.rstrip()] == []
    for place in starts:
        rest = []
        for line in lines[place + 1 :]:
            if not line.startswith("  "):
                break
            rest.append(line.strip())
        assert len(rest) > 0
        assert max(map(len, lines[place : place + len(rest) + 1])) <= width
        assert " ".join([lines[place], *rest]) in [line.rstrip() for line in wide]


def test_first_has_a_line_for_each_where_one_is_too_short(mixed_results: Results) -> None:
    """And names all that it names on a wide terminal."""
    lines = terminal.render(mixed_results, 60).splitlines()
    place = lines.index("First:")

    assert [line[:5] for line in lines[place + 1 : place + 4]] == ["  1. ", "  2. ", "  3. "]
    told = "  ".join(line.strip() for line in lines[place + 1 : place + 4])
    assert f"First: {told}" in terminal.render(mixed_results, 400)


def test_control_links_to_its_page(mixed_results: Results) -> None:
    """Only where colours are: a file would show the address as characters."""
    told = terminal.render(mixed_results, 80, colour=True)
    address = "https://docs.example/controls/effective-uid-nonroot/"

    assert re.search(rf"\x1b\]8;id=\d+;{address}\x1b\\[^\n]*effective-uid-nonroot", told)
    assert "8;" not in terminal.render(mixed_results, 80)
    assert address not in terminal.render(mixed_results, 80)


def test_terminal_breaks_no_word(mixed_results: Results) -> None:
    """Heads of findings go on below; in a file each is one line, see above."""
    text = re.sub(r"\x1b\][^\x1b]*\x1b\\|\x1b\[[0-9;]*m", "", terminal.render(mixed_results, 40, colour=True))

    assert "fail     high     shop web-2\n  effective-uid-nonroot\n" in text
    assert [
        line for line in text.splitlines() if len(line) > 40 and line.startswith(tuple(OutcomeKind))
    ] == []


def test_terminal_without_colours_breaks_no_word_either(mixed_results: Results) -> None:
    """NO_COLOR is no log: the same lines, without what colours and links are made of."""
    plain = terminal.render(mixed_results, 40, is_terminal=True)
    coloured = terminal.render(mixed_results, 40, colour=True)

    assert "\x1b" not in plain
    assert plain == re.sub(r"\x1b\][^\x1b]*\x1b\\|\x1b\[[0-9;]*m", "", coloured)
