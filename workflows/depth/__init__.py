"""The latent depth of treaties, measured alone, and whether the measure is any good."""
