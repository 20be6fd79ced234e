"""Who decides on a membership that several calls make at once.

How it works: a mailbox is put into its group first, so that it misses nothing;
then the server is asked for what is sent there. If the server does not answer
it is no member after all. But another call may have asked for the same
meanwhile.

Rule 1: of the calls that make a membership, one that succeeds is enough.
Rule 2: it ends when the last of them has failed.
Rule 3: one that was there before is no business of theirs; nor is one that was
ended in the meantime, and made anew by other calls.
"""


class Attempt:
    """The calls that make one membership, as long as none has succeeded.

    Attributes:
        calls: how many of them wait for the server.
    """

    def __init__(self) -> None:
        self.calls = 0


class Joining:
    """The memberships that are not sure yet, by their group and channel."""

    def __init__(self) -> None:
        self._attempts: dict[tuple[str, str], Attempt] = {}

    def begin(self, group: str, channel: str, *, is_new: bool) -> Attempt:
        """Note that a call begins; return what it is one of.

        Args:
            group: the group.
            channel: who becomes a member.
            is_new: whether it was none before.
        """
        if is_new:
            self._attempts[group, channel] = Attempt()
        attempt = self._attempts.get((group, channel)) or Attempt()
        attempt.calls += 1
        return attempt

    def succeed(self, group: str, channel: str, attempt: Attempt) -> None:
        """Note that a call was successful: it is a member."""
        self._decide(group, channel, attempt)

    def fail(self, group: str, channel: str, attempt: Attempt) -> bool:
        """Note that a call has failed; return whether it is no member now."""
        attempt.calls -= 1
        return not attempt.calls and self._decide(group, channel, attempt)

    def _decide(self, group: str, channel: str, attempt: Attempt) -> bool:
        is_open = self._attempts.get((group, channel)) is attempt
        if is_open:
            del self._attempts[group, channel]
        return is_open
