import { Button, Group, NativeSelect, Progress, Stack, TextInput } from "@mantine/core";
import { type ReactElement, useState } from "react";
import { Link } from "react-router";
import { ErrorNotice } from "../../../shared/feedback/ErrorNotice.tsx";
import { PageHeader } from "../../../shared/PageHeader.tsx";
import { usePageQuery } from "../../../shared/query/PageQuery.tsx";
import { ColumnFields, FIRST_TABLE_OPTIONS } from "./ColumnFields.tsx";
import { bodyOf, type Content, formatOf, isEmpty, mediaTypeOf, startOf } from "./content.ts";
import { ContentInput } from "./ContentInput.tsx";
import { headerOf, isTable, UPLOAD_FORMATS } from "./formats.ts";
import type { Upload } from "./ingest.ts";
import { UPLOADED, UploadResult } from "./UploadResult.tsx";
import classes from "./upload.module.css";
import { useUpload } from "./useUpload.ts";

const ON_ERROR: readonly { value: Upload["onError"]; label: string }[] = [
  { value: "stop", label: "Stop at the first" },
  { value: "skip", label: "Skip them" },
  { value: "keep", label: "Skip them, but keep unknown markup" },
];

/** Adds traces from a file or a pasted text, in any import format. */
export function Component(): ReactElement {
  const [content, setContent] = useState<Content>({ kind: "text", text: "" });
  const [chosen, setChosen] = useState("");
  const [onError, setOnError] = useState<Upload["onError"]>("stop");
  const [source, setSource] = useState("");
  const [table, setTable] = useState(FIRST_TABLE_OPTIONS);
  const [uploaded, setUploaded] = useState<Content | null>(null);
  const { start, stop, sent, report, errors, startedAt } = useUpload();
  const recognised = formatOf(content);
  const format = UPLOAD_FORMATS.find(({ name }) => name === (chosen || recognised)) ?? UPLOAD_FORMATS[0];
  const isBusy = sent !== undefined;
  usePageQuery(UPLOADED, { where: {} });
  const submit = (): void => {
    if (format !== undefined) {
      setUploaded(content);
      const options = isTable(format.name) ? table : FIRST_TABLE_OPTIONS;
      void start({ ...options, body: bodyOf(content), mediaType: mediaTypeOf(content, format.mediaType), format: format.name, onError, source: source.trim() });
    }
  };
  return (
    <>
      <PageHeader title="Upload traces">
        <Button component={Link} to="/traces" variant="subtle" color="gray">
          Back to traces
        </Button>
      </PageHeader>
      <Stack gap="md" px="md" pb="xl" maw={960}>
        <ContentInput content={content} onChange={setContent} isBusy={isBusy} />
        <div className={classes.fields}>
          <NativeSelect
            size="xs"
            label="Format"
            value={chosen}
            data={[{ value: "", label: recognised === undefined ? "Detect automatically" : `Detected: ${format?.label}` }, ...UPLOAD_FORMATS.map(({ name, label }) => ({ value: name, label }))]}
            onChange={(event) => setChosen(event.currentTarget.value)}
          />
          <NativeSelect
            size="xs"
            label="Invalid lines"
            value={onError}
            data={[...ON_ERROR]}
            onChange={({ currentTarget: { value } }) => setOnError(ON_ERROR.find((each) => each.value === value)?.value ?? "stop")}
          />
          <TextInput label="Source of all traces" placeholder="as in the file" value={source} onChange={(event) => setSource(event.currentTarget.value)} />
        </div>
        {format !== undefined && isTable(format.name) && (
          <ColumnFields options={table} onChange={setTable} header={format.name === "csv" ? headerOf(startOf(content), table.delimiter) : []} isCsv={format.name === "csv"} />
        )}
        <Group gap="sm">
          <Button onClick={submit} disabled={isEmpty(content)} loading={isBusy}>
            Upload
          </Button>
          {isBusy && (
            <Button variant="default" onClick={stop}>
              Stop
            </Button>
          )}
        </Group>
        {isBusy && <Progress value={100 * sent} aria-label="Progress of the upload" animated={sent === 1} />}
        {errors.length > 0 && <ErrorNotice title="The upload was not done" errors={errors} onRetry={submit} isByHand />}
        {report !== undefined && uploaded !== null && <UploadResult report={report} content={uploaded} startedAt={startedAt} />}
      </Stack>
    </>
  );
}
