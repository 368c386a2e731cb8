"""The procedural data set: scenes of simple objects on textured backgrounds, with every factor known."""
