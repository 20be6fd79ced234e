import asyncio

import pytest

from minichannels.lab.beyond.air import air
from minichannels.protocols.aprs import AprsAnswer, AprsMessage, AprsOther
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


async def test_station_of_cells_acknowledges_and_is_operated_by_hand() -> None:
    with air(lose=[1]) as between:
        async with by_hand(between.url, "N0CALL-1") as ada:
            eve = await between.connect("N0CALL-7")
            ada.transmit(AprsMessage("N0CALL-7", "lost", "1"))
            ada.transmit(AprsMessage("N0CALL-9", "not for her", "2"))
            ada.transmit(AprsOther(b">on the air"))
            ada.transmit(AprsMessage("N0CALL-7", "hi", "3"))

            assert await eve.recv() == "hi{3"
            assert await ada.packet() == AprsAnswer("N0CALL-1", "3")
            await eve.send("hello")
            await eve.send_again()
            sent = [await ada.packet() for _ in range(2)]
            assert sent == [AprsMessage("N0CALL-1", "hello", "1")] * 2
            assert repr(eve) == "<AirStation N0CALL-7>"


async def test_station_that_is_put_up_again_is_there_once() -> None:
    with air() as between:
        async with by_hand(between.url, "N0CALL-1") as ada:
            for _ in range(2):
                eve = await between.connect("N0CALL-7")
            await between.connect("N0CALL-8")
            ada.transmit(AprsMessage("N0CALL-7", "hi", "1"))

            assert await eve.recv() == "hi{1"
            await between.transmitted(2)
            assert len(between.heard) == 2
            with pytest.raises(TimeoutError, match="N0CALL-7 heard nothing"):
                await eve.recv(timeout=0.01)


async def test_station_hears_noise_and_goes_on() -> None:
    with air() as between:
        async with by_hand(between.url, "N0CALL-1") as ada:
            eve = await between.connect("N0CALL-7")
            ada.raw(b"noise")
            ada.transmit(AprsMessage("N0CALL-7", "hi"))

            assert await eve.recv() == "hi"


async def test_transmissions_are_waited_for_and_not_for_ever() -> None:
    with air(lose=[1, 2]) as between:
        async with by_hand(between.url, "N0CALL-1") as ada:
            with pytest.raises(TimeoutError):
                await between.transmitted(1, timeout=0.01)
            ada.transmit(AprsMessage("N0CALL-2", "lost"))
            await between.transmitted(1)
            await between.transmitted(1)  # it was there already
            second = asyncio.create_task(between.transmitted(2))
            ada.transmit(AprsMessage("N0CALL-2", "lost"))
            await second


async def test_callsign_that_is_none_is_refused() -> None:
    with air() as between, pytest.raises(ValueError, match="TOOLONGCALL"):
        await between.connect("TOOLONGCALL")
