"""The text of every operation, generated from ``operations/*.graphql`` and ``schema.graphql``."""

ALIGNED_PROMPTS_PAGE = """
query AlignedPromptsPage($id: ID!, $wins: Boolean!, $losses: Boolean!, $ties: Boolean!, $bothWrong: Boolean!, $first: Int, $after: String) {
  node(id: $id) {
    ... on EvaluationPair {
      wins(first: $first, after: $after) @include(if: $wins) {
        nodes {
          ...AlignedPromptFields
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
      losses(first: $first, after: $after) @include(if: $losses) {
        nodes {
          ...AlignedPromptFields
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
      ties(first: $first, after: $after) @include(if: $ties) {
        nodes {
          ...AlignedPromptFields
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
      bothWrong(first: $first, after: $after) @include(if: $bothWrong) {
        nodes {
          ...AlignedPromptFields
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
}

fragment AlignedPromptFields on AlignedPrompt {
  position
  scoreA
  scoreB
  traceA {
    ...AnswerOfPrompt
  }
  traceB {
    ...AnswerOfPrompt
  }
}

fragment AnswerOfPrompt on Trace {
  id
  prompt
  finalAnswer
  referenceAnswer
}
"""

APPEND_RUN_EVENTS = """
mutation AppendRunEvents($input: AppendRunEventsInput!) {
  appendRunEvents(input: $input) {
    run {
      ...RunFields
    }
    errors {
      code
      message
      path
    }
  }
}

fragment JobError on JobError {
  code
  message
}

fragment LatestMetric on RunLatestMetric {
  name
  step
  value
  kind
}

fragment RunFields on Run {
  id
  uuid
  outputName
  status
  statusReason
  progress
  createdAt
  startedAt
  completedAt
  error {
    ...JobError
  }
  attempt
  mode
  method
  modelId
  datasetKey
  tags
  notes
  trainingProgress {
    ...TrainingProgress
  }
  durationSeconds
  exitCode
  stdout
  stderr
  latestMetrics {
    ...LatestMetric
  }
  modelArchiveUrl
  engine
  lastBatch
}

fragment TrainingProgress on TrainingProgress {
  step
  totalSteps
  epoch
  etaSeconds
}
"""

BASE_MODELS = """
query BaseModels {
  baseModels {
    ...BaseModelFields
  }
}

fragment BaseModelFields on BaseModel {
  modelId
  source
  family
  parameterCount
  byteSize
  hasTokenizer
  problem
}
"""

CANCEL_EVALUATION = """
mutation CancelEvaluation($input: CancelEvaluationInput!) {
  cancelEvaluation(input: $input) {
    evaluation {
      ...EvaluationFields
    }
    errors {
      code
      message
      path
    }
  }
}

fragment EvaluationFields on Evaluation {
  id
  uuid
  name
  status
  progress
  createdAt
  completedAt
  error {
    ...JobError
  }
  datasetKey
  scorer
  promptCount
}

fragment JobError on JobError {
  code
  message
}
"""

CANCEL_GENERATION = """
mutation CancelGeneration($input: CancelGenerationInput!) {
  cancelGeneration(input: $input) {
    generation {
      ...GenerationFields
    }
    errors {
      code
      message
      path
    }
  }
}

fragment GenerationFields on Generation {
  id
  uuid
  status
  progress
  createdAt
  completedAt
  error {
    ...JobError
  }
  modelId
  checkpointStep
  samplesPerPrompt
  scorers
  labels
  promptCount
  tooLongCount
  answerCount
  malformedCount
  tokenCount
  tokensPerSecond
}

fragment JobError on JobError {
  code
  message
}
"""

CANCEL_RUN = """
mutation CancelRun($input: CancelRunInput!) {
  cancelRun(input: $input) {
    run {
      ...RunFields
    }
    errors {
      code
      message
      path
    }
  }
}

fragment JobError on JobError {
  code
  message
}

fragment LatestMetric on RunLatestMetric {
  name
  step
  value
  kind
}

fragment RunFields on Run {
  id
  uuid
  outputName
  status
  statusReason
  progress
  createdAt
  startedAt
  completedAt
  error {
    ...JobError
  }
  attempt
  mode
  method
  modelId
  datasetKey
  tags
  notes
  trainingProgress {
    ...TrainingProgress
  }
  durationSeconds
  exitCode
  stdout
  stderr
  latestMetrics {
    ...LatestMetric
  }
  modelArchiveUrl
  engine
  lastBatch
}

fragment TrainingProgress on TrainingProgress {
  step
  totalSteps
  epoch
  etaSeconds
}
"""

COMPARE_RUNS = """
query CompareRuns($ids: [ID!]!) {
  compareRuns(ids: $ids) {
    differences {
      ...Difference
    }
  }
}

fragment Difference on RunDifference {
  field
  values
}
"""

CONTAMINATED_PAIRS_PAGE = """
query ContaminatedPairsPage($trainDatasetId: ID!, $evalDatasetId: ID!, $first: Int, $after: String) {
  contamination(trainDatasetId: $trainDatasetId, evalDatasetId: $evalDatasetId) {
    pairs(first: $first, after: $after) {
      nodes {
        ...ContaminatedPair
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
}

fragment ContaminatedPair on ContaminatedPair {
  id
  kind
  overlap
  trainTrace {
    ...PromptOfTrace
  }
  evalTrace {
    ...PromptOfTrace
  }
}

fragment PromptOfTrace on Trace {
  id
  prompt
}
"""

CONTAMINATION = """
query Contamination($trainDatasetId: ID!, $evalDatasetId: ID!) {
  contamination(trainDatasetId: $trainDatasetId, evalDatasetId: $evalDatasetId) {
    ...ContaminationFields
  }
}

fragment ContaminationFields on Contamination {
  id
  uuid
  trainPromptCount
  equalCount
  sharedCount
  nearCount
  checkedAt
}
"""

COUNT_ALIGNED_PROMPTS = """
query CountAlignedPrompts($id: ID!, $wins: Boolean!, $losses: Boolean!, $ties: Boolean!, $bothWrong: Boolean!) {
  node(id: $id) {
    ... on EvaluationPair {
      wins @include(if: $wins) {
        totalCount
      }
      losses @include(if: $losses) {
        totalCount
      }
      ties @include(if: $ties) {
        totalCount
      }
      bothWrong @include(if: $bothWrong) {
        totalCount
      }
    }
  }
}
"""

COUNT_CONTAMINATED_PAIRS = """
query CountContaminatedPairs($trainDatasetId: ID!, $evalDatasetId: ID!) {
  contamination(trainDatasetId: $trainDatasetId, evalDatasetId: $evalDatasetId) {
    pairs {
      totalCount
    }
  }
}
"""

COUNT_DATASET_TRACES = """
query CountDatasetTraces($id: ID!, $where: TraceWhere) {
  dataset(id: $id) {
    traces(where: $where) {
      totalCount
    }
  }
}
"""

COUNT_DATASETS = """
query CountDatasets($where: DatasetWhere) {
  datasets(where: $where) {
    totalCount
  }
}
"""

COUNT_DISAGREEMENTS = """
query CountDisagreements($a: String!, $b: String!, $where: TraceWhere, $threshold: Float!, $thresholdB: Float) {
  scorerAgreement(
    a: $a
    b: $b
    where: $where
    threshold: $threshold
    thresholdB: $thresholdB
  ) {
    disagreements {
      totalCount
    }
  }
}
"""

COUNT_EVALUATIONS = """
query CountEvaluations($where: EvaluationWhere) {
  evaluations(where: $where) {
    totalCount
  }
}
"""

COUNT_GENERATION_TRACES = """
query CountGenerationTraces($id: ID!, $where: TraceWhere) {
  generation(id: $id) {
    traces(where: $where) {
      totalCount
    }
  }
}
"""

COUNT_GENERATIONS = """
query CountGenerations($where: GenerationWhere) {
  generations(where: $where) {
    totalCount
  }
}
"""

COUNT_GROUPS = """
query CountGroups($where: TraceWhere, $having: TraceGroupWhere, $scorer: String, $correctAt: Float!) {
  traceGroups(
    where: $where
    having: $having
    scorer: $scorer
    correctAt: $correctAt
  ) {
    totalCount
  }
}
"""

COUNT_RUNS = """
query CountRuns($where: RunWhere) {
  runs(where: $where) {
    totalCount
  }
}
"""

COUNT_TRACES = """
query CountTraces($where: TraceWhere) {
  traces(where: $where) {
    totalCount
  }
}
"""

CREATE_DATASET = """
mutation CreateDataset($input: CreateDatasetInput!) {
  createDataset(input: $input) {
    dataset {
      ...DatasetFields
    }
    errors {
      code
      message
      path
    }
  }
}

fragment DatasetFields on Dataset {
  id
  uuid
  key
  name
  version
  status
  progress
  createdAt
  completedAt
  error {
    ...JobError
  }
  traceCount
  sha256
}

fragment JobError on JobError {
  code
  message
}
"""

CREATE_EVALUATION = """
mutation CreateEvaluation($input: CreateEvaluationInput!) {
  createEvaluation(input: $input) {
    evaluation {
      ...EvaluationFields
    }
    errors {
      code
      message
      path
    }
  }
}

fragment EvaluationFields on Evaluation {
  id
  uuid
  name
  status
  progress
  createdAt
  completedAt
  error {
    ...JobError
  }
  datasetKey
  scorer
  promptCount
}

fragment JobError on JobError {
  code
  message
}
"""

CREATE_SCORES = """
mutation CreateScores($input: CreateScoresInput!) {
  createScores(input: $input) {
    createdCount
    errors {
      code
      message
      path
    }
  }
}
"""

DATASET_OVERLAP = """
query DatasetOverlap($a: ID!, $b: ID!) {
  datasetOverlap(a: $a, b: $b) {
    ...Overlap
  }
}

fragment Overlap on DatasetOverlap {
  sharedPrompts
  promptsInA
  promptsInB
  sharedTracesInA
  sharedTracesInB
}
"""

DATASET_TRACES_PAGE = """
query DatasetTracesPage($id: ID!, $where: TraceWhere, $orderBy: [TraceOrder!], $first: Int, $after: String) {
  dataset(id: $id) {
    traces(where: $where, orderBy: $orderBy, first: $first, after: $after) {
      nodes {
        ...TraceFields
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
}

fragment Score on Score {
  id
  uuid
  scorer
  scorerVersion
  kind
  score
  rationale
  details
  stepIndex
  scoredAt
}

fragment Step on Step {
  index
  type
  content
}

fragment TraceFields on Trace {
  id
  uuid
  createdAt
  prompt
  steps {
    ...Step
  }
  finalAnswer
  referenceAnswer
  source
  externalId
  stepCount
  charCount
  contentHash
  promptHash
  meta
  latestScores {
    ...Score
  }
}
"""

DATASETS_PAGE = """
query DatasetsPage($where: DatasetWhere, $orderBy: [DatasetOrder!], $first: Int, $after: String) {
  datasets(where: $where, orderBy: $orderBy, first: $first, after: $after) {
    nodes {
      ...DatasetFields
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}

fragment DatasetFields on Dataset {
  id
  uuid
  key
  name
  version
  status
  progress
  createdAt
  completedAt
  error {
    ...JobError
  }
  traceCount
  sha256
}

fragment JobError on JobError {
  code
  message
}
"""

DELETE_DATASET = """
mutation DeleteDataset($input: DeleteDatasetInput!) {
  deleteDataset(input: $input) {
    errors {
      code
      message
      path
    }
  }
}
"""

DELETE_EVALUATION = """
mutation DeleteEvaluation($input: DeleteEvaluationInput!) {
  deleteEvaluation(input: $input) {
    errors {
      code
      message
      path
    }
  }
}
"""

DELETE_GENERATION = """
mutation DeleteGeneration($input: DeleteGenerationInput!) {
  deleteGeneration(input: $input) {
    errors {
      code
      message
      path
    }
  }
}
"""

DELETE_RUN = """
mutation DeleteRun($input: DeleteRunInput!) {
  deleteRun(input: $input) {
    errors {
      code
      message
      path
    }
  }
}
"""

DELETE_SCORES = """
mutation DeleteScores($input: DeleteScoresInput!) {
  deleteScores(input: $input) {
    deletedCount
    errors {
      code
      message
      path
    }
  }
}
"""

DELETE_TRACES = """
mutation DeleteTraces($input: DeleteTracesInput!) {
  deleteTraces(input: $input) {
    deletedCount
    errors {
      code
      message
      path
    }
  }
}
"""

DISAGREEMENTS_PAGE = """
query DisagreementsPage($a: String!, $b: String!, $where: TraceWhere, $threshold: Float!, $thresholdB: Float, $first: Int, $after: String) {
  scorerAgreement(
    a: $a
    b: $b
    where: $where
    threshold: $threshold
    thresholdB: $thresholdB
  ) {
    disagreements(first: $first, after: $after) {
      nodes {
        ...TraceFields
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
}

fragment Score on Score {
  id
  uuid
  scorer
  scorerVersion
  kind
  score
  rationale
  details
  stepIndex
  scoredAt
}

fragment Step on Step {
  index
  type
  content
}

fragment TraceFields on Trace {
  id
  uuid
  createdAt
  prompt
  steps {
    ...Step
  }
  finalAnswer
  referenceAnswer
  source
  externalId
  stepCount
  charCount
  contentHash
  promptHash
  meta
  latestScores {
    ...Score
  }
}
"""

EVALUATION_EVENTS = """
subscription EvaluationEvents($id: ID!, $after: Int!) {
  evaluationEvents(id: $id, after: $after) {
    seq
    at
    attempt
    status
    progress
    reason
  }
}
"""

EVALUATION_RESULTS = """
query EvaluationResults($id: ID!) {
  evaluation(id: $id) {
    candidates(first: 100) {
      nodes {
        ...Candidate
      }
    }
    pairs(first: 500) {
      nodes {
        ...Comparison
      }
    }
  }
}

fragment Candidate on EvaluationCandidate {
  id
  name
  kind
  mean
  low
  high
  promptCount
  answerCount
  unscoredCount
  tokenCount
}

fragment CandidateName on EvaluationCandidate {
  name
}

fragment Comparison on EvaluationPair {
  id
  a {
    ...CandidateName
  }
  b {
    ...CandidateName
  }
  difference
  low
  high
  test
  pValue
  pHolm
  significant
  promptCount
  winCount
  lossCount
  tieCount
  bothWrongCount
  detectableDifference
  promptsNeeded
}
"""

EVALUATIONS_PAGE = """
query EvaluationsPage($where: EvaluationWhere, $orderBy: [EvaluationOrder!], $first: Int, $after: String) {
  evaluations(where: $where, orderBy: $orderBy, first: $first, after: $after) {
    nodes {
      ...EvaluationFields
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}

fragment EvaluationFields on Evaluation {
  id
  uuid
  name
  status
  progress
  createdAt
  completedAt
  error {
    ...JobError
  }
  datasetKey
  scorer
  promptCount
}

fragment JobError on JobError {
  code
  message
}
"""

FINISH_RUN = """
mutation FinishRun($input: FinishRunInput!) {
  finishRun(input: $input) {
    run {
      ...RunFields
    }
    errors {
      code
      message
      path
    }
  }
}

fragment JobError on JobError {
  code
  message
}

fragment LatestMetric on RunLatestMetric {
  name
  step
  value
  kind
}

fragment RunFields on Run {
  id
  uuid
  outputName
  status
  statusReason
  progress
  createdAt
  startedAt
  completedAt
  error {
    ...JobError
  }
  attempt
  mode
  method
  modelId
  datasetKey
  tags
  notes
  trainingProgress {
    ...TrainingProgress
  }
  durationSeconds
  exitCode
  stdout
  stderr
  latestMetrics {
    ...LatestMetric
  }
  modelArchiveUrl
  engine
  lastBatch
}

fragment TrainingProgress on TrainingProgress {
  step
  totalSteps
  epoch
  etaSeconds
}
"""

GENERATION_EVENTS = """
subscription GenerationEvents($id: ID!, $after: Int!) {
  generationEvents(id: $id, after: $after) {
    seq
    at
    attempt
    status
    progress
    answerCount
    tokenCount
    reason
  }
}
"""

GENERATION_TRACES_PAGE = """
query GenerationTracesPage($id: ID!, $where: TraceWhere, $orderBy: [TraceOrder!], $first: Int, $after: String) {
  generation(id: $id) {
    traces(where: $where, orderBy: $orderBy, first: $first, after: $after) {
      nodes {
        ...TraceFields
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
}

fragment Score on Score {
  id
  uuid
  scorer
  scorerVersion
  kind
  score
  rationale
  details
  stepIndex
  scoredAt
}

fragment Step on Step {
  index
  type
  content
}

fragment TraceFields on Trace {
  id
  uuid
  createdAt
  prompt
  steps {
    ...Step
  }
  finalAnswer
  referenceAnswer
  source
  externalId
  stepCount
  charCount
  contentHash
  promptHash
  meta
  latestScores {
    ...Score
  }
}
"""

GENERATIONS_PAGE = """
query GenerationsPage($where: GenerationWhere, $orderBy: [GenerationOrder!], $first: Int, $after: String) {
  generations(where: $where, orderBy: $orderBy, first: $first, after: $after) {
    nodes {
      ...GenerationFields
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}

fragment GenerationFields on Generation {
  id
  uuid
  status
  progress
  createdAt
  completedAt
  error {
    ...JobError
  }
  modelId
  checkpointStep
  samplesPerPrompt
  scorers
  labels
  promptCount
  tooLongCount
  answerCount
  malformedCount
  tokenCount
  tokensPerSecond
}

fragment JobError on JobError {
  code
  message
}
"""

GET_DATASET = """
query GetDataset($id: ID!) {
  dataset(id: $id) {
    ...DatasetFields
  }
}

fragment DatasetFields on Dataset {
  id
  uuid
  key
  name
  version
  status
  progress
  createdAt
  completedAt
  error {
    ...JobError
  }
  traceCount
  sha256
}

fragment JobError on JobError {
  code
  message
}
"""

GET_EVALUATION = """
query GetEvaluation($id: ID!) {
  evaluation(id: $id) {
    ...EvaluationFields
  }
}

fragment EvaluationFields on Evaluation {
  id
  uuid
  name
  status
  progress
  createdAt
  completedAt
  error {
    ...JobError
  }
  datasetKey
  scorer
  promptCount
}

fragment JobError on JobError {
  code
  message
}
"""

GET_EXPORT = """
query GetExport($id: ID!) {
  export(id: $id) {
    ...ExportFields
  }
}

fragment ExportFields on Export {
  id
  uuid
  status
  progress
  createdAt
  completedAt
  error {
    ...JobError
  }
  format
  container
  rowCount
  byteSize
  warnings
  sha256
  fileName
  downloadUrl
}

fragment JobError on JobError {
  code
  message
}
"""

GET_GENERATION = """
query GetGeneration($id: ID!) {
  generation(id: $id) {
    ...GenerationFields
  }
}

fragment GenerationFields on Generation {
  id
  uuid
  status
  progress
  createdAt
  completedAt
  error {
    ...JobError
  }
  modelId
  checkpointStep
  samplesPerPrompt
  scorers
  labels
  promptCount
  tooLongCount
  answerCount
  malformedCount
  tokenCount
  tokensPerSecond
}

fragment JobError on JobError {
  code
  message
}
"""

GET_RUN = """
query GetRun($id: ID!) {
  run(id: $id) {
    ...RunFields
  }
}

fragment JobError on JobError {
  code
  message
}

fragment LatestMetric on RunLatestMetric {
  name
  step
  value
  kind
}

fragment RunFields on Run {
  id
  uuid
  outputName
  status
  statusReason
  progress
  createdAt
  startedAt
  completedAt
  error {
    ...JobError
  }
  attempt
  mode
  method
  modelId
  datasetKey
  tags
  notes
  trainingProgress {
    ...TrainingProgress
  }
  durationSeconds
  exitCode
  stdout
  stderr
  latestMetrics {
    ...LatestMetric
  }
  modelArchiveUrl
  engine
  lastBatch
}

fragment TrainingProgress on TrainingProgress {
  step
  totalSteps
  epoch
  etaSeconds
}
"""

GET_TRACE = """
query GetTrace($id: ID, $source: String, $externalId: String) {
  trace(id: $id, source: $source, externalId: $externalId) {
    ...TraceFields
  }
}

fragment Score on Score {
  id
  uuid
  scorer
  scorerVersion
  kind
  score
  rationale
  details
  stepIndex
  scoredAt
}

fragment Step on Step {
  index
  type
  content
}

fragment TraceFields on Trace {
  id
  uuid
  createdAt
  prompt
  steps {
    ...Step
  }
  finalAnswer
  referenceAnswer
  source
  externalId
  stepCount
  charCount
  contentHash
  promptHash
  meta
  latestScores {
    ...Score
  }
}
"""

GROUP_SUMMARY = """
query GroupSummary($where: TraceWhere, $having: TraceGroupWhere, $scorer: String, $correctAt: Float!, $k: [Int!]!) {
  traceGroupSummary(
    where: $where
    having: $having
    scorer: $scorer
    correctAt: $correctAt
  ) {
    ...GroupSummaryFields
  }
}

fragment GroupSummaryFields on TraceGroupSummary {
  groupCount
  gradedGroupCount
  solvedGroupCount
  traceCount
  gradedCount
  correctCount
  passAtK(k: $k) {
    ...PassAtK
  }
}

fragment PassAtK on PassAtK {
  k
  value
  groupCount
}
"""

GROUPS_PAGE = """
query GroupsPage($where: TraceWhere, $having: TraceGroupWhere, $scorer: String, $correctAt: Float!, $orderBy: [TraceGroupOrder!], $first: Int, $after: String) {
  traceGroups(
    where: $where
    having: $having
    scorer: $scorer
    correctAt: $correctAt
    orderBy: $orderBy
    first: $first
    after: $after
  ) {
    nodes {
      ...Group
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}

fragment Group on TraceGroup {
  key
  prompt
  referenceAnswer
  size
  gradedCount
  correctCount
  passRate
  mean
  variance
  distinctAnswerCount
  majorityAnswer
  majorityCorrect
}
"""

LEADERBOARD = """
query Leaderboard($datasetId: ID!, $scorer: String!) {
  leaderboard(datasetId: $datasetId, scorer: $scorer) {
    entries {
      ...LeaderboardEntry
    }
  }
}

fragment Candidate on EvaluationCandidate {
  id
  name
  kind
  mean
  low
  high
  promptCount
  answerCount
  unscoredCount
  tokenCount
}

fragment LeaderboardEntry on LeaderboardEntry {
  candidate {
    ...Candidate
  }
  bestRank
  worstRank
  groups
}
"""

REGISTER_RUN = """
mutation RegisterRun($input: RegisterRunInput!) {
  registerRun(input: $input) {
    run {
      ...RunFields
    }
    errors {
      code
      message
      path
    }
  }
}

fragment JobError on JobError {
  code
  message
}

fragment LatestMetric on RunLatestMetric {
  name
  step
  value
  kind
}

fragment RunFields on Run {
  id
  uuid
  outputName
  status
  statusReason
  progress
  createdAt
  startedAt
  completedAt
  error {
    ...JobError
  }
  attempt
  mode
  method
  modelId
  datasetKey
  tags
  notes
  trainingProgress {
    ...TrainingProgress
  }
  durationSeconds
  exitCode
  stdout
  stderr
  latestMetrics {
    ...LatestMetric
  }
  modelArchiveUrl
  engine
  lastBatch
}

fragment TrainingProgress on TrainingProgress {
  step
  totalSteps
  epoch
  etaSeconds
}
"""

REPLAY_RUN = """
mutation ReplayRun($input: ReplayRunInput!) {
  replayRun(input: $input) {
    run {
      ...RunFields
    }
    errors {
      code
      message
      path
    }
  }
}

fragment JobError on JobError {
  code
  message
}

fragment LatestMetric on RunLatestMetric {
  name
  step
  value
  kind
}

fragment RunFields on Run {
  id
  uuid
  outputName
  status
  statusReason
  progress
  createdAt
  startedAt
  completedAt
  error {
    ...JobError
  }
  attempt
  mode
  method
  modelId
  datasetKey
  tags
  notes
  trainingProgress {
    ...TrainingProgress
  }
  durationSeconds
  exitCode
  stdout
  stderr
  latestMetrics {
    ...LatestMetric
  }
  modelArchiveUrl
  engine
  lastBatch
}

fragment TrainingProgress on TrainingProgress {
  step
  totalSteps
  epoch
  etaSeconds
}
"""

RETRY_EVALUATION = """
mutation RetryEvaluation($input: RetryEvaluationInput!) {
  retryEvaluation(input: $input) {
    evaluation {
      ...EvaluationFields
    }
    errors {
      code
      message
      path
    }
  }
}

fragment EvaluationFields on Evaluation {
  id
  uuid
  name
  status
  progress
  createdAt
  completedAt
  error {
    ...JobError
  }
  datasetKey
  scorer
  promptCount
}

fragment JobError on JobError {
  code
  message
}
"""

RETRY_GENERATION = """
mutation RetryGeneration($input: RetryGenerationInput!) {
  retryGeneration(input: $input) {
    generation {
      ...GenerationFields
    }
    errors {
      code
      message
      path
    }
  }
}

fragment GenerationFields on Generation {
  id
  uuid
  status
  progress
  createdAt
  completedAt
  error {
    ...JobError
  }
  modelId
  checkpointStep
  samplesPerPrompt
  scorers
  labels
  promptCount
  tooLongCount
  answerCount
  malformedCount
  tokenCount
  tokensPerSecond
}

fragment JobError on JobError {
  code
  message
}
"""

RETRY_RUN = """
mutation RetryRun($input: RetryRunInput!) {
  retryRun(input: $input) {
    run {
      ...RunFields
    }
    errors {
      code
      message
      path
    }
  }
}

fragment JobError on JobError {
  code
  message
}

fragment LatestMetric on RunLatestMetric {
  name
  step
  value
  kind
}

fragment RunFields on Run {
  id
  uuid
  outputName
  status
  statusReason
  progress
  createdAt
  startedAt
  completedAt
  error {
    ...JobError
  }
  attempt
  mode
  method
  modelId
  datasetKey
  tags
  notes
  trainingProgress {
    ...TrainingProgress
  }
  durationSeconds
  exitCode
  stdout
  stderr
  latestMetrics {
    ...LatestMetric
  }
  modelArchiveUrl
  engine
  lastBatch
}

fragment TrainingProgress on TrainingProgress {
  step
  totalSteps
  epoch
  etaSeconds
}
"""

RUN_ARTIFACTS = """
query RunArtifacts($id: ID!, $after: String) {
  run(id: $id) {
    artifacts(first: 500, after: $after) {
      nodes {
        ...Artifact
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
}

fragment Artifact on RunArtifact {
  name
  kind
  step
  byteSize
  sha256
  downloadUrl
}
"""

RUN_CHECKPOINTS = """
query RunCheckpoints($id: ID!) {
  run(id: $id) {
    checkpoints {
      ...Artifact
    }
  }
}

fragment Artifact on RunArtifact {
  name
  kind
  step
  byteSize
  sha256
  downloadUrl
}
"""

RUN_EVENTS = """
subscription RunEvents($id: ID!, $after: Int!) {
  runEvents(id: $id, after: $after) {
    __typename
    seq
    at
    attempt
    ... on RunLogLine {
      stream
      text
    }
    ... on RunMetricPoint {
      name
      step
      value
      kind
    }
    ... on RunState {
      status
      progress
      trainingProgress {
        ...TrainingProgress
      }
    }
  }
}

fragment TrainingProgress on TrainingProgress {
  step
  totalSteps
  epoch
  etaSeconds
}
"""

RUN_LOGS = """
query RunLogs($id: ID!, $after: String) {
  run(id: $id) {
    logs(first: 500, after: $after) {
      nodes {
        text
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
}
"""

RUN_METRICS = """
query RunMetrics($id: ID!, $names: [String!], $fromStep: Int!, $toStep: Int, $maxPoints: Int!) {
  run(id: $id) {
    metrics(
      names: $names
      fromStep: $fromStep
      toStep: $toStep
      maxPoints: $maxPoints
    ) {
      ...MetricSeries
    }
  }
}

fragment MetricSeries on RunMetricSeries {
  name
  steps
  values
  kinds
  pointCount
}
"""

RUN_RECEIPTS = """
query RunReceipts($id: ID!) {
  run(id: $id) {
    receipts {
      ...Receipt
    }
  }
}

fragment Receipt on RunReceipt {
  attempt
  python
  platform
  devices
  packages {
    ...ReceiptValue
  }
  flags {
    ...ReceiptValue
  }
  datasets {
    ...ReceiptDataset
  }
  weights {
    ...ReceiptWeights
  }
}

fragment ReceiptDataset on ReceiptDataset {
  evaluation
  sha256
  recordCount
  usedCount
}

fragment ReceiptValue on ReceiptValue {
  name
  value
}

fragment ReceiptWeights on ReceiptWeights {
  step
  sha256
}
"""

RUN_REPLAY_OF = """
query RunReplayOf($id: ID!) {
  run(id: $id) {
    replay {
      ...Replay
    }
  }
}

fragment ReceiptDifference on ReceiptDifference {
  path
  original
  replay
}

fragment Replay on RunReplay {
  verdict
  step
  differences {
    ...ReceiptDifference
  }
}
"""

RUNS_PAGE = """
query RunsPage($where: RunWhere, $orderBy: [RunOrder!], $first: Int, $after: String) {
  runs(where: $where, orderBy: $orderBy, first: $first, after: $after) {
    nodes {
      ...RunFields
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}

fragment JobError on JobError {
  code
  message
}

fragment LatestMetric on RunLatestMetric {
  name
  step
  value
  kind
}

fragment RunFields on Run {
  id
  uuid
  outputName
  status
  statusReason
  progress
  createdAt
  startedAt
  completedAt
  error {
    ...JobError
  }
  attempt
  mode
  method
  modelId
  datasetKey
  tags
  notes
  trainingProgress {
    ...TrainingProgress
  }
  durationSeconds
  exitCode
  stdout
  stderr
  latestMetrics {
    ...LatestMetric
  }
  modelArchiveUrl
  engine
  lastBatch
}

fragment TrainingProgress on TrainingProgress {
  step
  totalSteps
  epoch
  etaSeconds
}
"""

SCORE_TRACES = """
mutation ScoreTraces($input: ScoreTracesInput!) {
  scoreTraces(input: $input) {
    scoredCount
    skippedCount
    unscoredCount
    failedCount
    failures {
      ...FailedScoring
    }
    remainingCount
    lastId
    errors {
      code
      message
      path
    }
  }
}

fragment FailedScoring on FailedScoring {
  traceUuid
  code
  message
}
"""

SCORER_AGREEMENT = """
query ScorerAgreement($a: String!, $b: String!, $where: TraceWhere, $threshold: Float!, $thresholdB: Float) {
  scorerAgreement(
    a: $a
    b: $b
    where: $where
    threshold: $threshold
    thresholdB: $thresholdB
  ) {
    ...AgreementFields
  }
}

fragment AgreementFields on ScorerAgreement {
  traceCount
  bothPassedCount
  onlyACount
  onlyBCount
  neitherCount
  agreement
  kappa
}
"""

SCORERS = """
query Scorers {
  scorers {
    ...ScorerFields
  }
}

fragment ScorerFields on Scorer {
  name
  version
  description
  low
  high
}
"""

SPLIT_DATASET = """
mutation SplitDataset($input: SplitDatasetInput!) {
  splitDataset(input: $input) {
    datasets {
      ...DatasetFields
    }
    errors {
      code
      message
      path
    }
  }
}

fragment DatasetFields on Dataset {
  id
  uuid
  key
  name
  version
  status
  progress
  createdAt
  completedAt
  error {
    ...JobError
  }
  traceCount
  sha256
}

fragment JobError on JobError {
  code
  message
}
"""

START_EXPORT = """
mutation StartExport($input: StartExportInput!) {
  startExport(input: $input) {
    export {
      ...ExportFields
    }
    errors {
      code
      message
      path
    }
  }
}

fragment ExportFields on Export {
  id
  uuid
  status
  progress
  createdAt
  completedAt
  error {
    ...JobError
  }
  format
  container
  rowCount
  byteSize
  warnings
  sha256
  fileName
  downloadUrl
}

fragment JobError on JobError {
  code
  message
}
"""

START_GENERATION = """
mutation StartGeneration($input: StartGenerationInput!) {
  startGeneration(input: $input) {
    generation {
      ...GenerationFields
    }
    errors {
      code
      message
      path
    }
  }
}

fragment GenerationFields on Generation {
  id
  uuid
  status
  progress
  createdAt
  completedAt
  error {
    ...JobError
  }
  modelId
  checkpointStep
  samplesPerPrompt
  scorers
  labels
  promptCount
  tooLongCount
  answerCount
  malformedCount
  tokenCount
  tokensPerSecond
}

fragment JobError on JobError {
  code
  message
}
"""

START_RUN = """
mutation StartRun($input: StartRunInput!) {
  startRun(input: $input) {
    run {
      ...RunFields
    }
    warnings
    errors {
      code
      message
      path
    }
  }
}

fragment JobError on JobError {
  code
  message
}

fragment LatestMetric on RunLatestMetric {
  name
  step
  value
  kind
}

fragment RunFields on Run {
  id
  uuid
  outputName
  status
  statusReason
  progress
  createdAt
  startedAt
  completedAt
  error {
    ...JobError
  }
  attempt
  mode
  method
  modelId
  datasetKey
  tags
  notes
  trainingProgress {
    ...TrainingProgress
  }
  durationSeconds
  exitCode
  stdout
  stderr
  latestMetrics {
    ...LatestMetric
  }
  modelArchiveUrl
  engine
  lastBatch
}

fragment TrainingProgress on TrainingProgress {
  step
  totalSteps
  epoch
  etaSeconds
}
"""

TRACES_PAGE = """
query TracesPage($where: TraceWhere, $orderBy: [TraceOrder!], $first: Int, $after: String) {
  traces(where: $where, orderBy: $orderBy, first: $first, after: $after) {
    nodes {
      ...TraceFields
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}

fragment Score on Score {
  id
  uuid
  scorer
  scorerVersion
  kind
  score
  rationale
  details
  stepIndex
  scoredAt
}

fragment Step on Step {
  index
  type
  content
}

fragment TraceFields on Trace {
  id
  uuid
  createdAt
  prompt
  steps {
    ...Step
  }
  finalAnswer
  referenceAnswer
  source
  externalId
  stepCount
  charCount
  contentHash
  promptHash
  meta
  latestScores {
    ...Score
  }
}
"""

UPDATE_RUN = """
mutation UpdateRun($input: UpdateRunInput!) {
  updateRun(input: $input) {
    run {
      ...RunFields
    }
    errors {
      code
      message
      path
    }
  }
}

fragment JobError on JobError {
  code
  message
}

fragment LatestMetric on RunLatestMetric {
  name
  step
  value
  kind
}

fragment RunFields on Run {
  id
  uuid
  outputName
  status
  statusReason
  progress
  createdAt
  startedAt
  completedAt
  error {
    ...JobError
  }
  attempt
  mode
  method
  modelId
  datasetKey
  tags
  notes
  trainingProgress {
    ...TrainingProgress
  }
  durationSeconds
  exitCode
  stdout
  stderr
  latestMetrics {
    ...LatestMetric
  }
  modelArchiveUrl
  engine
  lastBatch
}

fragment TrainingProgress on TrainingProgress {
  step
  totalSteps
  epoch
  etaSeconds
}
"""

VERIFY_DATASET = """
mutation VerifyDataset($input: VerifyDatasetInput!) {
  verifyDataset(input: $input) {
    verification {
      ...Verification
    }
    errors {
      code
      message
      path
    }
  }
}

fragment Verification on DatasetVerification {
  intact
  reproducible
  sha256
  derivedSha256
  derivationError
  newerCount
}
"""
