"""Analyses of kind ``compare``: a cohort beside a published curve, or beside published rates."""
