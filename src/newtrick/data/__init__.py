"""Anything that holds text and labels ─► Dataset."""
