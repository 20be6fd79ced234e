"""Notices to all tabs of a user: sync, sent by a signal of the database."""

from asgiref.sync import async_to_sync
from channels.exceptions import DenyConnection
from channels.generic.websocket import JsonWebsocketConsumer

from club.models import Notice


class Notices(JsonWebsocketConsumer):
    def connect(self):
        user = self.scope["user"]
        if user.is_anonymous:
            raise DenyConnection
        self.group = f"user_{user.pk}"
        async_to_sync(self.channel_layer.group_add)(
            self.group, self.channel_name
        )
        self.accept()
        self.count()

    def disconnect(self, code):
        if hasattr(self, "group"):
            async_to_sync(self.channel_layer.group_discard)(
                self.group, self.channel_name
            )

    def receive_json(self, content):
        Notice.objects.filter(
            user=self.scope["user"], pk__in=content["read"]
        ).update(is_read=True)
        async_to_sync(self.channel_layer.group_send)(
            self.group, {"type": "notice.read"}
        )

    def notice_new(self, event):
        self.send_json({"pk": event["pk"], "text": event["text"]})
        self.count()

    def notice_read(self, event):
        self.count()

    def count(self):
        unread = Notice.objects.filter(user=self.scope["user"], is_read=False)
        self.send_json({"unread": unread.count()})
