"""Model formulas: what they say, and the columns of numbers they ask for."""

from atrisk.formulas.design import Design, design, design_from_arrays
from atrisk.formulas.grammar import Formula, parse
from atrisk.formulas.layout import Term

__all__ = ["Design", "Formula", "Term", "design", "design_from_arrays", "parse"]
