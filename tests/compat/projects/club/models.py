from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.contrib.auth.models import User
from django.db import models
from django.db.models.signals import post_save
from django.dispatch import receiver

layer = get_channel_layer()  # kept from the first import on, as many do


class Room(models.Model):
    name = models.CharField(max_length=50, unique=True)
    members = models.ManyToManyField(User)


class Line(models.Model):
    room = models.ForeignKey(Room, models.CASCADE)
    author = models.ForeignKey(User, models.CASCADE)
    text = models.TextField()


class Notice(models.Model):
    user = models.ForeignKey(User, models.CASCADE)
    text = models.TextField()
    is_read = models.BooleanField(default=False)


@receiver(post_save, sender=Notice)
def tell_the_user(sender, instance, created, **kwargs):
    if created:
        async_to_sync(layer.group_send)(
            f"user_{instance.user_id}",
            {"type": "notice.new", "pk": instance.pk, "text": instance.text},
        )


class Game(models.Model):
    host = models.ForeignKey(User, models.CASCADE, related_name="hosted")
    guest = models.ForeignKey(
        User, models.CASCADE, related_name="joined", null=True
    )
    moves = models.JSONField(default=list)
    winner = models.CharField(max_length=50, default="")


class Presence(models.Model):
    user = models.OneToOneField(User, models.CASCADE)
    tabs = models.IntegerField(default=0)
    friends = models.ManyToManyField("self")


class Job(models.Model):
    name = models.CharField(max_length=50)
    done = models.IntegerField(default=0)
