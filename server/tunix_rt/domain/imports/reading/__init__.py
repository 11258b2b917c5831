"""Code shared by several import formats: messages, reasoning markup, tool calls and the detection of formats."""
