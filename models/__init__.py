"""The generative story: depth, potential, contribution, assembled in joint; priors; simulation from truth."""
