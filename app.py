"""The frame of Attention Explorer: theme, navigation, model and text; then the chosen page."""

import streamlit as st

from pages.shared.launch import launch
from pages.shared.notices import preload
from pages.shared.sidebar import choose

if not st.runtime.exists():
    launch(__file__)

st.set_page_config(page_title="Attention Explorer", page_icon="assets/icon.svg", layout="wide")

page = st.navigation(
    {
        "Explore": [
            st.Page("pages/explore/attention.py", title="Attention", icon=":material/grid_view:", default=True),
            st.Page("pages/explore/inside_a_head.py", title="Inside a head", icon=":material/function:"),
            st.Page("pages/explore/embeddings.py", title="Embeddings", icon=":material/scatter_plot:"),
            st.Page("pages/explore/generation.py", title="Generation", icon=":material/edit_note:"),
        ],
        "Compare": [
            st.Page("pages/compare/architectures.py", title="Architectures"),
        ],
        "Apply": [
            st.Page("pages/apply/scale.py", title="Scale"),
        ],
    }
)
request = choose()
st.session_state["request"] = request
page.run()
preload(request)
