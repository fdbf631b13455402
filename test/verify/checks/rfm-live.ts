// The published data of RFM and customer value live: event by event through the broker into a running engine, which writes its
// numbers of the population itself and as late as it does. In the end every customer stands where the file alone puts them.

import { setTimeout as sleep } from "node:timers/promises";
import type { Bench } from "../bench.ts";
import { type Check, must } from "../check.ts";
import { EngineProcess } from "../engine-process.ts";
import { feed, type Prepared, packFile } from "../live-run.ts";
import { lastPosition } from "../outputs.ts";
import { replay } from "../replays.ts";
import { CDNOW_END, cdnowOrders, contactsOf, ENV, ORDERS_UNTIL, prepared, rfmOrders } from "../rfm-data.ts";
import { mustEndUndisturbed } from "../undisturbed.ts";
import { mustHaveCuts, PUBLISHED_CUTS } from "./rfm.ts";

export const rfmLiveChecks: readonly Check[] = [
  {
    name: "rfm-live-orders",
    about: "rfm_orders event by event through NATS: all 995 customers as from the file",
    run: (bench) =>
      live(bench, { pack: "rfm-orders", events: prepared(bench, "orders", rfmOrders()), until: ORDERS_UNTIL, customers: 995, cuts: PUBLISHED_CUTS }),
  },
  {
    name: "rfm-live-cdnow",
    about: "the CDNOW sample event by event through NATS: all 2,357 customers as from the file",
    run: (bench) => live(bench, { pack: "rfm-cdnow", events: prepared(bench, "cdnow", cdnowOrders()), until: `${CDNOW_END}T00:00:00.000Z`, customers: 2357 }),
  },
];

interface Story {
  readonly pack: string;
  readonly events: Prepared;
  readonly until: string;
  readonly customers: number;
  /** As published, where there are any. */
  readonly cuts?: Readonly<Record<string, readonly number[]>>;
}

/** Times that log time is let go on to the same moment or just past it: numbers that came late are counted again, and reach everyone. */
const ROUNDS = 4;
const SETTLES_MS = 300;

async function live(bench: Bench, { pack, events, until, customers, cuts }: Story): Promise<void> {
  const packs = [packFile(`${pack}.yaml`)];
  const server = await bench.server();
  const engine = await EngineProcess.start(bench, { url: server.url, packs });
  await engine.ready();
  await feed(server.url, events.file, { perMessage: 1 });
  for (let round = 0; round < ROUNDS; round++) {
    const to = new Date(Date.parse(until) + round * 1000).toISOString();
    await engine.reaches(await feed(server.url, "/dev/null", { until: to }));
    await sleep(SETTLES_MS);
  }
  const end = new Date(Date.parse(until) + (ROUNDS - 1) * 1000).toISOString();
  if (cuts !== undefined) mustHaveCuts((await engine.rfm())[pack], cuts);
  const told = await mustEndUndisturbed(bench, server.url, engine, await lastPosition(server.url), "live");
  const whole = await replay(bench, "file", { events: events.file, packs, until: end, env: ENV });
  const expected = standingsOf(whole.contacts, pack);
  const found = standingsOf(bench.file("live.contacts"), pack);
  must(found.size === customers && expected.size === customers, `${found.size} customers live and ${expected.size} from the file instead of ${customers}`);
  for (const [customer, standing] of expected) must(found.get(customer) === standing, `${customer}: live ${found.get(customer)}, from the file ${standing}`);
  bench.say(`${events.messages.length} events, ${customers} customers as from the file; ${told}`);
}

/** What a pack knows of each customer, but for the number of the cut points: the file has counted every day, live came as many as the log took. */
function standingsOf(contacts: string, pack: string): Map<string, string> {
  return new Map(
    contactsOf({ contacts }).map(({ contact, packs }) => {
      const { rfm, value } = packs[pack] ?? {};
      return [contact.id, JSON.stringify({ rfm: rfm === null || rfm === undefined ? null : { ...rfm, cuts: undefined }, value })];
    }),
  );
}
