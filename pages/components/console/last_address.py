"""A page that is left by the navigation comes back as it was: its links carry no address of a run or a job."""

from __future__ import annotations

import streamlit as st

_ADDRESSES, _SHOWN, _ARRIVED = "last-addresses", "page-shown", "page-arrived"


def note_page(path: str) -> None:
    """Remember which page is shown; the shell calls it before it runs the page.

    Args:
        path: the page's own, which names it.
    """
    state = st.session_state
    state[_ARRIVED] = state.get(_SHOWN) != path
    state[_SHOWN] = path


def is_arriving() -> bool:
    """Whether this run of the script is the first since another page was shown."""
    return bool(st.session_state.get(_ARRIVED))


def keep_address(*names: str, unless: str = "again") -> None:
    """Bring the page's last address back where it was come to without one, or remember the one that it has.

    Args:
        names: of what the page reads from its address.
        unless: what an address may ask for instead.
    """
    query, page = st.query_params, st.session_state.get(_SHOWN, "")
    addresses = st.session_state.setdefault(_ADDRESSES, {})
    named = {name: query[name] for name in names if name in query}
    if is_arriving() and not named and unless not in query:
        query.update(addresses.get(page, {}))
    else:
        # One that was emptied on the page itself, by a deletion or a new beginning, stays empty.
        addresses[page] = named
