"""Case report forms: the data dictionary, its expressions, and the tables that centres fill."""
