"""Where the boxes and lines of a layered graph go.

fast-sugiyama does it: of what lays graphs out without another program it is alone in being released, typed
and permissively licensed (grandalf was last changed in 2022, carries the GPL, and has no types; networkx
knows layers but leaves the crossings). It is told of numbers, never of names, whose hashes change from
process to process: so the same stack gives the same picture.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fast_sugiyama import from_edges

Point = tuple[float, float]
Edge = tuple[int, int]
ACROSS, DOWN = 208, 112  # from the middle of a box to that of the next, in pixels
_WIDEST = 1250  # pixels of parts beside each other, before the next goes below


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The middle of each box, the points of each line, and the size of it all."""

    boxes: dict[int, Point]
    lines: dict[Edge, tuple[Point, ...]]
    width: float
    height: float


def arrange(count: int, edges: Sequence[Edge]) -> Layout:
    """Lay out boxes 0 to `count` - 1 so that lines lead downwards, with as few crossings as can be found.

    What is tied to nothing comes last.
    """
    boxes: dict[int, Point] = {}
    lines: dict[Edge, tuple[Point, ...]] = {}
    left = top = high = wide = 0.0
    for part in _parts(count, edges):
        if left and left + part.width > _WIDEST:
            left, top, high = 0.0, top + high, 0.0
        boxes |= {box: (x + left, y + top) for box, (x, y) in part.boxes.items()}
        lines |= {edge: tuple((x + left, y + top) for x, y in line) for edge, line in part.lines.items()}
        left += part.width
        wide, high = max(wide, left), max(high, part.height)
    return Layout(boxes=boxes, lines=lines, width=wide, height=top + high)


def _parts(count: int, edges: Sequence[Edge]) -> Iterator[Layout]:
    """Yield what is tied together, one after the other, and what is tied to nothing."""
    tied = sorted({box for edge in edges for box in edge})
    number = {box: index for index, box in enumerate(tied)}  # beyond them, numbers are bends of lines
    found = from_edges([(number[a], number[b]) for a, b in edges], vertex_spacing=ACROSS) if edges else ()
    for positions, width, height, links in found:
        points = {
            int(node): (x + ACROSS / 2, (height - y) / ACROSS * DOWN + DOWN / 2) for node, (x, y) in positions
        }
        ways = _ways([(int(a), int(b)) for a, b in links or ()], len(tied))
        yield Layout(
            boxes={tied[node]: point for node, point in points.items() if node < len(tied)},
            lines={(tied[a], tied[b]): tuple(points[node] for node in way) for (a, b), way in ways.items()},
            width=width + ACROSS,
            height=height / ACROSS * DOWN + DOWN,
        )
    for box in range(count):
        if box not in number:
            yield Layout(boxes={box: (ACROSS / 2, DOWN / 2)}, lines={}, width=ACROSS, height=DOWN)


def _ways(links: Sequence[Edge], boxes: int) -> dict[Edge, list[int]]:
    """Return each line from box to box with the bends between; a bend has one way on."""
    onward = {a: b for a, b in links if a >= boxes}
    ways = {}
    for start, node in links:
        if start < boxes:
            way = [start, node]
            while way[-1] >= boxes:
                way.append(onward[way[-1]])
            ways[start, way[-1]] = way
    return ways
