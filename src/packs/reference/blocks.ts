// All blocks of the reference, by the names that schema.ts gives them, and the pack in which their examples stand.

import { BEHAVIOUR } from "./behaviour.ts";
import { NUMBERS } from "./numbers.ts";
import { PLACES } from "./places.ts";
import type { BlockReference } from "./reference.ts";
import { RFM_BLOCKS } from "./rfm.ts";
import { TRIGGERS } from "./triggers.ts";

export const REFERENCE: Readonly<Record<string, BlockReference>> = { ...BEHAVIOUR, ...NUMBERS, ...RFM_BLOCKS, ...PLACES, ...TRIGGERS };

/** A whole pack with the example in it; everything that an example names is there. */
export function framed(block: BlockReference, example: string): string {
  const { stands } = block;
  if (stands === "among the moves") return packOf({ ...PARTS, stages: `${PARTS.stages}\n    - ${example}` });
  if (stands === "on top") return packOf({ ...partsAround(keyOf(example)), [keyOf(example)]: example });
  if ("instead" in stands) return packOf({ ...withoutPlaces(), [stands.instead]: example });
  return packOf({ ...PARTS, [stands.under]: `${PARTS[stands.under] ?? `${stands.under}:`}\n${indented(example)}` });
}

const PARTS: Readonly<Record<string, string>> = {
  pack: "pack: example",
  version: "version: 1",
  events:
    'events:\n  visit: { page: "*" }\n  order: { track: Order Completed, value: properties.revenue, key: properties.order_id }\n  form: Form Submitted\n  won: Deal Won\n  moved: { track: Card Moved, stage: properties.stage }',
  traits: "traits:\n  country: string\n  employees: number\n  renews_at: date\n  timezone: string",
  measures: "measures:\n  orders: { count: order }\n  last_order: { last: order }",
  scores: "scores:\n  heat: { decay: { half_life: 9d }, points: { visit: 5 } }\n  fit: { points: { order: 9 } }",
  bands: "bands:\n  recency: { of: days_since(last_order), at: { hot: 0, cold: 90 } }",
  rfm: "rfm: { of: order, bins: 2, cuts: { r: [90], f: [2], m: [50] } }",
  audiences: "audiences:\n  keen: heat >= 50",
  stages: "stages:\n  order: [visitor, lead, customer]\n  moves:\n    - { to: lead, from: visitor, event: won }",
  triggers: "triggers:\n  first: { enter: keen, channel: web, message: m }",
};

/** The order that the loader asks for is none; people read them in this one. */
const packOf = (parts: Readonly<Record<string, string>>): string => `${Object.values(parts).join("\n")}\n`;

/** Without what stands below a block that the example replaces, because it may name what was in it. */
function partsAround(key: string): Readonly<Record<string, string>> {
  const at = Object.keys(PARTS).indexOf(key);
  return at <= HEAD ? PARTS : Object.fromEntries(Object.entries(PARTS).slice(0, at));
}

/** Where `version` stands: nothing names what is above it. */
const HEAD = 1;

/** What replaces a block of places must not leave the old one behind. */
function withoutPlaces(): Record<string, string> {
  const { segments: _, stages: __, ...rest } = PARTS;
  return rest;
}

const keyOf = (example: string): string => /^\w+/.exec(example)?.[0] ?? "";
const indented = (text: string): string =>
  text
    .split("\n")
    .map((line) => `  ${line}`)
    .join("\n");
