"""A person with a keyboard alone: what can be reached, and how, without a mouse."""

from __future__ import annotations

from tests.browser import console

MOST_TABS = 80
"""More stops than any page has: what is not reached by then is not to be reached."""


def reach(page, target, *, backwards=False, at_once=False):
    """Press Tab until an element, or one within it, has the focus; gives how often.

    What is not there yet is waited for: the keys would be gone before it comes. A group of choices is one stop: see
    `choose`.

    Args:
        at_once: the page is still at work. Else it is waited for: what it draws anew would take the focus away.
    """
    target.first.wait_for(state="attached")
    if not at_once:
        console.ready(page)
    for count in range(MOST_TABS + 1):
        if has_focus(target):
            return count
        page.keyboard.press("Shift+Tab" if backwards else "Tab")
    raise AssertionError(f"the keyboard does not reach {target}")


WITHIN = "element => element === document.activeElement || element.contains(document.activeElement)"


def has_focus(target):
    """Whether an element, or one within it, has the focus; what is not there has none."""
    return target.count() > 0 and target.first.evaluate(WITHIN)


def press(page, target, key="Enter", *, at_once=False):
    """Reach a button, a link or a switch, and press it."""
    reach(page, target, at_once=at_once)
    page.keyboard.press(key)


def choose(page, group, name):
    """Reach a group of choices and move to one of them by the arrows, which stop at either end."""
    reach(page, group)
    wanted = group.get_by_role("radio", name=name, exact=True)
    count = group.get_by_role("radio").count()
    for arrow in ["ArrowRight"] * count + ["ArrowLeft"] * count:
        if has_focus(wanted):
            page.keyboard.press("Space")
            return
        page.keyboard.press(arrow)
    raise AssertionError(f"the arrows do not reach {name}")


def pick(page, target, *keys):
    """Reach a list of options, open it, and take the one that some keys lead to."""
    reach(page, target)
    for key in ("ArrowDown", *keys, "Enter"):
        page.keyboard.press(key)


def write(page, field, text):
    """Reach a field, write into it in place of what is there, and go on."""
    reach(page, field)
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(text)
    page.keyboard.press("Tab")


def hand_over(page, target, *paths):
    """Reach a field's button for files and give it some."""
    reach(page, target)
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files([str(path) for path in paths])
