"""The parts of the Embeddings page: each draws its own headline, picture, controls and numbers."""
