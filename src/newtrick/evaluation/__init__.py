"""Logits and labels ─► Result."""
