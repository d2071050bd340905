"""Compare / Architectures: one text through two or three models, side by side."""

import streamlit as st

from pages.shared.comparison.choices import choose
from pages.shared.comparison.view import view

headline = st.container()
view(choose(st.session_state["request"]), headline)
