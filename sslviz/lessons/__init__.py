"""Lessons: measuring the arms of an experiment, verifying it over seeds, and keeping a run of each arm as a record."""
