"""Compare / Architectures: one sentence through two or three models, side by side."""

import streamlit as st

from pages.shared.comparison_choices import choose
from pages.shared.comparison_view import view

st.markdown("#### One text, read by different architectures")
view(choose(st.session_state["request"]))
