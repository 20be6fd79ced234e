"""The name of ``channels.management``, from which a project may derive."""
