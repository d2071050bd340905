"""What switching heads off does to a model's output, beside switching off as many heads drawn at random.

Attention says where a head looks; only an intervention says whether that matters (Michel et al. 2019, Are
sixteen heads really better than one?; Jain and Wallace 2019, Attention is not explanation). A number alone says
little, since any change of a network changes something: the random heads are what it has to be compared with.
"""

from __future__ import annotations

from llm_core.errors import SelectionError
from llm_core.heads.effects import AblationEffect, Heads
from llm_core.heads.output_change import ask
from llm_core.heads.random_heads import random_heads
from llm_core.models.loading import LoadedModel
from llm_core.progress import Progress, ProgressCallback, ignore_progress, within
from llm_core.recording.records import check_heads
from llm_core.recording.trace_record import Ablation, Edits
from llm_core.tracing.ablation import checked_heads, mean_outputs
from llm_core.tracing.inputs import check_target, encode_target, encode_text


def effect_of_ablation(
    model: LoadedModel,
    text: str,
    heads: Heads,
    target: str | None = None,
    *,
    ablation: Ablation = "zero",
    position: int | None = None,
    draws: int = 8,
    seed: int = 0,
    truncate: bool = False,
    max_tokens: int | None = None,
    max_target_tokens: int = 64,
    progress: ProgressCallback = ignore_progress,
) -> AblationEffect:
    """Switch heads off and measure what changes in the output, and the same for random heads.

    A decoder is asked for the next token after ``position`` (the last one if it is None). An encoder that fills in
    masks is asked for the masked token: the first mask in the text, or else the token at ``position`` (the last
    word if it is None), which is masked for that. An encoder-decoder writes its text, and the probability of what
    it wrote with all heads is measured; with a target, the target's. An encoder without a head has vectors only.

    Args:
        model: From :func:`llm_core.load_model`; it is not changed.
        text: What it reads.
        heads: Heads to switch off, by (stack, layer), for example ``{("decoder", 3): (0, 2)}``.
        target: What the decoder of an encoder-decoder reads; None lets it write.
        ablation: What a head that is off gives out; see :class:`llm_core.Edits`.
        position: The row of the output to look at, from 0.
        draws: How many times as many random heads are drawn; fewer if there are no more different ones. 0 for none.
        seed: Of the random heads.
        truncate: Cut a text that is too long instead of refusing it.
        max_tokens: Take fewer tokens than the model could.
        max_target_tokens: The most tokens that an encoder-decoder writes.
        progress: Told as passes go on. What it raises stops the work.

    Raises:
        TextError: The text (or target) is empty, too long, or no text.
        SelectionError: No heads are named, or a head or the position does not exist.
        UnsupportedModelError: The attention of this model does not pass through the recorder.
    """
    check_target(model, target)
    chosen = checked_heads(model, Edits(heads, ablation))
    if not any(chosen.values()):
        raise SelectionError('Expected at least one head to switch off, for example {("decoder", 3): (0, 2)}.')
    source = encode_text(model, text, truncate=truncate, pad_to=None, max_tokens=max_tokens)
    given = None if target is None else encode_target(model, target, truncate=truncate)
    asking, averaging = 0.15, 0.3
    question = ask(model, source, given, position, max_target_tokens, within(progress, 0.0, asking))
    chosen = {site: tuple(check_heads(some, question.heads[site])) for site, some in chosen.items()}
    control = random_heads(chosen, question.heads, draws, seed)
    sets = (chosen, *control.sets)
    means = None
    if ablation == "mean":
        sites = {site for heads_of in sets for site in heads_of}
        means = mean_outputs(model, question.inputs, sites, progress=within(progress, asking, averaging))
    effects = question.effects(sets, means, within(progress, averaging, 1.0))
    progress(Progress(1.0, "Done"))
    return AblationEffect(ablation, effects[0], tuple(effects[1:]), control.drawn)
