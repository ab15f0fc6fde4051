"""From numbers to verdicts: the gate, feedback, and what the data can and cannot tell apart."""
