"""The public estimators: a source in, one frozen result out."""
