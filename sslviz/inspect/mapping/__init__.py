"""Features of many images: gathered from a model, searched for neighbours, and given values to be coloured by."""

from __future__ import annotations

from sslviz.inspect.mapping.alike import Alike, alike
from sslviz.inspect.mapping.colours import colour, is_quick
from sslviz.inspect.mapping.features import gather
from sslviz.inspect.mapping.gathered import Gathered, row_of
from sslviz.inspect.mapping.neighbours import neighbours, similarity

__all__ = ["Alike", "Gathered", "alike", "colour", "gather", "is_quick", "neighbours", "row_of", "similarity"]
