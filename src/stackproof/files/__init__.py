"""What stands on disk, whoever wrote it."""
