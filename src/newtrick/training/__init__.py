"""Batches ─► weights."""
