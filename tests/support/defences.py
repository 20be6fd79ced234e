"""Attacks, and what is there against each: one table, one row for each.

How it works: a row names the function that is the defence and the tests that
would notice if it were gone. ``python -m support.defences`` in ``tests/``
takes out each in turn: a pytest of its own runs the row's tests with that
function replaced, and has to fail. ``page`` as an argument writes
``docs/defences.md``; other words choose rows whose attack has them.
"""

import asyncio
import functools
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any, NamedTuple

from minichannels.sessions import SessionCookie
from support import ROOT

PAGE = ROOT / "docs" / "defences.md"
COMMAND = "python -m support.defences page"
CHOSEN = "MINICHANNELS_DEFENCE"
"""The environment variable with the number of the row to take out."""

Replace = Callable[[Any], Any]
"""Makes of a defence what is there without it."""


class Defence(NamedTuple):
    """A row: an attack, what happens, where that is decided, who proves it."""

    attack: str
    happens: str
    where: str  # "module:Class.function"
    tests: Sequence[str]
    without: Replace | None = None  # None: there is nothing to take out


def says(value: Any) -> Replace:
    """Return a replacement that always gives the same answer."""
    return lambda _: lambda *args, **kwargs: value


def answers(value: Any) -> Replace:
    """Return the same for a coroutine function."""

    async def answer(*args: Any, **kwargs: Any) -> Any:
        return value

    return lambda _: answer


def is_now(value: Any) -> Replace:
    """Return a replacement for a value."""
    return lambda _: value


async def _ask(call: Callable[[], Any], seconds: float) -> Any:
    result = call()
    return await result if asyncio.iscoroutine(result) else result


def _unverified(_: Any) -> Any:
    module = import_module("minichannels.sessions.signed")

    def read(cookies: Any, key: str) -> Any:
        _, opened = cookies.serializer.loads_unsafe(key)
        return module._Opened(*opened) if opened else None

    return read


def _not_taken(_: Any) -> Any:
    def take(session: Any, text: str | None) -> None:
        session._data = {}

    return take


def _revived(_: Any) -> Any:
    def update(store: Any, key: str, text: str, seconds: float) -> str:
        store._minichannels.texts[key] = (float("inf"), text)
        return key

    return update


def _unquoted_slowly(text: str) -> str:
    """Look for an octal number in all the rest, at each escape."""
    octal, end = re.compile(r"\\[0-3][0-7][0-7]"), len(text) - 1
    found = []
    for at in range(1, end):
        if text[at] == "\\":
            octal.search(text, at)
        else:
            found.append(text[at])
    return "".join(found)


def _ends_as_the_cookie(cookies: Any, key: str) -> None:
    opened, now = cookies.open(key), cookies.clock()
    for id_ in [i for i, end in cookies.ended.items() if end <= now]:
        del cookies.ended[id_]
    cookies.ended[opened.id] = opened.end


def _is_never_due(*_: Any) -> float:
    return float("inf")


def _only_loads(_: Any) -> Any:
    async def acycle_key(session: Any) -> None:
        await session.aload()

    return acycle_key


def _first_of_a_name(parse: Any) -> Any:
    def backwards(headers: Any) -> Any:
        turned = [
            (name, b";".join(reversed(value.split(b";"))))
            for name, value in headers
        ]
        return parse(turned)

    return backwards


def _of_any_kind(_: Any) -> Any:
    auth = import_module("django.contrib.auth")

    def user_of(backend: str, text: str) -> Any:
        pk = auth.get_user_model()._meta.pk.to_python(text)
        return auth.load_backend(backend).get_user(pk)

    return user_of


def _unsigned(signer: Any, value: str) -> str:
    return value.rpartition(signer.sep)[0]


def _encoded(_: Any) -> Any:
    return lambda text, name: (
        text.encode("latin-1") if isinstance(text, str) else text
    )


COOKIES = "minichannels.sessions.cookies:"
STORES = "minichannels.sessions.stores:"
SIGNED = "minichannels.sessions.signed:"
SESSION = "minichannels.sessions.session:"
SOCKETS = "minichannels.auth.sockets:"
LOGINS = "minichannels.auth.logins:"
DJANGO = "minichannels.contrib.django."
ORIGINS = "minichannels.security.websocket:OriginValidator."

T_STORES = "tests/sessions/test_stores.py::"
T_COOKIES = "tests/sessions/test_cookies.py::"
T_SESSION = "tests/sessions/test_session.py::"
T_MIDDLE = "tests/sessions/test_middleware.py::"
T_LOGINS = "tests/auth/test_logins.py::"
T_SOCKETS = "tests/auth/test_sockets.py::"
T_ORIGIN = "tests/security/test_websocket.py::"
T_DJANGO = "tests/contrib/django/"
T_HOST = "tests/security/test_host.py::"
T_REASONS = "tests/security/test_reasons.py::"

NOBODY = (
    "its client is nobody; the log says why, a flow in a word if it is refused"
)
REFUSED = (
    "the handshake is refused with 403; the log says why, a flow in a word"
)

TABLE: tuple[Defence, ...] = (
    # Cookies of sessions
    Defence(
        "a signed cookie that somebody has written or changed",
        NOBODY,
        SIGNED + "_Cookies.verified",
        [T_STORES + "test_forged_cookie_is_refused"],
        _unverified,
    ),
    Defence(
        "a signed cookie that was cut short",
        NOBODY,
        SIGNED + "_Cookies.verified",
        [T_STORES + "test_truncated_cookie_is_refused"],
        _unverified,
    ),
    Defence(
        "a cookie of a megabyte",
        "is not even verified; " + NOBODY,
        SIGNED + "_Cookies.open",
        [T_STORES + "test_oversized_cookie_is_not_even_verified"],
        lambda _: lambda cookies, key: cookies.verified(key),
    ),
    Defence(
        "a session too large for a cookie, which browsers would drop",
        "`SessionTooLarge` where it is saved",
        SIGNED + "_require_size",
        [T_STORES + "test_session_that_no_cookie_can_hold_is_an_error"],
        says(None),
    ),
    Defence(
        "a cookie sent again after the logout",
        f"{NOBODY}. With signed cookies, in this process and in those that"
        " share `ended`; elsewhere until it expires",
        SIGNED + "_Cookies.end",
        [T_STORES + "test_cookie_is_not_good_again_after_the_logout"],
        says(None),
    ),
    Defence(
        "the same with sessions in memory",
        NOBODY,
        STORES + "MemoryStore.delete",
        [T_STORES + "test_store_ends_what_is_deleted"],
        says(None),
    ),
    Defence(
        "a signed cookie that has expired",
        NOBODY,
        SIGNED + "_Cookies.open",
        [T_STORES + "test_store_ends_what_has_expired"],
        lambda _: lambda cookies, key: cookies.verified(key),
    ),
    Defence(
        "a key of memory that has expired",
        NOBODY,
        STORES + "MemoryStore.load",
        [T_STORES + "test_store_ends_what_has_expired"],
        lambda _: lambda store, key: store._minichannels.texts[digest(key)][1],
    ),
    Defence(
        "a cookie signed with an old key",
        "is good while the key is in the list; then " + NOBODY,
        SIGNED + "_Cookies.verified",
        [T_STORES + "test_old_key_is_good_until_it_is_taken_out"],
        _unverified,
    ),
    Defence(
        "a cookie signed with another application's key, or for another"
        " purpose",
        NOBODY,
        SIGNED + "_Cookies.verified",
        [T_STORES + "test_same_keys_for_another_purpose_are_others"],
        _unverified,
    ),
    Defence(
        "a signing key that can be guessed",
        "`ValueError` where the store is made, without the key",
        SIGNED + "_require_keys",
        [T_STORES + "test_keys_are_several_and_long"],
        says(None),
    ),
    Defence(
        "a key that was guessed, or a stolen copy of the store",
        "keys have 256 random bits, and the store has their digests alone",
        STORES + "digest",
        [T_STORES + "test_memory_does_not_hold_the_keys_themselves"],
        lambda _: lambda key: key,
    ),
    Defence(
        "session fixation: a key of the attacker's choice",
        "the session gets a key of its own",
        SESSION + "SessionDict._take",
        [T_MIDDLE + "test_session_fixation_gives_the_client_a_key_of_its_own"],
        _not_taken,
    ),
    Defence(
        "session fixation: a key that the attacker was given before the login",
        "the login gives the session a new key, and the old one ends",
        "minichannels.sessions.session:SessionDict.acycle_key",
        [
            T_LOGINS + "test_login_gives_the_session_a_new_key_and_keeps"
            "_what_is_in_it"
        ],
        _only_loads,
    ),
    Defence(
        "a login on top of another user's session",
        "the session begins empty",
        LOGINS + "_may_stay",
        [T_LOGINS + "test_login_of_somebody_else_begins_an_empty_session"],
        says(True),
    ),
    Defence(
        "a script of the page reads the cookie; another site has it sent; it"
        " travels without TLS",
        "`HttpOnly`, `SameSite=Lax`, and `Secure` if the request came over TLS",
        "minichannels.sessions.middleware:SessionHome.cookie",
        [T_MIDDLE + "test_cookie_is_safe_by_default"],
        says(SessionCookie(httponly=False, secure=False, samesite="none")),
    ),
    Defence(
        "a shared cache gives one client's page to another",
        "what was made with a session, or its user, says `Vary: Cookie`",
        "minichannels.sessions.middleware:_varied",
        [
            T_MIDDLE + "test_response_that_asked_the_session_is_for_its_client"
            "_alone"
        ],
        lambda _: lambda wrapper, message: message,
    ),
    Defence(
        "a stolen key, sent by the thief",
        "passes: it cannot be told from its owner's. It ends with the logout,"
        " with the password, and when it expires",
        "nowhere",
        [],
    ),
    Defence(
        "10,000 cookies",
        "200 are read; the log says so, a flow in a word if it is refused",
        COOKIES + "MOST_COOKIES",
        [T_COOKIES + "test_no_more_than_some_cookies_are_read"],
        is_now(20_000),
    ),
    Defence(
        "a quoted cookie with thousands of `\\`, for which Python needs minutes"
        " up to 3.12.5",
        "is read once, from front to back",
        COOKIES + "unquoted",
        [T_COOKIES + "test_long_quoted_value_is_read_once"],
        lambda _: _unquoted_slowly,
    ),
    Defence(
        "two cookies of the session's name, one of them planted for a longer"
        " path",
        "the last one counts, which browsers send for the shortest path",
        COOKIES + "parse_cookies",
        [T_COOKIES + "test_cookie_of_a_longer_path_does_not_count"],
        _first_of_a_name,
    ),
    Defence(
        "a quoted session cookie with a NUL in it, which PostgreSQL takes for"
        " an error",
        f"no engine of Django's is asked for it; {NOBODY}",
        DJANGO + "sessions:_may_be_key",
        [
            T_DJANGO + "test_sessions.py::"
            "test_key_that_no_engine_makes_is_asked_of_none"
        ],
        says(True),
    ),
    Defence(
        "a session in a cookie of Django's, signed with a former `SECRET_KEY`",
        "is good while the key is in `SECRET_KEY_FALLBACKS`; then " + NOBODY,
        "django.core.signing:Signer.unsign",
        [
            T_DJANGO + "test_logins.py::"
            "test_session_in_a_cookie_of_a_former_secret_key_is_as_good"
        ],
        is_now(_unsigned),
    ),
    Defence(
        "something that Django has signed for another purpose, sent as a"
        " session",
        NOBODY,
        "django.core.signing:Signer.unsign",
        [
            T_DJANGO + "test_sessions.py::test_what_django_has_signed_for"
            "_another_purpose_is_no_session"
        ],
        is_now(_unsigned),
    ),
    Defence(
        "a cookie of another site whose name looks like `__Host-…`",
        "is another cookie; one called so is always secure, for one host and"
        " all of its paths",
        "minichannels.sessions.middleware:SessionCookie.__post_init__",
        [T_MIDDLE + "test_cookie_that_browsers_would_drop_is_an_error"],
        says(None),
    ),
    Defence(
        "a logout with an older cookie than the client has by now",
        "all cookies of that session have ended",
        SIGNED + "_Cookies.end",
        [
            T_STORES
            + "test_logout_with_an_older_cookie_holds_for_the_later_ones"
        ],
        lambda _: _ends_as_the_cookie,
    ),
    Defence(
        "a signed cookie sent again as it was before its session changed",
        "passes: what must not come back, such as a right that was taken away,"
        " is no matter for a cookie",
        "nowhere",
        [],
    ),
    Defence(
        "two tabs, or a tab and a page, change one session at once",
        "the last that saves wins, as with Django: what two may change belongs"
        " into a database",
        "nowhere",
        [],
    ),
    Defence(
        "many clients begin sessions and never come back",
        "what has expired is removed as new ones come",
        STORES + "_Kept.sweep",
        [T_STORES + "test_memory_does_not_grow_with_what_has_expired"],
        says(None),
    ),
    # Users and their sockets
    Defence(
        "a user is deleted or deactivated while sockets are open",
        "`check_sockets()` closes them with 4401; each also asks once an hour;"
        " the log says why",
        SOCKETS + "UserSocket._is_still",
        [
            T_SOCKETS + "test_check_sockets_closes_who_would_not_be_let_in"
            "_any_more",
            T_SOCKETS + "test_socket_asks_again_by_itself",
        ],
        answers(True),
    ),
    Defence(
        "the same, and the application has unsaved changes in its session",
        "the store is asked all the same: the changes do not keep it open",
        SOCKETS + "UserSocket.as_kept",
        [T_SOCKETS + "test_session_with_unsaved_changes_is_asked_for_too"],
        lambda _: lambda socket, scope: scope,
    ),
    Defence(
        "so many logins and logouts that a socket never waits for an hour",
        "it asks once an hour, whatever it hears",
        "minichannels.auth.alarms:Alarms.begin",
        [T_SOCKETS + "test_socket_asks_by_itself_however_much_it_hears"],
        lambda _: _is_never_due,
    ),
    Defence(
        "a client names a chat's room like the group of a user",
        "what the chat sends there closes nothing",
        SOCKETS + "UserSocket._verdict",
        [
            T_SOCKETS + "test_what_others_send_to_the_group_of_a_user_closes"
            "_nothing"
        ],
        lambda verdict: (
            lambda socket, scope, event: verdict(
                socket, scope, {**event, "group": event["group"]}
            )
        ),
    ),
    Defence(
        "a user who is deactivated, and comes again",
        "is nobody; the log says why, a flow in a word if it is refused",
        LOGINS + "find_user",
        [T_LOGINS + "test_user_who_is_deleted_or_not_active_is_nobody"],
        lambda _: _found,
    ),
    Defence(
        "a session that was begun with a former password",
        "is ended; the comparison takes the same time for all; the log says"
        " why, a flow in a word if it is refused",
        LOGINS + "_is_same_hash",
        [T_LOGINS + "test_session_with_another_password_is_ended"],
        says(True),
    ),
    Defence(
        "two tabs, and one logs out",
        "the sockets of this login are closed with 4401, in every process",
        LOGINS + "close_sockets",
        [T_SOCKETS + "test_logout_closes_the_tabs_of_that_login_and_no_others"],
        answers(None),
    ),
    Defence(
        "two tabs, one logs out, and the other one saves its session",
        "`SessionGone`: what has ended does not come back",
        STORES + "MemoryStore.update",
        [T_SESSION + "test_session_that_has_ended_is_not_saved_again"],
        _revived,
    ),
    Defence(
        "two tabs, and a page of Django's logs out",
        "the sockets of this login are closed with 4401, in every process",
        DJANGO + "following:_close_sockets",
        [
            T_DJANGO + "test_following.py::"
            "test_logout_on_a_page_closes_the_sockets_of_that_login"
        ],
        says(None),
    ),
    Defence(
        "a user of Django's is deleted or deactivated, or gets another"
        " password, while sockets are open",
        "they are closed with 4401, in every process, when it is true in the"
        " database; after `QuerySet.update()`, which sends no signal, by"
        " `check_sockets()` or within the hour",
        DJANGO + "following:_check_sockets",
        [
            T_DJANGO + "test_following.py::"
            "test_change_of_an_account_closes_its_sockets"
        ],
        says(None),
    ),
    Defence(
        "a session of Django's that was begun with a former password",
        "is ended; the comparison takes the same time for all; the log says"
        " why, a flow in a word if it is refused",
        DJANGO + "logins:_is_of",
        [
            T_DJANGO + "test_logins.py::"
            "test_session_with_another_password_is_nobodys"
        ],
        says(True),
    ),
    Defence(
        "a session of Django's from before a release that gave users keys of"
        " another kind",
        NOBODY,
        DJANGO + "logins:_user_of",
        [
            T_DJANGO + "test_logins.py::"
            "test_key_of_a_user_of_another_release_is_nobodys"
        ],
        _of_any_kind,
    ),
    Defence(
        "a WebSocket of a page that is not among Django's `ALLOWED_HOSTS`",
        REFUSED,
        DJANGO + "apps:ProjectOrigins.match_allowed_origin",
        [T_DJANGO + "test_apps.py::test_setting_says_which_pages_may_connect"],
        says(True),
    ),
    Defence(
        "a logout before a socket that is being opened can hear of it",
        "the session is read once more when its end would be heard of",
        "minichannels.sessions.session:SessionDict.areload",
        [T_SOCKETS + "test_logout_before_the_socket_is_watched_is_not_missed"],
        answers(None),
    ),
    Defence(
        "a logout while the user of a socket is asked for",
        "the socket hears of that user already, or of all, and asks again",
        "minichannels.auth.middleware:refresh_user",
        [
            "tests/auth/test_opening.py::"
            "test_user_who_is_heard_of_while_asked_for_is_asked_for_again",
            "tests/auth/test_opening.py::"
            "test_logout_while_the_user_is_asked_for_is_not_missed",
        ],
        answers(None),
    ),
    Defence(
        "an application goes on sending to a socket that was closed",
        "nothing is sent: it is as if the client had left",
        SOCKETS + "UserSocket.send",
        [T_SOCKETS + "test_what_an_application_sends_later_goes_nowhere"],
        lambda _: _sent,
    ),
    Defence(
        "users, store or layer fail under an open socket",
        "it is closed with 1011, and the log says so: what cannot be watched is"
        " not left open",
        SOCKETS + "UserSocket.close",
        [T_SOCKETS + "test_socket_that_cannot_be_watched_is_closed"],
        answers(None),
    ),
    # Why somebody is nobody
    Defence(
        "one of these, and nobody notices",
        "log and flow say in a few words why a client is nobody, without a"
        " secret",
        SESSION + "tell_nobody",
        [T_REASONS + "test_flow_and_log_say_why_a_client_is_nobody"],
        says(None),
    ),
    # Stores
    Defence(
        "a store that is down or slow",
        "`SessionUnavailable`, after five seconds at most: nobody is let in;"
        " log and flow say why, without the store's own words",
        SESSION + "ask",
        [
            T_MIDDLE + "test_store_that_is_slow_is_an_error_and_nobody_is_let"
            "_in",
            T_REASONS + "test_flow_and_log_say_that_a_store_is_down_or_slow",
        ],
        is_now(_ask),
    ),
    Defence(
        "a session that is not JSON",
        "`UnserializableError` says where it is, and does not show it",
        SESSION + "_require_json",
        [T_SESSION + "test_what_is_no_json_is_named_and_not_shown"],
        says(None),
    ),
    # Where a request comes from, and whom it is for
    Defence(
        "a WebSocket without an `Origin`",
        REFUSED,
        ORIGINS + "valid_origin",
        [
            T_ORIGIN + "test_origin_validator_refuses_a_connection_without"
            "_origin"
        ],
        says(True),
    ),
    Defence(
        "a WebSocket of another site's page: `null`, another scheme, port or"
        " subdomain, punycode, a dot at the end, look-alikes (upper case is"
        " the same host)",
        REFUSED,
        ORIGINS + "match_allowed_origin",
        [T_ORIGIN + "test_origin_from_elsewhere_is_refused"],
        says(True),
    ),
    Defence(
        "two `Origin` headers",
        REFUSED,
        "minichannels.security.websocket:_only",
        [T_ORIGIN + "test_origin_validator_refuses_two_origins"],
        lambda _: lambda values: values[-1],
    ),
    Defence(
        "a forged `Host`, none, or two",
        "400, or 403 for a WebSocket; the log says why, a flow in a word",
        "minichannels.security.host:HostValidator.valid_host",
        [T_HOST + "test_forged_host_is_refused"],
        says(True),
    ),
    # What an application is made to send
    Defence(
        "a line break in a cookie's value",
        "is quoted, and what is not is a `ValueError`",
        COOKIES + "_require_one_line",
        [T_COOKIES + "test_header_with_a_control_character_is_refused"],
        says(None),
    ),
    Defence(
        "`;` or a line break in a cookie's path, domain or date",
        "`ValueError`",
        COOKIES + "_require_attribute",
        [T_COOKIES + "test_attribute_cannot_begin_another"],
        says(None),
    ),
    Defence(
        "a line break in a subprotocol",
        "`ValueError`",
        "minichannels.generic._frames:require_token",
        [
            "tests/generic/test_frames.py::test_accept_event_refuses_a"
            "_subprotocol_that_is_no_token"
        ],
        says(None),
    ),
    Defence(
        "a line break in a header of `accept()` or of a response, such as"
        " where a redirect leads to",
        "`ValueError`",
        "minichannels.generic._headers:_header_bytes",
        [
            "tests/generic/test_headers.py::test_encode_headers_refuses_a_line"
            "_break_and_nul",
            "tests/generic/test_headers.py::test_redirect_to_where_a_client"
            "_says_brings_no_other_header",
        ],
        _encoded,
    ),
    Defence(
        "a close reason with a line break, or of any length",
        "travels in a frame, where a line break is a letter like others; over"
        " 123 bytes it is a `ValueError`",
        "minichannels.generic._frames:_MAX_REASON",
        [
            "tests/generic/test_frames.py::test_close_event_refuses_a_long_reason"
        ],
        is_now(10**6),
    ),
    # Who looks over one's shoulder
    Defence(
        "whoever sees a flow, a log or an error",
        "sees `•••` for cookies, sessions, tokens and passwords",
        "minichannels.flow.journal.payloads:is_secret_item",
        [
            "tests/flow/test_secrets.py::test_flow_of_a_message_with_a_scope"
            "_in_it_shows_none_of_it"
        ],
        says(False),
    ),
    Defence(
        "the same, where an application sends or raises what is in a cookie",
        "`•••`, if it is eight characters or more",
        "minichannels.flow.recording.clients.shown:_veiled",
        [
            "tests/flow/test_secrets.py::test_flow_shows_no_cookie_no_token"
            "_and_no_session"
        ],
        lambda _: lambda secrets, value, mask: value,
    ),
    Defence(
        "the same, where it is a token in JSON or in an address",
        "`•••`, if its name says what it is",
        "minichannels.flow.recording.application.receive_send:masked_text",
        [
            "tests/flow/test_secrets.py"
            "::test_flow_shows_a_secret_of_no_class_of_texts"
        ],
        lambda _: lambda text: text,
    ),
    Defence(
        "the same, in a frame of a WebSocket",
        "`•••`, if its name says what it is",
        "minichannels.flow.recording.application.short.frames:masked_text",
        [
            "tests/flow/recording/application/short/test_frames.py"
            "::test_what_is_named_as_a_secret_is_masked_in_frames"
        ],
        lambda _: lambda text: text,
    ),
    Defence(
        "the same, in a frame of a client that has shown it",
        "`•••`, if it is eight characters or more",
        "minichannels.flow.recording.application.short.frames:without",
        [
            "tests/flow/recording/application/short/test_frames.py"
            "::test_what_a_client_has_shown_is_masked_in_frames"
        ],
        lambda _: lambda secrets, value: value,
    ),
    Defence(
        "the same, where a client is given a new cookie",
        "`•••` from then on",
        "minichannels.flow.recording.application.connection:secrets_in",
        [
            "tests/flow/test_secrets.py"
            "::test_flow_shows_no_secret_that_a_client_is_given"
        ],
        says(()),
    ),
    Defence(
        "the same, where it is sent through a layer, or a group has its name",
        "`•••`, also where others send it on",
        "minichannels.flow.recording.application.connection:Connection.masked",
        [
            "tests/flow/test_secrets.py"
            "::test_flow_shows_no_secret_that_goes_through_a_layer"
        ],
        lambda _: lambda connection, value: value,
    ),
    Defence(
        "an error about a header that holds a cookie",
        "shows `•••`",
        "minichannels.generic._headers:shown",
        ["tests/generic/test_headers.py::test_error_shows_no_cookie"],
        lambda _: lambda value, name="": repr(value),
    ),
)


def digest(key: str) -> Any:
    """Return what the store in memory has for a key."""
    return import_module("minichannels.sessions.stores").digest(key)


async def _found(users: Any, pk: str) -> Any:
    directory = import_module("minichannels.auth.users")._Directory
    return (users or directory.users)(pk)


async def _sent(socket: Any, message: Any) -> None:
    await socket._send(message)


# Taking out


def owner_of(where: str) -> tuple[Any, str]:
    """Return the object that a defence is an attribute of, and its name."""
    module, _, path = where.partition(":")
    *outer, name = path.split(".")
    return functools.reduce(getattr, outer, import_module(module)), name


def take_out(defence: Defence) -> None:
    """Put something else in the place of a defence, in this process."""
    owner, name = owner_of(defence.where)
    assert defence.without is not None
    setattr(owner, name, defence.without(getattr(owner, name)))


def takes(number: int) -> bool:
    """Return whether each test of a row fails when its defence is gone."""
    return all(fails(number, test) for test in TABLE[number].tests)


def fails(number: int, test: str) -> bool:
    """Return whether a test fails when the defence of a row is gone."""
    env = {
        **os.environ,
        CHOSEN: str(number),
        "PYTHONPATH": str(ROOT / "tests"),
    }
    command = [sys.executable, "-m", "pytest", "-q", "-psupport.taking_out"]
    options = ["--no-cov", "--timeout=20", "-x", "-pno:cacheprovider"]
    done = subprocess.run(
        [*command, *options, test],
        cwd=ROOT,
        env=env,
        capture_output=True,
        check=False,
    )
    return done.returncode == 1  # tests failed, and nothing else did


def chosen(words: Iterable[str]) -> list[int]:
    """Return the numbers of the rows that can be taken out."""
    return [
        number
        for number, row in enumerate(TABLE)
        if row.without and all(word in row.attack for word in words)
    ]


# The page

INTRODUCTION = f"""\
# Defences

What somebody might try, what happens then, and who proves it: each test fails
when the defence in its row is taken out, as `python -m support.defences`, in \
`tests/`, shows.
Written by `{COMMAND}`.

What is not here: whoever may write to the channel layer may send any message \
to any consumer, and close any socket; so a layer's server has to be your own. \
A session in a signed cookie can be read by its client. And a token never \
belongs into an address.

| attack | what happens | where | test |
|---|---|---|---|
"""


def page() -> str:
    """Return the page with the table."""
    return INTRODUCTION + "".join(f"{line}\n" for line in _lines())


def _lines() -> Iterator[str]:
    for row in TABLE:
        module, _, name = row.where.partition(":")
        room = "Django" if module.startswith("django.") else f"`{module}`"
        where = f"{room}, `{name}`" if row.without else module
        tests = ", ".join(f"`{test}`" for test in row.tests)
        yield f"| {row.attack} | {row.happens} | {where} | {tests} |"


def main(words: list[str]) -> int:
    """Write the page, or take out one defence after the other."""
    if words == ["page"]:
        PAGE.write_text(page(), encoding="utf-8")
        return 0
    numbers = chosen(words)
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(takes, numbers))
    for number, failed in zip(numbers, results, strict=True):
        verdict = "fails" if failed else "PASSES WITHOUT IT"
        print(f"{verdict:<18} {TABLE[number].attack}")  # noqa: T201
    print(f"{sum(results)} of {len(results)} tests notice.")  # noqa: T201
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
