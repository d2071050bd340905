"""Several models on one sentence, side by side."""
