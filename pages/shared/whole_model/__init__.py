"""The parts of the front page: one picture of the whole model, and what opens in it."""
