"""What heads do, and what becomes of a model without them."""
