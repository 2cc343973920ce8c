"""Trainings with and without a step ─► what the step is worth."""
