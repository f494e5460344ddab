"""One module for each fault or change that a sandbox goes through, and what was measured of it."""
