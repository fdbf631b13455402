// Whether a YAML text fits a JSON Schema. It knows the keywords that our schemas use and fails on any other, so that nothing
// is passed over.

import { readYaml, type YamlNode } from "../../src/packs/yaml-source.ts";

/** What is wrong, each with where: "/stages/moves/0: to is required". */
export function faultsOf(text: string, schema: Schema): string[] {
  const source = readYaml(text, "");
  if (!source.ok) throw new Error(source.problems[0]?.message);
  return validatorOf(schema)(plain(source.root), schema, "");
}

function plain(node: YamlNode): unknown {
  if (node.kind === "scalar") return node.value;
  return node.kind === "list" ? node.items.map(plain) : Object.fromEntries(node.entries.map(({ key, value }) => [key, plain(value)]));
}

export type Schema = Readonly<Record<string, unknown>>;
type Validate = (value: unknown, schema: Schema, at: string) => string[];
type Rule = (value: unknown, said: unknown, at: string, schema: Schema, validate: Validate) => string[];

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
  maxLength: (value, said, at) => fault(typeof value === "string" && value.length > (said as number), at, "too long"),
  minimum: (value, said, at) => fault(typeof value === "number" && value < (said as number), at, "too small"),
  maximum: (value, said, at) => fault(typeof value === "number" && value > (said as number), at, "too large"),
  exclusiveMinimum: (value, said, at) => fault(typeof value === "number" && value <= (said as number), at, "too small"),
  exclusiveMaximum: (value, said, at) => fault(typeof value === "number" && value >= (said as number), at, "too large"),
  minItems: (value, said, at) => fault(Array.isArray(value) && value.length < (said as number), at, "too few"),
  maxItems: (value, said, at) => fault(Array.isArray(value) && value.length > (said as number), at, "too many"),
  uniqueItems: (value, said, at) => fault(said === true && Array.isArray(value) && new Set(value).size < value.length, at, "twice the same"),
  minProperties: (value, said, at) => fault(isObject(value) && Object.keys(value).length < (said as number), at, "too few"),
  maxProperties: (value, said, at) => fault(isObject(value) && Object.keys(value).length > (said as number), at, "too many"),
  items: (value, said, at, _, validate) => (Array.isArray(value) ? value.flatMap((item, index) => validate(item, said as Schema, `${at}/${index}`)) : []),
  required: (value, said, at) => (isObject(value) ? (said as string[]).flatMap((key) => fault(!(key in value), at, `${key} is required`)) : []),
  properties: (value, said, at, _, validate) =>
    isObject(value)
      ? Object.entries(said as Record<string, Schema>).flatMap(([key, of]) => (key in value ? validate(value[key], of, `${at}/${key}`) : []))
      : [],
  propertyNames: (value, said, at, _, validate) =>
    isObject(value) ? Object.keys(value).flatMap((key) => (validate(key, said as Schema, "").length > 0 ? [`${at}/${key}: not a name that fits`] : [])) : [],
  additionalProperties: (value, said, at, schema, validate) => {
    if (!isObject(value)) return [];
    const more = Object.keys(value).filter((key) => !(key in ((schema["properties"] as object | undefined) ?? {})));
    return more.flatMap((key) => (said === false ? [`${at}/${key}: not allowed`] : validate(value[key], said as Schema, `${at}/${key}`)));
  },
  anyOf: (value, said, at, _, validate) => {
    const tried = (said as Schema[]).map((one) => validate(value, one, at));
    return fault(
      tried.every((faults) => faults.length > 0),
      at,
      "none of these forms",
    );
  },
  oneOf: (value, said, at, _, validate) => {
    const fitting = (said as Schema[]).filter((one) => validate(value, one, at).length === 0).length;
    return fault(fitting !== 1, at, `${fitting} of the forms, not one`);
  },
};

function validatorOf(root: Schema): Validate {
  const validate: Validate = (value, schema, at) =>
    Object.entries(schema).flatMap(([keyword, said]) => {
      if (NOTES.has(keyword)) return [];
      if (keyword === "$ref") return validate(value, (root["$defs"] as Record<string, Schema>)[String(said).replace("#/$defs/", "")] as Schema, at);
      const rule = RULES_OF[keyword];
      if (rule === undefined) throw new Error(`the validator does not know ${keyword}`);
      return rule(value, said, at, schema, validate);
    });
  return validate;
}
