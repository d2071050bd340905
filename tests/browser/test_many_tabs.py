"""Many tabs at one server, through its own protocol: all are served, and nothing of them is left."""

from __future__ import annotations

import asyncio
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from benchmarks.serving import serving
from benchmarks.visitors import Visitor, kept, pressed, typed

ATTENTION = "attention_explorer_attention"


@pytest.fixture(scope="module")
def address():
    with serving() as address:
        yield address


def run(acts):
    """Run something asynchronous in a thread of its own: the browser of other tests keeps this one's loop."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, acts).result()


def picture(tab):
    """The bytes of the picture on the page; none while something else stands in its place."""
    try:
        return tab.find("bidi_component", component_name=ATTENTION).bytes
    except LookupError:
        return b""


def threads_of(address):
    """How many threads the process has that serves an address."""
    port = address.rpartition(":")[2]
    listed = subprocess.run(["pgrep", "-f", f"server.port {port}"], capture_output=True, text=True, check=True)
    with open(f"/proc/{listed.stdout.split()[0]}/status", encoding="utf-8") as file:
        return int(file.read().split("Threads:")[1].split()[0])


def test_64_tabs_are_opened_and_closed_and_leave_no_thread(address):
    async def visit(number):
        tab = Visitor(address, "attention", {"text": f"Tab number {number} of many."})
        await tab.open()
        await tab.drawn(lambda: picture(tab))
        await tab.close()

    async def all_at_once():
        await asyncio.gather(*(visit(number) for number in range(8)))
        before = threads_of(address)
        await asyncio.gather(*(visit(number) for number in range(64)))
        for _ in range(100):
            if threads_of(address) <= before + 4:
                return
            await asyncio.sleep(0.1)
        raise AssertionError(f"{threads_of(address)} threads are left of {before}")

    run(all_at_once())


def test_twenty_reruns_in_two_seconds_end_with_the_last_choice(address):
    async def choose():
        tab = Visitor(address, "attention", {"text": "Twenty choices and one picture."})
        await tab.open()
        await tab.drawn(lambda: picture(tab))
        shown = tab.find("bidi_component", component_name=ATTENTION).id
        for number in range(1, 21):
            choice = {"layer": number % 6, "heads": [number % 12], "number": number}
            await tab.act(kept(shown, "choice", choice), fragment=tab.fragments[shown])
            await asyncio.sleep(0.1)
        await tab.drawn(lambda: b'"number":20' in picture(tab))
        assert tab.has("markdown", "layer 2, head 8")
        await tab.close()

    run(choose())


def test_a_sentence_that_is_replaced_at_once_does_not_come_back(address):
    async def change():
        tab = Visitor(address, "attention", {"text": "First there was a first sentence."})
        await tab.open()
        await tab.drawn(lambda: picture(tab))
        field, button = tab.find("text_area", label="Text").id, tab.find("button", label="Run the model").id
        for text in ("The long way round. " * 60, "A short violin."):
            await tab.act(typed(field, text), pressed(button))
        await tab.drawn(lambda: b'"violin"' in picture(tab))
        await asyncio.sleep(2)
        assert b'"violin"' in picture(tab)
        await tab.close()

    run(change())
