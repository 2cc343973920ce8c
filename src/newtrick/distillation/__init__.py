"""Texts without labels, and a teacher ─► rows to learn from beside the labelled ones."""
