"""Statistics on arrays: every estimator is a page of algebra over two additive tables."""
