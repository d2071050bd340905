"""The parts of the Generation page."""
