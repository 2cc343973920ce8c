"""A data set ─► findings."""
