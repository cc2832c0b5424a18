"""A transaction: what is committed is written once, whatever comes after it."""

import pytest


@pytest.mark.parametrize("urgent", [True, False], ids=["at once", "in the thread"])
def test_what_fails_after_a_commit_has_nothing_written_twice_and_is_said(store, caplog, urgent):
    written, followed = [], []

    def fail():
        raise RuntimeError("of the caller's own")

    def write(batch):
        written.append(1)
        batch.after_commit += [fail, lambda: followed.append(1)]

    store._writer.submit(write, urgent=urgent)
    assert store.flush()
    assert written == followed == [1]
    assert "what follows a commit has failed: RuntimeError" in caplog.text
