"""What is wrapped to be recorded: an application, a channel layer."""
