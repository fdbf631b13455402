// Decoding one event: the projecting scan against JSON.parse, in one run. The ratio is the result; the times are this
// machine's. Run: `node bench/decode.ts`.

import { createDecoder } from "../src/partition/decode.ts";

const EVENTS = 2000;
const ROUNDS = 150;
const PATHS = [
  ["properties", "price"],
  ["properties", "category"],
  ["context", "page", "path"],
  ["properties", "currency"],
];

const events = Array.from({ length: EVENTS }, (_, index) =>
  JSON.stringify({
    type: "track",
    event: ["Product Viewed", "Product Added", "Email Opened"][index % 3],
    messageId: `m-${(index * 2654435761) >>> 0}`,
    userId: `c_${(index * 7919) % 100_000}`,
    timestamp: new Date(Date.UTC(2026, 10, 20) + index * 997).toISOString(),
    properties: { product_id: `p-${index % 500}`, category: ["shoes", "coats", "hats"][index % 3], price: (index % 9000) / 100, currency: "EUR" },
    context: { page: { path: `/shoes/${index % 50}` }, locale: "de-DE" },
  }),
);
const bytes = Buffer.from(events.join(""));
const ends: number[] = [];
for (const event of events) ends.push((ends.at(-1) ?? 0) + event.length);

const decoder = createDecoder({ paths: PATHS });
const event = decoder.newEvent();
const { scan, parse } = best({
  scan: (start, end) => {
    if (decoder.decode(bytes, start, end, 0, event) !== null) throw new Error(`the event at byte ${start} was refused`);
  },
  parse: (start, end) => {
    JSON.parse(bytes.toString("utf8", start, end));
  },
});
console.log(`event             ${Math.round(bytes.length / EVENTS)} bytes, ${PATHS.length} paths`);
console.log(`projecting scan   ${scan.toFixed(0)} ns`);
console.log(`JSON.parse        ${parse.toFixed(0)} ns`);
console.log(`ratio             ${(parse / scan).toFixed(2)} times as fast`);

/** Nanoseconds an event in the best of many rounds, taken in turn: on a shared machine the best is the one least disturbed. */
function best<Name extends string>(contestants: Record<Name, (start: number, end: number) => void>): Record<Name, number> {
  const nanoseconds = Object.fromEntries(Object.keys(contestants).map((name) => [name, Number.POSITIVE_INFINITY])) as Record<Name, number>;
  for (let index = 0; index < ROUNDS; index++) {
    for (const name of Object.keys(contestants) as Name[]) nanoseconds[name] = Math.min(nanoseconds[name], round(contestants[name]));
  }
  return nanoseconds;
}

function round(decodeOne: (start: number, end: number) => void): number {
  const began = performance.now();
  for (let index = 0, start = 0; index < EVENTS; index++) {
    const end = ends[index] as number;
    decodeOne(start, end);
    start = end;
  }
  return ((performance.now() - began) * 1e6) / EVENTS;
}
