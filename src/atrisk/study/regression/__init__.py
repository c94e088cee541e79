"""Regression models of a study: from the variables asked for to the nodes and numbers of each."""
