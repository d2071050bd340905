"""A thousand acts drawn at random over all pages: memory has to be flat in the second half, and no page may fail."""

from __future__ import annotations

import asyncio
import os
import random
from statistics import mean

from benchmarks.classroom import memory
from benchmarks.serving import serving
from benchmarks.tables import table
from benchmarks.visitors import PATIENCE, Visitor, kept, now, pressed
from llm_core.numbers import in_bytes, percent

ACTS = int(os.environ.get("SOAK_ACTS", "1000"))
VISITORS = 4
SAMPLES = 40
PAGES = (
    "",
    "attention",
    "inside_a_head",
    "embeddings",
    "generation",
    "architectures",
    "applications",
    "scale",
    "lessons",
)
MODELS = ("minilm-l6-mlm", "minilm-l6", "smollm2-135m", "t5-mini-en-fr")
TEXTS = (
    "The cat sat on the mat because it was tired.",
    "red blue red blue red",
    "She drank a cup of [MASK].",
    "The black cat is sleeping under the white table.",
    "",
    "!?",
    "word " * 300,
)
FLAT = 1.05
"""Memory of the last quarter may be so many times that of the third."""


async def _one_act(address: str, chosen: random.Random) -> str:
    """Open a page with a model and a text, press something, look at something; gives what went wrong."""
    query = {"model": chosen.choice(MODELS), "text": chosen.choice(TEXTS)}
    tab = Visitor(address, chosen.choice(PAGES), query)
    try:
        async with asyncio.timeout(PATIENCE):
            await tab.open()
            buttons = [one.button for one in tab.elements.values() if one.WhichOneof("type") == "button"]
            if buttons and chosen.random() < 0.5:
                await tab.act(pressed(chosen.choice(buttons).id))
                await tab.drawn()
            parts = [one.bidi_component for one in tab.elements.values() if one.WhichOneof("type") == "bidi_component"]
            if parts:
                place = {"layer": chosen.randrange(8), "heads": [chosen.randrange(12)], "number": 1}
                part = chosen.choice(parts)
                await tab.act(kept(part.id, "choice", place), fragment=tab.fragments.get(part.id, ""))
                await tab.drawn()
        said = tab.words()
        return "a failure on the page" if "encountered an error" in said or "Traceback" in said else ""
    except Exception as error:  # counted, and the next act begins
        return f"{tab.page or 'front page'} with {query['model']}: {type(error).__name__} {error}"
    finally:
        await tab.close()


async def _acts(address: str) -> tuple[list[int], list[str]]:
    done, sizes, faults = 0, [], []

    async def visit(number: int) -> None:
        nonlocal done
        chosen = random.Random(number)
        while done < ACTS:
            done += 1
            if done % max(1, ACTS // SAMPLES) == 0:
                sizes.append(sum(memory().values()))
            fault = await _one_act(address, chosen)
            if fault:
                faults.append(fault)

    await asyncio.gather(*map(visit, range(VISITORS)))
    return sizes, faults


def report() -> str:
    """Markdown: memory by quarters, and what went wrong."""
    with serving() as address:
        began = now()
        sizes, faults = asyncio.run(_acts(address))
        seconds = now() - began
    quarter = len(sizes) // 4
    quarters = [mean(sizes[place * quarter : (place + 1) * quarter]) for place in range(4)]
    rows = [[f"quarter {place + 1}", in_bytes(int(size))] for place, size in enumerate(quarters)]
    grown = quarters[3] / quarters[2]
    return (
        f"### {ACTS:,} acts at random in {seconds / 60:.0f} minutes\n\n"
        f"{table(['memory of all processes (proportional set size)', 'mean'], rows)}\n\n"
        f"The last quarter takes {percent(grown)} of the third (target: at most {percent(FLAT)}). "
        f"Faults: {len(faults)}. " + "; ".join(sorted(set(faults))[:10])
    )
