"""The pooled model of US-led coalitions, its placebo, and its bridge from the printed table."""
