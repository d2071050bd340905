"""The measured claims of the README: ``python -m benchmarks`` prints their tables."""
