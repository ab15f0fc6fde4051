"""A linear predictor: rows in, one term a file, each sampled as what the data speak of."""
