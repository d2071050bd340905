"""The whole model as one picture: what flows through it for a text, block by block, as records."""
