"""What a token is, and how context changes it."""
