"""Samples to ankle angle: timebase, orientation, calibration, angle, contact. Pure functions."""
