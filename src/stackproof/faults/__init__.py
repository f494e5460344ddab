"""Deliberate disturbances, one module each."""
