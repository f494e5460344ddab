"""How often generated files have what public ones have, and which part of them must stay: prints `kept`.

Iterative proportional fitting over a pool in which nothing is left out: the parts are of several features
at once, for a stack with a socket often has more. What comes out goes into `written/public.yml` by hand.
"""

import argparse

import written_stacks
from written_stacks import has

ROUNDS = 50


def fitted(found: list[list[bool]], shares: list[float]) -> list[float]:
    """Return for each feature the part of the stacks with it that stays, at most 1."""
    kept = [1.0] * len(shares)
    for _ in range(ROUNDS):
        for number, share in enumerate(shares):
            weights = [_weight(row, kept) for row in found]
            there = sum(weight for weight, row in zip(weights, found, strict=True) if row[number])
            now = there / sum(weights)
            if now:
                kept[number] = min(1.0, kept[number] * share / (1 - share) * (1 - now) / now)
    return kept


def _weight(row: list[bool], kept: list[float]) -> float:
    weight = 1.0
    for there, part in zip(row, kept, strict=True):
        weight *= part if there else 1.0
    return weight


def main() -> None:
    """Print the features."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=2000, help="stacks in the pool (default: 2000)")
    parser.add_argument("--seed", type=int, default=2)
    given = parser.parse_args()
    features = written_stacks.features()
    pool = [
        written_stacks.as_public_files_do(stack, given.seed)
        for stack in written_stacks.generate(given.count, given.seed)
    ]
    texts = [stack.texts()["compose.yml"] for stack in pool]
    found = [[has(feature, text) for feature in features] for text in texts]
    kept = fitted(found, [feature["share"] for feature in features])
    for number, feature in enumerate(features):
        now = sum(row[number] for row in found) / len(found)
        print(f"{feature['rule']:20} {now:6.1%} -> {feature['share']:6.1%}  kept: {kept[number]:.2f}")  # noqa: T201

    weights = [_weight(row, kept) for row in found]
    for store in written_stacks.stores():
        doors = [f"{store['port']}:{store['port']}" in text for text in texts]
        there = [any(name in stack.services for name in store["services"]) for stack in pool]
        shares = [
            sum(weight for weight, has_it in zip(weights, flags, strict=True) if has_it) / sum(weights)
            for flags in (there, doors)
        ]
        print(f"{store['port']:5} there {shares[0]:.1%}, published {shares[1]:.1%} -> {store['share']:.1%}")  # noqa: T201


if __name__ == "__main__":
    main()
