"""What wakes the writer's thread, and that nothing stays behind which wakes nobody."""

import threading

from router.store.database.writing.inbox import Inbox
from router.store.database.writing.queued_records import Order


def ending():
    return Order(lambda batch: None, urgent=False)


def all_in(inbox):
    return list(iter(inbox.take, None))


def test_what_is_brought_is_taken_in_its_order_whatever_it_is():
    inbox, brought = Inbox(), [ending(), Order(lambda batch: None), ending()]
    for order in brought:
        inbox.put(order, urgent=order.urgent)
    assert all_in(inbox) == brought


def test_the_first_ending_wakes_the_thread_and_those_that_follow_while_it_gathers_do_not():
    inbox = Inbox()
    inbox.put(ending(), urgent=False)
    assert not inbox.is_quiet
    inbox.wait(0.0, gathers=False)
    assert len(all_in(inbox)) == 1
    gathering = threading.Thread(target=inbox.wait, args=(60.0,), kwargs={"gathers": True})
    gathering.start()
    while not inbox._is_gathering:
        pass
    for _ in range(10):
        inbox.put(ending(), urgent=False)
    assert inbox.is_quiet
    inbox.put(Order(lambda batch: None))
    gathering.join(10)
    assert not gathering.is_alive()
    assert len(all_in(inbox)) == 11


def test_an_ending_behind_the_gathering_wakes_the_thread_anew():
    inbox = Inbox()
    inbox.wait(0.0, gathers=True)
    inbox.put(ending(), urgent=False)
    assert not inbox.is_quiet
