"""One value a patient, from the forms: columns that say which row and field they came from."""
