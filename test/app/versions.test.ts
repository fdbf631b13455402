// An upgrade: another version of the engine has written what the output holds, and this one computes some of it differently. What was
// published stands, nothing is sent again, and how much differs is counted, also by the starts after it.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { MemoryOutput } from "../../src/flow/memory-output.ts";
import { outputSubjects } from "../../src/model/effect.ts";
import { run } from "../cli/command-line.ts";
import { startMemoryEngine } from "./memory-engine.ts";

/** The same stream as if an engine of another version had written it, with one effect's body as that one saw it. */
function asOfAnotherVersion(output: MemoryOutput): MemoryOutput {
  const other = new MemoryOutput();
  const { epoch } = outputSubjects("0");
  for (const [i, message] of output.messages.entries()) {
    const text = Buffer.from(message.body).toString();
    const changed = message.subject === epoch ? JSON.stringify({ ...JSON.parse(text), engine: "0.0.1" }) : i === 2 ? text.replace("{", '{"old":1,') : text;
    other.intrude({ ...message, body: Buffer.from(changed) });
  }
  return other;
}

test("what another version published and this one computes differently stands, and is counted, shown and remembered", async () => {
  const before = await startMemoryEngine();
  await before.hit(["ana", "bob", "cleo"]);
  await before.engine.stop();
  const output = asOfAnotherVersion(before.output);
  const published = output.messages.map(({ identity }) => identity);

  const state = mkdtempSync(join(tmpdir(), "tidemark-versions-"));
  onTestFinished(() => rmSync(state, { recursive: true, force: true }));
  const upgraded = await startMemoryEngine({ from: { ...before, state }, output });
  await expect.poll(() => upgraded.engine.status().phase).toBe("live");
  expect(upgraded.engine.status()).toMatchObject({ outputDifferences: 1, heldBack: 3 });
  expect(output.messages.map(({ identity }) => identity).filter((identity) => !identity.startsWith("epoch-"))).toEqual(published.slice(1));
  await upgraded.engine.stop();

  const next = await startMemoryEngine({ from: upgraded });
  expect(next.engine.status().outputDifferences).toBe(1);
  const { out } = await run(`doctor --json --nats nats://127.0.0.1:1 --state ${state} --shard 0`);
  const { findings } = JSON.parse(out) as { findings: { what: string; level: string; detail: string }[] };
  expect(findings.find(({ what }) => what === "versions")).toMatchObject({ level: "warn", detail: expect.stringMatching(/^1 effects/) });
});
