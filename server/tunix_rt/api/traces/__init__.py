"""Traces in the schema.

Modules beyond the usual ones of a noun:

    agreement      `scorerAgreement`: two scorers on the traces that both have scored
    comparison     `compareTraces`: two traces side by side
    own_group      `traceGroup`: the group of a trace
    origins        `producedBy`: the model that has generated a trace
    samples        `importSamples`: the bundled samples
    scoring        `scoreTraces`: scores by a scorer of the server
    suggestions    `metaPaths`: metadata paths in use
    distributions  `traceDistributions` and `sources`
    training_text  `trainingText`: a trace as the text of a training
    ungar          `generateUngarTraces`: traces of card games
"""
