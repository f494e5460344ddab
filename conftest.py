"""Loads the plugin, nothing else."""

pytest_plugins = ["stackproof.plugin"]
