"""The lobby, on stand-ins for a broker, a chat server and the air."""

import aiomqtt

from minichannels.lab.beyond.air import air
from minichannels.lab.beyond.broker import broker
from minichannels.lab.beyond.irc_server import irc_server
from minichannels.lab.serving.serve import serve
from minichannels.layers import channel_layers
from minichannels.protocols.aprs import AprsAnswer, AprsMessage
from minichannels.protocols.bot import IrcBot
from minichannels.protocols.mqtt import MqttClient
from minichannels.protocols.places import find
from minichannels.protocols.radio import Radio
from support.irc_servers import user
from support.lobby import lobby
from support.servers import LIMIT
from support.stations import by_hand


async def test_what_one_says_reaches_the_other_three_once() -> None:
    channel_layers.configure(None)
    with irc_server() as irc, broker() as mqtt, air(lose=[3]) as between:
        server = serve(lobby())
        bot = server.also(IrcBot(irc.url))
        station = between.url.replace("//", "//N0CALL-1@")
        others = [
            bot,
            server.also(MqttClient(mqtt.url)),
            # Number 3 is lost: the first that the station is told.
            server.also(Radio(station, retry=0.2)),
        ]
        for other in others:
            await other.ready(LIMIT)
        place = find(mqtt.url, "mqtt", 1883, allow_remote=False)
        async with (
            user(irc.url, "bob") as bob,
            by_hand(between.url) as eve,
            aiomqtt.Client(place.host, place.port) as sensor,
        ):
            await sensor.subscribe("out", qos=1)
            ada = await server.connect("/", name="ada")
            published = aiter(sensor.messages)

            # Each says hello, so that all know of it.
            bob.say("bob", bot.nick)
            first = [await ada.recv(), (await anext(published)).payload]
            eve.transmit(AprsMessage("N0CALL-1", "eve", "1"))
            assert await eve.packet() == AprsAnswer("N0CALL-2", "1")
            second = [await ada.recv(), await bob.heard()]
            second.append((await anext(published)).payload.decode())
            await ada.send("ada")
            third = [await bob.heard(), (await anext(published)).payload]
            repeated = await eve.packet()
            eve.transmit(AprsAnswer("N0CALL-1", "1"))
            await sensor.publish("in", "21 degrees", qos=1)
            fourth = [await ada.recv(), await bob.heard()]
            message = await eve.packet()
            while message == repeated:  # its ack may have come too late
                message = await eve.packet()
            eve.transmit(AprsAnswer("N0CALL-1", "2"))
            await server.settle()
        server.stop()

    assert first == ["bob", b"bob"]
    assert second == ["eve"] * 3
    assert third == ["ada", b"ada"]
    assert repeated == AprsMessage("N0CALL-2", "ada", "1")
    assert fourth == ["21 degrees"] * 2
    assert message == AprsMessage("N0CALL-2", "21 degrees", "2")
    assert "ada{1  ✗ lost" in between.heard[2]
    told = [event.type for event in server.flow if event.kind == "receive"]
    assert told.count("aprs.ack") >= 1
    names = {"ada", "broker", "bob", "N0CALL-2"}
    assert names <= {event.source for event in server.flow}
    on_air = [
        (event.kind, event.status)
        for event in server.flow
        if event.target == "N0CALL-2" and event.payload.get("text") == "ada"
    ]
    assert ("send", "unanswered") in on_air
    assert "repeat" in {kind for kind, _ in on_air}
    drawing = server.flow.lanes().svg
    cross = "l5.2 5.2m0 -5.2l-5.2 5.2"
    shown = {*names, cross, "no ack", "aprs.send_message again", "aprs.ack"}
    assert [text for text in shown if text not in drawing] == []
