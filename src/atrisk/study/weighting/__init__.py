"""Two treatments compared after weighting by the propensity score."""
