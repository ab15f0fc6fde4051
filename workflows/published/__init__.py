"""Published studies: declared, estimated again by the estimators of `engines`, and set beside a posterior."""
