"""How the bundled weights were made: text, vocabulary, training, evaluation, export.

The app never imports this package. ``python -m training`` runs every step in order.
"""
