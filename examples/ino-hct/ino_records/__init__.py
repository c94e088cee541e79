"""Forms of a synthetic cohort with the margins of a published one. Nobody described here exists."""
