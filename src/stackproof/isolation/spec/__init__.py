"""The rows of the table, by part of the specification."""
