"""The uses of language models on the page Applications."""
