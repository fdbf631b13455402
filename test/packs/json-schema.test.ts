// The JSON Schemas for editors take what loads and refuse what is wrong in form.

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { packSchema, policySchema } from "../../src/packs/json-schema.ts";
import { loadPolicy } from "../../src/packs/load/policy.ts";
import { framed, REFERENCE } from "../../src/packs/reference/blocks.ts";
import { framedPolicy, POLICY_REFERENCE } from "../../src/packs/reference/policy.ts";
import { faultsOf } from "../support/json-schema.ts";

const RULES = new URL("../../rules/", import.meta.url);
const PACKS = readdirSync(RULES).filter((file) => /^[a-z0-9-]+\.yaml$/.test(file) && file !== "policy.yaml");
const SCHEMA = packSchema();
const POLICY_SCHEMA = policySchema();

test.each(PACKS)("%s is valid", (file) => {
  expect(faultsOf(readFileSync(new URL(file, RULES), "utf8"), SCHEMA)).toEqual([]);
});

test.each(
  Object.entries(REFERENCE).flatMap(([name, block]) =>
    Object.entries(block.words).map(([key, { example }]) => [`${name}.${key}`, framed(block, example)] as const),
  ),
)("the example of %s is valid", (_, text) => {
  expect(faultsOf(text, SCHEMA)).toEqual([]);
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
    expect(faultsOf(text, SCHEMA)[0]).toBe(fault);
  });
});

test("docs/pack.schema.json is what the reference says (vitest -u writes it)", async () => {
  await expect(`${JSON.stringify(SCHEMA, null, 1)}\n`).toMatchFileSnapshot("../../docs/pack.schema.json");
});

test("rules/policy.yaml is a valid policy, and no pack", () => {
  const text = readFileSync(new URL("policy.yaml", RULES), "utf8");
  expect(faultsOf(text, POLICY_SCHEMA)).toEqual([]);
  expect(faultsOf(text, SCHEMA)).not.toEqual([]);
});

test.each(
  Object.entries(POLICY_REFERENCE).flatMap(([name, block]) =>
    Object.entries(block.words).map(([key, { example }]) => [`${name}.${key}`, framedPolicy(block, example)] as const),
  ),
)("the policy's example of %s is valid", (_, text) => {
  expect(faultsOf(text, POLICY_SCHEMA)).toEqual([]);
});

describe("a policy that is wrong in form is not valid:", () => {
  const HEAD = "policy: p\nchannels: { email: { consent: email } }\n";
  test.each([
    ["no channels", "policy: p\n", "/: channels is required"],
    ["no name", "channels: {}\n", "/: policy is required"],
    ["a name with a space", "policy: my own\nchannels: {}\n", "/policy: does not match"],
    ["a key that is not there", `${HEAD}when_caped: drop\n`, "/when_caped: not allowed"],
    ["a channel in camel case", "policy: p\nchannels: { inApp: {} }\n", "/channels/inApp: not a name that fits"],
    ["nobody whom it reaches", "policy: p\nchannels: { crm: { reaches: stuff } }\n", "/channels/crm: none of these forms"],
    ["a consent without a key", "policy: p\nchannels: { email: { consent: { default: opt_in } } }\n", "/channels/email: none of these forms"],
    ["a cap without a window", `${HEAD}everyone: { cap: 2 }\n`, "/everyone/cap: none of these forms"],
    ["six caps", `${HEAD}everyone: { cap: [1 per 1d, 1 per 2d, 1 per 3d, 1 per 4d, 1 per 5d, 1 per 6d] }\n`, "/everyone/cap: none of these forms"],
    ["an hour that no day has", 'policy: p\nchannels: { email: { quiet: "21:00 to 24:30" } }\n', "/channels/email: none of these forms"],
    ["an exemption that is a truth", `${HEAD}transactional: { cap: true }\n`, "/transactional/cap: none of these words"],
    ["a hold with a word", `${HEAD}when_quiet: { hold: 12 hours }\n`, "/when_quiet/hold: does not match"],
    ["another answer to a cap", `${HEAD}when_capped: queue\n`, "/when_capped: none of these words"],
    ["two priorities", `${HEAD}priority: [high, low]\n`, "/priority: too few"],
    ["a priority twice", `${HEAD}priority: [high, low, low]\n`, "/priority: twice the same"],
    ["more than everybody", `${HEAD}hold_out: { percent: 101, salt: a }\n`, "/hold_out/percent: too large"],
    ["a hold-out without a salt", `${HEAD}hold_out: { percent: 5 }\n`, "/hold_out: salt is required"],
    ["a place without a pack", `${HEAD}suppress: [{ in: lost }]\n`, "/suppress/0/in: none of these forms"],
    ["suppress as a map", `${HEAD}suppress: { in: shop/lost }\n`, "/suppress: not of type array"],
  ])("%s", (_, text, fault) => {
    expect(faultsOf(text, POLICY_SCHEMA)[0]).toBe(fault);
    expect(loadPolicy(text, "").ok).toBe(false);
  });
});

test("docs/policy.schema.json is what the reference says (vitest -u writes it)", async () => {
  await expect(`${JSON.stringify(POLICY_SCHEMA, null, 1)}\n`).toMatchFileSnapshot("../../docs/policy.schema.json");
});
