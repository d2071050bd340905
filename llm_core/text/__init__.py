"""Tokens: what a tokenizer makes of a text, and how it is told apart."""
