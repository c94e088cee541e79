"""The programs that are timed: one module each, holding its `CALLS`."""
