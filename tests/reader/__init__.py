"""An independent reader: what pages conclude, computed a second time with transformers and numpy alone.

The modules here that hold no tests import nothing of the project. A test asks the project for its sentence or answer,
asks the reader for the fact, and compares their meaning: which token, which layer, larger or smaller, how many.
"""
