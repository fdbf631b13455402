// A herd of equal deadlines: all contacts bought at the same moment, so all fall silent at the same millisecond, many more than a
// time step takes. The engine is stopped in the middle of the herd, and killed in the middle of the rest; the effects are those
// of a run that nobody disturbed, with every number of workers.

import { writeFileSync } from "node:fs";
import type { Bench } from "../bench.ts";
import { type Check, must } from "../check.ts";
import { EngineProcess } from "../engine-process.ts";
import { CDNOW, dumpLog, feed } from "../live-run.ts";
import { mustBeOnceAndInOrder, readOutputs } from "../outputs.ts";
import { combinations, describeReplay, mustBeEqual, mustBePublished, replay } from "../replays.ts";

export const herdCheck: Check = { name: "herd", about: "a restart and a kill in the middle of a herd of equal deadlines", run: herd };

const START = Date.UTC(2026, 0, 1);
const DAY = 86_400_000;
/** Deadlines fired per partition and step: a herd of 100 a partition then takes 20 steps. */
const PER_STEP = 5;
/** `quiet_90d` of the pack: contacts fall silent 90 days after their order. */
const SILENT_AFTER_DAYS = 90;

async function herd(bench: Bench): Promise<void> {
  const contacts = bench.short ? 1600 : 6400;
  const steps = Math.ceil(contacts / 64 / PER_STEP);
  const silentAt = START + SILENT_AFTER_DAYS * DAY;
  const server = await bench.server();
  const env = { TIDEMARK_TIMERS_PER_STEP: String(PER_STEP) };
  const start = (): Promise<EngineProcess> => EngineProcess.start(bench, { url: server.url, packs: [CDNOW.pack], env });
  let engine = await start();
  await engine.ready();
  const bought = lines(
    bench,
    "herd",
    Array.from({ length: contacts }, (_, index) => order(`h-${index}`, START)),
  );
  // What is due before the herd's silence is done first.
  await engine.reaches(await feed(server.url, bought, { perMessage: 100, until: new Date(silentAt - 1000).toISOString() }));
  // One walker's events, a step apart, carry log time through the herd's deadlines; it is the same log in one go and in parts.
  const walk = Array.from({ length: steps * 4 }, (_, index) => order("walker", silentAt + index * 100));
  const third = Math.floor(steps / 3);
  const parts = [walk.slice(0, third), walk.slice(third, 2 * third), walk.slice(2 * third)];
  for (const [index, part] of parts.entries()) {
    await engine.reaches(await feed(server.url, lines(bench, `walk-${index}`, part)));
    if (index === parts.length - 1) break;
    mustBeMidway(await triggersSoFar(server.url), contacts);
    if (index === 0) await engine.stop();
    else await engine.kill();
    engine = await start();
    await engine.ready();
  }
  const end = await feed(server.url, lines(bench, "end", []), { until: new Date(START + 400 * DAY).toISOString() });
  await engine.reaches(end);
  const summary = await engine.stop();
  const published = await readOutputs(server.url);
  mustBeOnceAndInOrder(published);
  const dump = await dumpLog(bench, server.url);
  const first = await replay(bench, "undisturbed", { log: dump });
  bench.say(describeReplay(first));
  mustBePublished(first, published);
  must(first.digest === summary.digest, `state digests differ: restarted ${summary.digest}, undisturbed ${first.digest}`);
  for (const { workers, batch } of combinations(bench))
    mustBeEqual(first, await replay(bench, `${workers} workers, batches of ${batch}`, { log: dump, workers, batch }));
}

const triggersSoFar = async (url: string): Promise<number> => (await readOutputs(url)).filter(({ subject }) => subject.includes(".quiet_90d.")).length;

function mustBeMidway(fired: number, contacts: number): void {
  must(fired > 0 && fired < contacts, `${fired} of the herd's ${contacts} have fired: not the middle of it`);
}

const order = (userId: string, timeMs: number): string =>
  JSON.stringify({
    messageId: `${userId}-${timeMs}`,
    type: "track",
    event: "Order Completed",
    userId,
    timestamp: new Date(timeMs).toISOString(),
    properties: { order_id: `${userId}-${timeMs}`, revenue: 20, quantity: 1 },
  });

function lines(bench: Bench, name: string, events: readonly string[]): string {
  const file = bench.file(`${name}.ndjson`);
  writeFileSync(file, events.map((event) => `${event}\n`).join(""));
  return file;
}
