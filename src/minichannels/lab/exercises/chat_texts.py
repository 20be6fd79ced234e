"""What is said in all exercises of the chat: of messages and their way.

Who joins, what a group is sent and how it is heard is the same in the three of
lesson 07 (``exercises.chat``); one that knows better has a text of its own.
"""

from collections.abc import Mapping

from minichannels.lab.checking.stage.exercise import Text

CHAT_TEXTS: Mapping[str, Text] = {
    "only ada": Text(
        headline="nobody but $client heard it.",
        did="It sent nothing to a group.",
        should="One `group_send` to the group of the room, such as"
        " `chat_$room`, then one `websocket.send` for each member:"
        " everybody in the room receives $message.",
        missing="group_send to chat_$room",
        why="M13",
    ),
    "no group": Text(
        headline="it was heard, but no group was used.",
        did="It called `group_send` for no group.",
        should="One `group_send` to the group of the room: the layer knows"
        " who is in it. A list of your own knows only the consumers of this"
        " process.",
        next="join the group in `connect` with `group_add`, and send to it"
        " in `receive`.",
        missing="group_send to chat_$room",
        why="M13",
    ),
    "one channel": Text(
        headline="the message went to a channel, not to a group.",
        should="`send` puts a message into the mailbox of one channel."
        " `group_send` sends it to all members of a group.",
        next="use `group_send` instead of `send`.",
        missing="group_send to chat_$room",
    ),
    "not sent": Text(
        headline="$client said something, and nobody heard it.",
        should="The message goes to the group of the room, such as"
        " `chat_$room`, and each member sends it to its client.",
        next="join the group in `connect`; send to it in `receive`; tell"
        " your client in `chat_message`.",
        missing="group_send to chat_$room",
    ),
    "nobody joined": Text(
        headline="the message went to a group without members.",
        should="In `connect`, each consumer joins the group of its room:"
        " `group_add`.",
        next="call `group_add` in `connect`, with `async_to_sync` around"
        " it; the group's name there and in `receive` is the same.",
        missing="group_add to chat_lobby",
        why="M17",
    ),
    "another group": Text(
        headline="you joined one group, and sent to another.",
        did="$client joined `$joined`; the message went to `$told`.",
        should="The name in `group_send` is the one of `group_add`.",
        next="use `self.room_group_name` in both places.",
    ),
    "left again": Text(
        headline="who is still connected has left the group.",
        did="$left had joined `$told`, and left it.",
        should="As long as a client is connected, its consumer is a member"
        " of the group: who has left hears nothing.",
        next="leave the group in `disconnect` alone.",
    ),
    "past the group": Text(
        headline="$listener heard it, but not through the group.",
        did="No message of the layer came to $listener's consumer.",
        should="Each consumer is a member of the group, and tells its own"
        " client. A list of your own knows only the consumers of this"
        " process.",
        next="join the group in `connect`, and tell your client in"
        " `chat_message`, nowhere else.",
    ),
}
"""The texts, by key."""
