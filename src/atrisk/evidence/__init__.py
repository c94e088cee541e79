"""The published record: studies and papers as data, audited, pooled, read back, compared with."""
