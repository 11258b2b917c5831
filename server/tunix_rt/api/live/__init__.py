"""What subscriptions follow: new traces, events of jobs and changed runs."""
