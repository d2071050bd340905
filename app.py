"""The frame of Attention Explorer: theme, navigation, model and text; then the chosen page."""

import streamlit as st

from pages.shared.launch import launch
from pages.shared.model_map.drawing import MapInSidebar, follow_clicks
from pages.shared.notices import preload
from pages.shared.sidebar import choose

if not st.runtime.exists():
    launch(__file__)

st.set_page_config(page_title="Attention Explorer", page_icon="assets/icon.svg", layout="wide")

page = st.navigation(
    [
        st.Page("pages/home/whole_model.py", title="The whole model", default=True),
        st.Page("pages/learn/lessons.py", title="Lessons"),
        st.Page("pages/explore/attention.py", title="Attention"),
        st.Page("pages/explore/inside_a_head.py", title="Inside a head"),
        st.Page("pages/explore/embeddings.py", title="Embeddings"),
        st.Page("pages/explore/generation.py", title="Generation"),
        st.Page("pages/compare/architectures.py", title="Architectures"),
        st.Page("pages/apply/applications.py", title="Applications"),
        st.Page("pages/apply/scale.py", title="Scale"),
    ],
    position="top",
)
request = choose()
st.session_state["request"] = request
follow_clicks(page.url_path)
map_in_sidebar = MapInSidebar(request, page.url_path)
map_in_sidebar.draw()
page.run()
map_in_sidebar.draw()
preload(request)
