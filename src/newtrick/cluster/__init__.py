"""Independent jobs, one after the other here or many at once on a Ray cluster."""
