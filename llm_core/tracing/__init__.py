"""A text goes through a model once, whole or changed, and becomes a trace."""
