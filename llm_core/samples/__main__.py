"""Make the shipped traces, profiles and what the pictures need beyond them again from the models."""

import json

import llm_core
from llm_core.comparison.model_profile import as_fields, model_profile
from llm_core.lessons.gathering import gather
from llm_core.measures.model_map import counts_of
from llm_core.recording.archive import save_trace
from llm_core.samples import MODELS, PROFILES, TEXT, path_of
from llm_core.samples.lesson_evidence import save_evidence
from llm_core.whole_model.making_samples import make_sample
from llm_core.whole_model.samples import path_of_whole

profiles, evidence = {}, []
for name in MODELS:
    model = llm_core.load_model(name)
    trace = llm_core.trace(model, TEXT)
    save_trace(trace, path_of(name))
    profiles[name] = {**as_fields(model_profile(model, trace)), "counts": counts_of(model.model)}
    evidence.append(gather(model, trace))
    make_sample(model, trace)
    for path in (path_of(name), path_of_whole(name)):
        print(f"{path.name}: {path.stat().st_size:,} bytes")
PROFILES.write_text(json.dumps(profiles, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
save_evidence(evidence)
