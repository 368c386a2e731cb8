"""Checkpoints of any origin: recognised, read without running anything, and made into one kind of network."""
