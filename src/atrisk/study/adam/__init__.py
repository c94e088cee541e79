"""Export in the variables of ADaM: ADSL, one row a patient, and ADTTE, one row an endpoint."""
