"""The process that serves pages never sees a model: no page brings torch, and all of them work without it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

WALK = """
import sys
from streamlit.testing.v1 import AppTest

PAGES = ["home/whole_model", "learn/lessons", "explore/attention", "explore/inside_a_head", "explore/embeddings",
         "explore/generation", "compare/architectures", "apply/applications", "apply/scale"]
for model in ("minilm-l6-mlm", "t5-mini-en-fr"):
    at = AppTest.from_file("app.py", default_timeout=300)
    at.query_params["model"] = model
    at.query_params["text"] = "The dog [MASK] in the garden." if model.startswith("minilm") else "The dog is here."
    at.run()
    for page in PAGES:
        at.switch_page(f"pages/{page}.py").run()
        assert not at.exception, (model, page, at.exception)
        assert at.markdown, (model, page)
print(sorted({"torch", "transformers", "sklearn", "umap", "tokenizers"} & set(sys.modules)))
"""


def test_the_page_process_sees_no_torch():
    done = subprocess.run([sys.executable, "-c", WALK], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.strip().splitlines()[-1] == "[]"
