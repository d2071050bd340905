"""What Python declares for the frontend, written as TypeScript and CSS: ``python -m frontend.generate``.

``shared/generated/messages.ts`` holds the shape of every message between Python and a component, from the
``TypedDict`` classes that ``pages/shared/components`` declares; ``shared/generated/palette.css`` the colours of
``llm_core.figures.palette``. ``--check`` fails if a file differs from what would be written.
"""

from __future__ import annotations

import pkgutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, NotRequired, Required, Union, get_args, get_origin

from typing_extensions import get_type_hints, is_typeddict

import pages.shared.components as package
from llm_core.figures.palette import DARK, LIGHT, Theme
from pages.shared.components import Component

FOLDER = Path(__file__).parent / "shared" / "generated"
_WRITTEN_BY = "Written by `python -m frontend.generate`; change what it is made of instead."
_SIMPLE = {str: "string", int: "number", float: "number", bool: "boolean", NoneType: "null", Any: "unknown"}
_SIMPLE |= {object: "unknown"}
_ARRAYS = {
    "uint8": "Uint8Array",
    "uint16": "Uint16Array",
    "int32": "Int32Array",
    "uint32": "Uint32Array",
    "float32": "Float32Array",
    "float16": "Uint16Array",
    "bool": "Uint8Array",
}


def components() -> list[Component]:
    """Every component that the package declares, by name."""
    modules = [import_module(f"{package.__name__}.{found.name}") for found in pkgutil.iter_modules(package.__path__)]
    found = {one.name: one for module in modules for one in vars(module).values() if isinstance(one, Component)}
    return [found[name] for name in sorted(found)]


def messages() -> str:
    """The TypeScript of all messages."""
    declared: dict[str, str] = {}
    for component in components():
        for shape in (component.header, component.arrays, component.data, component.sends):
            if shape is not None:
                typescript_of(shape, declared)
    body = "\n\n".join(declared[name] for name in sorted(declared))
    return f'// {_WRITTEN_BY}\n\nimport type {{ Shaped }} from "../packet.ts";\n\n{body}\n'


def typescript_of(shape: Any, declared: dict[str, str]) -> str:
    """The TypeScript type of a Python type; interfaces of ``TypedDict`` classes are added to those declared.

    Args:
        shape: Made of the types that JSON can hold, ``TypedDict`` classes and jaxtyping's arrays.
        declared: By name, the TypeScript declarations written so far.

    Raises:
        TypeError: For a type that a message cannot hold.
    """
    if shape in _SIMPLE:
        return _SIMPLE[shape]
    if is_typeddict(shape):
        _declare(shape, declared)
        return str(shape.__name__)
    origin, arguments = get_origin(shape), get_args(shape)
    if origin is Literal:
        return " | ".join(f'"{value}"' if isinstance(value, str) else str(value).lower() for value in arguments)
    if origin in (Union, UnionType):
        return " | ".join(dict.fromkeys(typescript_of(one, declared) for one in arguments))
    if origin in (NotRequired, Required):
        return typescript_of(arguments[0], declared)
    if origin is tuple and arguments[-1] is not Ellipsis:
        return f"[{', '.join(typescript_of(one, declared) for one in arguments)}]"
    if origin in (list, tuple, Sequence) or (isinstance(origin, type) and issubclass(origin, Sequence)):
        inner = typescript_of(arguments[0], declared)
        return f"({inner})[]" if "|" in inner else f"{inner}[]"
    if isinstance(origin, type) and issubclass(origin, Mapping):
        record = f"Record<{typescript_of(arguments[0], declared)}, {typescript_of(arguments[1], declared)}>"
        # A mapping need not hold every name it could hold.
        return f"Partial<{record}>" if get_origin(arguments[0]) is Literal else record
    dtypes = getattr(shape, "dtypes", None)
    if dtypes and all(one in _ARRAYS for one in dtypes):
        return " | ".join(f"Shaped<{name}>" for name in dict.fromkeys(_ARRAYS[one] for one in dtypes))
    raise TypeError(
        f"A message is made of JSON's types, TypedDict classes and arrays of {', '.join(_ARRAYS)}: {shape!r}"
    )


def _declare(shape: Any, declared: dict[str, str]) -> None:
    if shape.__name__ in declared:
        return
    declared[shape.__name__] = ""  # a message may hold messages of its own kind
    lines = []
    for name, hint in get_type_hints(shape, include_extras=True).items():
        origin: object = get_origin(hint)
        optional = "?" if origin is NotRequired or name in shape.__optional_keys__ else ""
        said = f"  /** {hint.dim_str.strip()} */\n" if hasattr(hint, "dim_str") else ""
        lines.append(f"{said}  {name}{optional}: {typescript_of(hint, declared)};")
    comment = " ".join((shape.__doc__ or "").split("\n\n")[0].split())
    body = "\n".join(lines)
    declared[shape.__name__] = f"/** {comment} */\nexport interface {shape.__name__} {{\n{body}\n}}"


def palette() -> str:
    """Both themes as CSS variables (``--query``, ``--head-0`` ...) for elements with ``data-theme``."""
    return f"/* {_WRITTEN_BY} */\n" + "\n".join(_theme(theme) for theme in (LIGHT, DARK))


def _theme(theme: Theme) -> str:
    named = {field.name: getattr(theme, field.name) for field in fields(theme) if field.name not in ("name", "heads")}
    named |= {f"head-{place}": colour for place, colour in enumerate(theme.heads)}
    variables = "\n".join(f"  --{name}: {colour};" for name, colour in named.items())
    return f'[data-theme="{theme.name}"] {{\n{variables}\n}}\n'


def main(arguments: Sequence[str]) -> int:
    """Write the files, or with ``--check`` compare them; gives the exit code."""
    wanted = {FOLDER / "messages.ts": messages(), FOLDER / "palette.css": palette()}
    if "--check" not in arguments:
        FOLDER.mkdir(parents=True, exist_ok=True)
        for file, text in wanted.items():
            file.write_text(text, encoding="utf-8")
        return 0
    stale = [file.name for file, text in wanted.items() if not file.exists() or file.read_text("utf-8") != text]
    if stale:
        print(f'Not what Python declares: {", ".join(stale)}. Run "make build" and commit it.', file=sys.stderr)
    return bool(stale)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
