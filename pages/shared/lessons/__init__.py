"""The Lessons page: which lesson, its text, its picture, its questions, and how far the visitor has come."""
