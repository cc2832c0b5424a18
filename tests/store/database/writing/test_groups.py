"""A group of records is in the database as a whole or not at all, and leaves the queue when that is known."""

from collections import deque

import pytest

from router.store.database.writing.backlog import Backlog
from router.store.database.writing.groups import GroupWriter
from router.store.database.writing.progress import WritingProgress
from router.store.database.writing.queued_records import Order
from router.store.log.rollups import Pending
from tests.store.logged import change_rows, rows


@pytest.fixture
def backlog():
    return Backlog()


@pytest.fixture
def groups(file_store, backlog):
    change_rows(file_store, "CREATE TABLE marks (mark TEXT)")
    groups = GroupWriter(file_store._database, Pending, backlog, WritingProgress(file_store._database))
    yield groups
    groups.link.release()


def queued(backlog, *writes):
    orders = deque(Order(write) for write in writes)
    for order in orders:
        assert backlog.take(order.weight)
    return orders


def mark(batch):
    batch.connection.execute("INSERT INTO marks VALUES ('here')")


def fail(batch):
    raise ValueError("at fault")


def marks_of(store):
    return rows(store.path, "SELECT count(*) FROM marks")[0][0]


def test_of_a_group_with_a_record_at_fault_nothing_is_written_and_all_stays_queued(file_store, groups, backlog):
    orders = queued(backlog, mark, fail, mark)
    error = groups.write(orders, list(orders))
    assert str(error) == "at fault"
    assert groups.clear_doubt() is None, "a file knows that it was not committed"
    assert (marks_of(file_store), len(orders)) == (0, 3)


def test_what_is_written_leaves_the_queue_with_its_room_and_what_came_behind_stays(file_store, groups, backlog):
    orders = queued(backlog, mark, mark, mark)
    group = list(orders)[:2]
    assert groups.write(orders, group) is None
    groups.settle(orders, group, was_written=True)
    assert (marks_of(file_store), len(orders), backlog.size) == (2, 1, orders[0].weight)
    assert [order.was_written for order in group] == [True, True]
