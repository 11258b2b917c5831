// Written by `npm run codegen`; do not edit.

export const possibleTypes: Record<string, string[]> = {
  "DatasetRecipe": [
    "ImportedRecipe",
    "SelectionRecipe",
    "SplitRecipe"
  ],
  "Job": [
    "Dataset",
    "Evaluation",
    "Export",
    "Generation",
    "Run"
  ],
  "Node": [
    "ApiKey",
    "AuditEvent",
    "ContaminatedPair",
    "Contamination",
    "Dataset",
    "Evaluation",
    "EvaluationCandidate",
    "EvaluationPair",
    "Export",
    "Generation",
    "ProtectedSet",
    "Rubric",
    "Run",
    "RunArtifact",
    "SavedView",
    "Score",
    "Trace"
  ],
  "RunEvent": [
    "RunLogLine",
    "RunMetricPoint",
    "RunState"
  ]
};
