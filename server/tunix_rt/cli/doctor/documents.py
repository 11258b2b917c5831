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
  tunixStatus { available version message installCommand }
  baseModels { modelId problem }
}
"""
