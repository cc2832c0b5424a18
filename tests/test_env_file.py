"""The file `.env`, written by the console."""

import stat

import pytest
from dotenv import dotenv_values

from router.env_file import changed, set_values


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "KEY=new\n"),
        ("KEY=old\n", "KEY=new\n"),
        ("# my keys\nexport OTHER='a b'\nKEY=old # why\nLAST=1", "# my keys\nexport OTHER='a b'\nKEY=new\nLAST=1"),
        ("OTHER=1", "OTHER=1\nKEY=new\n"),
        ("KEY=one\nOTHER=1\nKEY=two\n", "KEY=new\nOTHER=1\n"),
        ("#KEY=\n", "#KEY=\nKEY=new\n"),
    ],
)
def test_one_variable_is_changed_and_every_other_line_stays(before, after):
    assert changed(before, {"KEY": "new"}) == after


def test_the_file_is_made_for_its_owner_alone_and_read_back_as_it_was_meant(tmp_path):
    path = tmp_path / ".env"
    path.write_text("OTHER=1\n")
    path.chmod(0o644)
    set_values(path, {"GROQ_API_KEY": "gsk_abc-DEF.123"})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert dotenv_values(path) == {"OTHER": "1", "GROQ_API_KEY": "gsk_abc-DEF.123"}
    assert [found.name for found in tmp_path.iterdir()] == [".env"]


@pytest.mark.parametrize("value", ["a b", "a\nB=1", "a'b", "a#b", "schlüssel"])
def test_a_value_that_could_break_the_file_is_refused_and_the_file_stays(tmp_path, value):
    path = tmp_path / ".env"
    path.write_text("KEY=old\n")
    with pytest.raises(ValueError, match="KEY holds characters") as refused:
        set_values(path, {"KEY": value})
    assert value not in str(refused.value)
    assert path.read_text() == "KEY=old\n"


def test_a_file_behind_a_link_is_written_where_it_is(tmp_path):
    real, link = tmp_path / "real.env", tmp_path / ".env"
    real.write_text("KEY=old\n")
    link.symlink_to(real)
    set_values(link, {"KEY": "new"})
    assert link.is_symlink()
    assert real.read_text() == "KEY=new\n"
