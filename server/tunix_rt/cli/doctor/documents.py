"""The operations of the check-up."""

CHECK = """
query {
  serverInfo { version database { kind } }
  health {
    status
    database { status latencyMs message }
    disk { status freeBytes message }
    queue { pending running oldestPendingSeconds }
  }
  workers { host processId version kinds startedAt }
  tunixStatus { available version message installCommand }
  baseModels { modelId problem }
}
"""
