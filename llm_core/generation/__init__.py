"""Writing token by token, with everything each step can tell."""
