// One person behind many ids where the engine runs: records are written and read back, a question by an old id is answered with the
// person, a start goes on with what the last one left unwritten, and a replay of a file is the same whatever its batches and workers.

import { expect, test } from "vitest";
import { messagesOfEvents, replay } from "../../src/app/replay.ts";
import { logSubjects } from "../../src/model/log.ts";
import { settingsSchema } from "../../src/model/settings.ts";
import { packFrom } from "../support/pack.ts";
import { type MemoryEngine, startMemoryEngine } from "./memory-engine.ts";

const CREATED = "2026-01-01T00:00:00Z";
const hits = (view: unknown): unknown => (view as { packs: { counting: { measures: { hits: number } } } } | undefined)?.packs.counting.measures.hits;
const records = async ({ log }: MemoryEngine): Promise<number> => {
  let count = 0;
  for (let at = 1; ; at++) {
    const message = await log.at(at as never);
    if (message === undefined) return count;
    if (message.subject === logSubjects("0").records) count++;
  }
};

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 2000 && !(await condition()); i++) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(await condition()).toBe(true);
}

test("a running engine writes what goes between partitions, and answers for the person by any of the ids", async () => {
  const here = await startMemoryEngine();
  await here.hit(["", ""], { anonymousId: "a" });
  expect(hits(await here.engine.contact({ kind: "anonymous", id: "a" }))).toBe(2);
  await here.hit(["u"], { anonymousId: "a" });
  await until(async () => hits(await here.engine.contact({ kind: "user", id: "u" })) === 3);
  const person = await here.engine.contact({ kind: "anonymous", id: "a" });
  expect(person).toMatchObject({ contact: { id: "u", kind: "user", alsoKnownAs: ["a"] } });
  await here.hit([""], { anonymousId: "a" });
  await until(async () => hits(await here.engine.contact({ kind: "user", id: "u" })) === 4);
  expect(await records(here)).toBe(2);
  expect(await here.engine.contact({ kind: "anonymous", id: "nobody" })).toBeUndefined();
});

test("what could not be written is written by the next start, and what was is not said again", async () => {
  const here = await startMemoryEngine();
  const append = here.log.append.bind(here.log);
  here.log.append = (subject, ...rest) => (subject === logSubjects("0").records ? Promise.reject(new Error("the broker is away")) : append(subject, ...rest));
  await here.hit([""], { anonymousId: "a" });
  await here.hit(["u"], { anonymousId: "a" });
  await here.engine.stop();
  expect(await records(here)).toBe(0);
  here.log.append = append;
  const next = await startMemoryEngine({ from: here });
  await until(async () => hits(await next.engine.contact({ kind: "user", id: "u" })) === 2);
  await next.engine.stop();
  const last = await startMemoryEngine({ from: next });
  await last.hit(["u"]);
  expect(hits(await last.engine.contact({ kind: "anonymous", id: "a" }))).toBe(3);
  expect(await records(last)).toBe(1);
});

test("a replayed file gives the same bytes with any batch and any number of workers", async () => {
  const pack = packFrom(`
pack: shop
version: 1
events: { visit: { page: "*" }, buy: { track: Bought, value: properties.revenue } }
measures: { visits: { count: visit }, paid: { sum: buy } }
stages: { order: [stranger, lead, customer], moves: [{ to: lead, from: stranger, if: visits >= 3 }, { to: customer, from: any, event: buy }] }
triggers: { hello: { enter: lead, after: 2h, channel: email, message: hello } }
`);
  const settings = settingsSchema.parse({ created: CREATED, clock: "event", identity: { ties: "all", two_users: "merge" } });
  const lines = Array.from({ length: 300 }, (_, index) => {
    const anonymousId = `a${(index * 7) % 23}`;
    const userId = `u${(index * 3) % 11}`;
    const who = index % 5 === 0 ? { anonymousId, userId } : index % 2 === 0 ? { anonymousId } : { userId };
    const event =
      index % 17 === 0
        ? { type: "alias", previousId: `a${index % 9}`, userId }
        : index % 3 === 0
          ? { type: "track", event: "Bought", properties: { revenue: index } }
          : { type: "page" };
    return JSON.stringify({ messageId: `m${index}`, timestamp: new Date(Date.parse(CREATED) + index * 600_000).toISOString(), ...who, ...event });
  });
  const told = async (workers: number, batchEvents: number): Promise<unknown> => {
    const effects: string[] = [];
    const messages = messagesOfEvents(
      (async function* () {
        yield* lines;
      })(),
      settings,
      [pack],
      null,
      Date.parse("2026-02-01T00:00:00Z"),
      Date.parse("2026-03-01T00:00:00Z"),
    );
    const { digest, position, contacts } = await replay({
      messages,
      shard: "0",
      workers,
      batchEvents,
      packs: [pack],
      onEffect: ({ position: at, partition, k, body }) => effects.push(`${at}-${partition}-${k} ${Buffer.from(body).toString()}`),
    });
    return { digest, position, contacts, effects };
  };
  const truth = await told(1, 10_000);
  expect(truth).toMatchObject({ contacts: expect.any(Number) });
  expect(await told(2, 7)).toEqual(truth);
  expect(await told(4, 1)).toEqual(truth);
}, 120_000);
