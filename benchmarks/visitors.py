"""A visitor without a browser: speaks the app's own protocol, and keeps what is on its page."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

PATIENCE = 120.0
"""Seconds after which an answer that has not come counts as none."""


@dataclass(eq=False)
class Visitor:
    """One tab.

    Attributes:
        address: Of the app, without a path.
        page: Name of the page in its address; empty for the front page.
        query: What stands behind the question mark.
        elements: What is on the page, by its place.
        received: Every byte string that came since :meth:`forget`, to be looked into.
    """

    address: str
    page: str = ""
    query: dict[str, str] = field(default_factory=dict)
    elements: dict[tuple[int, ...], Element] = field(default_factory=dict)
    received: list[bytes] = field(default_factory=list)
    fragments: dict[str, str] = field(default_factory=dict)
    _messages: dict[str, ForwardMsg] = field(default_factory=dict)
    _states: dict[str, WidgetState] = field(default_factory=dict)
    _socket: ClientConnection | None = None
    _runs: int = 0

    async def open(self) -> None:
        """Open the tab, and wait until its page has been drawn."""
        address = self.address.replace("http", "ws", 1) + "/_stcore/stream"
        self._socket = await connect(address, max_size=None, subprotocols=["streamlit"])  # type: ignore[list-item]
        await self._ask()
        await self.drawn()

    async def close(self) -> None:
        """Close the tab."""
        if self._socket is not None:
            await self._socket.close()

    async def act(self, *states: WidgetState, fragment: str = "") -> None:
        """Change widgets as a click does, or a form that is submitted; nothing is waited for."""
        for state in states:
            if not (state.HasField("trigger_value") or state.HasField("json_trigger_value")):
                self._states[state.id] = state
        await self._ask(*states, fragment=fragment)

    async def drawn(self, until: Callable[[], bool] | None = None) -> None:
        """Wait until the page stands, or something is on it.

        Raises:
            TimeoutError: It does not come.
        """
        async with asyncio.timeout(PATIENCE):
            while not (until is not None and until()):
                message = await self._next()
                if message.WhichOneof("type") == "script_finished" and until is None:
                    return

    def find(self, kind: str, **fields: str) -> Any:
        """The first element of a kind whose fields have these values.

        Raises:
            LookupError: There is none.
        """
        for element in self.elements.values():
            if element.WhichOneof("type") == kind:
                found = getattr(element, kind)
                if all(getattr(found, name) == value for name, value in fields.items()):
                    return found
        raise LookupError(f"There is no {kind} with {fields} on the page.")

    def has(self, kind: str, words: str) -> bool:
        """True if an element of a kind has these words in it."""
        said = words.encode()
        return any(e.WhichOneof("type") == kind and said in e.SerializeToString() for e in self.elements.values())

    def words(self) -> str:
        """Everything that came since the last time, and forget it."""
        came, self.received = self.received, []
        return b"\n".join(came).decode("utf-8", "replace")

    async def _ask(self, *states: WidgetState, fragment: str = "") -> None:
        message = BackMsg()
        run = message.rerun_script
        run.query_string = urlencode(self.query)
        run.page_name = self.page  # by its address
        run.fragment_id = fragment
        run.widget_states.widgets.extend({**self._states, **{state.id: state for state in states}}.values())
        run.cached_message_hashes.extend(self._messages)
        assert self._socket is not None
        await self._socket.send(message.SerializeToString())

    async def _next(self) -> ForwardMsg:
        assert self._socket is not None
        data = await self._socket.recv()
        assert isinstance(data, bytes)
        message = ForwardMsg.FromString(data)
        self.received.append(data)
        if message.WhichOneof("type") == "ref_hash":
            kept = self._messages[message.ref_hash]
            metadata = message.metadata
            message = ForwardMsg()
            message.CopyFrom(kept)
            message.metadata.CopyFrom(metadata)
        elif message.metadata.cacheable and message.hash:
            self._messages[message.hash] = message
        self._take(message)
        return message

    def _take(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            place = tuple(message.metadata.delta_path)
            self.elements[place] = message.delta.new_element
            identity = getattr(
                getattr(message.delta.new_element, message.delta.new_element.WhichOneof("type")), "id", ""
            )
            if identity and message.delta.fragment_id:
                self.fragments[identity] = message.delta.fragment_id
        elif kind == "page_info_changed":
            pairs = [pair.partition("=") for pair in message.page_info_changed.query_string.split("&") if pair]
            self.query = {name: value for name, _, value in pairs}


def pressed(identity: str) -> WidgetState:
    """A click on a button."""
    return WidgetState(id=identity, trigger_value=True)


def typed(identity: str, text: str) -> WidgetState:
    """Words in a field."""
    return WidgetState(id=identity, string_value=text)


def sent(identity: str, name: str, value: Mapping[str, Any]) -> WidgetState:
    """What a component of ours asks for once."""
    return WidgetState(id=identity, json_trigger_value=json.dumps([{"event": name, "value": value}]))


def kept(identity: str, name: str, value: Mapping[str, Any]) -> WidgetState:
    """What a component of ours says is chosen."""
    return WidgetState(id=identity, json_value=json.dumps({name: value}))


def now() -> float:
    """Seconds."""
    return time.perf_counter()
