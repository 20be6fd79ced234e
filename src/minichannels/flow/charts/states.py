"""The state diagram of a scope, as a figure: picture, words and table."""

from collections.abc import Iterator

from minichannels.flow.charts.states_picture import picture, reachable, steps
from minichannels.flow.figure import Figure
from minichannels.flow.text.formatting import escaped
from minichannels.flow.text.html import with_table
from minichannels.protocol import START, TABLE


def state_diagram(scope_type: str) -> Figure:
    """Return the order of a scope's events, as ``protocol.TABLE`` has it.

    Args:
        scope_type: ``"websocket"``, ``"http"`` or ``"lifespan"``.

    Raises:
        ValueError: there is no such type of scope.
    """
    if scope_type not in START:
        raise ValueError(
            f"there is no scope of the type {scope_type!r}; there are"
            f" {', '.join(map(repr, START))}"
        )
    words = "\n".join(_lines(scope_type))
    return Figure(
        lambda: picture(scope_type, words),
        lambda: words,
        lambda svg: _html(svg, scope_type),
    )


def _lines(scope_type: str) -> Iterator[str]:
    yield f"{scope_type}: which event may come in which state"
    for state in reachable(START[scope_type]):
        yield f"\n{state.name}"
        for kind, sender, following in steps(state):
            then = f"then {following}" if following else "stays"
            yield f"  {kind:<31}from {sender:<17}{then}"
        if not TABLE[state]:
            yield "  nothing may come any more"


def _html(svg: str, scope_type: str) -> str:
    names = ", ".join(state.name for state in reachable(START[scope_type]))
    whose = f"a scope of type {scope_type}"
    said = f"The states of {whose}: {names}. Table below."
    rows = "".join(
        f'<tr><th scope="row">{state.name}</th><td>{escaped(kind)}</td>'
        f"<td>{sender}</td><td>{following or 'stays'}</td></tr>"
        for state in reachable(START[scope_type])
        for kind, sender, following in steps(state)
    )
    heads = "".join(
        f'<th scope="col">{word}</th>'
        for word in ("state", "event", "from", "then")
    )
    table = f"<table><tr>{heads}</tr>{rows}</table>"
    return with_table(svg, said, table)
