"""Where the engine's tables are computed from."""
