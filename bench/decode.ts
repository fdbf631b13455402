// Decoding one event: the projecting scan against JSON.parse, in one run. The ratio is the result; the times are this
// machine's. Run: `node bench/decode.ts`.

import { createDecoder } from "../src/partition/decode.ts";

const EVENTS = 2000;
const ROUNDS = 15;
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
const scan = best(() => {
  for (let index = 0, start = 0; index < EVENTS; index++) {
    const end = ends[index] as number;
    if (decoder.decode(bytes, start, end, 0, event) !== null) throw new Error(`event ${index} was refused`);
    start = end;
  }
});
const parse = best(() => {
  for (let index = 0, start = 0; index < EVENTS; index++) {
    const end = ends[index] as number;
    JSON.parse(bytes.toString("utf8", start, end));
    start = end;
  }
});
console.log(`event             ${Math.round(bytes.length / EVENTS)} bytes, ${PATHS.length} paths`);
console.log(`projecting scan   ${scan.toFixed(0)} ns`);
console.log(`JSON.parse        ${parse.toFixed(0)} ns`);
console.log(`ratio             ${(parse / scan).toFixed(2)} times as fast`);

/** Nanoseconds an event in the best of many rounds: on a shared machine the best is the one least disturbed. */
function best(round: () => void): number {
  let nanoseconds = Number.POSITIVE_INFINITY;
  for (let index = 0; index < ROUNDS; index++) {
    const began = performance.now();
    for (let repeat = 0; repeat < 5; repeat++) round();
    nanoseconds = Math.min(nanoseconds, ((performance.now() - began) * 1e6) / (EVENTS * 5));
  }
  return nanoseconds;
}
