"""A game with a lobby: who counts to three first, with the async ORM."""

from channels.generic.websocket import AsyncJsonWebsocketConsumer

from club.models import Game


class Play(AsyncJsonWebsocketConsumer):
    groups = ["lobby"]
    game = None

    async def connect(self):
        if self.scope["user"].is_anonymous:
            await self.close()
            return
        await self.accept()
        waiting = Game.objects.filter(guest=None, winner="")
        hosts = [game.host.username async for game in waiting.select_related()]
        await self.send_json({"waiting": hosts})

    async def receive_json(self, content):
        do = getattr(self, f"do_{content['do']}", None)
        if do is None:
            await self.send_json({"error": f"cannot {content['do']}"})
        else:
            await do(content)

    async def do_open(self, content):
        user = self.scope["user"]
        self.game = await Game.objects.acreate(host=user)
        await self.sit_down()
        await self.tell("lobby", "game.opened", host=user.username)
        await self.send_json({"table": self.table})

    async def do_join(self, content):
        user = self.scope["user"]
        self.game = await Game.objects.aget(host__username=content["host"])
        self.game.guest = user
        await self.game.asave()
        await self.sit_down()
        await self.tell(self.table, "game.began", guest=user.username)

    async def do_move(self, content):
        await self.game.arefresh_from_db()
        name = self.scope["user"].username
        if self.game.moves[-1:] == [name]:
            await self.send_json({"error": "not your turn"})
            return
        self.game.moves.append(name)
        if self.game.moves.count(name) == 3:
            self.game.winner = name
        await self.game.asave()
        await self.tell(
            self.table, "game.moved", by=name, winner=self.game.winner
        )

    async def sit_down(self):
        self.table = f"game_{self.game.pk}"
        await self.channel_layer.group_discard("lobby", self.channel_name)
        await self.channel_layer.group_add(self.table, self.channel_name)

    async def tell(self, group, type, **data):
        await self.channel_layer.group_send(group, {"type": type, **data})

    async def game_opened(self, event):
        await self.send_json(event)

    async def game_began(self, event):
        await self.send_json(event)

    async def game_moved(self, event):
        await self.send_json(event)
        if event["winner"]:
            await self.close()

    async def game_left(self, event):
        await self.send_json(event)
        await self.close(code=4001)

    async def disconnect(self, code):
        if self.game is None:
            return
        await self.channel_layer.group_discard(self.table, self.channel_name)
        await self.game.arefresh_from_db()
        if not self.game.winner:
            self.game.winner = "nobody"
            await self.game.asave()
            name = self.scope["user"].username
            await self.tell(self.table, "game.left", who=name)
