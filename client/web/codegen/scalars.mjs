/** The TypeScript type of each scalar of the schema. `BigInt` is sent as a JSON number. */
export const SCALARS = {
  BigInt: "number",
  DateTime: "string",
  JSON: "import('../shared/json.ts').Json",
  UUID: "string",
};
