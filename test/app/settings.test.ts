// What a start writes to the log, what it makes of settings that stand there, and what it says of zone rules that are not the log's.

import { expect, test } from "vitest";
import { loadConfig } from "../../src/app/config.ts";
import { defaultPacks, otherZoneRules, settlePacks, settlePolicy, settleSettings, wholeSettings } from "../../src/app/settings.ts";
import { MemoryLog } from "../../src/flow/memory-log.ts";
import { epochMs, position } from "../../src/model/ids.ts";
import { logSubjects } from "../../src/model/log.ts";
import { settingsSchema } from "../../src/model/settings.ts";
import { zoneRules } from "../../src/model/zone-table.ts";
import type { PackDefinition } from "../../src/packs/definition.ts";
import { loadPolicy } from "../../src/packs/load/policy.ts";
import type { PolicyDefinition } from "../../src/packs/policy-definition.ts";
import { packFrom } from "../support/pack.ts";

const policyFrom = (text: string): PolicyDefinition => {
  const loaded = loadPolicy(text, "p.yaml");
  if (!loaded.ok) throw new Error("the test's policy has problems");
  return loaded.policy;
};

test("a policy is written with its whole text, and again only where its text is another", async () => {
  const log = new MemoryLog({ clock: () => epochMs(1_000) });
  const one = policyFrom("policy: p\nchannels: { email: }\n");
  const two = policyFrom("policy: p\nchannels: { email: , push: }\n");
  const written = [];
  for (const policy of [one, one, two, two, one]) written.push(await settlePolicy(log, "0", policy));
  expect(written).toEqual([true, false, true, false, true]);
  const record = await log.at(position(2));
  expect(record?.subject).toBe("tidemark.log.0.control.policy");
  expect(JSON.parse(Buffer.from(record?.data ?? []).toString())).toEqual({ type: "policy", policy: "p", hash: two.hash, text: two.text });
});

test("packs that nobody named begin a log, and not one that lives by others: they could not be taken out again", async () => {
  const [a, b, own] = ["a", "b", "own"].map((name) => packFrom(`pack: ${name}\nversion: 1\nevents: { x: X }\n`)) as [
    PackDefinition,
    PackDefinition,
    PackDefinition,
  ];
  const log = new MemoryLog({ clock: () => epochMs(1_000) });
  expect(await defaultPacks(log, "0", [a, b])).toEqual([a, b]);
  await settlePacks(log, "0", [a]);
  // A start that died between two of them goes on with the second.
  expect(await defaultPacks(log, "0", [a, b])).toEqual([a, b]);
  const other = new MemoryLog({ clock: () => epochMs(1_000) });
  await settlePacks(other, "0", [own]);
  expect(await defaultPacks(other, "0", [a, b])).toEqual([]);
});

test("other zone rules than the log's are told, the same and unknown ones are not", () => {
  const settings = (zone_rules: string) => settingsSchema.parse({ created: "2026-01-01T00:00:00Z", zone_rules });
  expect(otherZoneRules(settings("1999a"))).toContain(`the log was begun with time zone rules 1999a, and Node ${process.version} has ${zoneRules()}`);
  expect([otherZoneRules(settings(zoneRules())), otherZoneRules(settings("unknown"))]).toEqual([null, null]);
});

test("a new log ties ids as the configuration says; one that says nothing of it was begun before and ties nothing; another answer is told", async () => {
  const { config } = loadConfig({ env: {} });
  const begun = async (identity: object | undefined) => {
    const log = new MemoryLog({ clock: () => epochMs(1_000) });
    const { identity: _, ...others } = wholeSettings(config, 0);
    await log.append(logSubjects("0").settings, Buffer.from(JSON.stringify({ type: "settings", ...others, ...(identity === undefined ? {} : { identity }) })));
    return settleSettings(log, config, 0);
  };
  const fresh = await settleSettings(new MemoryLog({ clock: () => epochMs(1_000) }), config, 0);
  expect(fresh.identity).toEqual({ ties: "all", two_users: "refuse" });
  expect((await begun(undefined)).identity).toEqual({ ties: "none", two_users: "refuse" });
  expect((await begun({ ties: "all", two_users: "refuse" })).identity.ties).toBe("all");
  await expect(begun({ ties: "alias", two_users: "merge" })).rejects.toThrow(
    "identity.ties is alias in the log and all in the configuration; identity.two_users is merge in the log and refuse in the configuration",
  );
});
