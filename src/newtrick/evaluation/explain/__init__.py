"""Which words of a text moved the decision, and whether that is so."""
