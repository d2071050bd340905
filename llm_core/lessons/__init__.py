"""Lessons as data: one readable file each, with questions whose answers are computed from what a model did."""
