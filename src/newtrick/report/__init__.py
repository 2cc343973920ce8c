"""Result ─► what people look at."""
