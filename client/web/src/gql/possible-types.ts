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
    "Dataset",
    "Evaluation",
    "EvaluationCandidate",
    "EvaluationPair",
    "Export",
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
