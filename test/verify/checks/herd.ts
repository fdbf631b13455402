// A herd of equal deadlines: 100,000 contacts bought at the same moment, so all lapse and fall silent at the same millisecond, many
// more than a time step takes. The engine is stopped in the middle of the herd, and killed in the middle of the rest; the effects are
// those of a run that nobody disturbed, in batches of 1, 7 and 10,000 messages. Somebody who orders again in the middle of it
// does not wait for a turn: their deadline, which has passed, is done before the order.

import { writeFileSync } from "node:fs";
import type { Bench } from "../bench.ts";
import { type Check, must } from "../check.ts";
import { EngineProcess } from "../engine-process.ts";
import { dumpLog, feed, packFile } from "../live-run.ts";
import { mustBeOnceAndInOrder, type Published, readOutputs } from "../outputs.ts";
import { describeReplay, mustBeEqual, mustBePublished, replay } from "../replays.ts";

export const herdCheck: Check = { name: "herd", about: "a restart and a kill in the middle of a herd of equal deadlines", run: herd };

const START = Date.UTC(2026, 0, 1);
const DAY = 86_400_000;
const CONTACTS = { short: 1600, usual: 100_000 } as const;
/** Time steps that the herd takes, about. */
const STEPS = 16;
/** Workers and batches that must not make a difference. */
const WAYS = [
  { workers: 1, batch: 1 },
  { workers: 2, batch: 7 },
  { workers: 4, batch: 10_000 },
];
/** `quiet_90d` of the pack: contacts fall silent 90 days after their order. */
const SILENT_AFTER_DAYS = 90;

async function herd(bench: Bench): Promise<void> {
  const contacts = bench.short ? CONTACTS.short : CONTACTS.usual;
  // The last to have a turn, who orders again while the herd is under way.
  const late = `h-${contacts - 1}`;
  const perStep = Math.ceil(contacts / 64 / STEPS);
  const silentAt = START + SILENT_AFTER_DAYS * DAY;
  const server = await bench.server();
  const env = { TIDEMARK_TIMERS_PER_STEP: String(perStep) };
  const start = (): Promise<EngineProcess> => EngineProcess.start(bench, { url: server.url, packs: [packFile("herd.yaml")], env });
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
  const third = Math.floor(STEPS / 3);
  const walk = Array.from({ length: STEPS * 4 }, (_, index) => order(index === third + 1 ? late : "walker", silentAt + index * 100));
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
  mustNotHaveWaited(published, late);
  const dump = await dumpLog(bench, server.url);
  const first = await replay(bench, "undisturbed", { log: dump });
  bench.say(describeReplay(first));
  mustBePublished(first, published);
  must(first.digest === summary.digest, `state digests differ: restarted ${summary.digest}, undisturbed ${first.digest}`);
  for (const { workers, batch } of bench.short ? WAYS.slice(1) : WAYS)
    mustBeEqual(first, await replay(bench, `${workers} workers, batches of ${batch}`, { log: dump, workers, batch }));
}

const triggersSoFar = async (url: string): Promise<number> => (await readOutputs(url)).filter(({ subject }) => subject.includes(".quiet_90d.")).length;

function mustBeMidway(fired: number, contacts: number): void {
  must(fired > 0 && fired < contacts, `${fired} of the herd's ${contacts} have fired: not the middle of it`);
}

/** Everything that is told of the late one, in its order: the past deadline, then the order, though most of the herd had not had its turn. */
function mustNotHaveWaited(published: readonly Published[], late: string): void {
  const own = published.flatMap(({ body }, index) => {
    const { subject, type, time, data } = JSON.parse(body) as { subject: string; type: string; time: string; data: { to?: string; trigger?: string } };
    return subject === late ? [{ index, type, time, what: data.to ?? data.trigger }] : [];
  });
  const silentAt = new Date(START + SILENT_AFTER_DAYS * DAY).toISOString();
  const told = own.filter(({ time }) => time < new Date(START + (SILENT_AFTER_DAYS + 1) * DAY).toISOString()).map(({ what }) => what);
  must(told.join() === "active,lapsed,quiet_90d,active", `${late} was told ${told.join()}`);
  must(own[1]?.time === silentAt && own[2]?.time === silentAt, `${late} lapsed at ${own[1]?.time} and fell silent at ${own[2]?.time}, not at ${silentAt}`);
  const behind = published.slice(own[3]?.index).filter(({ subject }) => subject.includes(".quiet_90d.")).length;
  must(behind > 0, `nobody of the herd was left when ${late} ordered: this shows nothing`);
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
