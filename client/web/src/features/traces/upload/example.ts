/** A trace to try the upload with. */
export const EXAMPLE = JSON.stringify(
  {
    trace_version: "1.0",
    prompt: "Convert 68°F to Celsius",
    final_answer: "20°C",
    steps: [
      { i: 0, type: "parse", content: "Identify the task: convert 68°F to Celsius" },
      { i: 1, type: "recall", content: "The formula is C = (F - 32) × 5/9" },
      { i: 2, type: "substitute", content: "C = (68 - 32) × 5/9" },
      { i: 3, type: "calculate", content: "36 × 5/9 = 20" },
      { i: 4, type: "conclude", content: "68°F is 20°C" },
    ],
    meta: { source: "example", tags: ["temperature", "conversion"] },
  },
  null,
  2,
);
