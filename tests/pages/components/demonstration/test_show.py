"""The show plays every act once, in order."""

from pages.components.demonstration.show import ACTS, CHAOS, PAUSE_SECONDS, Show
from pages.components.demonstration.stage import TROUBLES


def test_every_trouble_is_played_once_and_chaos_at_the_end():
    show, played = Show(), []
    while show.left:
        played.append((show.number, show.left[0]))
        show.go_on()
    assert played == list(enumerate((*TROUBLES, CHAOS), start=1))
    assert list(ACTS) == [name for _, name in played]


def test_an_acts_end_stays_long_enough_to_be_read():
    show = Show()
    assert 0 < show.seconds_to_next() <= PAUSE_SECONDS
    show.ended_at -= PAUSE_SECONDS
    assert show.seconds_to_next() == 0
