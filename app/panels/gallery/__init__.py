"""The gallery: models that ship, with their cards."""

from app.panels.gallery.panel import GalleryPanel

__all__ = ["GalleryPanel"]
