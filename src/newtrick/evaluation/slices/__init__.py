"""Groups of test rows on which the model is worse than on the others."""
