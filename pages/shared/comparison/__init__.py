"""The parts of the comparison page."""
