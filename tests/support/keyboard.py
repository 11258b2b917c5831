"""A page used by its keyboard alone: Tab, arrows, Enter, and typed text; the mouse is never moved."""

from __future__ import annotations

import json

from playwright.sync_api import Locator, Page, expect

TABS_MAX = 400
ARROWS_MAX = 40

# A person sees where the focus is, and so whether to go on or back.
LIES_BEFORE = """(element) => document.activeElement !== document.body &&
  Boolean(element.compareDocumentPosition(document.activeElement) & Node.DOCUMENT_POSITION_FOLLOWING)"""
HAS_FOCUS = "(element) => element === document.activeElement"
IS_CHOSEN = """(element) => element === document.activeElement || element.dataset.comboboxSelected === "true" ||
  element.id !== "" && document.activeElement?.getAttribute("aria-activedescendant") === element.id"""


class Keyboard:
    """The keyboard of a page, which reaches elements as a person without a mouse does."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def reach(self, target: Locator) -> None:
        """Moves the focus to an element by Tab or Shift+Tab.

        Raises:
            AssertionError: the element cannot be reached so.
        """
        expect(target).to_be_visible()
        expect(target).to_be_enabled()
        for _ in range(TABS_MAX):
            if target.evaluate(HAS_FOCUS):
                return
            self.page.keyboard.press("Shift+Tab" if target.evaluate(LIES_BEFORE) else "Tab")
        raise AssertionError(f"{target} is not reached by Tab")

    def press(self, target: Locator, key: str = "Enter") -> None:
        """Reaches an element and presses a key on it."""
        self.reach(target)
        self.page.keyboard.press(key)

    def type(self, target: Locator, text: str) -> None:
        """Reaches a text box and replaces what it has by a text."""
        self.reach(target)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(text)

    def choose(self, option: Locator) -> None:
        """Moves to an option of an opened list or menu by the arrow key, and takes it.

        Raises:
            AssertionError: the option cannot be reached so.
        """
        expect(option).to_be_visible()
        for _ in range(ARROWS_MAX):
            if option.evaluate(IS_CHOSEN):
                self.page.keyboard.press("Enter")
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"{option} is not reached by the arrow key")

    def select(self, target: Locator, label: str) -> None:
        """Reaches a list of the browser's own and types the label of an option until it is selected."""
        self.reach(target)
        self.page.keyboard.type(label)
        selected = f"(element) => element.selectedOptions[0].label === {json.dumps(label)}"
        assert target.evaluate(selected), f"{label} is not selected by typing it"

    def turn_to(self, tab: Locator) -> None:
        """Turns to a tab of a list of tabs, of which only the selected one is reached by Tab."""
        expect(tab).to_be_visible()
        self.reach(tab.locator("xpath=ancestor::*[@role='tablist']").locator("[role=tab][tabindex='0']"))
        for _ in range(ARROWS_MAX):
            if tab.evaluate(HAS_FOCUS):
                self.page.keyboard.press("Enter")
                return
            self.page.keyboard.press("ArrowRight")
        raise AssertionError(f"{tab} is not reached by the arrow key")
