"""What large means: computed sizes, published figures, measured growth."""
