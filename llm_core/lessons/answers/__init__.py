"""The kinds of answers, each a small function over what a model did; see :mod:`llm_core.lessons.kinds`."""
