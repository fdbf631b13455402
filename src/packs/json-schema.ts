// A JSON Schema (draft 2020-12) of packs for editors, made from the reference: keys with what they mean, and the form of what
// they take. It knows no names of a pack and no types of conditions; `tidemark check` does.

import type { BlockReference } from "./reference.ts";
import { REFERENCE } from "./reference-blocks.ts";
import type { JsonSchema } from "./reference-shapes.ts";
import { BLOCKS } from "./schema.ts";

/** docs/pack.schema.json. */
export function packSchema(): JsonSchema {
  const { pack, ...others } = REFERENCE;
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Tidemark pack",
    description: "A rule pack; docs/language.md is its reference.",
    ...(pack === undefined ? {} : objectOf("pack", pack)),
    $defs: Object.fromEntries(Object.entries(others).map(([name, block]) => [name, objectOf(name, block)])),
  };
}

function objectOf(name: string, block: BlockReference): JsonSchema {
  const known: readonly string[] = name in BLOCKS ? BLOCKS[name as keyof typeof BLOCKS].keys : [];
  return {
    type: "object",
    additionalProperties: false,
    ...(block.required.length > 0 ? { required: block.required } : {}),
    ...(block.either === undefined ? {} : { anyOf: block.either.map((keys) => ({ required: keys })) }),
    ...(block.oneOf.length > 0 ? { oneOf: block.oneOf.filter((key) => known.includes(key)).map((key) => ({ required: [key] })) } : {}),
    properties: Object.fromEntries(
      Object.entries(block.words).map(([key, { means, takes, otherwise }]) => [key, { description: described(means, otherwise), ...takes.schema }]),
    ),
  };
}

const described = (means: string, otherwise: string | undefined): string =>
  (otherwise === undefined ? means : `${means} Default: ${otherwise}.`).replaceAll("`", "");
