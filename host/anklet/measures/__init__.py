"""Ankle angle to numbers: reps, metrics, compare, trend, norms. Pure functions."""
