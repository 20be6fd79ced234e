"""9.2: a lookup that blocks, made in a thread."""

import inspect
import linecache

from minichannels.lab.checking.stage.exercise import Exercise, Stage, Text, edit
from minichannels.lab.exercises.slow import play_slow


async def play(stage: Stage) -> None:
    """Ask for prices; while one is looked up, somebody connects."""
    await play_slow(
        stage, "soup", "cake", lambda dish: f"{dish} costs {len(dish)}"
    )
    codes = stage.trace.codes()
    lookups = [code for code in codes if code.co_name == "find_price"]
    # In a thread of the learner's own nobody takes notes.
    files = {code.co_filename for code in codes}
    cells = ["".join(linecache.getlines(file)) for file in files]
    unseen = any(word in cell for word in _THREADS for cell in cells)
    stage.require(lookups or unseen, "not looked up")
    are_async = [code.co_flags & inspect.CO_COROUTINE for code in lookups]
    stage.require(not any(are_async), "changed")


_THREADS = ("Thread", "submit", "start_new_thread")


_LOOKUP = """\
def find_price(dish):
    time.sleep(0.05)  # a database takes its time
    return len(dish)


"""
_CLASS = """\
class Prices(AsyncWebsocketConsumer):
    async def receive(self, text_data):
        price = await asyncio.to_thread(find_price, text_data)
        await self.send(text_data=f"{text_data} costs {price}")
"""
_SOLUTION = _LOOKUP + _CLASS


def _looking_up(call: str) -> str:
    return edit(
        _SOLUTION, "await asyncio.to_thread(find_price, text_data)", call
    )


EXERCISE = Exercise(
    number="9.2",
    name="Prices",
    play=play,
    texts={
        "solved": Text(
            headline="the lookup blocks a thread, and not the event loop.",
            should="What blocks belongs into a thread. Its result, or its"
            " error, comes back to whoever awaits it.",
        ),
        "untouched": Text(
            headline="nobody tells ada the price.",
            should="ada asks for soup, and receives `soup costs 4`. Meanwhile"
            " others can come.",
            first="write the method that is called for each text of a client.",
        ),
        "blocks": Text(
            headline="the lookup stops the event loop.",
            did="`find_price` sleeps on the thread of the event loop:"
            " meanwhile nobody is served.",
            should="`find_price` is called in another thread.",
            next="write `await asyncio.to_thread(find_price, text_data)`; or"
            " let a `WebsocketConsumer` call it.",
            why="M28",
        ),
        "held up": Text(
            headline="$name had to wait for ada's price.",
            did="$name was let in only when ada had her answer.",
            should="$name is let in while `find_price` is at work.",
            next="await the thread: `await asyncio.to_thread(…)`.",
            why="M28",
        ),
        "called here": Text(
            headline="`find_price` was called before any thread could do it.",
            did="$application raised $error: $text",
            should="The thread gets the function and its argument, and calls"
            " it.",
            next="write a comma for the brackets:"
            " `asyncio.to_thread(find_price, text_data)`.",
            why="M30",
        ),
        "nothing to await": Text(
            headline="`await` stands before what cannot be awaited.",
            did="$application raised $error: $text",
            should="`find_price` is a plain function: it is over when it"
            " returns. What can be awaited is a call in a thread.",
            next="write `await asyncio.to_thread(find_price, text_data)`.",
            why="M28",
        ),
        "only wrapped": Text(
            headline="`find_price` was wrapped, and not called.",
            did="$application raised $error: $text",
            should="What `sync_to_async` gives is a function. Only its call can"
            " be awaited.",
            next="call it: `await sync_to_async(find_price)(text_data)`.",
        ),
        "no pause": Text(
            headline="the price was not looked up.",
            did="$asked was answered in less than 0.05 s.",
            should="`find_price` is called for each question. It takes 0.05 s.",
            next="call `find_price`, in a thread.",
        ),
        "of another": Text(
            headline="$client got the answer to another question.",
            did="$client asked for $asked, and received $got.",
            should="$client receives $answer. Others ask meanwhile, and so may"
            " $client again: what belongs to one question is kept in a local"
            " variable of the handler.",
            next="keep dish and price in local variables: those belong to this"
            " call alone.",
        ),
        "in a row": Text(
            headline="those who asked at once were served one after the other.",
            did="Four asked at the same moment, and the last of them got the"
            " answer long after the first.",
            should="Each waits for what was asked for, and for nothing else:"
            " all four have their answers after the time of one lookup.",
            next="let nothing be shared that only one can have at a time, such"
            " as a lock.",
        ),
        "too long": Text(
            headline="the price comes much too late.",
            did="$asked was not answered within $seconds s, several times.",
            should="A lookup takes 0.05 s.",
        ),
        "changed": Text(
            headline="`find_price` is another function now.",
            did="`find_price` is an async function now.",
            should="It is somebody else's, and stays as it was: a plain"
            " function that blocks.",
            next="put `find_price` back, and have it called in a thread.",
        ),
        "not looked up": Text(
            headline="`find_price` was not called.",
            did="ada received $got, and none of the lines of `find_price` ran.",
            should="The price is what `find_price` returns, whatever that is.",
            next="call `find_price`, in a thread.",
        ),
        "silent": Text(
            headline="ada did not learn the price.",
            should="ada asks for $asked, and receives $answer.",
            missing="websocket.send",
        ),
        "another number": Text(
            headline="the price is another one.",
            did="ada asked for $asked, and received $got.",
            should="The price is what `find_price` returns for the dish that"
            " was asked for: ada receives $answer.",
            next="hand the text of the client over to `find_price`, and send"
            " what it returns.",
        ),
        "no number": Text(
            headline="what is told is no price.",
            did="ada asked for $asked, and received $got.",
            should="The price is the number that `find_price` returns: ada"
            " receives $answer.",
            next="take what the thread's call returns: `price = await"
            " asyncio.to_thread(find_price, text_data)`. (`start()` of a"
            " thread returns nothing.)",
        ),
        "other": Text(
            headline="the price is told in other words.",
            did="ada received $got.",
            should="ada asked for $asked, and receives $answer, once.",
        ),
    },
    hints=(
        "`find_price` blocks, whoever calls it. Which thread may it block?",
        "In an async consumer, `asyncio.to_thread` has a function called in a"
        " thread; in a plain one every handler runs in a thread.",
        "`price = await asyncio.to_thread(find_price, text_data)`, and then"
        ' `await self.send(text_data=f"{text_data} costs {price}")`',
    ),
    stub=_LOOKUP
    + """\
class Prices(AsyncWebsocketConsumer):
    # A client sends a dish, such as soup. Find its price with find_price,
    # and answer: soup costs 4
    pass
""",
    solution=_SOLUTION,
    second=_LOOKUP
    + """\
class Prices(WebsocketConsumer):
    def receive(self, text_data):
        price = find_price(text_data)
        self.send(text_data=f"{text_data} costs {price}")
""",
    wrong={
        "blocks": _looking_up("find_price(text_data)"),
        "joins": "from concurrent.futures import ThreadPoolExecutor\n\n\n"
        + _looking_up(
            "ThreadPoolExecutor().submit(find_price, text_data).result()"
        ),
        "second loop": _looking_up(
            "asyncio.run(asyncio.to_thread(find_price, text_data))"
        ),
        "called here": _looking_up(
            "await asyncio.to_thread(find_price(text_data))"
        ),
        "nothing to await": _looking_up("await find_price(text_data)"),
        "only wrapped": _looking_up("await sync_to_async(find_price)"),
        "no pause": _looking_up("len(text_data)"),
        "forgotten": _looking_up("asyncio.to_thread(find_price, text_data)"),
        "silent": edit(_SOLUTION, "await self.send(text_data=", "print("),
        "no number": _looking_up("await asyncio.to_thread(lambda: find_price)"),
        "another number": _looking_up(
            'await asyncio.to_thread(find_price, "soup")'
        ),
        "of another": edit(
            _looking_up("await asyncio.to_thread(find_price, text_data)"),
            "price =",
            "Prices.price =",
            "{price}",
            "{Prices.price}",
            "        Prices",
            "        Prices.dish = text_data\n        Prices",
            "{text_data}",
            "{Prices.dish}",
        ),
        "not looked up": _looking_up(
            "len(text_data)\n        await asyncio.sleep(0.05)"
        ),
        "changed": edit(
            _looking_up("await find_price(text_data)"),
            "def find",
            "async def find",
            "    time.sleep",
            "    await asyncio.sleep",
        ),
        "other": edit(_SOLUTION, "costs {price}", "costs {price} euros"),
    },
)
