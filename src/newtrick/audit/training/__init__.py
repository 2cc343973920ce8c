"""Checks of a training."""
