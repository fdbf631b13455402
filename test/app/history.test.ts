// History in a running engine: who is in it stays there until the record, comes back by ticks alone where nothing else is stored, and
// is counted over restarts.

import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { logSubjects } from "../../src/model/log.ts";
import { startMemoryEngine } from "./memory-engine.ts";

const HISTORICAL = { context: { tidemark: { backfill: true } } };

test("with the stored clock contacts return by ticks, once somebody says that history ends", async () => {
  const first = await startMemoryEngine({ set: { clock: "stored" } });
  await first.hit(["ana", "bob", "ana"], { ...HISTORICAL, timestamp: "2025-03-01T00:00:00Z" });
  expect(first.engine.status()).toMatchObject({ contacts: 2, transitions: 0, history: { contacts: 2, events: 3 } });
  expect(first.engine.status().history.muted["transition"]).toBeGreaterThan(2);
  await first.engine.stop();

  const { engine, log, clock } = await startMemoryEngine({ from: first, set: { clock: "stored" } });
  const before = engine.status();
  expect(before).toMatchObject({ contacts: 2, history: { contacts: 2, events: 3 } });
  await log.append(logSubjects("0").history, Buffer.from('{"type":"history"}'));
  for (let waited = 0; engine.status().history.contacts > 0 && waited < 100; waited++) {
    clock.now += 200;
    await sleep(20);
  }
  expect(engine.status()).toMatchObject({ transitions: 0, history: { contacts: 0, events: 3 } });
  expect(await engine.contact({ kind: "user", id: "ana" })).toMatchObject({
    lastSeen: "2025-03-01T00:00:00.000Z",
    packs: { counting: { stage: { name: "cold" } } },
  });
});
