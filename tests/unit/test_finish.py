"""What the end of a run says of a stack."""

from tests.unit.conftest import MakeStack

from stackproof.finish import notes_of


def test_plain_stack_has_no_notes(make_stack: MakeStack) -> None:
    """Nothing of it is another in a copy."""
    assert notes_of(make_stack({"web": {}}), start_intervals=True) == []


def test_ports(make_stack: MakeStack) -> None:
    """Said where a port is published."""
    stack = make_stack({"web": {"ports": [{"target": 80}]}})

    assert notes_of(stack, start_intervals=True) == [
        "ports are published on 127.0.0.1 with numbers chosen by the host"
    ]


def test_volumes(make_stack: MakeStack) -> None:
    """Said where there is one; of a copied folder the name as it is on the disk."""
    stack = make_stack({"web": {"volumes": [{"type": "bind", "source": "/d$$r", "target": "/d"}]}})
    stack.model.raw["volumes"] = {"data": None}  # type: ignore[index] # a plain dict

    assert notes_of(stack, start_intervals=True) == [
        "named and external volumes are replaced by fresh ones, removed afterwards",
        "writable binds are copies: /d$r",
    ]


def test_first_probe(make_stack: MakeStack) -> None:
    """Only an engine that knows start intervals can wait with it."""
    stack = make_stack({"web": {"healthcheck": {"test": ["CMD", "true"]}}})

    known, unknown = (notes_of(stack, start_intervals=knows)[0] for knows in (True, False))

    late = ", at first as late as their author's but within 5 s"
    assert known == f"health checks run every 1 s{late}, with more retries in the same window: web"
    assert unknown == known.replace(late, "")
