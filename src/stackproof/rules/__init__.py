"""Rules: controls that the model or an image alone decides, by family; one module is one family."""

from stackproof.rules.rule import rule

__all__ = ["rule"]
