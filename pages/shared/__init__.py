"""The only place where streamlit meets llm_core."""
