"""What the server's errors mean, by the five characters that it gives them, and never by its own words."""

import psycopg
import pytest
from psycopg import errors

from router.store.database.postgres import server_errors


def with_state(state, words="secret value 'pa55'"):
    """The driver's error for a state, with words that may hold what was to be written."""
    return errors.lookup(state)(words)


@pytest.mark.parametrize(
    ("state", "is_passing", "is_slowness", "is_of_database"),
    [
        ("40P01", True, True, True),  # a deadlock
        ("55P03", True, True, True),  # a lock that could not be had
        ("57014", False, True, True),  # a statement that took too long
        ("53100", False, False, True),  # a full disk
        ("57P01", False, False, True),  # the server is shut down
        ("42P01", False, False, True),  # a table that is not there
        ("42601", False, False, False),  # a statement of ours that is none
        ("22P05", False, False, False),  # a text that no database stores
        ("23505", False, False, False),  # a row that is there already
        ("54000", False, False, False),  # a row that is too large
    ],
)
def test_an_error_is_the_databases_or_the_values_and_passes_or_stays(state, is_passing, is_slowness, is_of_database):
    error = with_state(state)
    assert server_errors.is_passing(error) == is_passing
    assert server_errors.is_slowness(error) == is_slowness
    assert server_errors.is_of_database(error) == is_of_database


def test_what_is_no_error_of_the_driver_is_the_databases_only_where_the_network_failed():
    assert server_errors.is_of_database(ConnectionResetError(104, "Connection reset by peer"))
    assert not server_errors.is_of_database(ValueError("no"))


@pytest.mark.parametrize(
    ("state", "words", "advice"),
    [
        ("28P01", "the server does not accept this user or password", "look at the user and the password"),
        ("3D000", "the server has no database of that name", "create it"),
        ("53300", "the server has no connection left", "raise max_connections"),
        ("25006", "the server only reads", "name the primary server"),
        ("22021", "a value cannot be stored", ""),
        ("23505", "it contradicts what is there", ""),
        ("XX001", "the server reports damage", ""),
    ],
)
def test_a_state_has_its_words_and_where_somebody_can_act_its_advice(state, words, advice):
    assert server_errors.words_of(with_state(state)).startswith(words)
    assert server_errors.advice_on(with_state(state)).startswith(advice)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ('connection failed: FATAL:  password authentication failed for user "secret"', "does not accept this user"),
        ("connection failed: FATAL: unsupported startup parameter: options", "a pool such as PgBouncer"),
        ("could not translate host name", "the server's name is not known"),
        ("connection refused", "the server cannot be reached"),
    ],
)
def test_a_connection_that_could_not_be_had_is_told_by_signs_since_it_has_no_state(said, words):
    assert words in server_errors.words_of(psycopg.OperationalError(said))


@pytest.mark.parametrize("state", ["57014", "3D000", "53100", "22P05", "42P01", "42601"])
def test_no_words_of_the_servers_own_are_given_on(state):
    error = with_state(state)
    assert "pa55" not in server_errors.words_of(error) + server_errors.advice_on(error)


def test_an_unknown_error_is_of_a_fault_and_a_value_that_no_database_takes_is_named_so():
    assert server_errors.words_of(KeyError("secret")) == "of a fault"
    assert server_errors.words_of(OverflowError("too large")) == "a value cannot be stored"
    assert server_errors.words_of(OSError(28, "No space left on device")) == "no space left on device"
