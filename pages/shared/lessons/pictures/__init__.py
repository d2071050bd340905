"""The pictures of lessons, by what they show."""
