"""Examinations: a body seen by a scanner, as series of stored pixels with their attributes."""
