"""11.3: a property of an echo, and texts that a seed draws."""

_TEST = """\
async def test_texts(application, seed):
    random = Random(seed)
    texts = …
    ada = WebsocketCommunicator(application, "/")
    await ada.connect()
    for text in texts:
        await ada.send_to(text)
        assert await ada.receive_from() == text
"""


def _drawing(texts: str) -> str:
    return _TEST.replace("…", texts)


_MANY = 'random.choices(["", " ", "A", "b "], k=30)'

RIGHT = (
    _drawing("[random.choice(['', ' x', 'X']) for _ in range(25)]"),
    """\
LETTERS = "ab AB"


def some_texts(random):
    for _ in range(random.randint(12, 24)):
        length = random.choice([0, 1, 1, 2])
        yield "".join(random.choice(LETTERS) for _ in range(length))


async def test_texts(application, seed):
    async with WebsocketCommunicator(application, "/") as ada:
        await ada.connect()
        for text in some_texts(Random(seed)):
            await ada.send_to(text)
            assert text == await ada.receive_from()
""",
    """\
async def test_texts(application, seed):
    texts = ["", "", "Tea ", "Tea ", "milk", "x", "y"] * 2
    Random(seed).shuffle(texts)
    with record(application) as flow:
        ada = WebsocketCommunicator(flow.app, "/")
        await ada.connect()
        for text in texts:
            await ada.send_to(text)
        await flow.settle()
        queue = ada.output_queue
        heard = [queue.get_nowait()["text"] for _ in range(queue.qsize())]
    assert heard == texts
""",
    """\
async def test_texts(application, seed):
    random = Random(f"texts {seed}")
    ada = WebsocketCommunicator(application, "/")
    await ada.connect()
    sent, heard = [], []
    while len(sent) < 15:
        text = random.choice(["", "A a", " a", "a"]) * random.randrange(3)
        sent.append(text)
        await ada.send_to(text_data=text)
        heard.append((await ada.receive_output())["text"])
    assert heard == sent
""",
    """\
import random


async def test_texts(application, seed):
    random.seed(seed)
    ada = WebsocketCommunicator(application, "/")
    await ada.connect()
    for _ in range(20):
        text = random.choice(("", "Hello ", "hello"))
        await ada.send_to(text)
        assert await ada.receive_from() == text
    await ada.disconnect()
""",
)

CHEATS = {
    "blanks": (
        "async def test_texts(application, seed):\n    pass\n",
        _drawing('["tea", "milk"]'),
        _drawing("[str(random.random()) for _ in range(20)]"),
    ),
    "capitals": (_drawing('random.choices(["", " ", "b "], k=30)'),),
    "not compared": (
        _drawing(_MANY).replace(
            "assert await ada.receive_from() == text",
            "assert text in await ada.receive_from()",
        ),
        _drawing(_MANY).replace(
            "receive_from() == text",
            "receive_from() in (text, text.strip())",
        ),
        _drawing(_MANY).replace(
            "receive_from() == text", "receive_from() in texts"
        ),
        _drawing(_MANY).replace(
            "await ada.receive_from() == text",
            "(await ada.receive_from()).lower() == text.lower()",
        ),
    ),
    "empty": (
        _drawing('random.choices([" ", "A", "b "], k=30)'),
        _drawing(_MANY + "\n    texts = [t for t in texts if t]"),
    ),
    "again": (
        _drawing('["", " A ", "b"] * 5'),
        _drawing("list(dict.fromkeys(" + _MANY + "))"),
    ),
    "many": (
        _drawing('random.choices(["", " ", "A", "b "], k=2)'),
        _drawing('random.choice([["A ", "A "], ["", "A", "A"][:2]])'),
    ),
    "unseeded": (
        _drawing(_MANY).replace("Random(seed)", "Random()"),
        "from time import time_ns\n\n\n"
        + _drawing(_MANY).replace("Random(seed)", "Random(time_ns())"),
    ),
    "one list": (
        _drawing('["", "", " A ", "b", "c", "d"]'),
        _drawing(_MANY).replace("Random(seed)", "Random(3)"),
        _drawing(_MANY).replace("Random(seed)", "Random(seed // 1000)"),
    ),
    "fails right": (
        _drawing(_MANY).replace("== text", "!= text"),
        _drawing(_MANY).replace("== text", "== text.strip()"),
    ),
}
