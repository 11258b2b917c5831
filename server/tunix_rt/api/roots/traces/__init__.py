"""The root fields of traces, in two modules: a list of traces, which commands read often, needs the first alone.

stored     traces themselves
summaries  values from several traces
"""
