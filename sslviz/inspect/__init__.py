"""Inspection: what a trained network does with an image. Reads models, never changes them."""
