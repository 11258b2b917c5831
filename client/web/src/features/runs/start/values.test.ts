import { readFileSync } from "node:fs";
import { buildSchema, isNonNullType } from "graphql";
import { describe, expect, it } from "vitest";
import type { Json } from "../../../shared/json.ts";
import { PARAMETERS, parameterError, rangeText } from "./parameters.ts";
import { valueErrors } from "./errors.ts";
import { changedValues, initialValues, inputOf, isFormValues, isSameTraining, TEXTS, valuesOf } from "./values.ts";

const schema = buildSchema(readFileSync("../../schema.graphql", "utf8"));

function fieldsOf(type: string) {
  const found = schema.getType(type);
  return found && "getFields" in found ? Object.values(found.getFields()) : [];
}

const INPUT = new Map<string, ReturnType<typeof fieldsOf>[number]>(
  (
    [
      ["StartRunInput", ""],
      ["LoraInput", "lora."],
      ["MeshInput", "mesh."],
      ["PreferenceInput", "preference."],
      ["GrpoInput", "grpo."],
      ["ResourcesInput", "resources."],
    ] as const
  ).flatMap(([type, prefix]) => fieldsOf(type).map((field) => [`${prefix}${field.name}`, field] as const)),
);

describe("the form and the schema", () => {
  it.each(PARAMETERS.map((parameter) => [parameter.path, parameter] as const))("agree on %s", (path, parameter) => {
    const field = INPUT.get(path);
    const type = field && isNonNullType(field.type) ? field.type.ofType : field?.type;
    expect(field?.description?.replace(/, above/, ": above")).toContain(rangeText(parameter));
    expect(String(type)).toBe(parameter.isWhole ? "Int" : "Float");
    expect(field && "defaultValue" in field && field.defaultValue !== undefined).toBe(parameter.otherwise === undefined);
    if (parameter.otherwise !== undefined && /^\d+$/.test(parameter.otherwise)) {
      expect(`${field?.description} Defaults to 1.`).toMatch(new RegExp(`Defaults to ${parameter.otherwise === "1" ? "(1|one)" : parameter.otherwise}`));
    }
  });

  it("cover every field of the input that describes a training", () => {
    const shown = [...PARAMETERS.map(({ path }) => path), ...TEXTS];
    const known = [...INPUT.keys()].filter((path) => !["mode", "wait", "idempotencyKey", "mesh", "preference", "grpo", "resources"].includes(path));
    expect(shown.toSorted()).toEqual(known.toSorted());
  });
});

describe("parameterError", () => {
  const rate = PARAMETERS.find(({ path }) => path === "learningRate");
  const epochs = PARAMETERS.find(({ path }) => path === "numEpochs");
  const seed = PARAMETERS.find(({ path }) => path === "seed");

  it.each([
    [rate, "2e-5", null],
    [rate, "1", null],
    [rate, "0", "must be above 0, at most 1"],
    [rate, "1.5", "must be above 0, at most 1"],
    [rate, "fast", "must be a number"],
    [epochs, "1", null],
    [epochs, "0", "must be 1 to 100"],
    [epochs, "101", "must be 1 to 100"],
    [epochs, "1.5", "must be a whole number"],
    [epochs, " ", "must be given"],
    [seed, "", null],
  ])("%#: of %o and %s is %s", (parameter, text, message) => {
    expect(parameter && parameterError(parameter, text)).toBe(message);
  });
});

describe("the values of the form", () => {
  const run = {
    datasetKey: "maths-v1",
    evalDataset: { key: "maths-test-v1" },
    modelId: "tiny-random/qwen3",
    method: "LORA" as const,
    engine: "local",
    config: { learningRate: 0.01, numEpochs: 2, batchSize: 8, maxSeqLength: 512, seed: null, schedule: "COSINE", lora: { rank: 4, alpha: null }, mesh: null },
  };

  it("start a run like another", () => {
    expect(inputOf(valuesOf(run))).toEqual({
      datasetId: "maths-v1",
      evalDatasetId: "maths-test-v1",
      modelId: "tiny-random/qwen3",
      method: "LORA",
      learningRate: 0.01,
      numEpochs: 2,
      batchSize: 8,
      maxSeqLength: 512,
      schedule: "COSINE",
      lora: { rank: 4 },
    });
    expect(valuesOf({ ...run, config: null, evalDataset: null })["learningRate"]).toBe("2e-05");
  });

  it("leave adapters out unless the method is LoRA", () => {
    const values = { ...valuesOf(run), method: "SFT", "lora.rank": "0", "mesh.tp": "2" };
    expect(inputOf(values)).toMatchObject({ method: "SFT", mesh: { tp: 2 } });
    expect(inputOf(values)).not.toHaveProperty("lora");
    expect(valueErrors(values)).toEqual({});
  });

  it("send pairs, beta and adapters for DPO, and a custom template", () => {
    const preference = { scorer: "answer_match", rule: "ALL", margin: 0.5, pairsPerGroup: 3 };
    const config = { ...run.config, template: null, customTemplate: "{steps}\n{answer}", beta: 0.2, preference, lora: { rank: null, alpha: null } };
    const values = { ...valuesOf({ ...run, method: "DPO", config }), contaminationPolicy: "REFUSE" };
    expect(inputOf(values)).toMatchObject({ method: "DPO", beta: 0.2, preference, lora: {}, customTemplate: "{steps}\n{answer}", contaminationPolicy: "REFUSE" });
    expect(inputOf(values)).not.toHaveProperty("template");
    expect(inputOf({ ...values, lora: "" })).not.toHaveProperty("lora");
    expect(isSameTraining(values, { ...values, contaminationPolicy: "OFF" })).toBe(true);

    const others = inputOf({ ...values, method: "SFT", template: "THINK", beta: "wrong", "preference.margin": "-1" });
    expect(others).toMatchObject({ method: "SFT", template: "THINK" });
    for (const name of ["beta", "preference", "lora", "customTemplate"]) {
      expect(others).not.toHaveProperty(name);
    }
    expect(valueErrors({ ...values, "preference.scorer": " ", "preference.margin": "-1", beta: "0", customTemplate: "" })).toEqual({
      "preference.scorer": "must be given",
      "preference.margin": "must be 0 or more",
      beta: "must be above 0, at most 10",
      customTemplate: "must be given",
    });
  });

  it("send rewards, sampling and adapters for GRPO, and nothing that it does not have", () => {
    const rewards = [{ scorer: "answer_match", weight: 1 }, { scorer: "length", weight: -0.5 }];
    const grpo = { rewards, numGenerations: 4, numIterations: null, temperature: null, topP: 0.9, maxNewTokens: null, epsilon: null };
    const config = { ...run.config, beta: 0.02, gradientAccumulationSteps: 2, evalEverySteps: 5, grpo, lora: { rank: 4 } };
    const values = valuesOf({ ...run, method: "GRPO", config });
    const sent = { rewards: [{ scorer: "answer_match" }, { scorer: "length", weight: -0.5 }], numGenerations: 4, topP: 0.9 };
    expect(values["grpo.rewards"]).toBe("answer_match, length=-0.5");
    expect(inputOf(values)).toMatchObject({ method: "GRPO", beta: 0.02, lora: { rank: 4 } });
    expect(inputOf(values).grpo).toEqual(sent);
    for (const name of ["evalDatasetId", "evalEverySteps", "gradientAccumulationSteps", "preference"]) {
      expect(inputOf(values)).not.toHaveProperty(name);
    }
    expect(inputOf({ ...values, method: "SFT" })).not.toHaveProperty("grpo");
    expect(valueErrors(values)).toEqual({});
  });

  it.each(["RAY", "SLURM"])("name the cluster %s that trains with its resources, and the labels of a worker", (engine) => {
    const resources = { cpus: 0.5, gpus: 2, tpus: null, memoryGib: null };
    const values = valuesOf({ ...run, engine: engine.toLowerCase(), config: { ...run.config, resources, labels: ["gpu", "big"] } });
    expect(inputOf(values)).toMatchObject({ engine, resources: { cpus: 0.5, gpus: 2 }, labels: ["gpu", "big"] });
    expect(valueErrors({ ...values, "resources.gpus": "17" })).toEqual({ "resources.gpus": "must be 1 to 16" });
    expect(inputOf({ ...values, "resources.cpus": "", "resources.gpus": "" })).not.toHaveProperty("resources");
    for (const name of ["engine", "resources", "labels"]) {
      expect(inputOf({ ...values, engine: "LOCAL", labels: " , " })).not.toHaveProperty(name);
    }
  });

  it("are the same training wherever it is done", () => {
    const values = valuesOf(run);
    expect(isSameTraining(values, { ...values, engine: "RAY", "resources.gpus": "1", labels: "gpu" })).toBe(true);
  });

  it.each([
    ["gpu, tpu-v5e", undefined],
    ["GPU", "must each be 1 to 63 lower-case letters, digits and characters of . _ -"],
    ["x".repeat(64), "must each be 1 to 63 lower-case letters, digits and characters of . _ -"],
    ["a,b,c,d,e,f,g,h,i", "must be at most 8"],
    ["a,a", "must be different"],
  ])("check the labels %j", (labels, message) => {
    expect(valueErrors({ ...initialValues(), datasetId: "maths-v1", modelId: "x", labels })["labels"]).toBe(message);
  });

  it.each([
    ["", "must be given"],
    [" , ", "must be given"],
    ["a=much", "must have weights of -100 to 100"],
    ["a=", "must have weights of -100 to 100"],
    ["a=101", "must have weights of -100 to 100"],
    ["a,b,c,d,e,f,g,h,i", "must be at most 8"],
  ])("refuse the rewards %j", (text, message) => {
    const values = { ...initialValues(), datasetId: "maths-v1", modelId: "x", method: "GRPO" };
    expect(valueErrors({ ...values, "grpo.rewards": text })).toEqual({ "grpo.rewards": message });
  });

  it("are the same training in any spelling, and under any output name", () => {
    const values = valuesOf(run);
    expect(isSameTraining(values, { ...values, learningRate: "1e-2", outputName: "first" })).toBe(true);
    expect(isSameTraining(values, { ...values, learningRate: "2e-2" })).toBe(false);
  });

  it("have an error for each invalid one", () => {
    const wrong = { outputName: "-x", timeoutSeconds: "0.5", batchSize: "7", "mesh.fsdp": "2", "lora.modulePath": "x".repeat(1001) };
    expect(valueErrors({ ...initialValues(), ...wrong })).toEqual({
      datasetId: "must be given",
      modelId: "must be given",
      outputName: "must be 1 to 64 letters, digits and characters of . _ -, starting with a letter or digit",
      timeoutSeconds: "must be a whole number, at least 1",
      batchSize: "must be a multiple of the 2 data parallel devices",
      "lora.modulePath": "must be at most 1,000 characters",
    });
  });

  it("are in the address as far as they differ", () => {
    const values = { ...initialValues(), seed: "7" };
    expect(changedValues(values, initialValues())).toEqual({ seed: "7" });
    expect(changedValues(initialValues(), initialValues())).toBeNull();
    expect(isFormValues({ seed: "7" })).toBe(true);
    const others: Json[] = [{ seed: 7 }, { nothing: "7" }, ["seed"], null, "seed"];
    expect(others.filter(isFormValues)).toEqual([]);
  });
});
