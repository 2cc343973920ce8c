"""A recipe, labelled text and a budget ─► a better recipe, and how much of its lead is luck."""
