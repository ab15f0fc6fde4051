"""A reader's own operation: sheets, cells, coverage, covariates."""
