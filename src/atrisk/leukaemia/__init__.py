"""Rules of the leukaemia clinic as pure functions on values; their facts are TOML with sources."""
