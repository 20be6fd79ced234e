"""The core stays small enough to be read to the end."""

from pathlib import Path

import pytest

from support.mechanism import core, mechanism, report
from support.rooms import plant

# What this counted at commit 0c95d8c was 1,760. The rest is the price of three
# promises: disconnect() runs whatever a server raises (lifecycle); no task
# waits at a consumer's mailbox (mailbox, dispatching); Python ends though a
# sync handler does not (threads). It may not grow. What came since then as
# rooms of their own counts beside it: 317 for cookies and sessions, 217 for
# users, 31 for hosts, 25 for what errors do not show and headers not hold, 46
# for the places where a bridge to Django stands in, 30 for sockets that hear of
# users before they ask a database who theirs is, 17 for the reasons of refusals
# (7 for origins and hosts, 10 for sessions and users), 41 against attacks (9 on
# the names of cookies, 8 on quoted ones, 14 for sockets that ask in spite of
# unsaved changes and of other logins, 4 for sessions, 6 for caches), 2 that
# keep a sync consumer's send from the collector of garbage, 61 for what
# programs for Channels do that its documentation does not show
# (tests/compat/test_shapes), and 67 for speed: 21 for lists that are copied by
# a function of their own (freezing), 8 for one entry in a heap for all of a
# group (expiry), 6 for mailboxes that stay for a while when they are empty, 7
# for frames that reach receive() with no call between, and 25 for sockets that
# have no task until they hear something, and ask once who their user is. 4 are
# for what Channels refuses, too: to wait for no source, layers of Channels 1. 2
# say why a socket was closed. 7 let no task wait at an inbox of protocols
# without connections (dispatching), and 1 is the error of such protocols. 38
# let users connect faster: 35 for one timer for all sockets that wait (alarms),
# 3 for keys that are derived once and a cookie that is made once (sessions). 13
# take a message without the lock, which costs more than to take it (memory).
# 2 let an event join the line with no call between (dispatching). 10 give the
# sessions of a bridge to a middleware of somebody's own, too (sessions). 5 ask
# whether a session is as it was, in place of reading it once more (sessions).
# 4 keep no class of consumers for the sake of its names (names). 3 refuse a
# client with any code, as none is sent (generic). 8 say that a Django
# project's layers have not been read (registry). 1 has a line that lesson 01
# shows fit its width (generic). 11 let a channel's queue be looked at, and
# leave capacities alone that were compiled before (mailbox, base). 12 serve a
# consumer that is a part of another one, which accepts for it (lifecycle). 2
# have the tasks of a line begin before the line has them, as eager ones do
# (dispatching). 8 keep what is late from a dispatch() of a class's own
# (lifecycle). 3 are a name of Channels' own by which fixtures have layers made
# anew (registry). 4 give what comes while the loop is held up (testing). 11 let
# a dispatch() of a class's own see what names no method (handlers, lifecycle),
# 20 have what a middleware leaves in the place of a user taken for it (auth), 4
# are a private name of Channels' (auth), and 19 tell a Django project that the
# bridge is left out (_bridge, auth, db, sessions). 5 say that a consumer has no
# mailbox to who looks through it (consumer). 11 have a class of one's own get
# the errors and ends that it expects of Channels (exceptions, http). 3 have a
# router below another one raise what Django does (routing). 3 clean up behind
# an HTTP request before whoever has got its response goes on (http). 5 see a
# ``yield`` behind a decorator, 8 know a test that shakes hands never, or twice,
# and 2 list what the user has (consumer, auth). 3 show a layer's channels and
# groups (memory). 19 free the locks of layers in a process that was forked, and
# give it threads of its own (forking, threads). 6 let a handler be defined
# late, or by an instance (names), and 3 say how an origin begins (security). 22
# leave all names but one to who makes a class of a layer or a store (memory,
# office, stores), and 4 refuse a channel's name that none can have (routing).
# 27 leave to who makes a class of a layer, a middleware or a communicator each
# name that Channels does not have, and its own __init__ (own, auth, sessions,
# testing). 3 call a router of one's own that sets its routes then (routing). 5
# make a consumer's channel_receive anew for each connection, whatever its class
# has there (consumer), 4 let receive_invalid be no method (generic), and 7 heed
# what a wrapper of one's own says of its cookie (sessions). 7 forget a mailbox
# of a layer whose extensions are its own (own). 10 are the plain function of a
# sync dispatch(), for threads of one's own (consumer), and 1 has a socket ask
# for its user as the connection does (auth). 17 refuse what the options of a
# session cannot be, before each request fails of it (sessions), and 3 a close
# code that would close no socket (auth). 19 are what asgiref's StatelessServer
# has, for classes made of a worker (worker), and 1 gives an application what is
# no dict (testing). 10 look at all messages anew where the clock was set back
# (expiry, office), and refuse more such names and codes. 4 show little of what
# is large (masking), and 5 take what Channels takes for a flag, an address or a
# session of a test (sessions, security, auth). 4 ask once for the name of a
# handler that is watched (handlers, lifecycle). 19 tell a consumer of one's
# own, tasks of a group and a request's later handler that a client has left
# (lifecycle, http), 9 refuse hosts and origins that can match nothing, and 5
# find a consumer that is shared behind a wrapper (_asgi). 12 let what stands
# for a user be asked as a dict, and 6 load users that are lazy in a thread,
# or leave them in the scope (auth). 2 let handle() go on behind a whole
# response (http), and 2 ask for a layer where tests put theirs (consumer). 3
# add a cookie to the list of headers that is there, and a session's to a copy
# of it (sessions), and 9 have names of Django's that people take from
# Channels' modules (auth, layers). 13 have a consumer that is over go without
# the collector of garbage (threads, dispatching, lifecycle, http), 4 tell who
# watches that a handler is not there (handlers), 1 leaves to Python to say what
# cannot be called (explaining), 1 wakes the next reader where a consumer is at
# work (dispatching), 2 raise for a scope without a type what Channels does
# (routing), 13 copy lists of texts and numbers without counting places
# (freezing), 8 tell that a client has left by any of the errors that tasks
# or threads have got (lifecycle, http), 7 pass by a send() that only calls
# base_send (websocket), 3 set what is ours where a class refuses names
# (async_consumer, lifecycle, http), 21 have a sync handler wait for a lock
# until its event was sent, and for no warning if a thread is free (threads),
# 9 let events go another way than by ours, or be held back on it (generic,
# lifecycle), 1 has a class for requests serve WebSockets, too (http), 1 asks
# whether an error is of the client's end (lifecycle), and 4 keep the value of a
# cookie out of the error of a newer Python (sessions).
LIMIT = (
    1_920 + 317 + 217 + 31 + 25 + 46 + 30 + 17 + 41 + 2 + 61 + 67 + 4 + 2 + 8
) + 550


def test_core_does_not_grow() -> None:
    print(report())  # noqa: T201  # for who runs it with -s
    assert sum(core().values()) <= LIMIT


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ('"""A docstring."""\n# a comment\n', 0),
        ("import re\nfrom typing import Any\n__all__ = ['a']\n", 0),
        ("def f(\n    a,\n    b,\n):\n    '''Why.'''\n    return a\n", 2),
        ("if a:\n    raise ValueError(\n        'a'\n        'b'\n    )\n", 2),
        ("class A:\n    a = 1\n\n    def f(self): ...\n", 3),
    ],
)
def test_mechanism_counts_statements(text: str, lines: int) -> None:
    assert mechanism(text) == lines


def test_core_is_what_stands_above_flow(tmp_path: Path) -> None:
    text = "a = 1\n"
    plant(
        tmp_path,
        {
            "layers/base.py": text,
            "layers/explaining.py": text,
            "layers/redis/wire.py": text,
            "flow/flow.py": text,
            "__main__.py": text,
        },
    )
    source = tmp_path / "minichannels"

    assert core(source)["layers/base"] == 1
    assert sum(core(source).values()) == 1
    assert report(source).splitlines() == [
        "     1  layers/base",
        "     1  lines of mechanism in the core",
        "     5  lines of Python in src, all told",
    ]
