// A policy and packs that are each right, and what is wrong between them.

import { expect, test } from "vitest";
import { provePolicy } from "../../../src/packs/check/prove-policy.ts";
import { loadPolicy } from "../../../src/packs/load/policy.ts";
import { formatProblems } from "../../../src/packs/problems.ts";
import { packFrom } from "../../support/pack.ts";

const PACK = packFrom(`pack: shop
version: 1
events: { order: Order }
stages: { order: [new, buyer], moves: [{ to: buyer, event: order }] }
triggers:
  thanks: { event: order, channel: email, message: m }
  call: { event: order, message: m, channel: { all: [push, crmm] } }
  ring: { event: order, message: m, channel: phone }
`);

function findings(yaml: string): readonly string[] {
  const loaded = loadPolicy(yaml, "policy.yaml");
  if (!loaded.ok) throw new Error(formatProblems(loaded.problems).join("\n"));
  const found = provePolicy({ file: "policy.yaml", of: loaded.policy }, [{ file: "shop.yaml", of: PACK }]);
  return found.map((finding) => `${finding.level} ${formatProblems([finding])[0]}`);
}

test("a channel that the policy does not know is named where the pack sends to it", () => {
  expect(findings("policy: p\nchannels: { email: , push: , crm: { reaches: staff } }")).toEqual([
    "error shop.yaml:7:37  unknown-channel  trigger `call` sends to `crmm`, which the policy `p` does not know  (did you mean `crm`?)",
    "error shop.yaml:8:37  unknown-channel  trigger `ring` sends to `phone`, which the policy `p` does not know  (add `phone` to the policy's `channels`: without it there is neither consent nor quiet)",
  ]);
});

test("a place, a trigger or a pack that is not there is named in the policy", () => {
  const policy = `policy: p
channels: { email: , push: , crmm: { reaches: staff }, phone: }
suppress:
  - { in: [shop/buyer, shop/byer], except: [shop/thank, shop/call] }
  - { in: gone/lost }
`;
  expect(findings(policy)).toEqual([
    "error policy.yaml:4:7  unknown-place  pack `shop` has no stage, segment or audience `byer`  (did you mean `buyer`?)",
    "error policy.yaml:4:36  unknown-trigger  pack `shop` has no trigger `thank`  (did you mean `thanks`?)",
    "warning policy.yaml:5:7  unknown-pack  `gone/lost`: no pack of that name is checked along  (check them together: tidemark check --policy FILE packs...)",
  ]);
});
