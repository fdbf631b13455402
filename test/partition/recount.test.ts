import { describe, expect, it } from "vitest";
import { cutsText, PendingCuts } from "../../src/app/cuts.ts";
import { Framer } from "../../src/flow/frame.ts";
import { epochMs, position } from "../../src/model/ids.ts";
import { logSubjects } from "../../src/model/log.ts";
import { WorkerFold } from "../../src/partition/fold.ts";

const TEXT = `
pack: p
version: 1
events: { order: { track: Order Completed, value: properties.revenue } }
population: { average: { mean: order, every: 1h } }
audiences: { above: "3.0 > population.average" }
`;
const HOUR = 3_600_000;
const START = Date.parse("2026-01-01T00:00:00Z");
const { settings, pack, cuts: cutsOn, event } = logSubjects("0");

/** A worker, and a log that says of the population only what the test writes into it. */
class Log {
  readonly framer = new Framer({ shard: "0", workers: 1, maxLeadMs: Number.POSITIVE_INFINITY });
  fold = new WorkerFold("0", 0, 1);
  pending = new PendingCuts();
  #at = 0;

  constructor() {
    this.add(settings, { type: "settings", created: "2026-01-01T00:00:00Z", clock: "event" });
    this.add(pack("p"), { type: "pack", pack: "p", text: TEXT });
  }

  add(subject: string, body: object): void {
    this.framer.add({ position: position(++this.#at), storedMs: epochMs(START), subject, contentType: "", data: Buffer.from(JSON.stringify(body)) });
    const [batch] = this.framer.take().perWorker;
    if (batch !== undefined && batch.size > 0) this.pending.take([this.fold.batch(batch.buffer, batch.size)]);
  }

  order(hours: number, revenue: number): void {
    const timestamp = new Date(START + hours * HOUR).toISOString();
    this.add(`${event}.t`, { type: "track", event: "Order Completed", userId: "a", messageId: `m${this.#at}`, timestamp, properties: { revenue } });
  }

  write(records: readonly { readonly record: Parameters<typeof cutsText>[0] }[]): void {
    for (const { record } of records) this.add(cutsOn("p"), JSON.parse(cutsText(record)) as object);
  }

  /** As after a crash: only what a checkpoint of now says is known. */
  restart(): void {
    const { partitions, records } = this.fold.snapshot();
    this.fold = new WorkerFold("0", 0, 1);
    this.fold.restore({ position: this.#at, logTime: this.framer.logTime, records, partitions });
    this.pending = new PendingCuts();
    this.pending.take([this.fold.opened()]);
  }
}

const said = (log: Log) => log.pending.unwritten().map(({ record: { number, at, value } }) => ({ number, hours: (at - START) / HOUR, value }));

describe("numbers of the population that were counted", () => {
  it("and did not reach the log before a crash are owed by the state, and said at the next start", () => {
    const log = new Log();
    log.order(0.5, 2);
    log.order(1.5, 4);
    log.restart();
    expect(said(log)).toEqual([{ number: 1, hours: 1.5, value: 3 }]);
    log.restart();
    log.write(log.pending.unwritten());
    log.restart();
    expect(said(log)).toEqual([]);
  });

  it("are not said by a start that finds them in the log behind its checkpoint", () => {
    const log = new Log();
    log.order(0.5, 2);
    log.order(1.5, 4);
    const onTheirWay = log.pending.unwritten();
    log.restart();
    log.write(onTheirWay);
    expect(said(log)).toEqual([]);
  });

  it("are the newest when several counts passed before they could be written", () => {
    const log = new Log();
    for (const hours of [0.5, 1.5, 2.5]) log.order(hours, 1 + hours);
    expect(said(log)).toEqual([{ number: 1, hours: 2.5, value: 2 }]);
  });

  it("are counted again at the next step when a multiple of `every` has passed on their way", () => {
    const log = new Log();
    log.order(0.5, 2);
    log.order(1.5, 4);
    const onTheirWay = log.pending.unwritten();
    log.order(2.2, 6);
    log.write(onTheirWay);
    expect(said(log)).toEqual([]);
    // The next multiple is three; without the numbers in the log being behind there would be nothing to count here.
    log.order(2.4, 8);
    const next = log.pending.unwritten();
    expect(next.map(({ record }) => [record.number, record.value])).toEqual([[2, 4]]);
    log.write(next);
    log.order(2.6, 8);
    expect(said(log)).toEqual([]);
  });
});
