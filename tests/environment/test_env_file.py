"""The file `.env`: read as people leave it, and written by the console."""

import codecs
import os
import resource
import stat
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from dotenv import dotenv_values
from hypothesis import given
from hypothesis import strategies as st

from router.environment.env_file import changed_text, read_env_file, set_values
from router.errors import ConfigurationError

NOBODY = 65_534
only_as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


def in_a_child(work):
    """Whether `work` ends without an error in a process of its own."""
    if (child := os.fork()) == 0:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 – a forked test must not go on as a second pytest
            os.write(2, f"{type(error).__name__}: {error}\n".encode())
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


# --- reading -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b"KEY=v\nOTHER='a b'\n",
        b'\xef\xbb\xbfKEY=v\r\nOTHER="a b"\r\n',
        b"# caf\xc3\xa9\n\nexport KEY=v # why\nOTHER=a b\nBARE\n",
    ],
)
def test_a_utf_8_file_is_read_with_and_without_its_byte_order_mark(tmp_path, data):
    (tmp_path / ".env").write_bytes(data)
    assert read_env_file(tmp_path / ".env") == {"KEY": "v", "OTHER": "a b"}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("KEY=v\nNAME=Jürgen\n".encode("latin-1"), "line 2 holds a character in another encoding"),
        (codecs.BOM_UTF16_LE + "KEY=v\n".encode("utf-16-le"), "is written in UTF-16"),
        (codecs.BOM_UTF16_BE + "KEY=v\n".encode("utf-16-be"), "is written in UTF-16"),
        ("KEY=v\n".encode("utf-16-le"), "is written in UTF-16"),
        (b"KEY=v\n" * 40 + b"\0", "line 41 holds a character"),
    ],
)
def test_a_file_in_another_encoding_is_named_with_what_to_do(tmp_path, data, words):
    path = tmp_path / ".env"
    path.write_bytes(data)
    with pytest.raises(ConfigurationError, match=words) as refused:
        read_env_file(path)
    assert str(path) in str(refused.value)
    assert "save" in str(refused.value)
    with pytest.raises(ConfigurationError, match=words):
        set_values(path, {"KEY": "new"})
    assert path.read_bytes() == data


@given(st.binary(max_size=60))
def test_whatever_stands_in_the_file_is_read_or_refused_in_words(data):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / ".env"
        path.write_bytes(data)
        try:
            values = read_env_file(path)
        except ConfigurationError:
            return
        set_values(path, {"A_KEY": "new"})
        assert read_env_file(path) == values | {"A_KEY": "new"}


def test_no_file_and_a_folder_of_that_name_set_nothing(tmp_path):
    assert read_env_file(tmp_path / ".env") == {}
    assert read_env_file(tmp_path) == {}


def test_a_link_that_leads_back_to_itself_is_refused_in_words_and_stays(tmp_path):
    first, second = tmp_path / ".env", tmp_path / "second"
    first.symlink_to(second)
    second.symlink_to(first)
    with pytest.raises(ConfigurationError, match="leads back to itself"):
        read_env_file(first)
    with pytest.raises(OSError, match="leads back to itself"):
        set_values(first, {"KEY": "new"})
    assert first.is_symlink()
    assert {path.name for path in tmp_path.iterdir()} == {".env", "second"}


# --- the text that is written ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "KEY=new\n"),
        ("KEY=old\n", "KEY=new\n"),
        ("KEY", "KEY=new"),
        ("# my keys\nexport OTHER='a b'\nKEY=old # why\nL=1", "# my keys\nexport OTHER='a b'\nKEY=new # why\nL=1"),
        ("A=1\n\n\n  export KEY = 'old'\t# why\nB=2\n", "A=1\n\n\n  export KEY = new\t# why\nB=2\n"),
        ("KEY='old'# why\n", "KEY=new # why\n"),
        ("KEY='two\nlines # no comment'\nB=2\n", "KEY=new\nB=2\n"),
        ("KEY=a#b\n", "KEY=new\n"),
        ("'KEY'=old\n", "'KEY'=new\n"),
        ("OTHER=1", "OTHER=1\nKEY=new\n"),
        ("KEY=one\nOTHER=1\nKEY=two\n", "KEY=new\nOTHER=1\n"),
        ("#KEY=\n", "#KEY=\nKEY=new\n"),
        ("A=1\r\nKEY=old # why\r\n", "A=1\r\nKEY=new # why\r\n"),
        ("A=1\r\n", "A=1\r\nKEY=new\r\n"),
        ("\ufeffKEY=old\n", "\ufeffKEY=new\n"),
        ("\ufeffA=1\n", "\ufeffA=1\nKEY=new\n"),
    ],
)
def test_one_variable_is_changed_and_all_around_it_stays(before, after):
    assert changed_text(before, {"KEY": "new"}) == after


@pytest.mark.parametrize("value", ["a b", "a\nB=1", "a'b", "a#b", "schlüssel"])
def test_a_value_that_could_break_the_file_is_refused_and_the_file_stays(tmp_path, value):
    path = tmp_path / ".env"
    path.write_text("KEY=old\n")
    with pytest.raises(ValueError, match="KEY holds characters") as refused:
        set_values(path, {"KEY": value})
    assert value not in str(refused.value)
    assert path.read_text() == "KEY=old\n"


# --- the file that is written ----------------------------------------------------------------------------------------


def test_a_new_file_is_its_owners_alone_and_reads_back_as_it_was_meant(tmp_path):
    path = tmp_path / ".env"
    set_values(path, {"GROQ_API_KEY": "gsk_abc-DEF.123"})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert dotenv_values(path) == {"GROQ_API_KEY": "gsk_abc-DEF.123"}
    assert [entry.name for entry in tmp_path.iterdir()] == [".env"]


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664])
def test_a_file_keeps_its_mode(tmp_path, mode):
    path = tmp_path / ".env"
    path.write_text("OTHER=1\n")
    path.chmod(mode)
    set_values(path, {"KEY": "new"})
    assert stat.S_IMODE(path.stat().st_mode) == mode
    assert dotenv_values(path) == {"OTHER": "1", "KEY": "new"}


@only_as_root
def test_a_file_keeps_its_owner_and_group(tmp_path):
    path = tmp_path / ".env"
    path.write_text("OTHER=1\n")
    os.chown(path, 1_234, 5_678)
    set_values(path, {"KEY": "new"})
    assert (path.stat().st_uid, path.stat().st_gid) == (1_234, 5_678)


@only_as_root
def test_a_file_in_a_folder_that_takes_no_further_file_is_written_all_the_same():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / ".env"
        path.write_text("KEY=a-longer-old-value\nOTHER=1\n")
        os.chmod(folder, 0o755)
        os.chown(path, NOBODY, NOBODY)

        def save():
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            set_values(path, {"KEY": "new"})

        assert in_a_child(save)
        assert path.read_text() == "KEY=new\nOTHER=1\n"
        assert path.stat().st_uid == NOBODY


def test_a_file_that_finds_no_room_is_as_it_was(tmp_path):
    path = tmp_path / ".env"
    path.write_text("KEY=old\n")

    def save():
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, 1_000))
        with pytest.raises(OSError, match="too large"):
            set_values(path, {"OTHER": "x" * 5_000})

    assert in_a_child(save)
    assert path.read_text() == "KEY=old\n"
    assert [entry.name for entry in tmp_path.iterdir()] == [".env"]


def test_a_file_behind_a_link_is_written_where_it_is(tmp_path):
    real, link = tmp_path / "real.env", tmp_path / ".env"
    real.write_text("KEY=old\n")
    link.symlink_to(real)
    set_values(link, {"KEY": "new"})
    assert link.is_symlink()
    assert real.read_text() == "KEY=new\n"


def test_a_link_to_a_file_that_is_not_there_yet_has_it_made(tmp_path):
    (tmp_path / ".env").symlink_to(tmp_path / "real.env")
    set_values(tmp_path / ".env", {"KEY": "new"})
    assert (tmp_path / ".env").is_symlink()
    assert (tmp_path / "real.env").read_text() == "KEY=new\n"


def test_many_threads_that_save_at_once_lose_nothing(tmp_path):
    path = tmp_path / ".env"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: set_values(path, {f"KEY_{number}": "v"}), range(40)))
    assert dotenv_values(path) == {f"KEY_{number}": "v" for number in range(40)}


def test_processes_that_save_at_once_lose_nothing(tmp_path):
    path = tmp_path / ".env"

    def save(number):
        for turn in range(20):
            set_values(path, {f"KEY_{number}_{turn}": "v"})

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(lambda number: in_a_child(lambda: save(number)), range(4)))
    assert len(dotenv_values(path)) == 80
