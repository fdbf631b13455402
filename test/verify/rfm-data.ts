// The public data of RFM and customer value as the checks feed it: the orders of R's package rfm and the purchases of the CDNOW
// sample, each an event of its day, and how contacts come out again. Not run where the data is absent.

import { readFileSync } from "node:fs";
import { dataFile, type TimedMessage } from "../../bench/data/segment-lines.ts";
import type { Bench } from "./bench.ts";
import { NotRun } from "./check.ts";
import { type Prepared, write } from "./live-run.ts";
import { lines, type Replayed } from "./replays.ts";

export const ENV = { TIDEMARK_CLOCK: "event" } as const;
export const ORDERS_UNTIL = "2006-12-31T00:00:00.000Z";
export const CDNOW_END = "1997-09-30";

/** Orders of R's package rfm. */
export const rfmOrders = (): Order[] => readFileSync(source("rfm_orders/rfm_data_orders.csv"), "utf8").split(/\r?\n/).slice(1).flatMap(orderOf);

/** Purchases of the CDNOW sample up to the day of the published figures. */
export const cdnowOrders = (): Order[] =>
  readFileSync(source("cdnow/CDNOW_sample.txt"), "latin1")
    .split(/\r?\n/)
    .flatMap(purchaseOf)
    .filter(({ day }) => day <= CDNOW_END);

export const prepared = (bench: Bench, name: string, orders: readonly Order[]): Prepared => write(bench, `${name}.ndjson`, messagesOf(orders));

export interface Order {
  readonly customer: string;
  readonly day: string;
  readonly amount: number;
}

export function source(path: string): string {
  const file = dataFile(path);
  if (file === undefined) throw new NotRun(`no data at ${path}`);
  return file;
}

export function messagesOf(orders: readonly Order[]): TimedMessage[] {
  return orders
    .map(({ customer, day, amount }, index) => {
      const timestamp = `${day}T00:00:00.000Z`;
      const json = JSON.stringify({
        messageId: `m${index}`,
        type: "track",
        event: "Order Completed",
        userId: customer,
        timestamp,
        properties: { revenue: amount },
      });
      return { timeMs: Date.parse(timestamp), json };
    })
    .sort((a, b) => a.timeMs - b.timeMs);
}

export const contactsOf = (replayed: Pick<Replayed, "contacts">) =>
  lines(replayed.contacts).map((line) => JSON.parse(line) as { contact: { id: string }; packs: Record<string, { rfm: Rfm | null; value: Worth | null }> });

export interface Rfm {
  readonly r: number;
  readonly f: number;
  readonly m: number;
  readonly rfm: number;
  readonly recencyDays: number;
  readonly frequency: number;
  readonly monetary: number;
}

export interface Worth {
  readonly frequency: number;
  readonly recency: number;
  readonly age: number;
  readonly monetary: number;
  readonly alive: number;
  readonly purchases: number;
  readonly spend: number;
}

function orderOf(line: string): Order[] {
  const [, customer, day, amount] = /^"([^"]*)",(\d{4}-\d\d-\d\d),([\d.]+),/.exec(line) ?? [];
  return customer === undefined || day === undefined ? [] : [{ customer, day, amount: Number(amount) }];
}

function purchaseOf(line: string): Order[] {
  const [, customer, date, , amount] = line.trim().split(/\s+/);
  if (customer === undefined || !/^\d{8}$/.test(date ?? "")) return [];
  return [{ customer, day: `${date?.slice(0, 4)}-${date?.slice(4, 6)}-${date?.slice(6)}`, amount: Number(amount) }];
}
