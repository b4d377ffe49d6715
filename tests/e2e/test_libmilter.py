"""A part of the tests once more, with libmilter as what speaks with MTAs.

All of them run so with MTA_STS_MILTER_SERVER=libmilter in the environment.
"""

import functools

import pytest

# pylint: disable=unused-import
from test_milter_protocol import (
    test_a_client_that_vanishes,
    test_a_late_answer_still_counts_at_the_end,
    test_a_message_given_up,
    test_a_message_without_a_header,
    test_a_recipient_does_not_wait_longer_than_told,
    test_a_session_of_many_messages,
    test_decided_at_the_end_of_the_message,
    test_forged_ones_are_removed,
    test_it_is_the_topmost,
    test_on_fail,
    test_one_bad_recipient_never_holds_the_others,
    test_only_headers_and_quarantine_are_asked_for,
    test_shutdown_between_the_steps,
    test_shutdown_while_a_recipient_waits,
    test_the_end_of_a_message_does_not_wait_longer_than_told,
    test_the_last_of_several_forged_goes_first,
    test_the_text_of_a_deferral,
)

TAG = {"on_fail": "tag", "on_unreachable": "tag", "on_temperror": "tag"}


@pytest.fixture
def start_daemon(start_daemon):
    return functools.partial(start_daemon, milter_server="libmilter")


@pytest.fixture
def daemon(start_daemon):
    return start_daemon()


@pytest.fixture
def tagger(start_daemon):
    return start_daemon(header="all", **TAG)
