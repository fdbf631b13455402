// JSON Schemas (draft 2020-12) of packs and policies for editors, made from their references: keys with what they mean, and the
// form of what they take. They know no names of a pack and no types of conditions; `tidemark check` does.

import { REFERENCE } from "./reference/blocks.ts";
import { POLICY_REFERENCE } from "./reference/policy.ts";
import type { BlockReference } from "./reference/reference.ts";
import type { JsonSchema } from "./reference/shapes.ts";

/** docs/pack.schema.json. */
export const packSchema = (): JsonSchema => schemaOf("Tidemark pack", "A rule pack; docs/language.md is its reference.", "pack", REFERENCE);

/** docs/policy.schema.json. */
export const policySchema = (): JsonSchema =>
  schemaOf("Tidemark policy", "What a contact may be bothered with; docs/policy-language.md is its reference.", "policy", POLICY_REFERENCE);

/** The block `top` is the file, all others are what it refers to. */
function schemaOf(title: string, description: string, top: string, blocks: Readonly<Record<string, BlockReference>>): JsonSchema {
  const { [top]: file, ...others } = blocks;
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title,
    description,
    ...(file === undefined ? {} : objectOf(file)),
    $defs: Object.fromEntries(Object.entries(others).map(([name, block]) => [name, objectOf(block)])),
  };
}

function objectOf(block: BlockReference): JsonSchema {
  return {
    type: "object",
    additionalProperties: false,
    ...(block.required.length > 0 ? { required: block.required } : {}),
    ...(block.either === undefined ? {} : { anyOf: block.either.map((keys) => ({ required: keys })) }),
    ...(block.oneOf.length > 0 ? { oneOf: block.oneOf.filter((key) => key in block.words).map((key) => ({ required: [key] })) } : {}),
    properties: Object.fromEntries(
      Object.entries(block.words).map(([key, { means, takes, otherwise }]) => [key, { description: described(means, otherwise), ...takes.schema }]),
    ),
  };
}

const described = (means: string, otherwise: string | undefined): string =>
  (otherwise === undefined ? means : `${means} Default: ${otherwise}.`).replaceAll("`", "");
