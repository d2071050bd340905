"""What is recorded while a model runs, and the records that come of it."""
