"""Pictures of a flow: lanes, mailboxes and topology."""
