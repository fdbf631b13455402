// What a key takes, said twice: for people and as JSON Schema. An editor's schema cannot know which names a pack has; it knows
// what a name, a duration and a condition look like.

import { NAME, PACK_NAME } from "../schema.ts";

export type JsonSchema = { readonly [key: string]: unknown };

export interface Shape {
  /** As the page says it. */
  readonly text: string;
  readonly schema: JsonSchema;
}

const shape = (text: string, schema: JsonSchema): Shape => ({ text, schema });

export const NUMBER = shape("a number", { type: "number" });
export const WHOLE = shape("a whole number from 1", { type: "integer", minimum: 1 });
export const TRUTH = shape("true or false", { type: "boolean" });
export const ONLY_TRUE = shape("true", { const: true });
export const TEXT = shape("a text", { type: "string", minLength: 1 });
export const NAME_OF_PACK = shape("a name: a lower-case letter, then letters, digits, `-` and `_`", { type: "string", pattern: PACK_NAME.source });
export const DURATION = shape("a duration: a whole number and `s`, `m`, `h`, `d` or `w`", { type: "string", pattern: "^[0-9]{1,9}[smhdw]$" });
/** `true` alone is a truth value to YAML. */
export const CONDITION = shape("a condition on who they are", { type: ["string", "boolean"] });
export const WHERE = shape("a condition on the message", { type: ["string", "boolean"] });
export const PATH = shape("a path that begins with `properties`, `context` or `traits`", { type: "string", pattern: "^(properties|context|traits)[.\\[]" });
export const TRAIT_PATH = shape("a path that begins with `properties`, `context`, `traits` or `group`, or a list of them: the first that is there wins", {
  anyOf: [
    { type: "string", pattern: "^(properties|context|traits|group)[.\\[]" },
    { type: "array", minItems: 1, items: { type: "string" } },
  ],
});

const namePattern: JsonSchema = { type: "string", pattern: NAME.source };
export const nameOf = (what: string): Shape => shape(`the name of ${what}`, namePattern);
export const namesOf = (what: string, several: string): Shape =>
  shape(`${what}, or a list of ${several}`, { anyOf: [namePattern, { type: "array", minItems: 1, items: namePattern }] });
export const listOf = (several: string): Shape => shape(`a list of ${several}`, { type: "array", minItems: 1, items: namePattern });
export const oneOf = (words: readonly string[]): Shape => shape(words.map((word) => `\`${word}\``).join(", "), { enum: words });
export const texts = (text: string): Shape =>
  shape(text, {
    anyOf: [
      { type: "string", minLength: 1 },
      { type: "array", minItems: 1, items: { type: "string" } },
    ],
  });
/** Anything whose form is not that of one of the above. */
export const form = (text: string, schema: JsonSchema): Shape => shape(text, schema);

/** A map of names to what `block` describes, or to one of the short forms. */
export function mapOf(text: string, block: string, ...shorter: readonly JsonSchema[]): Shape {
  const whole = { $ref: `#/$defs/${block}` };
  return shape(text, {
    type: "object",
    propertyNames: { pattern: NAME.source },
    additionalProperties: shorter.length === 0 ? whole : { anyOf: [whole, ...shorter] },
  });
}

export const block = (text: string, name: string, ...shorter: readonly JsonSchema[]): Shape =>
  shape(text, shorter.length === 0 ? { $ref: `#/$defs/${name}` } : { anyOf: [{ $ref: `#/$defs/${name}` }, ...shorter] });
