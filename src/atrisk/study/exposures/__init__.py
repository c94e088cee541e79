"""Exposures that start after time zero: followed over time, or known at a landmark."""
