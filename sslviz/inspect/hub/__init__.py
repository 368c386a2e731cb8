"""Models by name: `hf:OWNER/NAME` of the Hugging Face Hub, and `timm:NAME`. From the local cache, or fetched where the user says so."""

from __future__ import annotations

from sslviz.inspect.hub.named import load_named, untrained_named

__all__ = ["load_named", "untrained_named"]
