"""Where the lab keeps what outlives a kernel, and who may write there."""
