"""Figures of merit, in NumPy alone.

A figure that has no value for the rows that are there is None, and never NaN: the area under a
curve where one class is absent, kappa where there is one class. Where scikit-learn warns and has
its `zero_division`, these take 0.
"""
