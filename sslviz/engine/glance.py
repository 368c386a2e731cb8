"""One question about one picture to one open model, for whoever has both: the window's lane and the command line alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, overload

from sslviz.engine.errors import EngineError
from sslviz.spec.inspection import Attend, Attended, MeasureMemory, MemoryNeed, PictureRef, Rebuild, Rebuilt
from sslviz.spec.quantities import size_text

if TYPE_CHECKING:
    from sslviz.inspect.model import Model
    from sslviz.inspect.pictures import Picture
    from sslviz.inspect.sight import Sight


@overload
def look_once(model: Model, request: Attend) -> Attended: ...


@overload
def look_once(model: Model, request: Rebuild) -> Rebuilt: ...


def look_once(model: Model, request: Attend | Rebuild) -> Attended | Rebuilt:
    """The answer, from the picture's own file. Raises InspectError and the like, EngineError where memory would not do."""
    from sslviz.inspect.pictures import read_picture
    from sslviz.inspect.sight import Sight

    require_memory(model, request)
    return look_at(model, request, read_picture(request.picture, model.describe()), Sight(), lambda: None)


def look_at(
    model: Model, request: Attend | Rebuild, picture: Picture, sight: Sight, stop: Callable[[], None]
) -> Attended | Rebuilt:
    """The answer for a picture that fits into memory and is prepared. sight: what is known of it; stop: raises where nobody waits."""
    from sslviz.inspect.attend import attend
    from sslviz.inspect.rebuild import rebuild

    if isinstance(request, Rebuild):
        return rebuild(model, request, picture, stop)
    return attend(model, request, picture, sight, stop)


def memory_for(model: Model, request: MeasureMemory) -> MemoryNeed:
    """What looking would take, beyond what is used now."""
    from sslviz.inspect.memory import memory_need

    return memory_need(model, request.size, request.wants)


def require_memory(model: Model, request: Attend | Rebuild) -> None:
    """Raises EngineError where the picture would not fit; asked before it is read."""
    from sslviz.inspect.pictures import size_for

    wants = request.wants if isinstance(request, Attend) else ("maps",)
    size = size_for(request.picture, model.describe())[0]
    need = memory_for(model, MeasureMemory(0, request.model, size, wants))
    if need.need_bytes > need.free_bytes:
        raise EngineError(
            f"A picture of {size[0]} × {size[1]} px would need {size_text(need.need_bytes)} of memory, "
            f"and {size_text(need.free_bytes)} are free.",
            "Choose a smaller size, or close other programs.",
            field="size",
        )


def grid_for(model: Model, ref: PictureRef) -> tuple[int, int]:
    """Rows and columns of the patches that a model cuts a picture into; of a convolutional network, of its last map."""
    from sslviz.inspect.pictures import size_for

    about = model.describe()
    size = size_for(ref, about)[0]
    cell = about.patch if about.kind == "vit" else (32, 32)
    return -(-size[0] // cell[0]), -(-size[1] // cell[1])
