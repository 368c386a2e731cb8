"""How views of an augmentation are called: short titles that are the same in forms, headings and tooltips."""

from __future__ import annotations

from dataclasses import dataclass

from sslviz.spec.augmentation import Augmentation, view_size


@dataclass(frozen=True, slots=True)
class ViewColumn:
    """One view of every image: in which array of an answer it lies, and what it is called."""

    array: str  # "views", "views_1", ...
    place: int  # along the array's second axis
    title: str
    recipe: int

    @property
    def short(self) -> str:
        """Its number, as in the titles of tabs."""
        return self.title.split()[1]


def tab_titles(augmentation: Augmentation, image_size: tuple[int, int] | None) -> list[str]:
    """ "View 1", "Views 1–2", with the size in px where it differs from the images' own."""
    titles, first = [], 1
    for view in augmentation.views:
        last = first + view.count - 1
        title = f"View {first}" if view.count == 1 else f"Views {first}–{last}"
        size = view_size(view, image_size) if image_size else None
        titles.append(f"{title} · {size[0]} px" if size and size != image_size else title)
        first = last + 1
    return titles


def view_columns(augmentation: Augmentation, image_size: tuple[int, int]) -> list[ViewColumn]:
    """Every view in order. Views of one size lie in one array, the arrays in the order of their first view."""
    groups: dict[tuple[int, int], int] = {}
    columns: list[ViewColumn] = []
    for recipe, view in enumerate(augmentation.views):
        size = view_size(view, image_size)
        for _ in range(view.count):
            array = list(groups).index(size) if size in groups else len(groups)
            place = groups.get(size, 0)
            groups[size] = place + 1
            small = f"\n{size[0]} px" if size != image_size else ""
            columns.append(
                ViewColumn(f"views_{array}" if array else "views", place, f"view {len(columns) + 1}{small}", recipe)
            )
    return columns
