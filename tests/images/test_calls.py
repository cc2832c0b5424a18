"""The pictures in a call: whoever it comes from, no metadata leave, and those made here go out as they are."""

import base64
import io
import json

import pytest
from PIL import Image

from router import TaskConfig, TaskType
from router.images import PictureError, prepare_call, prepare_picture
from router.images.calls import MOST_PICTURES
from router.request import log_content, make_call

EYES = TaskConfig(type=TaskType.VISION)


def message(data):
    url = "data:image/png;base64," + base64.b64encode(data).decode()
    parts = [{"type": "text", "text": "What is it?"}, {"type": "image_url", "image_url": {"url": url}}]
    return [{"role": "user", "content": parts}]


def photograph():
    exif = Image.Exif()
    exif[0x0112] = 6  # turned a quarter
    exif[0x010F] = "Camera maker"
    target = io.BytesIO()
    Image.new("RGB", (400, 200), "orange").save(target, "JPEG", exif=exif)
    return target.getvalue()


def sent_by(messages):
    call = prepare_call(make_call(EYES, messages))
    part = call.messages[0]["content"][-1]
    return call, part, base64.b64decode(part["image_url"]["url"].partition(",")[2])


@pytest.mark.parametrize("claim", [{"thumbnail": "data:,"}, {"sha256": "0" * 64}, {"thumbnail": "x", "sha256": "y"}])
def test_whatever_a_caller_says_of_a_picture_its_metadata_are_stripped(claim):
    messages = message(photograph())
    messages[0]["content"][1] |= claim
    call, part, sent = sent_by(messages)
    assert b"Camera maker" not in sent
    assert not {*claim.values()} & {part["thumbnail"], part["sha256"]}
    assert "Camera maker" not in log_content(call)


def test_a_picture_that_was_prepared_here_goes_out_as_it_is():
    picture = prepare_picture(photograph(), budget=100_000)
    parts = [{"type": "text", "text": "What is it?"}, picture.part | {"thumbnail": "another"}]
    _, part, sent = sent_by([{"role": "user", "content": parts}])
    assert sent == picture.data
    assert part["thumbnail"] == picture.thumbnail


def test_the_detail_that_a_caller_asks_for_is_kept():
    messages = message(photograph())
    messages[0]["content"][1]["image_url"]["detail"] = "low"
    assert sent_by(messages)[1]["image_url"]["detail"] == "low"


def test_line_ends_within_the_base64_are_taken_off():
    body = base64.encodebytes(photograph()).decode()
    parts = [{"type": "image_url", "image_url": {"url": f"data:image/jpeg;base64,{body}"}}]
    assert sent_by([{"role": "user", "content": parts}])[2].startswith(b"\xff\xd8")


def test_more_pictures_than_anybody_could_look_at_are_refused():
    parts = message(photograph())[0]["content"][1:] * (MOST_PICTURES + 1)
    call = make_call(EYES, [{"role": "user", "content": parts}])
    with pytest.raises(PictureError, match="too many for one request"):
        prepare_call(call)


def test_what_the_log_gets_of_a_picture_elsewhere_is_its_hash_alone():
    part = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}, "thumbnail": "x" * 9}
    call = prepare_call(make_call(EYES, [{"role": "user", "content": [part]}]))
    assert json.loads(log_content(call))["messages"][0]["content"][0]["thumbnail"] is None


@pytest.mark.anyio
async def test_what_is_sent_is_the_prepared_picture_and_the_log_keeps_a_thumbnail(world):
    answer = await world.ask(config=EYES, messages=message(photograph()))
    sent = world.seen[0].body["messages"][0]["content"][1]
    assert set(sent) == {"type", "image_url"}
    assert b"Camera maker" not in base64.b64decode(sent["image_url"]["url"].partition(",")[2])
    assert "200 × 400" in answer.text
    logged = world.rows("SELECT request FROM contents")[0]["request"]
    assert sent["image_url"]["url"] not in logged
    assert "thumbnail" in logged


@pytest.mark.anyio
async def test_a_picture_that_cannot_be_used_is_a_value_error_with_its_place(world):
    with pytest.raises(ValueError, match=r"messages\[0\]\.content\[1\]: the file is no picture"):
        await world.router.complete(config=EYES, messages=message(b"these are notes"))
    assert world.seen == []
