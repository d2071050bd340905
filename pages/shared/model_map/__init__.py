"""The model map: the model in use, small, on every page."""
