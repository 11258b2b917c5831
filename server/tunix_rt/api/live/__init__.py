"""Sources of subscriptions: new traces, events of jobs and changed runs."""
