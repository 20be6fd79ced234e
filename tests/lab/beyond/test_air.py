import pytest

from minichannels.lab.beyond.air import air
from minichannels.protocols.aprs import AprsMessage
from support.stations import by_hand


async def test_air_carries_to_all_others_but_what_it_loses() -> None:
    with air(lose=[2]) as between:
        async with (
            by_hand(between.url, "N0CALL-1") as ada,
            by_hand(between.url, "N0CALL-2") as bob,
            by_hand(between.url, "N0CALL-3") as eve,
        ):
            bob.raw(b"noise")
            with pytest.raises(ValueError, match="cut off"):
                await ada.packet()
            with pytest.raises(ValueError, match="cut off"):
                await eve.packet()
            for text in ("lost", "again"):
                ada.transmit(AprsMessage("N0CALL-2", text))
            ada.writer.write(b"\xc0\x06settings\xc0")

            assert await bob.packet() == AprsMessage("N0CALL-2", "again")
            assert await eve.packet() == AprsMessage("N0CALL-2", "again")

    assert str(between).split("\n") == [
        "Air, a stand-in: frames are copied, and there is no sound.",
        "1. an AX.25 frame that is cut off: 6e 6f 69 73 65",
        "2. N0CALL-1>APRS::N0CALL-2 :lost  ✗ lost",
        "3. N0CALL-1>APRS::N0CALL-2 :again",
    ]


async def test_air_ends_while_stations_are_there() -> None:
    with air() as between:
        async with by_hand(between.url) as ada, by_hand(between.url) as bob:
            ada.transmit(AprsMessage("N0CALL-2", "hi"))
            await bob.packet()
            bob.transmit(AprsMessage("N0CALL-2", "hi"))
            await ada.packet()
            between.stop()

            assert await ada._reader.read() == b""
