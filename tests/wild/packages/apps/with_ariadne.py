"""ariadne: a subscription tells what a mutation says, over WebSockets."""

import asyncio

from ariadne import MutationType, QueryType, SubscriptionType
from ariadne import make_executable_schema as executable
from ariadne.asgi import GraphQL
from ariadne.asgi.handlers import GraphQLTransportWSHandler

SCHEMA = """
type Query { hello(name: String!): String! }
type Mutation { say(text: String!): Boolean! }
type Subscription { said: String! }
"""

query, mutation, subscription = QueryType(), MutationType(), SubscriptionType()
queues = []


@query.field("hello")
async def hello(_, info, name):
    return f"hello {name}"


@mutation.field("say")
async def say(_, info, text):
    for queue in queues:
        queue.put_nowait(text)
    return True


@subscription.source("said")
async def listen(_, info):
    queue = asyncio.Queue()
    queues.append(queue)
    try:
        while True:
            yield await queue.get()
    finally:
        queues.remove(queue)


@subscription.field("said")
def said(text, info):
    return text


app = GraphQL(
    executable(SCHEMA, query, mutation, subscription),
    websocket_handler=GraphQLTransportWSHandler(),
)
