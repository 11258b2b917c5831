import { Autocomplete, Checkbox, Divider } from "@mantine/core";
import { type ReactElement, useState } from "react";
import { metricColumnId, metricOf } from "./columns.tsx";

interface Props {
  /** The metrics of the runs on the screen. */
  metrics: readonly string[];
  shown: readonly string[];
  onShow: (ids: readonly string[]) => void;
}

/** Chooses the metrics whose last values are columns of the list. */
export function MetricChooser({ metrics, shown, onShow }: Props): ReactElement {
  const [text, setText] = useState("");
  const chosen = shown.flatMap((id) => metricOf(id) ?? []);
  const add = (metric: string): void => {
    if (metric.trim() !== "") {
      onShow([...new Set([...shown, metricColumnId(metric.trim())])]);
    }
    setText("");
  };
  return (
    <>
      <Divider label="Metrics" labelPosition="left" />
      {chosen.map((metric) => (
        <Checkbox
          key={metric}
          label={metric}
          checked
          onChange={() => onShow(shown.filter((id) => id !== metricColumnId(metric)))}
        />
      ))}
      <Autocomplete
        size="xs"
        aria-label="Add a metric"
        placeholder="Add a metric"
        data={metrics.filter((metric) => !chosen.includes(metric))}
        comboboxProps={{ withinPortal: false }}
        value={text}
        onChange={setText}
        onOptionSubmit={add}
        onKeyDown={(event) => {
          if (event.key === "Enter" && text !== "") {
            add(text);
          }
        }}
      />
    </>
  );
}
