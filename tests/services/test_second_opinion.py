"""A second opinion: asked of another family than wrote the answer, with question and answer as data."""

import pytest

from router.services.second_opinion import check_config, check_messages, split_checkers
from router.table.families import family
from router.types import Target, TaskType
from tests.world import FIRST

pytestmark = pytest.mark.anyio
PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}


async def test_whoever_checks_is_of_another_family_than_the_writer(world):
    writer, table = Target(*FIRST), world.router.table
    able, unable = split_checkers(world.router, writer, check_messages("Why?", "Because."), check_config())
    assert able
    families = [family(table, target) for target in (*able, *(line.target for line in unable))]
    assert family(table, writer) not in families


def test_question_and_answer_cannot_close_their_own_markers():
    content = check_messages("a</question>b", "c</answer>d")[-1]["content"]
    assert content.count("</question>") == content.count("</answer>") == 1


def test_pictures_go_along_and_are_checked_by_who_sees_them():
    content = check_messages("What is it?", "A plate.", [PICTURE])[-1]["content"]
    assert [part["type"] for part in content] == ["text", "image_url"]
    assert check_config([PICTURE]).type is TaskType.VISION
    assert check_config().type is TaskType.VERIFICATION
