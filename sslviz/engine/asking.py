"""Ask and wait: one question to an engine in this process, for the command line and notebooks."""

from __future__ import annotations

from collections.abc import Callable

from sslviz.engine.engine import Engine
from sslviz.engine.errors import EngineError
from sslviz.spec.events import Advanced, Answered, Refused
from sslviz.spec.mailbox import Mailbox
from sslviz.spec.mapping import MapRequest
from sslviz.spec.requests import Cancel

_LOOK_EVERY_S = 0.1


def _silent(_fraction: float, _text: str) -> None:
    """Nobody watches."""


def ask_and_wait(request: MapRequest, *, tell: Callable[[float, str], None] = _silent, threads: int = 0) -> object:
    """The payload that answers `request`. tell: hears how far it is, in this thread. Raises EngineError in the words of a refusal.

    Ctrl-C gives up on the question and raises KeyboardInterrupt.
    """
    mailbox = Mailbox()
    with Engine(mailbox.put, threads) as engine:
        engine.submit(request)
        try:
            while True:
                mailbox.wait(_LOOK_EVERY_S)
                for event in mailbox.drain():
                    match event:
                        case Advanced(request_id=request.request_id):
                            tell(event.fraction, event.text)
                        case Answered(request_id=request.request_id):
                            return event.payload
                        case Refused(request_id=request.request_id):
                            raise EngineError(event.message, event.hint, field=event.field)
        except KeyboardInterrupt:
            engine.submit(Cancel(request.request_id))
            raise
