"""What each layer would say next."""
