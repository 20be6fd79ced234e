"""Presence of friends: tabs are counted in the database, in transactions."""

import json

from asgiref.sync import async_to_sync
from channels.generic.websocket import WebsocketConsumer
from django.db import transaction
from django.db.models import F

from club.models import Presence


class Friends(WebsocketConsumer):
    def connect(self):
        user = self.scope["user"]
        if not user.is_authenticated:
            self.close(code=4003)
            return
        self.accept(subprotocol="presence")
        async_to_sync(self.channel_layer.group_add)(
            f"friend_{user.pk}", self.channel_name
        )
        self.count(+1)

    def receive(self, text_data=None, bytes_data=None):
        if bytes_data is not None:
            self.send(bytes_data=bytes_data[::-1])
            return
        online = self.presence().friends.filter(tabs__gt=0)
        names = list(online.values_list("user__username", flat=True))
        self.send(text_data=json.dumps({"online": sorted(names)}))

    def disconnect(self, code):
        if self.scope["user"].is_authenticated:
            self.count(-1)

    def presence(self):
        return Presence.objects.get(user=self.scope["user"])

    def count(self, more):
        with transaction.atomic():
            mine = Presence.objects.filter(user=self.scope["user"])
            mine.update(tabs=F("tabs") + more)
            tabs = mine.get().tabs
        if (tabs, more) in ((1, +1), (0, -1)):
            for friend in self.presence().friends.order_by("pk"):
                async_to_sync(self.channel_layer.group_send)(
                    f"friend_{friend.user_id}",
                    {
                        "type": "friend.changed",
                        "who": self.scope["user"].username,
                        "online": more > 0,
                    },
                )

    def friend_changed(self, event):
        self.send(text_data=json.dumps([event["who"], event["online"]]))
