"""Judge files as they are written: no sandbox, no engine, no pytest."""
