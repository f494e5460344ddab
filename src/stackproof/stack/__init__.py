"""What the author wrote: compose files, resolved model, raw positions, contract. Read-only."""
