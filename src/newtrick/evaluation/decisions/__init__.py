"""Probabilities ─► what to do with a text: believe the answer, withhold it, or name a few."""
