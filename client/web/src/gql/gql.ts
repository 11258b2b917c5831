/* eslint-disable */
import * as types from './graphql';
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';

/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "\n  query PaletteFind($text: String!, $id: ID!, $isId: Boolean!) {\n    node(id: $id) @include(if: $isId) {\n      kind: __typename\n      ... on Trace {\n        id\n        uuid\n        promptPreview\n      }\n      ... on Dataset {\n        id\n        key\n      }\n      ... on Run {\n        id\n        uuid\n        outputName\n      }\n      ... on Score {\n        id\n        scorer\n        trace {\n          id\n          uuid\n        }\n      }\n    }\n    datasets(where: { or: [{ key: { contains: $text } }, { name: { contains: $text } }] }, first: 5) {\n      edges {\n        node {\n          id\n          key\n        }\n      }\n    }\n    runs(where: { outputName: { contains: $text } }, first: 5) {\n      edges {\n        node {\n          id\n          uuid\n          outputName\n          modelId\n        }\n      }\n    }\n    named: traces(where: { externalId: { eq: $text } }, first: 5) {\n      edges {\n        node {\n          id\n          uuid\n          promptPreview\n        }\n      }\n    }\n  }\n": typeof types.PaletteFindDocument,
    "\n  query PaletteSearch($text: String!) {\n    traces(where: { search: $text }, first: 5) {\n      edges {\n        node {\n          id\n          uuid\n          promptPreview\n        }\n      }\n    }\n  }\n": typeof types.PaletteSearchDocument,
    "\n  query IntegrationsBaseModels {\n    baseModels {\n      modelId\n      source\n      family\n      parameters\n      byteSize\n      hasTokenizer\n      problem\n    }\n  }\n": typeof types.IntegrationsBaseModelsDocument,
    "\n  mutation GenerateUngarTraces($input: GenerateUngarTracesInput!) {\n    generateUngarTraces(input: $input) {\n      count\n      traces {\n        id\n        uuid\n        meta\n      }\n      errors {\n        code\n        message\n        path\n      }\n    }\n  }\n": typeof types.GenerateUngarTracesDocument,
    "\n  query Overview {\n    traces(where: { and: [] }, first: 8) {\n      totalCount\n      edges {\n        node {\n          id\n          ...OverviewTrace\n        }\n      }\n    }\n    scores(where: { and: [] }, first: 1) {\n      totalCount\n    }\n    datasets(where: { and: [] }, first: 1) {\n      totalCount\n    }\n    exports(where: { and: [] }, first: 1) {\n      totalCount\n    }\n    running: runs(where: { status: { in: [PENDING, RUNNING] } }, first: 8) {\n      edges {\n        node {\n          id\n          ...OverviewRun\n        }\n      }\n    }\n    runs(where: { and: [] }, first: 8) {\n      totalCount\n      edges {\n        node {\n          id\n          ...OverviewRun\n        }\n      }\n    }\n  }\n": typeof types.OverviewDocument,
    "\n  mutation ImportSamples {\n    importSamples(input: {}) {\n      importedCount\n      errors {\n        code\n        message\n        path\n      }\n    }\n  }\n": typeof types.ImportSamplesDocument,
    "\n  query ServerHealth {\n    serverInfo {\n      version\n      database {\n        kind\n      }\n    }\n    health {\n      status\n      database {\n        status\n        latencyMs\n        message\n      }\n      disk {\n        status\n        freeBytes\n        message\n      }\n      queue {\n        pending\n        running\n        oldestPendingSeconds\n      }\n    }\n  }\n": typeof types.ServerHealthDocument,
    "\n  fragment OverviewRun on Run {\n    id\n    uuid\n    status\n    progress\n    createdAt\n    modelId\n    mode\n    datasetKey\n    outputName\n    trainingProgress {\n      etaSeconds\n    }\n    loss: metrics(names: [\"train/loss\"], maxPoints: 48) {\n      name\n      steps\n      values\n    }\n  }\n": typeof types.OverviewRunFragmentDoc,
    "\n  fragment OverviewTrace on Trace {\n    id\n    uuid\n    createdAt\n    source\n    stepCount\n    promptPreview\n  }\n": typeof types.OverviewTraceFragmentDoc,
    "\n  query RunChoices($where: RunWhere) {\n    runs(where: $where, first: 30) {\n      edges {\n        node {\n          id\n          uuid\n          outputName\n          modelId\n          datasetKey\n        }\n      }\n    }\n  }\n": typeof types.RunChoicesDocument,
    "\n  query CompareRuns($ids: [ID!]!) {\n    compareRuns(ids: $ids) {\n      runs {\n        id\n        uuid\n        outputName\n        status\n        ...ComparedRun @unmask\n      }\n      differences {\n        field\n        values\n      }\n      metrics(maxPoints: 1000) {\n        name\n        series {\n          steps\n          values\n          kinds\n        }\n      }\n    }\n  }\n": typeof types.CompareRunsDocument,
    "\n  fragment ComparedRun on Run {\n    uuid\n    outputName\n    status\n    modelId\n    datasetKey\n  }\n": typeof types.ComparedRunFragmentDoc,
    "\n  query Run($id: ID!) {\n    run(id: $id) {\n      id\n      status\n      events(last: 1) {\n        nodes {\n          seq\n        }\n      }\n      metrics(maxPoints: 1000) {\n        name\n        steps\n        values\n        kinds\n      }\n      ...RunView\n    }\n  }\n": typeof types.RunDocument,
    "\n  fragment RunView on Run {\n    id\n    ...RunHeader\n    ...RunProgress\n    ...RunFacts\n    ...RunAttempts\n    ...RunTags\n    ...RunNotes\n    ...RunOutput\n    ...RunParameters\n    ...RunArtifacts\n  }\n": typeof types.RunViewFragmentDoc,
    "\n  fragment RunActions on Run {\n    id\n    uuid\n    outputName\n    status\n    cancelRequested\n  }\n": typeof types.RunActionsFragmentDoc,
    "\n  fragment RunHeader on Run {\n    id\n    uuid\n    outputName\n    status\n    statusReason\n    error {\n      code\n      message\n    }\n    ...RunActions\n  }\n": typeof types.RunHeaderFragmentDoc,
    "\n  fragment RunProgress on Run {\n    id\n    status\n    progress\n    cancelRequested\n    trainingProgress {\n      step\n      totalSteps\n      epoch\n      etaSeconds\n    }\n  }\n": typeof types.RunProgressFragmentDoc,
    "\n  mutation CancelRun($id: ID!) {\n    cancelRun(input: { id: $id }) {\n      run {\n        id\n        status\n        cancelRequested\n      }\n      errors {\n        code\n        message\n        path\n      }\n    }\n  }\n": typeof types.CancelRunDocument,
    "\n  mutation RetryRun($id: ID!) {\n    retryRun(input: { id: $id }) {\n      run {\n        id\n        status\n        statusReason\n        progress\n        cancelRequested\n        completedAt\n        error {\n          code\n          message\n        }\n      }\n      errors {\n        code\n        message\n        path\n      }\n    }\n  }\n": typeof types.RetryRunDocument,
    "\n  mutation DeleteRun($id: ID!) {\n    deleteRun(input: { id: $id }) {\n      deletedUuid\n      errors {\n        code\n        message\n        path\n      }\n    }\n  }\n": typeof types.DeleteRunDocument,
    "\n  mutation UpdateRun($input: UpdateRunInput!) {\n    updateRun(input: $input) {\n      run {\n        id\n        tags\n        notes\n      }\n      errors {\n        code\n        message\n        path\n      }\n    }\n  }\n": typeof types.UpdateRunDocument,
    "\n  subscription RunEvents($id: ID!, $after: Int!) {\n    runEvents(id: $id, after: $after) {\n      seq\n      at\n      attempt\n      ... on RunState {\n        status\n        progress\n        reason\n        trainingProgress {\n          step\n          totalSteps\n          epoch\n          etaSeconds\n        }\n      }\n      ... on RunLogLine {\n        stream\n        text\n      }\n      ... on RunMetricPoint {\n        name\n        step\n        value\n        kind\n      }\n    }\n  }\n": typeof types.RunEventsDocument,
    "\n  query RunLogs($id: ID!, $where: RunLogLineWhere, $last: Int!, $isCounted: Boolean!) {\n    run(id: $id) {\n      id\n      logs(where: $where, last: $last) {\n        nodes {\n          seq\n          at\n          attempt\n          stream\n          text\n        }\n        pageInfo {\n          hasPreviousPage\n        }\n        totalCount @include(if: $isCounted)\n      }\n    }\n  }\n": typeof types.RunLogsDocument,
    "\n  fragment RunArtifacts on Run {\n    id\n    artifacts(first: 500) {\n      edges {\n        node {\n          id\n          name\n          kind\n          step\n          byteSize\n          sha256\n          createdAt\n          downloadUrl\n        }\n      }\n      totalCount\n    }\n  }\n": typeof types.RunArtifactsFragmentDoc,
    "\n  query ArtifactUrl($id: ID!) {\n    node(id: $id) {\n      id\n      ... on RunArtifact {\n        downloadUrl\n      }\n    }\n  }\n": typeof types.ArtifactUrlDocument,
    "\n  fragment RunAttempts on Run {\n    id\n    attempts {\n      attempt\n      status\n      startedAt\n      completedAt\n      reason\n    }\n  }\n": typeof types.RunAttemptsFragmentDoc,
    "\n  fragment RunFacts on Run {\n    id\n    uuid\n    mode\n    method\n    modelId\n    datasetKey\n    dataset {\n      id\n      uuid\n      traceCount\n    }\n    evalDataset {\n      id\n      uuid\n      key\n    }\n    engine\n    createdAt\n    startedAt\n    completedAt\n    durationSeconds\n    exitCode\n    attempt\n    maxAttempts\n  }\n": typeof types.RunFactsFragmentDoc,
    "\n  fragment RunNotes on Run {\n    id\n    notes\n  }\n": typeof types.RunNotesFragmentDoc,
    "\n  fragment RunOutput on Run {\n    id\n    stdout\n    stderr\n  }\n": typeof types.RunOutputFragmentDoc,
    "\n  fragment RunParameters on Run {\n    id\n    manifest\n    config {\n      learningRate\n      schedule\n      warmupSteps\n      weightDecay\n      maxGradNorm\n      numEpochs\n      maxSteps\n      batchSize\n      gradientAccumulationSteps\n      maxSeqLength\n      seed\n      saveEverySteps\n      evalEverySteps\n      timeoutSeconds\n      lora {\n        rank\n        alpha\n        modulePath\n      }\n      mesh {\n        fsdp\n        tp\n      }\n    }\n  }\n": typeof types.RunParametersFragmentDoc,
    "\n  fragment RunTags on Run {\n    id\n    tags\n  }\n": typeof types.RunTagsFragmentDoc,
    "\n  fragment TrainerNotice on TunixStatus {\n    available\n    message\n    installCommand\n  }\n": typeof types.TrainerNoticeFragmentDoc,
    "\n  query DatasetChoices($where: DatasetWhere) {\n    datasets(where: $where, first: 20) {\n      edges {\n        node {\n          id\n          key\n          traceCount\n        }\n      }\n    }\n  }\n": typeof types.DatasetChoicesDocument,
    "\n  fragment ModelChoice on BaseModel {\n    modelId\n    source\n    family\n    parameters\n    byteSize\n    problem\n  }\n": typeof types.ModelChoiceFragmentDoc,
    "\n  query StartRunPage($from: ID!, $hasFrom: Boolean!) {\n    run(id: $from) @include(if: $hasFrom) {\n      id\n      ...RunConfiguration @unmask\n    }\n    datasets(first: 0) {\n      totalCount\n    }\n    baseModels {\n      ...ModelChoice @unmask\n    }\n    tunixStatus {\n      ...TrainerNotice @unmask\n    }\n  }\n": typeof types.StartRunPageDocument,
    "\n  fragment RunConfiguration on Run {\n    datasetKey\n    evalDataset {\n      id\n      key\n    }\n    modelId\n    method\n    config {\n      learningRate\n      numEpochs\n      batchSize\n      maxSeqLength\n      maxSteps\n      seed\n      gradientAccumulationSteps\n      warmupSteps\n      schedule\n      weightDecay\n      maxGradNorm\n      saveEverySteps\n      evalEverySteps\n      timeoutSeconds\n      lora {\n        rank\n        alpha\n        modulePath\n      }\n      mesh {\n        fsdp\n        tp\n      }\n    }\n  }\n": typeof types.RunConfigurationFragmentDoc,
    "\n  fragment DryRun on Run {\n    status\n    statusReason\n    error {\n      code\n      message\n    }\n    stdout\n    trainingProgress {\n      totalSteps\n    }\n    latestMetrics {\n      name\n      value\n    }\n    ...RunConfiguration @unmask\n  }\n": typeof types.DryRunFragmentDoc,
    "\n  query DryRunReport($id: ID!) {\n    run(id: $id) {\n      id\n      uuid\n      ...DryRun @unmask\n    }\n  }\n": typeof types.DryRunReportDocument,
    "\n  mutation StartRun($input: StartRunInput!) {\n    startRun(input: $input) {\n      run {\n        id\n        uuid\n        ...DryRun\n      }\n      warnings\n      errors {\n        code\n        message\n        path\n      }\n    }\n  }\n": typeof types.StartRunDocument,
    "\n  fragment TraceRow on Trace {\n    id\n    uuid\n    createdAt\n    source\n    externalId\n    traceVersion\n    stepCount\n    charCount\n    promptPreview\n    finalAnswerPreview\n    promptHash\n    contentHash\n    meta @include(if: $withMeta)\n    latestScores @include(if: $withScores) {\n      id\n      scorer\n      stepIndex\n      score\n    }\n  }\n": typeof types.TraceRowFragmentDoc,
    "\n  query Traces(\n    $where: TraceWhere\n    $orderBy: [TraceOrder!]\n    $first: Int\n    $after: String\n    $isFirst: Boolean! = true\n    $withMeta: Boolean! = true\n    $withScores: Boolean! = true\n  ) {\n    page: traces(where: $where, orderBy: $orderBy, first: $first, after: $after) {\n      edges {\n        node {\n          id\n          uuid\n          ...TraceRow\n        }\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n      totalCount @include(if: $isFirst)\n    }\n  }\n": typeof types.TracesDocument,
    "\n  mutation CancelExport($input: CancelExportInput!) {\n    cancelExport(input: $input) {\n      export {\n        id\n        ...ExportRow\n      }\n      errors {\n        code\n        message\n        path\n      }\n    }\n  }\n": typeof types.CancelExportDocument,
    "\n  mutation RetryExport($input: RetryExportInput!) {\n    retryExport(input: $input) {\n      export {\n        id\n        ...ExportRow\n      }\n      errors {\n        code\n        message\n        path\n      }\n    }\n  }\n": typeof types.RetryExportDocument,
    "\n  mutation DeleteExport($input: DeleteExportInput!) {\n    deleteExport(input: $input) {\n      deletedUuid\n      errors {\n        code\n        message\n        path\n      }\n    }\n  }\n": typeof types.DeleteExportDocument,
    "\n  fragment ExportRow on Export {\n    id\n    status\n    progress\n    createdAt\n    format\n    container\n    rowCount\n    missingCount\n    byteSize\n    fileName\n    warnings\n    expiresAt\n    error {\n      code\n      message\n    }\n  }\n": typeof types.ExportRowFragmentDoc,
    "\n  mutation StartExport($input: StartExportInput!) {\n    startExport(input: $input) {\n      export {\n        id\n        ...ExportRow\n      }\n      errors {\n        code\n        message\n        path\n      }\n    }\n  }\n": typeof types.StartExportDocument,
    "\n  subscription ExportStream($id: ID!, $after: Int!) {\n    exportEvents(id: $id, after: $after) {\n      seq\n      status\n      progress\n      rowCount\n      byteSize\n    }\n  }\n": typeof types.ExportStreamDocument,
    "\n  query Export($id: ID!) {\n    export(id: $id) {\n      id\n      downloadUrl\n      ...ExportRow\n    }\n  }\n": typeof types.ExportDocument,
    "\n  query TunixStatus {\n    tunixStatus {\n      available\n      version\n      message\n      installCommand\n    }\n  }\n": typeof types.TunixStatusDocument,
    "\n  query UngarStatus {\n    ungarStatus {\n      available\n      version\n      message\n      installCommand\n    }\n  }\n": typeof types.UngarStatusDocument,
    "\n  query RediaiHealth {\n    health {\n      rediai {\n        mode\n        status\n        reason\n        message\n        checkedAt\n        latencyMs\n      }\n    }\n  }\n": typeof types.RediaiHealthDocument,
};
const documents: Documents = {
    "\n  query PaletteFind($text: String!, $id: ID!, $isId: Boolean!) {\n    node(id: $id) @include(if: $isId) {\n      kind: __typename\n      ... on Trace {\n        id\n        uuid\n        promptPreview\n      }\n      ... on Dataset {\n        id\n        key\n      }\n      ... on Run {\n        id\n        uuid\n        outputName\n      }\n      ... on Score {\n        id\n        scorer\n        trace {\n          id\n          uuid\n        }\n      }\n    }\n    datasets(where: { or: [{ key: { contains: $text } }, { name: { contains: $text } }] }, first: 5) {\n      edges {\n        node {\n          id\n          key\n        }\n      }\n    }\n    runs(where: { outputName: { contains: $text } }, first: 5) {\n      edges {\n        node {\n          id\n          uuid\n          outputName\n          modelId\n        }\n      }\n    }\n    named: traces(where: { externalId: { eq: $text } }, first: 5) {\n      edges {\n        node {\n          id\n          uuid\n          promptPreview\n        }\n      }\n    }\n  }\n": types.PaletteFindDocument,
    "\n  query PaletteSearch($text: String!) {\n    traces(where: { search: $text }, first: 5) {\n      edges {\n        node {\n          id\n          uuid\n          promptPreview\n        }\n      }\n    }\n  }\n": types.PaletteSearchDocument,
    "\n  query IntegrationsBaseModels {\n    baseModels {\n      modelId\n      source\n      family\n      parameters\n      byteSize\n      hasTokenizer\n      problem\n    }\n  }\n": types.IntegrationsBaseModelsDocument,
    "\n  mutation GenerateUngarTraces($input: GenerateUngarTracesInput!) {\n    generateUngarTraces(input: $input) {\n      count\n      traces {\n        id\n        uuid\n        meta\n      }\n      errors {\n        code\n        message\n        path\n      }\n    }\n  }\n": types.GenerateUngarTracesDocument,
    "\n  query Overview {\n    traces(where: { and: [] }, first: 8) {\n      totalCount\n      edges {\n        node {\n          id\n          ...OverviewTrace\n        }\n      }\n    }\n    scores(where: { and: [] }, first: 1) {\n      totalCount\n    }\n    datasets(where: { and: [] }, first: 1) {\n      totalCount\n    }\n    exports(where: { and: [] }, first: 1) {\n      totalCount\n    }\n    running: runs(where: { status: { in: [PENDING, RUNNING] } }, first: 8) {\n      edges {\n        node {\n          id\n          ...OverviewRun\n        }\n      }\n    }\n    runs(where: { and: [] }, first: 8) {\n      totalCount\n      edges {\n        node {\n          id\n          ...OverviewRun\n        }\n      }\n    }\n  }\n": types.OverviewDocument,
    "\n  mutation ImportSamples {\n    importSamples(input: {}) {\n      importedCount\n      errors {\n        code\n        message\n        path\n      }\n    }\n  }\n": types.ImportSamplesDocument,
    "\n  query ServerHealth {\n    serverInfo {\n      version\n      database {\n        kind\n      }\n    }\n    health {\n      status\n      database {\n        status\n        latencyMs\n        message\n      }\n      disk {\n        status\n        freeBytes\n        message\n      }\n      queue {\n        pending\n        running\n        oldestPendingSeconds\n      }\n    }\n  }\n": types.ServerHealthDocument,
    "\n  fragment OverviewRun on Run {\n    id\n    uuid\n    status\n    progress\n    createdAt\n    modelId\n    mode\n    datasetKey\n    outputName\n    trainingProgress {\n      etaSeconds\n    }\n    loss: metrics(names: [\"train/loss\"], maxPoints: 48) {\n      name\n      steps\n      values\n    }\n  }\n": types.OverviewRunFragmentDoc,
    "\n  fragment OverviewTrace on Trace {\n    id\n    uuid\n    createdAt\n    source\n    stepCount\n    promptPreview\n  }\n": types.OverviewTraceFragmentDoc,
    "\n  query RunChoices($where: RunWhere) {\n    runs(where: $where, first: 30) {\n      edges {\n        node {\n          id\n          uuid\n          outputName\n          modelId\n          datasetKey\n        }\n      }\n    }\n  }\n": types.RunChoicesDocument,
    "\n  query CompareRuns($ids: [ID!]!) {\n    compareRuns(ids: $ids) {\n      runs {\n        id\n        uuid\n        outputName\n        status\n        ...ComparedRun @unmask\n      }\n      differences {\n        field\n        values\n      }\n      metrics(maxPoints: 1000) {\n        name\n        series {\n          steps\n          values\n          kinds\n        }\n      }\n    }\n  }\n": types.CompareRunsDocument,
    "\n  fragment ComparedRun on Run {\n    uuid\n    outputName\n    status\n    modelId\n    datasetKey\n  }\n": types.ComparedRunFragmentDoc,
    "\n  query Run($id: ID!) {\n    run(id: $id) {\n      id\n      status\n      events(last: 1) {\n        nodes {\n          seq\n        }\n      }\n      metrics(maxPoints: 1000) {\n        name\n        steps\n        values\n        kinds\n      }\n      ...RunView\n    }\n  }\n": types.RunDocument,
    "\n  fragment RunView on Run {\n    id\n    ...RunHeader\n    ...RunProgress\n    ...RunFacts\n    ...RunAttempts\n    ...RunTags\n    ...RunNotes\n    ...RunOutput\n    ...RunParameters\n    ...RunArtifacts\n  }\n": types.RunViewFragmentDoc,
    "\n  fragment RunActions on Run {\n    id\n    uuid\n    outputName\n    status\n    cancelRequested\n  }\n": types.RunActionsFragmentDoc,
    "\n  fragment RunHeader on Run {\n    id\n    uuid\n    outputName\n    status\n    statusReason\n    error {\n      code\n      message\n    }\n    ...RunActions\n  }\n": types.RunHeaderFragmentDoc,
    "\n  fragment RunProgress on Run {\n    id\n    status\n    progress\n    cancelRequested\n    trainingProgress {\n      step\n      totalSteps\n      epoch\n      etaSeconds\n    }\n  }\n": types.RunProgressFragmentDoc,
    "\n  mutation CancelRun($id: ID!) {\n    cancelRun(input: { id: $id }) {\n      run {\n        id\n        status\n        cancelRequested\n      }\n      errors {\n        code\n        message\n        path\n      }\n    }\n  }\n": types.CancelRunDocument,
    "\n  mutation RetryRun($id: ID!) {\n    retryRun(input: { id: $id }) {\n      run {\n        id\n        status\n        statusReason\n        progress\n        cancelRequested\n        completedAt\n        error {\n          code\n          message\n        }\n      }\n      errors {\n        code\n        message\n        path\n      }\n    }\n  }\n": types.RetryRunDocument,
    "\n  mutation DeleteRun($id: ID!) {\n    deleteRun(input: { id: $id }) {\n      deletedUuid\n      errors {\n        code\n        message\n        path\n      }\n    }\n  }\n": types.DeleteRunDocument,
    "\n  mutation UpdateRun($input: UpdateRunInput!) {\n    updateRun(input: $input) {\n      run {\n        id\n        tags\n        notes\n      }\n      errors {\n        code\n        message\n        path\n      }\n    }\n  }\n": types.UpdateRunDocument,
    "\n  subscription RunEvents($id: ID!, $after: Int!) {\n    runEvents(id: $id, after: $after) {\n      seq\n      at\n      attempt\n      ... on RunState {\n        status\n        progress\n        reason\n        trainingProgress {\n          step\n          totalSteps\n          epoch\n          etaSeconds\n        }\n      }\n      ... on RunLogLine {\n        stream\n        text\n      }\n      ... on RunMetricPoint {\n        name\n        step\n        value\n        kind\n      }\n    }\n  }\n": types.RunEventsDocument,
    "\n  query RunLogs($id: ID!, $where: RunLogLineWhere, $last: Int!, $isCounted: Boolean!) {\n    run(id: $id) {\n      id\n      logs(where: $where, last: $last) {\n        nodes {\n          seq\n          at\n          attempt\n          stream\n          text\n        }\n        pageInfo {\n          hasPreviousPage\n        }\n        totalCount @include(if: $isCounted)\n      }\n    }\n  }\n": types.RunLogsDocument,
    "\n  fragment RunArtifacts on Run {\n    id\n    artifacts(first: 500) {\n      edges {\n        node {\n          id\n          name\n          kind\n          step\n          byteSize\n          sha256\n          createdAt\n          downloadUrl\n        }\n      }\n      totalCount\n    }\n  }\n": types.RunArtifactsFragmentDoc,
    "\n  query ArtifactUrl($id: ID!) {\n    node(id: $id) {\n      id\n      ... on RunArtifact {\n        downloadUrl\n      }\n    }\n  }\n": types.ArtifactUrlDocument,
    "\n  fragment RunAttempts on Run {\n    id\n    attempts {\n      attempt\n      status\n      startedAt\n      completedAt\n      reason\n    }\n  }\n": types.RunAttemptsFragmentDoc,
    "\n  fragment RunFacts on Run {\n    id\n    uuid\n    mode\n    method\n    modelId\n    datasetKey\n    dataset {\n      id\n      uuid\n      traceCount\n    }\n    evalDataset {\n      id\n      uuid\n      key\n    }\n    engine\n    createdAt\n    startedAt\n    completedAt\n    durationSeconds\n    exitCode\n    attempt\n    maxAttempts\n  }\n": types.RunFactsFragmentDoc,
    "\n  fragment RunNotes on Run {\n    id\n    notes\n  }\n": types.RunNotesFragmentDoc,
    "\n  fragment RunOutput on Run {\n    id\n    stdout\n    stderr\n  }\n": types.RunOutputFragmentDoc,
    "\n  fragment RunParameters on Run {\n    id\n    manifest\n    config {\n      learningRate\n      schedule\n      warmupSteps\n      weightDecay\n      maxGradNorm\n      numEpochs\n      maxSteps\n      batchSize\n      gradientAccumulationSteps\n      maxSeqLength\n      seed\n      saveEverySteps\n      evalEverySteps\n      timeoutSeconds\n      lora {\n        rank\n        alpha\n        modulePath\n      }\n      mesh {\n        fsdp\n        tp\n      }\n    }\n  }\n": types.RunParametersFragmentDoc,
    "\n  fragment RunTags on Run {\n    id\n    tags\n  }\n": types.RunTagsFragmentDoc,
    "\n  fragment TrainerNotice on TunixStatus {\n    available\n    message\n    installCommand\n  }\n": types.TrainerNoticeFragmentDoc,
    "\n  query DatasetChoices($where: DatasetWhere) {\n    datasets(where: $where, first: 20) {\n      edges {\n        node {\n          id\n          key\n          traceCount\n        }\n      }\n    }\n  }\n": types.DatasetChoicesDocument,
    "\n  fragment ModelChoice on BaseModel {\n    modelId\n    source\n    family\n    parameters\n    byteSize\n    problem\n  }\n": types.ModelChoiceFragmentDoc,
    "\n  query StartRunPage($from: ID!, $hasFrom: Boolean!) {\n    run(id: $from) @include(if: $hasFrom) {\n      id\n      ...RunConfiguration @unmask\n    }\n    datasets(first: 0) {\n      totalCount\n    }\n    baseModels {\n      ...ModelChoice @unmask\n    }\n    tunixStatus {\n      ...TrainerNotice @unmask\n    }\n  }\n": types.StartRunPageDocument,
    "\n  fragment RunConfiguration on Run {\n    datasetKey\n    evalDataset {\n      id\n      key\n    }\n    modelId\n    method\n    config {\n      learningRate\n      numEpochs\n      batchSize\n      maxSeqLength\n      maxSteps\n      seed\n      gradientAccumulationSteps\n      warmupSteps\n      schedule\n      weightDecay\n      maxGradNorm\n      saveEverySteps\n      evalEverySteps\n      timeoutSeconds\n      lora {\n        rank\n        alpha\n        modulePath\n      }\n      mesh {\n        fsdp\n        tp\n      }\n    }\n  }\n": types.RunConfigurationFragmentDoc,
    "\n  fragment DryRun on Run {\n    status\n    statusReason\n    error {\n      code\n      message\n    }\n    stdout\n    trainingProgress {\n      totalSteps\n    }\n    latestMetrics {\n      name\n      value\n    }\n    ...RunConfiguration @unmask\n  }\n": types.DryRunFragmentDoc,
    "\n  query DryRunReport($id: ID!) {\n    run(id: $id) {\n      id\n      uuid\n      ...DryRun @unmask\n    }\n  }\n": types.DryRunReportDocument,
    "\n  mutation StartRun($input: StartRunInput!) {\n    startRun(input: $input) {\n      run {\n        id\n        uuid\n        ...DryRun\n      }\n      warnings\n      errors {\n        code\n        message\n        path\n      }\n    }\n  }\n": types.StartRunDocument,
    "\n  fragment TraceRow on Trace {\n    id\n    uuid\n    createdAt\n    source\n    externalId\n    traceVersion\n    stepCount\n    charCount\n    promptPreview\n    finalAnswerPreview\n    promptHash\n    contentHash\n    meta @include(if: $withMeta)\n    latestScores @include(if: $withScores) {\n      id\n      scorer\n      stepIndex\n      score\n    }\n  }\n": types.TraceRowFragmentDoc,
    "\n  query Traces(\n    $where: TraceWhere\n    $orderBy: [TraceOrder!]\n    $first: Int\n    $after: String\n    $isFirst: Boolean! = true\n    $withMeta: Boolean! = true\n    $withScores: Boolean! = true\n  ) {\n    page: traces(where: $where, orderBy: $orderBy, first: $first, after: $after) {\n      edges {\n        node {\n          id\n          uuid\n          ...TraceRow\n        }\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n      totalCount @include(if: $isFirst)\n    }\n  }\n": types.TracesDocument,
    "\n  mutation CancelExport($input: CancelExportInput!) {\n    cancelExport(input: $input) {\n      export {\n        id\n        ...ExportRow\n      }\n      errors {\n        code\n        message\n        path\n      }\n    }\n  }\n": types.CancelExportDocument,
    "\n  mutation RetryExport($input: RetryExportInput!) {\n    retryExport(input: $input) {\n      export {\n        id\n        ...ExportRow\n      }\n      errors {\n        code\n        message\n        path\n      }\n    }\n  }\n": types.RetryExportDocument,
    "\n  mutation DeleteExport($input: DeleteExportInput!) {\n    deleteExport(input: $input) {\n      deletedUuid\n      errors {\n        code\n        message\n        path\n      }\n    }\n  }\n": types.DeleteExportDocument,
    "\n  fragment ExportRow on Export {\n    id\n    status\n    progress\n    createdAt\n    format\n    container\n    rowCount\n    missingCount\n    byteSize\n    fileName\n    warnings\n    expiresAt\n    error {\n      code\n      message\n    }\n  }\n": types.ExportRowFragmentDoc,
    "\n  mutation StartExport($input: StartExportInput!) {\n    startExport(input: $input) {\n      export {\n        id\n        ...ExportRow\n      }\n      errors {\n        code\n        message\n        path\n      }\n    }\n  }\n": types.StartExportDocument,
    "\n  subscription ExportStream($id: ID!, $after: Int!) {\n    exportEvents(id: $id, after: $after) {\n      seq\n      status\n      progress\n      rowCount\n      byteSize\n    }\n  }\n": types.ExportStreamDocument,
    "\n  query Export($id: ID!) {\n    export(id: $id) {\n      id\n      downloadUrl\n      ...ExportRow\n    }\n  }\n": types.ExportDocument,
    "\n  query TunixStatus {\n    tunixStatus {\n      available\n      version\n      message\n      installCommand\n    }\n  }\n": types.TunixStatusDocument,
    "\n  query UngarStatus {\n    ungarStatus {\n      available\n      version\n      message\n      installCommand\n    }\n  }\n": types.UngarStatusDocument,
    "\n  query RediaiHealth {\n    health {\n      rediai {\n        mode\n        status\n        reason\n        message\n        checkedAt\n        latencyMs\n      }\n    }\n  }\n": types.RediaiHealthDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 *
 *
 * @example
 * ```ts
 * const query = graphql(`query GetUser($id: ID!) { user(id: $id) { name } }`);
 * ```
 *
 * The query argument is unknown!
 * Please regenerate the types.
 */
export function graphql(source: string): unknown;

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PaletteFind($text: String!, $id: ID!, $isId: Boolean!) {\n    node(id: $id) @include(if: $isId) {\n      kind: __typename\n      ... on Trace {\n        id\n        uuid\n        promptPreview\n      }\n      ... on Dataset {\n        id\n        key\n      }\n      ... on Run {\n        id\n        uuid\n        outputName\n      }\n      ... on Score {\n        id\n        scorer\n        trace {\n          id\n          uuid\n        }\n      }\n    }\n    datasets(where: { or: [{ key: { contains: $text } }, { name: { contains: $text } }] }, first: 5) {\n      edges {\n        node {\n          id\n          key\n        }\n      }\n    }\n    runs(where: { outputName: { contains: $text } }, first: 5) {\n      edges {\n        node {\n          id\n          uuid\n          outputName\n          modelId\n        }\n      }\n    }\n    named: traces(where: { externalId: { eq: $text } }, first: 5) {\n      edges {\n        node {\n          id\n          uuid\n          promptPreview\n        }\n      }\n    }\n  }\n"): (typeof documents)["\n  query PaletteFind($text: String!, $id: ID!, $isId: Boolean!) {\n    node(id: $id) @include(if: $isId) {\n      kind: __typename\n      ... on Trace {\n        id\n        uuid\n        promptPreview\n      }\n      ... on Dataset {\n        id\n        key\n      }\n      ... on Run {\n        id\n        uuid\n        outputName\n      }\n      ... on Score {\n        id\n        scorer\n        trace {\n          id\n          uuid\n        }\n      }\n    }\n    datasets(where: { or: [{ key: { contains: $text } }, { name: { contains: $text } }] }, first: 5) {\n      edges {\n        node {\n          id\n          key\n        }\n      }\n    }\n    runs(where: { outputName: { contains: $text } }, first: 5) {\n      edges {\n        node {\n          id\n          uuid\n          outputName\n          modelId\n        }\n      }\n    }\n    named: traces(where: { externalId: { eq: $text } }, first: 5) {\n      edges {\n        node {\n          id\n          uuid\n          promptPreview\n        }\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PaletteSearch($text: String!) {\n    traces(where: { search: $text }, first: 5) {\n      edges {\n        node {\n          id\n          uuid\n          promptPreview\n        }\n      }\n    }\n  }\n"): (typeof documents)["\n  query PaletteSearch($text: String!) {\n    traces(where: { search: $text }, first: 5) {\n      edges {\n        node {\n          id\n          uuid\n          promptPreview\n        }\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query IntegrationsBaseModels {\n    baseModels {\n      modelId\n      source\n      family\n      parameters\n      byteSize\n      hasTokenizer\n      problem\n    }\n  }\n"): (typeof documents)["\n  query IntegrationsBaseModels {\n    baseModels {\n      modelId\n      source\n      family\n      parameters\n      byteSize\n      hasTokenizer\n      problem\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation GenerateUngarTraces($input: GenerateUngarTracesInput!) {\n    generateUngarTraces(input: $input) {\n      count\n      traces {\n        id\n        uuid\n        meta\n      }\n      errors {\n        code\n        message\n        path\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation GenerateUngarTraces($input: GenerateUngarTracesInput!) {\n    generateUngarTraces(input: $input) {\n      count\n      traces {\n        id\n        uuid\n        meta\n      }\n      errors {\n        code\n        message\n        path\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Overview {\n    traces(where: { and: [] }, first: 8) {\n      totalCount\n      edges {\n        node {\n          id\n          ...OverviewTrace\n        }\n      }\n    }\n    scores(where: { and: [] }, first: 1) {\n      totalCount\n    }\n    datasets(where: { and: [] }, first: 1) {\n      totalCount\n    }\n    exports(where: { and: [] }, first: 1) {\n      totalCount\n    }\n    running: runs(where: { status: { in: [PENDING, RUNNING] } }, first: 8) {\n      edges {\n        node {\n          id\n          ...OverviewRun\n        }\n      }\n    }\n    runs(where: { and: [] }, first: 8) {\n      totalCount\n      edges {\n        node {\n          id\n          ...OverviewRun\n        }\n      }\n    }\n  }\n"): (typeof documents)["\n  query Overview {\n    traces(where: { and: [] }, first: 8) {\n      totalCount\n      edges {\n        node {\n          id\n          ...OverviewTrace\n        }\n      }\n    }\n    scores(where: { and: [] }, first: 1) {\n      totalCount\n    }\n    datasets(where: { and: [] }, first: 1) {\n      totalCount\n    }\n    exports(where: { and: [] }, first: 1) {\n      totalCount\n    }\n    running: runs(where: { status: { in: [PENDING, RUNNING] } }, first: 8) {\n      edges {\n        node {\n          id\n          ...OverviewRun\n        }\n      }\n    }\n    runs(where: { and: [] }, first: 8) {\n      totalCount\n      edges {\n        node {\n          id\n          ...OverviewRun\n        }\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation ImportSamples {\n    importSamples(input: {}) {\n      importedCount\n      errors {\n        code\n        message\n        path\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation ImportSamples {\n    importSamples(input: {}) {\n      importedCount\n      errors {\n        code\n        message\n        path\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ServerHealth {\n    serverInfo {\n      version\n      database {\n        kind\n      }\n    }\n    health {\n      status\n      database {\n        status\n        latencyMs\n        message\n      }\n      disk {\n        status\n        freeBytes\n        message\n      }\n      queue {\n        pending\n        running\n        oldestPendingSeconds\n      }\n    }\n  }\n"): (typeof documents)["\n  query ServerHealth {\n    serverInfo {\n      version\n      database {\n        kind\n      }\n    }\n    health {\n      status\n      database {\n        status\n        latencyMs\n        message\n      }\n      disk {\n        status\n        freeBytes\n        message\n      }\n      queue {\n        pending\n        running\n        oldestPendingSeconds\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment OverviewRun on Run {\n    id\n    uuid\n    status\n    progress\n    createdAt\n    modelId\n    mode\n    datasetKey\n    outputName\n    trainingProgress {\n      etaSeconds\n    }\n    loss: metrics(names: [\"train/loss\"], maxPoints: 48) {\n      name\n      steps\n      values\n    }\n  }\n"): (typeof documents)["\n  fragment OverviewRun on Run {\n    id\n    uuid\n    status\n    progress\n    createdAt\n    modelId\n    mode\n    datasetKey\n    outputName\n    trainingProgress {\n      etaSeconds\n    }\n    loss: metrics(names: [\"train/loss\"], maxPoints: 48) {\n      name\n      steps\n      values\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment OverviewTrace on Trace {\n    id\n    uuid\n    createdAt\n    source\n    stepCount\n    promptPreview\n  }\n"): (typeof documents)["\n  fragment OverviewTrace on Trace {\n    id\n    uuid\n    createdAt\n    source\n    stepCount\n    promptPreview\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query RunChoices($where: RunWhere) {\n    runs(where: $where, first: 30) {\n      edges {\n        node {\n          id\n          uuid\n          outputName\n          modelId\n          datasetKey\n        }\n      }\n    }\n  }\n"): (typeof documents)["\n  query RunChoices($where: RunWhere) {\n    runs(where: $where, first: 30) {\n      edges {\n        node {\n          id\n          uuid\n          outputName\n          modelId\n          datasetKey\n        }\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query CompareRuns($ids: [ID!]!) {\n    compareRuns(ids: $ids) {\n      runs {\n        id\n        uuid\n        outputName\n        status\n        ...ComparedRun @unmask\n      }\n      differences {\n        field\n        values\n      }\n      metrics(maxPoints: 1000) {\n        name\n        series {\n          steps\n          values\n          kinds\n        }\n      }\n    }\n  }\n"): (typeof documents)["\n  query CompareRuns($ids: [ID!]!) {\n    compareRuns(ids: $ids) {\n      runs {\n        id\n        uuid\n        outputName\n        status\n        ...ComparedRun @unmask\n      }\n      differences {\n        field\n        values\n      }\n      metrics(maxPoints: 1000) {\n        name\n        series {\n          steps\n          values\n          kinds\n        }\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment ComparedRun on Run {\n    uuid\n    outputName\n    status\n    modelId\n    datasetKey\n  }\n"): (typeof documents)["\n  fragment ComparedRun on Run {\n    uuid\n    outputName\n    status\n    modelId\n    datasetKey\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Run($id: ID!) {\n    run(id: $id) {\n      id\n      status\n      events(last: 1) {\n        nodes {\n          seq\n        }\n      }\n      metrics(maxPoints: 1000) {\n        name\n        steps\n        values\n        kinds\n      }\n      ...RunView\n    }\n  }\n"): (typeof documents)["\n  query Run($id: ID!) {\n    run(id: $id) {\n      id\n      status\n      events(last: 1) {\n        nodes {\n          seq\n        }\n      }\n      metrics(maxPoints: 1000) {\n        name\n        steps\n        values\n        kinds\n      }\n      ...RunView\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment RunView on Run {\n    id\n    ...RunHeader\n    ...RunProgress\n    ...RunFacts\n    ...RunAttempts\n    ...RunTags\n    ...RunNotes\n    ...RunOutput\n    ...RunParameters\n    ...RunArtifacts\n  }\n"): (typeof documents)["\n  fragment RunView on Run {\n    id\n    ...RunHeader\n    ...RunProgress\n    ...RunFacts\n    ...RunAttempts\n    ...RunTags\n    ...RunNotes\n    ...RunOutput\n    ...RunParameters\n    ...RunArtifacts\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment RunActions on Run {\n    id\n    uuid\n    outputName\n    status\n    cancelRequested\n  }\n"): (typeof documents)["\n  fragment RunActions on Run {\n    id\n    uuid\n    outputName\n    status\n    cancelRequested\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment RunHeader on Run {\n    id\n    uuid\n    outputName\n    status\n    statusReason\n    error {\n      code\n      message\n    }\n    ...RunActions\n  }\n"): (typeof documents)["\n  fragment RunHeader on Run {\n    id\n    uuid\n    outputName\n    status\n    statusReason\n    error {\n      code\n      message\n    }\n    ...RunActions\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment RunProgress on Run {\n    id\n    status\n    progress\n    cancelRequested\n    trainingProgress {\n      step\n      totalSteps\n      epoch\n      etaSeconds\n    }\n  }\n"): (typeof documents)["\n  fragment RunProgress on Run {\n    id\n    status\n    progress\n    cancelRequested\n    trainingProgress {\n      step\n      totalSteps\n      epoch\n      etaSeconds\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation CancelRun($id: ID!) {\n    cancelRun(input: { id: $id }) {\n      run {\n        id\n        status\n        cancelRequested\n      }\n      errors {\n        code\n        message\n        path\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation CancelRun($id: ID!) {\n    cancelRun(input: { id: $id }) {\n      run {\n        id\n        status\n        cancelRequested\n      }\n      errors {\n        code\n        message\n        path\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation RetryRun($id: ID!) {\n    retryRun(input: { id: $id }) {\n      run {\n        id\n        status\n        statusReason\n        progress\n        cancelRequested\n        completedAt\n        error {\n          code\n          message\n        }\n      }\n      errors {\n        code\n        message\n        path\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation RetryRun($id: ID!) {\n    retryRun(input: { id: $id }) {\n      run {\n        id\n        status\n        statusReason\n        progress\n        cancelRequested\n        completedAt\n        error {\n          code\n          message\n        }\n      }\n      errors {\n        code\n        message\n        path\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation DeleteRun($id: ID!) {\n    deleteRun(input: { id: $id }) {\n      deletedUuid\n      errors {\n        code\n        message\n        path\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation DeleteRun($id: ID!) {\n    deleteRun(input: { id: $id }) {\n      deletedUuid\n      errors {\n        code\n        message\n        path\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation UpdateRun($input: UpdateRunInput!) {\n    updateRun(input: $input) {\n      run {\n        id\n        tags\n        notes\n      }\n      errors {\n        code\n        message\n        path\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation UpdateRun($input: UpdateRunInput!) {\n    updateRun(input: $input) {\n      run {\n        id\n        tags\n        notes\n      }\n      errors {\n        code\n        message\n        path\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription RunEvents($id: ID!, $after: Int!) {\n    runEvents(id: $id, after: $after) {\n      seq\n      at\n      attempt\n      ... on RunState {\n        status\n        progress\n        reason\n        trainingProgress {\n          step\n          totalSteps\n          epoch\n          etaSeconds\n        }\n      }\n      ... on RunLogLine {\n        stream\n        text\n      }\n      ... on RunMetricPoint {\n        name\n        step\n        value\n        kind\n      }\n    }\n  }\n"): (typeof documents)["\n  subscription RunEvents($id: ID!, $after: Int!) {\n    runEvents(id: $id, after: $after) {\n      seq\n      at\n      attempt\n      ... on RunState {\n        status\n        progress\n        reason\n        trainingProgress {\n          step\n          totalSteps\n          epoch\n          etaSeconds\n        }\n      }\n      ... on RunLogLine {\n        stream\n        text\n      }\n      ... on RunMetricPoint {\n        name\n        step\n        value\n        kind\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query RunLogs($id: ID!, $where: RunLogLineWhere, $last: Int!, $isCounted: Boolean!) {\n    run(id: $id) {\n      id\n      logs(where: $where, last: $last) {\n        nodes {\n          seq\n          at\n          attempt\n          stream\n          text\n        }\n        pageInfo {\n          hasPreviousPage\n        }\n        totalCount @include(if: $isCounted)\n      }\n    }\n  }\n"): (typeof documents)["\n  query RunLogs($id: ID!, $where: RunLogLineWhere, $last: Int!, $isCounted: Boolean!) {\n    run(id: $id) {\n      id\n      logs(where: $where, last: $last) {\n        nodes {\n          seq\n          at\n          attempt\n          stream\n          text\n        }\n        pageInfo {\n          hasPreviousPage\n        }\n        totalCount @include(if: $isCounted)\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment RunArtifacts on Run {\n    id\n    artifacts(first: 500) {\n      edges {\n        node {\n          id\n          name\n          kind\n          step\n          byteSize\n          sha256\n          createdAt\n          downloadUrl\n        }\n      }\n      totalCount\n    }\n  }\n"): (typeof documents)["\n  fragment RunArtifacts on Run {\n    id\n    artifacts(first: 500) {\n      edges {\n        node {\n          id\n          name\n          kind\n          step\n          byteSize\n          sha256\n          createdAt\n          downloadUrl\n        }\n      }\n      totalCount\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ArtifactUrl($id: ID!) {\n    node(id: $id) {\n      id\n      ... on RunArtifact {\n        downloadUrl\n      }\n    }\n  }\n"): (typeof documents)["\n  query ArtifactUrl($id: ID!) {\n    node(id: $id) {\n      id\n      ... on RunArtifact {\n        downloadUrl\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment RunAttempts on Run {\n    id\n    attempts {\n      attempt\n      status\n      startedAt\n      completedAt\n      reason\n    }\n  }\n"): (typeof documents)["\n  fragment RunAttempts on Run {\n    id\n    attempts {\n      attempt\n      status\n      startedAt\n      completedAt\n      reason\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment RunFacts on Run {\n    id\n    uuid\n    mode\n    method\n    modelId\n    datasetKey\n    dataset {\n      id\n      uuid\n      traceCount\n    }\n    evalDataset {\n      id\n      uuid\n      key\n    }\n    engine\n    createdAt\n    startedAt\n    completedAt\n    durationSeconds\n    exitCode\n    attempt\n    maxAttempts\n  }\n"): (typeof documents)["\n  fragment RunFacts on Run {\n    id\n    uuid\n    mode\n    method\n    modelId\n    datasetKey\n    dataset {\n      id\n      uuid\n      traceCount\n    }\n    evalDataset {\n      id\n      uuid\n      key\n    }\n    engine\n    createdAt\n    startedAt\n    completedAt\n    durationSeconds\n    exitCode\n    attempt\n    maxAttempts\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment RunNotes on Run {\n    id\n    notes\n  }\n"): (typeof documents)["\n  fragment RunNotes on Run {\n    id\n    notes\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment RunOutput on Run {\n    id\n    stdout\n    stderr\n  }\n"): (typeof documents)["\n  fragment RunOutput on Run {\n    id\n    stdout\n    stderr\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment RunParameters on Run {\n    id\n    manifest\n    config {\n      learningRate\n      schedule\n      warmupSteps\n      weightDecay\n      maxGradNorm\n      numEpochs\n      maxSteps\n      batchSize\n      gradientAccumulationSteps\n      maxSeqLength\n      seed\n      saveEverySteps\n      evalEverySteps\n      timeoutSeconds\n      lora {\n        rank\n        alpha\n        modulePath\n      }\n      mesh {\n        fsdp\n        tp\n      }\n    }\n  }\n"): (typeof documents)["\n  fragment RunParameters on Run {\n    id\n    manifest\n    config {\n      learningRate\n      schedule\n      warmupSteps\n      weightDecay\n      maxGradNorm\n      numEpochs\n      maxSteps\n      batchSize\n      gradientAccumulationSteps\n      maxSeqLength\n      seed\n      saveEverySteps\n      evalEverySteps\n      timeoutSeconds\n      lora {\n        rank\n        alpha\n        modulePath\n      }\n      mesh {\n        fsdp\n        tp\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment RunTags on Run {\n    id\n    tags\n  }\n"): (typeof documents)["\n  fragment RunTags on Run {\n    id\n    tags\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment TrainerNotice on TunixStatus {\n    available\n    message\n    installCommand\n  }\n"): (typeof documents)["\n  fragment TrainerNotice on TunixStatus {\n    available\n    message\n    installCommand\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query DatasetChoices($where: DatasetWhere) {\n    datasets(where: $where, first: 20) {\n      edges {\n        node {\n          id\n          key\n          traceCount\n        }\n      }\n    }\n  }\n"): (typeof documents)["\n  query DatasetChoices($where: DatasetWhere) {\n    datasets(where: $where, first: 20) {\n      edges {\n        node {\n          id\n          key\n          traceCount\n        }\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment ModelChoice on BaseModel {\n    modelId\n    source\n    family\n    parameters\n    byteSize\n    problem\n  }\n"): (typeof documents)["\n  fragment ModelChoice on BaseModel {\n    modelId\n    source\n    family\n    parameters\n    byteSize\n    problem\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query StartRunPage($from: ID!, $hasFrom: Boolean!) {\n    run(id: $from) @include(if: $hasFrom) {\n      id\n      ...RunConfiguration @unmask\n    }\n    datasets(first: 0) {\n      totalCount\n    }\n    baseModels {\n      ...ModelChoice @unmask\n    }\n    tunixStatus {\n      ...TrainerNotice @unmask\n    }\n  }\n"): (typeof documents)["\n  query StartRunPage($from: ID!, $hasFrom: Boolean!) {\n    run(id: $from) @include(if: $hasFrom) {\n      id\n      ...RunConfiguration @unmask\n    }\n    datasets(first: 0) {\n      totalCount\n    }\n    baseModels {\n      ...ModelChoice @unmask\n    }\n    tunixStatus {\n      ...TrainerNotice @unmask\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment RunConfiguration on Run {\n    datasetKey\n    evalDataset {\n      id\n      key\n    }\n    modelId\n    method\n    config {\n      learningRate\n      numEpochs\n      batchSize\n      maxSeqLength\n      maxSteps\n      seed\n      gradientAccumulationSteps\n      warmupSteps\n      schedule\n      weightDecay\n      maxGradNorm\n      saveEverySteps\n      evalEverySteps\n      timeoutSeconds\n      lora {\n        rank\n        alpha\n        modulePath\n      }\n      mesh {\n        fsdp\n        tp\n      }\n    }\n  }\n"): (typeof documents)["\n  fragment RunConfiguration on Run {\n    datasetKey\n    evalDataset {\n      id\n      key\n    }\n    modelId\n    method\n    config {\n      learningRate\n      numEpochs\n      batchSize\n      maxSeqLength\n      maxSteps\n      seed\n      gradientAccumulationSteps\n      warmupSteps\n      schedule\n      weightDecay\n      maxGradNorm\n      saveEverySteps\n      evalEverySteps\n      timeoutSeconds\n      lora {\n        rank\n        alpha\n        modulePath\n      }\n      mesh {\n        fsdp\n        tp\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment DryRun on Run {\n    status\n    statusReason\n    error {\n      code\n      message\n    }\n    stdout\n    trainingProgress {\n      totalSteps\n    }\n    latestMetrics {\n      name\n      value\n    }\n    ...RunConfiguration @unmask\n  }\n"): (typeof documents)["\n  fragment DryRun on Run {\n    status\n    statusReason\n    error {\n      code\n      message\n    }\n    stdout\n    trainingProgress {\n      totalSteps\n    }\n    latestMetrics {\n      name\n      value\n    }\n    ...RunConfiguration @unmask\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query DryRunReport($id: ID!) {\n    run(id: $id) {\n      id\n      uuid\n      ...DryRun @unmask\n    }\n  }\n"): (typeof documents)["\n  query DryRunReport($id: ID!) {\n    run(id: $id) {\n      id\n      uuid\n      ...DryRun @unmask\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation StartRun($input: StartRunInput!) {\n    startRun(input: $input) {\n      run {\n        id\n        uuid\n        ...DryRun\n      }\n      warnings\n      errors {\n        code\n        message\n        path\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation StartRun($input: StartRunInput!) {\n    startRun(input: $input) {\n      run {\n        id\n        uuid\n        ...DryRun\n      }\n      warnings\n      errors {\n        code\n        message\n        path\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment TraceRow on Trace {\n    id\n    uuid\n    createdAt\n    source\n    externalId\n    traceVersion\n    stepCount\n    charCount\n    promptPreview\n    finalAnswerPreview\n    promptHash\n    contentHash\n    meta @include(if: $withMeta)\n    latestScores @include(if: $withScores) {\n      id\n      scorer\n      stepIndex\n      score\n    }\n  }\n"): (typeof documents)["\n  fragment TraceRow on Trace {\n    id\n    uuid\n    createdAt\n    source\n    externalId\n    traceVersion\n    stepCount\n    charCount\n    promptPreview\n    finalAnswerPreview\n    promptHash\n    contentHash\n    meta @include(if: $withMeta)\n    latestScores @include(if: $withScores) {\n      id\n      scorer\n      stepIndex\n      score\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Traces(\n    $where: TraceWhere\n    $orderBy: [TraceOrder!]\n    $first: Int\n    $after: String\n    $isFirst: Boolean! = true\n    $withMeta: Boolean! = true\n    $withScores: Boolean! = true\n  ) {\n    page: traces(where: $where, orderBy: $orderBy, first: $first, after: $after) {\n      edges {\n        node {\n          id\n          uuid\n          ...TraceRow\n        }\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n      totalCount @include(if: $isFirst)\n    }\n  }\n"): (typeof documents)["\n  query Traces(\n    $where: TraceWhere\n    $orderBy: [TraceOrder!]\n    $first: Int\n    $after: String\n    $isFirst: Boolean! = true\n    $withMeta: Boolean! = true\n    $withScores: Boolean! = true\n  ) {\n    page: traces(where: $where, orderBy: $orderBy, first: $first, after: $after) {\n      edges {\n        node {\n          id\n          uuid\n          ...TraceRow\n        }\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n      totalCount @include(if: $isFirst)\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation CancelExport($input: CancelExportInput!) {\n    cancelExport(input: $input) {\n      export {\n        id\n        ...ExportRow\n      }\n      errors {\n        code\n        message\n        path\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation CancelExport($input: CancelExportInput!) {\n    cancelExport(input: $input) {\n      export {\n        id\n        ...ExportRow\n      }\n      errors {\n        code\n        message\n        path\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation RetryExport($input: RetryExportInput!) {\n    retryExport(input: $input) {\n      export {\n        id\n        ...ExportRow\n      }\n      errors {\n        code\n        message\n        path\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation RetryExport($input: RetryExportInput!) {\n    retryExport(input: $input) {\n      export {\n        id\n        ...ExportRow\n      }\n      errors {\n        code\n        message\n        path\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation DeleteExport($input: DeleteExportInput!) {\n    deleteExport(input: $input) {\n      deletedUuid\n      errors {\n        code\n        message\n        path\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation DeleteExport($input: DeleteExportInput!) {\n    deleteExport(input: $input) {\n      deletedUuid\n      errors {\n        code\n        message\n        path\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment ExportRow on Export {\n    id\n    status\n    progress\n    createdAt\n    format\n    container\n    rowCount\n    missingCount\n    byteSize\n    fileName\n    warnings\n    expiresAt\n    error {\n      code\n      message\n    }\n  }\n"): (typeof documents)["\n  fragment ExportRow on Export {\n    id\n    status\n    progress\n    createdAt\n    format\n    container\n    rowCount\n    missingCount\n    byteSize\n    fileName\n    warnings\n    expiresAt\n    error {\n      code\n      message\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation StartExport($input: StartExportInput!) {\n    startExport(input: $input) {\n      export {\n        id\n        ...ExportRow\n      }\n      errors {\n        code\n        message\n        path\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation StartExport($input: StartExportInput!) {\n    startExport(input: $input) {\n      export {\n        id\n        ...ExportRow\n      }\n      errors {\n        code\n        message\n        path\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription ExportStream($id: ID!, $after: Int!) {\n    exportEvents(id: $id, after: $after) {\n      seq\n      status\n      progress\n      rowCount\n      byteSize\n    }\n  }\n"): (typeof documents)["\n  subscription ExportStream($id: ID!, $after: Int!) {\n    exportEvents(id: $id, after: $after) {\n      seq\n      status\n      progress\n      rowCount\n      byteSize\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Export($id: ID!) {\n    export(id: $id) {\n      id\n      downloadUrl\n      ...ExportRow\n    }\n  }\n"): (typeof documents)["\n  query Export($id: ID!) {\n    export(id: $id) {\n      id\n      downloadUrl\n      ...ExportRow\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query TunixStatus {\n    tunixStatus {\n      available\n      version\n      message\n      installCommand\n    }\n  }\n"): (typeof documents)["\n  query TunixStatus {\n    tunixStatus {\n      available\n      version\n      message\n      installCommand\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query UngarStatus {\n    ungarStatus {\n      available\n      version\n      message\n      installCommand\n    }\n  }\n"): (typeof documents)["\n  query UngarStatus {\n    ungarStatus {\n      available\n      version\n      message\n      installCommand\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query RediaiHealth {\n    health {\n      rediai {\n        mode\n        status\n        reason\n        message\n        checkedAt\n        latencyMs\n      }\n    }\n  }\n"): (typeof documents)["\n  query RediaiHealth {\n    health {\n      rediai {\n        mode\n        status\n        reason\n        message\n        checkedAt\n        latencyMs\n      }\n    }\n  }\n"];

export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}

export type DocumentType<TDocumentNode extends DocumentNode<any, any>> = TDocumentNode extends DocumentNode<  infer TType,  any>  ? TType  : never;