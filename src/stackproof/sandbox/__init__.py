"""Isolated running copies of a stack, ours alone."""
