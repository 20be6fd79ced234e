"""A dashboard for the staff, fed by a worker."""

import json

from asgiref.sync import async_to_sync
from channels.consumer import SyncConsumer
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer

from club.models import Job


class Dashboard(AsyncWebsocketConsumer):
    groups = ["dashboard"]

    async def websocket_connect(self, message):
        if self.scope["user"].is_staff:
            await super().websocket_connect(message)
        else:
            await self.close(code=4403)

    async def connect(self):
        await self.accept()
        jobs = await database_sync_to_async(list)(
            Job.objects.order_by("pk").values_list("name", "done")
        )
        await self.send(json.dumps(jobs))

    async def receive(self, text_data):
        await self.channel_layer.send(
            "jobs", {"type": "job.run", "name": text_data}
        )

    async def job_progress(self, event):
        await self.send(json.dumps([event["name"], event["done"]]))


class Jobs(SyncConsumer):
    def job_run(self, message):
        job = Job.objects.create(name=message["name"])
        for done in (50, 100):
            Job.objects.filter(pk=job.pk).update(done=done)
            async_to_sync(self.channel_layer.group_send)(
                "dashboard",
                {"type": "job.progress", "name": job.name, "done": done},
            )
