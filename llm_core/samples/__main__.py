"""Make the shipped traces again from the models."""

import llm_core
from llm_core.archive import save_trace
from llm_core.samples import MODELS, TEXT, path_of

for name in MODELS:
    save_trace(llm_core.trace(llm_core.load_model(name), TEXT), path_of(name), compact=True)
    print(f"{path_of(name).name}: {path_of(name).stat().st_size:,} bytes")
