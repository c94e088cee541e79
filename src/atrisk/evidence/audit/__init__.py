"""The audit: every number of a paper held against the arithmetic of the others."""
