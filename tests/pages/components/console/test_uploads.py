"""Every field that takes a file, whatever the order of events: what is there is read, what is not is said."""

import io
import struct

import pytest
from PIL import Image
from streamlit.proto.Common_pb2 import FileURLs
from streamlit.runtime.uploaded_file_manager import DeletedFile, UploadedFile, UploadedFileRec
from streamlit.testing.v1 import AppTest

from pages.components.console.runtime import runtime
from pages.components.console.uploads import LOST, UploadLostError, read_upload
from pages.components.prompt.pictures import read_pictures
from router import TaskType
from tests.pages.conftest import PAGES
from tests.pages.pressing import over
from tests.pages.test_pages import words


def jpeg(**options):
    target = io.BytesIO()
    Image.new("RGB", (40, 20), "orange").save(target, "JPEG", **options)
    return target.getvalue()


def odd_jpeg():
    """A good photograph on its side, whose metadata hold a width in letters."""
    entries = struct.pack("<HHI4sHHI4s", 0x0100, 2, 4, b"ab", 0x0112, 3, 1, b"\6")
    return jpeg(exif=b"Exif\0\0II*\0" + struct.pack("<IH", 8, 2) + entries + bytes(4))


def arrive(app, ids, *, key=None, label=None):
    """Run the page as a browser makes it whose field still holds files that the server may not have.

    `AppTest` has no public way to send such a field: it gives the server each file that it names.
    """
    states = app._tree.get_widget_states()
    fields = [*app.file_uploader, *app.camera_input]
    (widget,) = [field for field in fields if key in (None, field.key) and label in (None, field.label)]
    state = next((state for state in states.widgets if state.id == widget.id), None) or states.widgets.add(id=widget.id)
    state.ClearField("file_uploader_state_value")
    for file_id in ids:
        state.file_uploader_state_value.uploaded_file_info.add(file_id=file_id, name="plate.jpg", size=1)
    widget.clear()  # or `AppTest` would give its file to the server again
    return app._run(states)


def vision_on(app):
    return app.button_group(key="task").set_value(TaskType.VISION).run()


def camera_on(app):
    return app.button_group(key="from").set_value("Camera").run()


# --- a file that is gone -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "prepare"),
    [("run.py", vision_on), ("vision.py", lambda app: app), ("vision.py", camera_on), ("compare.py", lambda app: app)],
    ids=["run", "vision", "camera", "compare"],
)
def test_a_file_that_was_gone_before_it_was_read_is_said_on_every_page_that_reads_at_once(show, name, prepare):
    app = arrive(prepare(show(name)), ["lost"])
    assert not app.exception
    assert words(app).count(LOST) == 1


FIELDS = {"meals.py": "meal", "quick_entry.py": "line"}


@pytest.mark.parametrize(("name", "field"), FIELDS.items())
def test_a_photo_that_is_gone_is_said_and_its_words_are_not_sent_without_it(show, simulator, name, field):
    before = len(simulator.requests)
    app = show(name)
    (app.text_area if field == "meal" else app.text_input)(key=field).input("2 eggs")
    app.button(key="send").click()
    app = arrive(app, ["lost"], label="Or a photo")
    assert not app.exception
    assert LOST in words(app)
    assert len(simulator.requests) == before


def test_of_several_files_those_that_are_there_are_taken(show):
    app = show("vision.py")
    app.file_uploader[0].upload("plate.jpg", jpeg(), "image/jpeg").run()
    assert [added.name for added in app.session_state["tray"]] == ["plate.jpg"]
    assert LOST not in words(app)
    app = arrive(app, ["lost"])
    assert [added.name for added in app.session_state["tray"]] == ["plate.jpg"]
    assert LOST in words(app)


def test_a_message_with_a_file_that_is_gone_is_refused_in_words():
    with pytest.raises(ValueError, match="choose it again"):
        read_pictures([uploaded(), DeletedFile("lost")])


def uploaded(data=b"some bytes", name="plate.jpg"):
    return UploadedFile(UploadedFileRec("here", name, "image/jpeg", data), FileURLs())


def test_an_upload_is_read_as_often_as_it_is_asked_for():
    file = uploaded()
    file.read()
    assert read_upload(file) == read_upload(file)
    assert (read_upload(file).name, read_upload(file).data) == ("plate.jpg", b"some bytes")
    with pytest.raises(UploadLostError):
        read_upload(DeletedFile("lost"))


# --- a file that was read already ----------------------------------------------------------------------------------


def two_runs_before_the_field_is_replaced():
    """What a busy machine does: the field's state comes again while its files are read already."""
    import streamlit as st

    from pages.components.prompt.pictures import offer_upload, show_tray, take_uploads

    for state in st.session_state["states"]:
        st.session_state["upload_0"] = state
        take_uploads("upload_0")
    offer_upload()
    show_tray()


def test_a_field_that_sends_a_picture_again_after_it_was_read_is_neither_an_error_nor_a_second_picture():
    app = AppTest.from_function(two_runs_before_the_field_is_replaced)
    app.session_state["states"] = [[uploaded(jpeg())], [DeletedFile("here")], DeletedFile("here"), [uploaded(jpeg())]]
    app.run()
    assert not app.exception
    assert len(app.session_state["tray"]) == 1
    assert app.session_state["upload"] == 1
    assert LOST not in words(app)


def test_a_picture_that_comes_with_one_that_was_read_is_taken():
    app = AppTest.from_function(two_runs_before_the_field_is_replaced)
    second = UploadedFile(UploadedFileRec("second", "second.jpg", "image/jpeg", jpeg()), FileURLs())
    app.session_state["states"] = [[uploaded(jpeg())], [DeletedFile("here"), second, DeletedFile("lost")]]
    app.run()
    assert [added.name for added in app.session_state["tray"]] == ["plate.jpg", "second.jpg"]
    assert words(app).count(LOST) == 1


def a_run_that_is_broken_off_while_it_reads():
    """A rerun breaks a run off at the next look into the session's state."""
    import streamlit as st

    from pages.components.console.uploads import take_arrivals

    kept = st.session_state.setdefault("kept", [])
    for upload in take_arrivals("field"):
        if upload.name == "second.jpg" and "again" not in st.session_state:
            st.session_state["again"] = True
            st.rerun()
        kept.append(upload.name)


def test_a_run_that_is_broken_off_while_it_reads_loses_no_file_and_takes_none_twice():
    app = AppTest.from_function(a_run_that_is_broken_off_while_it_reads)
    records = [UploadedFileRec(name, name, "image/jpeg", b"") for name in ("first.jpg", "second.jpg", "third.jpg")]
    app.session_state["field"] = [UploadedFile(record, FileURLs()) for record in records]
    app.run()
    assert not app.exception
    assert app.session_state["again"]
    assert app.session_state["kept"] == ["first.jpg", "second.jpg", "third.jpg"]


# --- a session that begins with a full field -----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["vision.py", "compare.py"])
def test_a_field_that_is_full_when_a_session_begins_is_read_or_its_loss_is_said(show, name):
    """A browser that comes back after a restart sends its fields as they were, and no callback is called."""
    before = show(name)
    states = before._tree.get_widget_states()
    state = states.widgets.add(id=before.file_uploader[0].id)
    state.file_uploader_state_value.uploaded_file_info.add(file_id="lost", name="plate.jpg", size=1)
    app = AppTest.from_file(str(PAGES / name), default_timeout=30)._run(states)
    assert not app.exception
    assert words(app).count(LOST) == 1


def first_run_with_a_picture():
    """The server has the file already when the session's first run begins."""
    import streamlit as st
    from streamlit.runtime.scriptrunner import get_script_run_ctx
    from streamlit.runtime.uploaded_file_manager import UploadedFileRec

    from pages.components.prompt.pictures import offer_upload, show_tray

    context = get_script_run_ctx()
    if "stored" not in st.session_state:
        st.session_state["stored"] = True
        record = UploadedFileRec("early", "plate.jpg", "image/jpeg", st.session_state["picture"])
        context.uploaded_file_mgr.add_file(context.session_id, record)
    offer_upload()
    show_tray()


def test_a_picture_that_is_there_in_a_sessions_first_run_is_taken():
    app = AppTest.from_function(first_run_with_a_picture)
    app.session_state["picture"] = jpeg()
    app.session_state["stored"] = True
    states = app.run()._tree.get_widget_states()
    state = states.widgets.add(id=app.file_uploader[0].id)
    state.file_uploader_state_value.uploaded_file_info.add(file_id="early", name="plate.jpg", size=1)
    app = AppTest.from_function(first_run_with_a_picture)
    app.session_state["picture"] = jpeg()
    app._run(states)
    assert not app.exception
    assert [added.name for added in app.session_state["tray"]] == ["plate.jpg"]
    assert LOST not in words(app)


# --- a list, and what is read ------------------------------------------------------------------------------------


def test_a_list_stays_while_its_file_is_in_the_field_and_goes_with_it(show):
    app = show("compare.py")
    app.file_uploader(key="list_file").set_value(("list.txt", b"Train or rest?\nHow long?", "text/plain")).run()
    assert "2 prompts" in words(app)
    (file_id,) = app.session_state["taken_uploads"]
    app = arrive(app, [file_id], key="list_file")
    assert "2 prompts" in words(app)
    assert LOST not in words(app)
    app = arrive(app, ["lost"], key="list_file")
    assert "2 prompts" not in words(app)
    assert LOST in words(app)
    app = arrive(app, [], key="list_file")
    assert not app.session_state["list"]
    assert LOST not in words(app)


def test_a_list_that_cannot_be_read_is_refused_with_its_name_for_as_long_as_it_is_there(show):
    app = show("compare.py")
    app.file_uploader(key="list_file").set_value(("list.csv", b"a,b\n\xff\xfe,2", "text/csv")).run()
    assert "list.csv: " in words(app)
    assert "list.csv: " in words(app.run())


@pytest.mark.parametrize("data", [b"", b"notes", jpeg()[:200], odd_jpeg()[:300]])
@pytest.mark.parametrize("name", ["run.py", "vision.py"])
def test_a_file_that_is_no_whole_picture_is_refused_with_its_name(show, name, data):
    app = show(name)
    app = vision_on(app) if name == "run.py" else app
    app.file_uploader[0].upload("plate.jpg", data, "image/jpeg").run()
    assert not app.exception
    assert "plate.jpg: " in words(app)
    assert app.session_state["tray"] == []


@pytest.mark.parametrize("name", ["run.py", "vision.py"])
def test_a_good_photo_with_an_odd_value_in_its_metadata_is_taken(show, name):
    app = show(name)
    app = vision_on(app) if name == "run.py" else app
    app.file_uploader[0].upload("plate.jpg", odd_jpeg(), "image/jpeg").run()
    assert not app.exception
    (added,) = app.session_state["tray"]
    assert (added.picture.width, added.picture.height) == (20, 40)


def test_a_photo_of_a_meal_is_read_when_it_is_sent_and_can_be_sent_again(show):
    app = show("meals.py")
    app.file_uploader[0].set_value(("plate.jpg", odd_jpeg(), "image/jpeg"))
    for count, more in enumerate(("", "and toast"), start=1):
        if more:  # the very same twice within a second would be a double click
            app.text_area(key="meal").input(more)
        over(app.button(key="send").click().run())
        assert not app.exception
        assert runtime().store.entries.count() == count


def test_a_photo_that_was_added_is_not_added_again_with_the_next_line(show, simulator):
    app = show("quick_entry.py")
    app.file_uploader[0].set_value(("plate.jpg", odd_jpeg(), "image/jpeg"))
    over(app.button(key="send").click().run())
    assert runtime().store.entries.count() == 1
    before = len(simulator.requests)
    app.text_input(key="line").input("slept badly")
    over(app.button(key="send").click().run())
    assert runtime().store.entries.count() == 2
    assert not any("data:image" in str(request.body) for request in simulator.requests[before:])


def test_a_message_carries_its_picture(show, simulator):
    app = vision_on(show("run.py"))
    app.button_group(key="mode").set_value("Conversation").run()
    before = len(simulator.requests)
    app.chat_input(key="say").set_value("What is it?").upload("plate.jpg", odd_jpeg(), "image/jpeg").run()
    assert not app.exception
    sent = [str(request.body) for request in simulator.requests[before:]]
    assert any("data:image/jpeg;base64," in body for body in sent)


# --- what files are called, and how many come ----------------------------------------------------------------------

ODD_NAME = "*bold* ![p](https://example.org/p.png) `x` $5$ :red[y].jpg"


@pytest.mark.parametrize("name", ["run.py", "vision.py"])
def test_the_name_of_a_picture_is_text_in_the_tray_and_where_it_is_refused(show, name):
    app = vision_on(show(name)) if name == "run.py" else show(name)
    app.file_uploader[0].set_value([(ODD_NAME, jpeg(), "image/jpeg"), (f"no {ODD_NAME}", b"none", "image/jpeg")]).run()
    assert not app.exception
    (name_shown,) = (one.value for one in app.markdown if "bold" in one.value)
    for shown in (name_shown, app.error[0].value):
        assert r"\*bold\* !\[p\](https\://example.org/p.png) \`x\` \$5\$ \:red\[y\].jpg" in shown


def test_the_name_of_a_picture_is_text_where_a_message_is_refused_for_it(show):
    app = vision_on(show("run.py"))
    app.button_group(key="mode").set_value("Conversation").run()
    app.chat_input(key="say").set_value("What is it?").upload(ODD_NAME, b"none", "image/jpeg").run()
    assert r"\*bold\* !\[p\](https\://example.org/p.png)" in app.warning[0].value


def test_a_picture_named_jfif_is_taken_wherever_pictures_are(show):
    for name in ("vision.py", "meals.py", "quick_entry.py"):
        assert ".jfif" in show(name).file_uploader[0].proto.type
    app = show("vision.py")
    app.file_uploader[0].upload("plate.jfif", jpeg(), "image/jpeg").run()
    assert [added.name for added in app.session_state["tray"]] == ["plate.jfif"]


def test_of_a_hundred_pictures_at_once_the_first_are_taken_and_the_others_are_counted_in_one_sentence(show):
    app = show("vision.py")
    app.file_uploader[0].set_value([(f"{number}.jpg", jpeg(), "image/jpeg") for number in range(100)]).run()
    assert not app.exception
    assert len(app.session_state["tray"]) == 5
    assert [error.value for error in app.error] == ["95 pictures were left out: 5 are the most for one prompt."]


def test_a_message_with_a_hundred_pictures_is_refused_in_one_sentence():
    with pytest.raises(ValueError, match="100 pictures are too many for one prompt; 5 are the most"):
        read_pictures([uploaded()] * 100)
