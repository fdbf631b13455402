// History live: files of years are fed with --backfill through the broker into a running engine, which is killed on the way. Nothing of
// the past is published, and then everybody stands where a live feed of the same events has them, with the same deadlines ahead.

import { setTimeout as sleep } from "node:timers/promises";
import { DEMO_START_MS, population } from "../../../src/demo/population.ts";
import type { Bench } from "../bench.ts";
import { type Check, must } from "../check.ts";
import { EngineProcess } from "../engine-process.ts";
import { feed, type Prepared, packFile, write } from "../live-run.ts";
import { lastPosition, readOutputs } from "../outputs.ts";
import { lines, replay } from "../replays.ts";
import { CDNOW_END, cdnowOrders, ENV, ORDERS_UNTIL, prepared, rfmOrders } from "../rfm-data.ts";
import { KEPT_PACKS } from "../shipped-packs.ts";
import { mustEndUndisturbed } from "../undisturbed.ts";

export const historyChecks: readonly Check[] = [
  {
    name: "history-orders",
    about: "rfm_orders as a backfill with a kill -9: all 995 customers have the numbers of a live feed",
    run: (bench) => load(bench, { packs: [packFile("rfm-orders.yaml")], events: prepared(bench, "orders", rfmOrders()), until: ORDERS_UNTIL }),
  },
  {
    name: "history-cdnow",
    about: "the CDNOW sample as a backfill with a kill -9: all 2,357 customers have the numbers of a live feed",
    run: (bench) => load(bench, { packs: [packFile("rfm-cdnow.yaml")], events: prepared(bench, "cdnow", cdnowOrders()), until: `${CDNOW_END}T00:00:00.000Z` }),
  },
  {
    name: "history-people",
    about: "half a year of the seeded population as a backfill with a kill -9: the stages, segments and deadlines of a live feed",
    run: (bench) => load(bench, { packs: KEPT_PACKS, events: people(bench), until: new Date(DEMO_START_MS + 185 * DAY_MS).toISOString() }),
  },
];

interface Story {
  readonly packs: readonly string[];
  /** In the order of their times. */
  readonly events: Prepared;
  /** When history ends. */
  readonly until: string;
}

const DAY_MS = 86_400_000;
const SETTLES_MS = 300;

/** Log time at the end of history, and after two months of what only time does; numbers of the population that are counted then take effect just past it. */
const AFTERWARDS_MS = [0, DAY_MS, DAY_MS + 1000, 60 * DAY_MS, 60 * DAY_MS + 1000, 60 * DAY_MS + 2000, 60 * DAY_MS + 3000];

async function load(bench: Bench, { packs, events, until }: Story): Promise<void> {
  const server = await bench.server();
  let engine = await EngineProcess.start(bench, { url: server.url, packs });
  await engine.ready();
  await Promise.all([feed(server.url, events.file, { perMessage: 7, flags: ["--backfill"] }), killSoon(bench, engine)]);
  engine = await EngineProcess.start(bench, { url: server.url, packs });
  await engine.reaches(await lastPosition(server.url));
  const inHistory = await engine.metric("tidemark_history_contacts");
  const before = await readOutputs(server.url);
  must(before.length === 0, `${before.length} effects were published of history, the first: ${before[0]?.body.slice(0, 200)}`);
  for (const more of AFTERWARDS_MS) {
    await engine.reaches(await feed(server.url, "/dev/null", { until: new Date(Date.parse(until) + more).toISOString() }));
    await sleep(SETTLES_MS);
  }
  must((await engine.metric("tidemark_history_contacts")) === 0, "contacts were left in history");
  const told = await mustEndUndisturbed(bench, server.url, engine, await lastPosition(server.url), "loaded");
  const published = (await readOutputs(server.url)).map(({ body }) => body);
  const same = await mustBeAsLive(bench, { packs, events, until }, published);
  bench.say(`${events.messages.length} events of ${inHistory} contacts in history; ${same}; ${told}`);
}

async function killSoon(bench: Bench, engine: EngineProcess): Promise<void> {
  await sleep(bench.random(300, 2000));
  await engine.kill();
}

/** The contacts at the end, and the transitions after the end of history, of a live feed of the same events. */
async function mustBeAsLive(bench: Bench, { packs, events, until }: Story, published: readonly string[]): Promise<string> {
  const end = new Date(Date.parse(until) + (AFTERWARDS_MS.at(-1) ?? 0)).toISOString();
  const live = await replay(bench, "live", { events: events.file, packs, until: end, env: ENV });
  const expected = standingsOf(lines(live.contacts));
  const found = standingsOf(lines(bench.file("loaded.contacts")));
  must(found.size === expected.size, `${found.size} contacts instead of ${expected.size}`);
  for (const [contact, standing] of expected) must(found.get(contact) === standing, `${contact}: as history ${found.get(contact)}, live ${standing}`);
  // Under numbers of the population that changed from day to day contacts have moved to and fro, and so have other numbers by now.
  const isNumbered = packs === KEPT_PACKS;
  const moves = transitionsAfter(lines(live.transitions), until, isNumbered);
  const moved = transitionsAfter(published, until, isNumbered);
  const missing = moves.find((move) => !moved.includes(move));
  must(moved.length === moves.length && missing === undefined, `${moved.length} transitions after history, live ${moves.length}; missing: ${missing}`);
  return `${expected.size} contacts and ${moves.length} later transitions as of a live feed`;
}

/** What is known of each contact, but for what a sent message opens, the next deadline that has, and which count of the population is in effect. */
function standingsOf(contacts: readonly string[]): Map<string, string> {
  return new Map(
    contacts.map((line) => {
      const { contact, firstSeen, lastSeen, packs } = JSON.parse(line) as {
        contact: Record<string, string>;
        firstSeen: string;
        lastSeen: string;
        packs: object;
      };
      const told = Object.entries(packs).map(([pack, of]) => {
        const { goals: _, series: __, nextDeadline: ___, rfm, ...standing } = of as Record<string, unknown>;
        return [pack, { ...standing, ...(rfm === undefined ? {} : { rfm: rfm === null ? null : { ...rfm, cuts: undefined } }) }];
      });
      return [`${contact["kind"]} ${contact["id"]}`, JSON.stringify([firstSeen, lastSeen, told])];
    }),
  );
}

/** Without their positions in the log. */
const transitionsAfter = (bodies: readonly string[], until: string, isNumbered: boolean): string[] =>
  bodies
    .map((body) => JSON.parse(body) as { id: string; type: string; time: string; source: string; data: Record<string, unknown> })
    .filter(({ type, time }) => type === "io.tidemark.transition.v1" && time > until)
    .map(({ id: _, source: __, data, ...transition }) => JSON.stringify({ ...transition, data: isNumbered ? data : { ...data, sequence: null } }))
    .sort();

/**
 * In the order of their times, each message once: what comes late to those who listen is not late to who reads it later. Everybody by one
 * name: where two are merged stands in the log, and that is another place when the file is read at once.
 */
function people(bench: Bench): Prepared {
  const messages = [...population({ seed: 11, contacts: bench.short ? 300 : 2000, days: 182, startMs: DEMO_START_MS, garbage: false })];
  const events = new Map(messages.map(({ json }) => JSON.parse(json) as Record<string, unknown>).map((event) => [event["messageId"], event]));
  const timed = [...events.values()].map(({ anonymousId, ...event }) => ({
    timeMs: Date.parse(String(event["timestamp"])),
    json: JSON.stringify(event["userId"] === undefined ? { ...event, anonymousId } : event),
  }));
  return write(
    bench,
    "people.ndjson",
    timed.filter(({ timeMs }) => !Number.isNaN(timeMs)).sort((a, b) => a.timeMs - b.timeMs),
  );
}
