"""Whom a datastore lets in, asked in its own protocol over any stream of bytes."""
