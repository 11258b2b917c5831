"""What several import formats share: messages, reasoning markup, tool calls and how a format is recognized."""
