// The JSON Schema for editors takes what loads and refuses what is wrong in form. The validator here knows the keywords that the
// schema uses and fails on any other, so that nothing is passed over.

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { packSchema } from "../../src/packs/json-schema.ts";
import { framed, REFERENCE } from "../../src/packs/reference-blocks.ts";
import { readYaml, type YamlNode } from "../../src/packs/yaml-source.ts";

const RULES = new URL("../../rules/", import.meta.url);
const PACKS = readdirSync(RULES).filter((file) => /^[a-z0-9-]+\.yaml$/.test(file) && file !== "policy.yaml");
const SCHEMA = packSchema();

test.each(PACKS)("%s is valid", (file) => {
  expect(faultsOf(readFileSync(new URL(file, RULES), "utf8"))).toEqual([]);
});

test.each(
  Object.entries(REFERENCE).flatMap(([name, block]) =>
    Object.entries(block.words).map(([key, { example }]) => [`${name}.${key}`, framed(block, example)] as const),
  ),
)("the example of %s is valid", (_, text) => {
  expect(faultsOf(text)).toEqual([]);
});

describe("what is wrong in form is not valid:", () => {
  const HEAD = "pack: p\nversion: 1\nevents: { a: A }\n";
  test.each([
    ["no events", "pack: p\nversion: 1\n", "/: events is required"],
    ["a version that is a text", 'pack: p\nversion: "1"\nevents: { a: A }\n', "/version: not of type integer"],
    ["a key that is not there", `${HEAD}trigers: {}\n`, "/trigers: not allowed"],
    ["a name in camel case", "pack: p\nversion: 1\nevents: { aB: A }\n", "/events/aB: not a name that fits"],
    ["an event of two kinds", 'pack: p\nversion: 1\nevents: { a: { track: A, page: "*" } }\n', "/events/a: none of these forms"],
    ["a duration with a word", `${HEAD}triggers: { t: { silent: a, for: 30 days, channel: c, message: m } }\n`, "/triggers/t/for: does not match"],
    ["a trigger without a channel", `${HEAD}triggers: { t: { event: a, message: m } }\n`, "/triggers/t: none of these forms"],
    [
      "a trigger with two occasions",
      `${HEAD}triggers: { t: { event: a, silent: a, for: 9d, channel: c, message: m } }\n`,
      "/triggers/t: 2 of the forms, not one",
    ],
    ["points that are a text", `${HEAD}scores: { s: { points: { a: many } } }\n`, "/scores/s/points/a: none of these forms"],
    ["a range of one number", `${HEAD}scores: { s: { range: [1], points: { a: 1 } } }\n`, "/scores/s/range: too few"],
    ["segments as a map", `${HEAD}segments: { list: { x: else } }\n`, "/segments/list: not of type array"],
    ["moves without a stage", `${HEAD}stages: { order: [x], moves: [{ event: a }] }\n`, "/stages/moves/0: to is required"],
  ])("%s", (_, text, fault) => {
    expect(faultsOf(text)[0]).toBe(fault);
  });
});

test("docs/pack.schema.json is what the reference says (vitest -u writes it)", async () => {
  await expect(`${JSON.stringify(SCHEMA, null, 1)}\n`).toMatchFileSnapshot("../../docs/pack.schema.json");
});

function faultsOf(text: string): string[] {
  const source = readYaml(text, "");
  if (!source.ok) throw new Error(source.problems[0]?.message);
  return validate(plain(source.root), SCHEMA, "");
}

function plain(node: YamlNode): unknown {
  if (node.kind === "scalar") return node.value;
  return node.kind === "list" ? node.items.map(plain) : Object.fromEntries(node.entries.map(({ key, value }) => [key, plain(value)]));
}

type Schema = Readonly<Record<string, unknown>>;
type Rule = (value: unknown, said: unknown, at: string, schema: Schema) => string[];

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
const fault = (wrong: boolean, at: string, message: string): string[] => (wrong ? [`${at || "/"}: ${message}`] : []);
const typeOf = (value: unknown): string[] =>
  Array.isArray(value)
    ? ["array"]
    : isObject(value)
      ? ["object"]
      : value === null
        ? ["null"]
        : Number.isInteger(value)
          ? ["integer", "number"]
          : [typeof value];
const NOTES = new Set(["$schema", "title", "description", "$defs"]);

const RULES_OF: Readonly<Record<string, Rule>> = {
  type: (value, said, at) => fault(!typeOf(value).some((type) => [said].flat().includes(type)), at, `not of type ${[said].flat().join(" or ")}`),
  const: (value, said, at) => fault(value !== said, at, `not ${String(said)}`),
  enum: (value, said, at) => fault(!(said as unknown[]).includes(value), at, "none of these words"),
  pattern: (value, said, at) => fault(typeof value === "string" && !new RegExp(said as string).test(value), at, "does not match"),
  minLength: (value, said, at) => fault(typeof value === "string" && value.length < (said as number), at, "too short"),
  minimum: (value, said, at) => fault(typeof value === "number" && value < (said as number), at, "too small"),
  exclusiveMinimum: (value, said, at) => fault(typeof value === "number" && value <= (said as number), at, "too small"),
  exclusiveMaximum: (value, said, at) => fault(typeof value === "number" && value >= (said as number), at, "too large"),
  minItems: (value, said, at) => fault(Array.isArray(value) && value.length < (said as number), at, "too few"),
  maxItems: (value, said, at) => fault(Array.isArray(value) && value.length > (said as number), at, "too many"),
  minProperties: (value, said, at) => fault(isObject(value) && Object.keys(value).length < (said as number), at, "too few"),
  maxProperties: (value, said, at) => fault(isObject(value) && Object.keys(value).length > (said as number), at, "too many"),
  items: (value, said, at) => (Array.isArray(value) ? value.flatMap((item, index) => validate(item, said as Schema, `${at}/${index}`)) : []),
  required: (value, said, at) => (isObject(value) ? (said as string[]).flatMap((key) => fault(!(key in value), at, `${key} is required`)) : []),
  properties: (value, said, at) =>
    isObject(value)
      ? Object.entries(said as Record<string, Schema>).flatMap(([key, of]) => (key in value ? validate(value[key], of, `${at}/${key}`) : []))
      : [],
  propertyNames: (value, said, at) =>
    isObject(value) ? Object.keys(value).flatMap((key) => (validate(key, said as Schema, "").length > 0 ? [`${at}/${key}: not a name that fits`] : [])) : [],
  additionalProperties: (value, said, at, schema) => {
    if (!isObject(value)) return [];
    const more = Object.keys(value).filter((key) => !(key in ((schema["properties"] as object | undefined) ?? {})));
    return more.flatMap((key) => (said === false ? [`${at}/${key}: not allowed`] : validate(value[key], said as Schema, `${at}/${key}`)));
  },
  anyOf: (value, said, at) => {
    const tried = (said as Schema[]).map((one) => validate(value, one, at));
    return fault(
      tried.every((faults) => faults.length > 0),
      at,
      "none of these forms",
    );
  },
  oneOf: (value, said, at) => {
    const fitting = (said as Schema[]).filter((one) => validate(value, one, at).length === 0).length;
    return fault(fitting !== 1, at, `${fitting} of the forms, not one`);
  },
  $ref: (value, said, at) => validate(value, (SCHEMA["$defs"] as Record<string, Schema>)[String(said).replace("#/$defs/", "")] as Schema, at),
};

function validate(value: unknown, schema: Schema, at: string): string[] {
  return Object.entries(schema).flatMap(([keyword, said]) => {
    if (NOTES.has(keyword)) return [];
    const rule = RULES_OF[keyword];
    if (rule === undefined) throw new Error(`the validator does not know ${keyword}`);
    return rule(value, said, at, schema);
  });
}
