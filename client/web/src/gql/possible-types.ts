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
    "Run"
  ],
  "Node": [
    "ContaminatedPair",
    "Contamination",
    "Dataset",
    "Evaluation",
    "EvaluationCandidate",
    "EvaluationPair",
    "Export",
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
