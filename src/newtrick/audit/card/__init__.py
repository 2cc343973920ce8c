"""Checks of a model card."""
