"""The decoding loop: one forward pass, one token, one record.

The library prepares everything (cache, masks, logits processors, stopping criteria) and then hands over to the
loop below, which it calls as ``custom_generate``; the loop is its own ``_sample`` with records. So each step is
the forward pass that plain ``generate`` makes, and nothing is computed twice.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import torch
from transformers.utils import ModelOutput

from llm_core.generation.cache_sizes import cache_layers
from llm_core.generation.choosing import choose, skip_draws
from llm_core.generation.settings import GenerationSettings
from llm_core.generation.step import Finish, GenerationStep, Prompt
from llm_core.generation.step_recorder import StepRecorder, encoder_records
from llm_core.models.loading import LoadedModel
from llm_core.progress import Progress, Telling
from llm_core.recording.recorder import Recording, recording
from llm_core.recording.verification import accepted_arguments
from llm_core.shapes import Stack
from llm_core.text.tokens import Token
from llm_core.tracing.inputs import EncodedText
from llm_core.tracing.passes import failures_explained

Steps: TypeAlias = Generator[GenerationStep, None, None]

CACHE_FAILURES = (IndexError, KeyError, RuntimeError, TypeError, AttributeError)
"""What the library raises where its cache does not fit a model, for example a decoder deeper than its encoder."""


def library_options(settings: GenerationSettings) -> dict[str, Any]:
    """The settings in the words of the library's ``generate``; None switches a stage off."""
    options: dict[str, Any] = {
        "do_sample": settings.samples,
        "num_beams": 1,
        "num_return_sequences": 1,
        "repetition_penalty": settings.repetition_penalty,
        "stop_strings": None,
        "max_time": None,
    }
    if settings.samples:
        options |= {
            "temperature": settings.temperature,
            "top_k": settings.top_k or None,
            "top_p": settings.top_p,
            "min_p": settings.min_p or None,
            "typical_p": settings.typical_p,
        }
    return options


@dataclass
class Writing:
    """One text being written; the fields are those of :func:`llm_core.generate`."""

    model: LoadedModel
    prompt_text: str
    source: EncodedText
    settings: GenerationSettings
    limit: int | None
    tell: Telling
    prompt: Prompt | None = None
    written: list[Token] = field(default_factory=list)

    def steps(self, numbers: list[int]) -> Steps:
        """Write on after tokens that stand written already, one step a token."""
        self._drawn = 0
        self._random = torch.Generator().manual_seed(self.settings.seed) if self.settings.samples else None
        with failures_explained(self.model, self.tell):
            try:
                yield from self._decoded(numbers, cached=True)
            except CACHE_FAILURES:
                if self.tell.raised is not None:
                    raise
                # Without a cache every pass reads the whole text again; tokens written so far stay.
                so_far = [token.id for token in self.written] or numbers
                yield from self._decoded(so_far, cached=False)

    def _decoded(self, numbers: list[int], *, cached: bool) -> Steps:
        """Let the library prepare everything for ``generate``, then run the loop below."""
        if len(numbers) >= self.settings.max_new_tokens:
            return
        noted = Recording(sites=self.model.sites)
        options = library_options(self.settings) | {"use_cache": cached}
        options["max_new_tokens"] = self.settings.max_new_tokens
        if self.model.method == "eager":
            options["output_attentions"] = True
        # The library is given the prompt alone, so that what counts from its end, or looks at it, does so.
        inputs = accepted_arguments(self.model.model.forward, self.source.inputs)
        loop = _Loop(self, numbers, noted, StepRecorder(self.model, cached=cached))
        with torch.inference_mode(), recording(noted):
            steps = self.model.network().generate(**inputs, custom_generate=loop.decode, **options)
        yield from steps

    def begin(self, ids: list[int], given: int, noted: Recording, ends: frozenset[int], encoder_output: Any) -> None:
        """Note what is read before the first step: ``ids`` without the ``given`` ones that were written before."""
        if self.prompt is not None:
            return
        encodes = self.model.family == "encoder-decoder"
        start = self.model.reader.sequence(ids[: len(ids) - given])
        self.prompt = Prompt(
            model_name=self.model.spec.name,
            family=self.model.family,
            text=self.prompt_text,
            read=self.source.text,
            tokens=start if encodes else self.source.tokens,
            source=self.source.tokens if encodes else (),
            encoder=encoder_records(self.model, noted, encoder_output) if encodes else {},
            ends=ends,
        )
        for number in ids[len(ids) - given :]:
            self.written.append(self.describe(number))

    def source_of_chance(self, vocabulary: int) -> torch.Generator | None:
        """The generator of this step's draw, moved on past the steps that were written before; None if greedy."""
        if self._random is not None:
            skip_draws(self._random, vocabulary, len(self.written) - self._drawn)
            self._drawn = len(self.written) + 1
        return self._random

    def describe(self, number: int) -> Token:
        """A token as it stands after what is written so far."""
        assert self.prompt is not None
        return self.model.reader.following((self.written or self.prompt.tokens)[-1], number)

    def finish(self, number: int, tokens: int, *, stopped: bool) -> Finish:
        """Why the text ends once a token is written and the decoder has read ``tokens`` before it."""
        assert self.prompt is not None
        if number in self.prompt.ends:
            return "end"
        if len(self.written) + 1 >= self.settings.max_new_tokens:
            return "length"
        if self.limit is not None and tokens >= self.limit:
            return "limit"
        return "end" if stopped else ""


@dataclass
class _Loop:
    """The decoding loop that the library runs; each turn is one forward pass and one token."""

    writing: Writing
    numbers: list[int]
    noted: Recording
    recorder: StepRecorder
    heads: dict[tuple[Stack, int], int] = field(default_factory=dict)

    def decode(
        self,
        library: Any,
        input_ids: torch.Tensor,
        logits_processor: Sequence[Any],
        stopping_criteria: Callable[..., torch.Tensor],
        generation_config: Any,
        **model_kwargs: Any,
    ) -> Steps:
        """Decode as the library's ``_sample`` does, one step a token; called by the library's ``generate``."""
        writing = self.writing
        eos = generation_config._eos_token_tensor
        ends = frozenset() if eos is None else frozenset(eos.reshape(-1).tolist())
        for number in self.numbers:
            input_ids = self._written_before(library, number, input_ids, logits_processor, model_kwargs)
        ids = input_ids[0].tolist()
        writing.begin(ids, len(self.numbers), self.noted, ends, model_kwargs.get("encoder_outputs"))
        room = writing.limit is None or len(ids) <= writing.limit
        if not room or (self.numbers and self.numbers[-1] in ends):
            return
        first = True
        while True:
            self._tell()
            started = time.perf_counter()
            noted = Recording(sites=writing.model.sites)
            with torch.inference_mode(), recording(noted):
                if first:
                    output = library._prefill(input_ids, generation_config, model_kwargs)
                else:
                    new = 1 if model_kwargs["use_cache"] else None
                    inputs = library.prepare_inputs_for_generation(input_ids, next_sequence_length=new, **model_kwargs)
                    output = library(**inputs, return_dict=True)
                model_kwargs = library._update_model_kwargs_for_generation(
                    output, model_kwargs, is_encoder_decoder=library.config.is_encoder_decoder
                )
                step, input_ids = self._step(
                    noted, output, input_ids, logits_processor, stopping_criteria, model_kwargs, started
                )
            del output
            first = False
            writing.written.append(step.token)
            yield step
            if step.finish:
                return

    def _step(
        self,
        noted: Recording,
        output: Any,
        input_ids: torch.Tensor,
        processors: Sequence[Any],
        stopping_criteria: Callable[..., torch.Tensor],
        model_kwargs: Mapping[str, Any],
        started: float,
    ) -> tuple[GenerationStep, torch.Tensor]:
        """The record of a step, and the tokens with the new one."""
        writing = self.writing
        assert writing.prompt is not None
        logits = output.logits[:, -1].to("cpu", torch.float32, copy=True)
        layers = self.recorder.step(noted, output, input_ids.shape[1])
        choice = choose(
            logits,
            input_ids,
            processors,
            generator=writing.source_of_chance(logits.shape[-1]),
            describe=writing.describe,
            candidates=writing.settings.candidates,
        )
        longer = torch.cat([input_ids, torch.tensor([[choice.token.id]])], dim=-1)
        stopped = bool(stopping_criteria(longer, None).all())
        if not self.heads:
            self.heads = {(stack, layer): one.heads for stack, found in layers.items() for layer, one in found.items()}
        step = GenerationStep(
            index=len(writing.written),
            token=choice.token,
            prompt=writing.prompt,
            written=tuple(writing.written),
            logits=logits[0].numpy(),
            candidates=choice.candidates,
            stages=choice.stages,
            draw=choice.draw,
            own_scores=choice.own_scores,
            layers=layers,
            cache=cache_layers(model_kwargs.get("past_key_values"), self.heads) if model_kwargs["use_cache"] else (),
            entropy=choice.entropy,
            final_entropy=choice.final_entropy,
            probability=choice.probability,
            seconds=time.perf_counter() - started,
            finish=writing.finish(choice.token.id, input_ids.shape[1], stopped=stopped),
        )
        return step, longer

    @staticmethod
    def _written_before(
        library: Any, number: int, input_ids: torch.Tensor, processors: Sequence[Any], model_kwargs: dict[str, Any]
    ) -> torch.Tensor:
        """The tokens with one that stands written already; what the library keeps beside them is lengthened, too."""
        for processor in processors:
            # Guidance reads the text once more without its prompt, a token each step.
            if hasattr(processor, "get_unconditional_logits"):
                with torch.inference_mode():
                    processor.get_unconditional_logits(input_ids)
        model_kwargs |= library._update_model_kwargs_for_generation(
            ModelOutput(), dict(model_kwargs), is_encoder_decoder=library.config.is_encoder_decoder
        )
        return torch.cat([input_ids, torch.tensor([[number]])], dim=-1)

    def _tell(self) -> None:
        done, most = len(self.writing.written), self.writing.settings.max_new_tokens
        self.writing.tell(Progress(done / most, f"Writing token {done + 1} of at most {most}"))
