"""Records to pictures: every builder takes records or arrays and returns a figure; none runs a model."""
