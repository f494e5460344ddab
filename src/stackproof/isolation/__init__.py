"""From an author's model to a sandbox's compose file, by a closed list. Pure: no engine, no pytest."""
