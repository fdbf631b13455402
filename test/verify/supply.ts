// A steady supply of events, for as long as a check disturbs something: published at a pace, several to a message, and sent
// again until the broker has acknowledged them, as every producer should. It stands beside the engine, straight on the broker.

import { setTimeout as sleep } from "node:timers/promises";
import { DEMO_START_MS, population } from "../../src/demo/population.ts";
import { logSubjects } from "../../src/model/log.ts";
import { type Broker, connectBroker } from "../../src/nats/connection.ts";
import { EventPublisher } from "../../src/nats/event-publisher.ts";
import type { Bench } from "./bench.ts";
import { tidemarkJson } from "./command.ts";
import { lastPosition } from "./outputs.ts";

/** Events of a seeded population, a line each. Lazy: as many as are taken. */
export function* populationEvents(seed: number, contacts: number): Generator<string, void, void> {
  for (const { json } of population({ seed, contacts, days: 182, startMs: DEMO_START_MS })) yield json;
}

/** After all that a population of the demo may still have due. */
export const POPULATION_OVER = new Date(DEMO_START_MS + 300 * 86_400_000).toISOString();

const TICK_MS = 10;
const LARGEST_MESSAGE = 12;

export class Supply {
  readonly #bench: Bench;
  readonly #url: string;
  readonly #broker: Broker;
  readonly #publisher: EventPublisher;
  readonly #events: Iterator<string>;
  readonly #subject = `${logSubjects("0").event}.supply`;
  given = 0;

  static async open(bench: Bench, url: string, events: Iterable<string>): Promise<Supply> {
    const broker = await connectBroker({ url, name: "supply" });
    const supply = new Supply(bench, url, broker, events);
    bench.atClose(() => supply.close());
    return supply;
  }

  private constructor(bench: Bench, url: string, broker: Broker, events: Iterable<string>) {
    this.#bench = bench;
    this.#url = url;
    this.#broker = broker;
    this.#publisher = new EventPublisher(broker);
    this.#events = events[Symbol.iterator]();
  }

  /** So many events, as fast as they are taken; resolves when the log has them, with its last position. */
  async give(count: number): Promise<number> {
    for (let left = count; left > 0; ) left -= await this.#message(Math.min(left, this.#bench.random(1, LARGEST_MESSAGE + 1)));
    await this.#publisher.flush();
    return this.#publisher.stats.lastSequence;
  }

  /** Goes on at this pace until `work` is done. */
  async during<T>(perSecond: number, work: () => Promise<T>): Promise<T> {
    let over = false;
    const feeding = this.#pace(perSecond, () => over);
    try {
      return await Promise.race([work(), feeding.then(() => new Promise<never>(() => {}))]);
    } finally {
      over = true;
      await feeding;
    }
  }

  /** Moves log time past everything that is due (event clock); the log's last position. */
  async end(until = POPULATION_OVER): Promise<number> {
    await this.#publisher.flush();
    await tidemarkJson(["feed", "/dev/null", "--until", until], { env: { NATS_URL: this.#url } });
    return lastPosition(this.#url);
  }

  async close(): Promise<void> {
    this.#publisher.close();
    await this.#broker.close();
  }

  async #pace(perSecond: number, isOver: () => boolean): Promise<void> {
    const began = performance.now();
    for (let given = 0; !isOver(); ) {
      const due = ((performance.now() - began) * perSecond) / 1000;
      while (given < due && !isOver()) given += await this.#message(this.#bench.random(1, LARGEST_MESSAGE + 1));
      await sleep(TICK_MS);
    }
    await this.#publisher.flush();
  }

  async #message(size: number): Promise<number> {
    const events: string[] = [];
    while (events.length < size) {
      const next = this.#events.next();
      if (next.done === true) break;
      events.push(next.value);
    }
    if (events.length === 0) throw new Error("the supply of events is used up: the check takes longer than it was made for");
    await this.#publisher.publish(this.#subject, Buffer.from(`[${events.join(",")}]`), "application/json");
    this.given += events.length;
    return events.length;
  }
}
