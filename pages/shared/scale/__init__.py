"""The parts of the Scale page."""
