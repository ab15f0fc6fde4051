"""A model at draws of its variables: where chains begin, quantities over draws, and draws in few numbers."""
