// CDNOW (a CD shop's cohort of early 1997, 69,659 purchases to June 1998; from the lifetimes repository, MIT) as Segment
// `Order Completed` messages in time order, one a line: `node bench/data/cdnow.ts [--data FOLDER] [--optional] > cdnow.ndjson`.
// The data has days, not times: every purchase stands at noon UTC of its day, in the order of the file.

import { readFileSync } from "node:fs";
import { printLines, type TimedMessage } from "./segment-lines.ts";

export const CDNOW_PATH = "cdnow/CDNOW_master.txt";

const NOON = 12 * 3_600_000;

export function cdnowMessages(file: string): TimedMessage[] {
  const rows = readFileSync(file, "latin1")
    .split(/\r?\n/)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, date]) => /^\d{8}$/.test(date ?? ""));
  return rows.map((row, index) => message(row, index + 1)).sort((a, b) => a.timeMs - b.timeMs);
}

function message([customer, date, quantity, revenue]: readonly string[], number: number): TimedMessage {
  const day = `${date?.slice(0, 4)}-${date?.slice(4, 6)}-${date?.slice(6, 8)}`;
  const timeMs = Date.parse(`${day}T00:00:00.000Z`) + NOON;
  const json = JSON.stringify({
    messageId: `cdnow-${number}`,
    type: "track",
    event: "Order Completed",
    userId: `cd-${customer}`,
    timestamp: new Date(timeMs).toISOString(),
    properties: { order_id: `o-${number}`, quantity: Number(quantity), revenue: Number(revenue), currency: "USD" },
  });
  return { timeMs, json };
}

if (import.meta.main) await printLines(CDNOW_PATH, cdnowMessages);
