"""Lists that come page by page."""

from collections.abc import Callable, Iterator
from typing import Any, Protocol, TypeVar


class _Page(Protocol):
    @property
    def next_page_token(self) -> str: ...


_Answer = TypeVar("_Answer", bound=_Page)


def pages(call: Callable[[Any], _Answer], request: Any) -> Iterator[_Answer]:
    """Every page of a list, over gRPC or Connect: `call` is the method, `request` says which list.

    What is made while it is read comes on a later page; nothing comes twice.
    """
    asked = type(request)()
    asked.CopyFrom(request)
    while True:
        answer = call(asked)
        yield answer
        if not answer.next_page_token:
            return
        asked.page_token = answer.next_page_token
