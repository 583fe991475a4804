"""The quiz as a service: pages, an API and a command line over one store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from quizsvc.app import create_app

__all__ = ["create_app"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - as Python asks for it
    """create_app, imported when it is first asked for: a command that needs no web does not load it."""
    if name == "create_app":
        from quizsvc.app import create_app  # noqa: PLC0415 - the whole point

        return create_app
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
