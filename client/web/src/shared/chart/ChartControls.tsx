import { Group, Slider, Switch, Text } from "@mantine/core";
import type { ReactElement } from "react";
import type { ChartSettings } from "./useChartSettings.ts";

const MOST_SMOOTHING = 0.99;

/** The switches that all charts of a page share: smoothing and the logarithmic axis. */
export function ChartControls({ settings }: { settings: ChartSettings }): ReactElement {
  const { smoothing, isLog, setSmoothing, keepSmoothing, setLog } = settings;
  return (
    <Group gap="8px 24px">
      <Group gap="xs" wrap="nowrap">
        <Text size="sm" id="smoothing" c="dimmed">
          Smoothing
        </Text>
        <Slider
          w={120}
          size="sm"
          min={0}
          max={MOST_SMOOTHING}
          step={0.01}
          value={smoothing}
          label={(value) => value.toFixed(2)}
          thumbProps={{ "aria-labelledby": "smoothing" }}
          onChange={setSmoothing}
          onChangeEnd={keepSmoothing}
        />
        <Text size="xs" w={28} c="dimmed">
          {smoothing.toFixed(2)}
        </Text>
      </Group>
      <Switch label="Log scale" checked={isLog} onChange={(event) => setLog(event.currentTarget.checked)} />
    </Group>
  );
}
