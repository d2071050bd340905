"""A name becomes a model: finding, refusing, converting, loading, verifying."""
