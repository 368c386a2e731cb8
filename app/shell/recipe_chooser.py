"""Which recipe a run follows: the method's default for the data, or a published one; and what differs from it."""

from __future__ import annotations

import html

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLabel, QVBoxLayout, QWidget

from app.shell.draft import Draft
from app.widgets.editors import WheelGuard
from app.widgets.form import caption
from sslviz.spec.catalogue import RecipeInfo

MOST = 4
"""Changed settings that are named; of more the number is told."""


class RecipeChooser(QWidget):
    """A list of the method's recipes and a line on what was changed since. Choosing the same again restores it."""

    def __init__(self, draft: Draft, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._draft = draft
        self.box = QComboBox(self)
        self.box.setAccessibleName("Recipe")
        self.box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.box.setMinimumContentsLength(12)
        WheelGuard(self.box)
        self.box.activated.connect(self._picked)
        self.about = QLabel(self)
        self.about.setWordWrap(True)
        self.about.setProperty("muted", "true")
        self.about.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 4)
        column.setSpacing(2)
        for widget in (self.box, self.about):
            column.addWidget(widget)

    def refresh(self) -> None:
        """Show the recipes of the draft's method, the one it follows, and what differs."""
        recipes = self._draft.recipes()
        names = [recipe.name for recipe in recipes]
        if names != [self.box.itemData(k) for k in range(self.box.count())] or self.box.property("of") != recipes:
            self._fill(recipes)
        self.box.setCurrentIndex(names.index(self._draft.recipe) if self._draft.recipe in names else -1)
        current = next((recipe for recipe in recipes if recipe.name == self._draft.recipe), None)
        self.box.setToolTip(explain_recipe(current) if current else "")
        self.about.setText(self._changes())
        self.about.setVisible(bool(self.about.text()))
        self.setVisible(bool(recipes))

    def _fill(self, recipes: tuple[RecipeInfo, ...]) -> None:
        self.box.clear()
        self.box.setProperty("of", recipes)
        for place, recipe in enumerate(recipes):
            self.box.addItem(recipe.title if recipe.source else f"Default: {recipe.title}", recipe.name)
            self.box.setItemData(place, explain_recipe(recipe), Qt.ItemDataRole.ToolTipRole)

    def _changes(self) -> str:
        """A line such as "Changed: steps, temperature τ"."""
        infos = self._draft.infos()
        changed = [caption(infos[name]) for name in self._draft.on_purpose() if not name.startswith("data.")]
        if self._draft.config.augmentation != self._draft.base.augmentation:
            changed.append("views")
        if not changed:
            return ""
        more = f" and {len(changed) - MOST} more" if len(changed) > MOST else ""
        return f"Changed: {', '.join(changed[:MOST])}{more}. Choose the recipe again to go back."

    def _picked(self, index: int) -> None:
        self._draft.choose_recipe(self.box.itemData(index))


def explain_recipe(recipe: RecipeInfo) -> str:
    """The tooltip of a recipe: where it is from, what differs here."""
    lines = [f"<b>{html.escape(recipe.title)}</b>"]
    lines.append(html.escape(recipe.source) if recipe.source else "Trains within minutes on a laptop.")
    if recipe.note:
        lines.append(html.escape(recipe.note))
    return "<br>".join(lines)
