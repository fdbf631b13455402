// Bodies that nobody means well with, each with the number of events that it holds if it can be read at all (undefined where it cannot).

import { gzipSync } from "node:zlib";

export interface HostileBody {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Elements of the body; undefined: it is refused whole. */
  readonly holds: number | undefined;
  readonly contentType?: string;
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const json = (name: string, value: unknown, holds: number | undefined): HostileBody => ({ name, bytes: bytesOf(JSON.stringify(value)), holds });
const text = (name: string, body: string, holds: number | undefined): HostileBody => ({ name, bytes: bytesOf(body), holds });
const raw = (name: string, bytes: readonly number[], holds: number | undefined, contentType?: string): HostileBody => ({
  name,
  bytes: Uint8Array.from(bytes),
  holds,
  ...(contentType === undefined ? {} : { contentType }),
});

const good = { type: "track", event: "E", userId: "c", messageId: "m" };
const nested = (open: string, close: string, depth: number): string => `${open.repeat(depth)}1${close.repeat(depth)}`;

const WRONG: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1e308,
  -1e308,
  5e-324,
  "",
  " ",
  "\u0000",
  "x".repeat(5000),
  [],
  {},
  [[]],
  [null],
  { __proto__: null },
];
const FIELDS = [
  "type",
  "event",
  "userId",
  "anonymousId",
  "messageId",
  "timestamp",
  "sentAt",
  "originalTimestamp",
  "receivedAt",
  "properties",
  "traits",
  "context",
];

const wrongFields: readonly HostileBody[] = FIELDS.flatMap((field) =>
  WRONG.map((value, i) => json(`${field} is the wrong thing ${i}`, { batch: [{ ...good, [field]: value }] }, 1)),
);

const shapes: readonly HostileBody[] = [
  ...WRONG.map((value, i) => json(`the batch is the wrong thing ${i}`, { batch: value }, Array.isArray(value) ? value.length : 1)),
  ...WRONG.map((value, i) => json(`the body is the wrong thing ${i}`, value, Array.isArray(value) ? value.length : 1)),
  ...WRONG.map((value, i) => json(`an event of the batch is the wrong thing ${i}`, { batch: [value, good] }, 2)),
  ...["sentAt", "context", "writeKey", "timestamp", "integrations"].flatMap((field) =>
    WRONG.map((value, i) => json(`${field} of the batch is the wrong thing ${i}`, { batch: [good], [field]: value }, 1)),
  ),
];

const prototypes: readonly HostileBody[] = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "batch", "length"].flatMap((key) => [
  text(`the key ${key} at the root`, `{"${key}":{"isAdmin":true},"type":"track","event":"E","userId":"c"}`, 1),
  text(`the key ${key} in properties`, `{"type":"track","event":"E","userId":"c","properties":{"${key}":{"x":{"${key}":1}}}}`, 1),
  text(`the name ${key}`, `{"type":"track","event":"${key}","userId":"${key}"}`, 1),
]);

const deep: readonly HostileBody[] = [
  text("10,000 arrays", nested("[", "]", 10_000), 1),
  text("1,000,000 arrays, never closed", "[".repeat(1_000_000), undefined),
  text("10,000 objects", nested('{"a":', "}", 10_000), 1),
  text("a batch in a batch in a batch", '{"batch":[{"batch":[{"batch":[]}]}]}', 1),
  text("properties nested 64 deep", `{"type":"track","event":"E","userId":"c","properties":${nested("[", "]", 64)}}`, 1),
  text(
    "properties nested 5,000 deep, between good ones",
    `{"batch":[${JSON.stringify(good)},{"type":"track","event":"E","userId":"c","properties":${nested("[", "]", 5000)}},${JSON.stringify(good)}]}`,
    3,
  ),
  text("context of the batch nested 5,000 deep", `{"batch":[${JSON.stringify(good)}],"context":${nested("[", "]", 5000)}}`, 1),
  text("brackets in strings, nested deep", `[${JSON.stringify('}]"\\')},${nested("[", "]", 200)}]`, 2),
];

const characters: readonly HostileBody[] = [
  raw("invalid UTF-8 in a string", [...bytesOf('{"type":"track","event":"'), 0xff, 0xfe, ...bytesOf('","userId":"c"}')], undefined),
  raw("overlong UTF-8", [...bytesOf('{"type":"track","event":"'), 0xc0, 0xaf, ...bytesOf('","userId":"c"}')], undefined),
  raw("a surrogate as UTF-8", [...bytesOf('{"type":"track","event":"'), 0xed, 0xa0, 0x80, ...bytesOf('","userId":"c"}')], undefined),
  raw("UTF-8 that breaks off", [...bytesOf('{"type":"track","event":"'), 0xe2, 0x82], undefined),
  raw("a NUL in a string", [...bytesOf('{"type":"track","event":"'), 0, ...bytesOf('","userId":"c"}')], undefined),
  raw("NULs", [0, 0, 0, 0], undefined),
  raw("a byte order mark", [0xef, 0xbb, 0xbf, ...bytesOf(JSON.stringify(good))], undefined),
  raw("UTF-16", [...Buffer.from(JSON.stringify(good), "utf16le")], undefined),
  text("a lone surrogate, escaped", '{"type":"track","event":"\\ud800","userId":"\\udc00","properties":{"\\ud83d":1}}', 1),
  text("NUL, escaped, everywhere", '{"type":"track","event":"a\\u0000b","userId":"\\u0000","messageId":"\\u0000"}', 1),
  text("keys written with escapes", '{"\\u0074ype":"track","ev\\u0065nt":"E","user\\u0049d":"c"}', 1),
  text("line separators in an id", '{"type":"track","event":"E","userId":"a\\u2028b\\r\\nSet-Cookie: x"}', 1),
  text("an id with wildcards of NATS", '{"type":"track","event":"tidemark.>","userId":"*.>"}', 1),
];

const sizes: readonly HostileBody[] = [
  text("a string of 4 MB", `{"type":"track","event":"E","userId":"c","properties":{"x":"${"x".repeat(4_000_000)}"}}`, 1),
  text("a string of 10 MB", `{"type":"track","event":"${"x".repeat(10_000_000)}"}`, undefined),
  text("an id of 1 MB", `{"type":"track","event":"E","userId":"${"x".repeat(1_000_000)}"}`, 1),
  text("a key of 1 MB", `{"type":"track","event":"E","userId":"c","${"k".repeat(1_000_000)}":1}`, 1),
  text("100,000 keys", `{"type":"track","event":"E","userId":"c"${Array.from({ length: 100_000 }, (_, i) => `,"k${i}":1`).join("")}}`, 1),
  text("the same key 10,000 times", `{"type":"track","event":"E"${',"userId":"c"'.repeat(10_000)}}`, 1),
  text("1,000,000 events of nothing", `[${"1,".repeat(999_999)}1]`, undefined),
  text("9,000 events of nothing", `[${"{},".repeat(8999)}{}]`, 9000),
  text("5 MB of spaces", " ".repeat(4_999_999), undefined),
  { name: "a gzip bomb", bytes: gzipSync(Buffer.alloc(50_000_000)), holds: undefined },
  { name: "a gzip bomb of good JSON", bytes: gzipSync(`[${"1,".repeat(10_000_000)}1]`), holds: undefined },
  { name: "a bomb in a bomb", bytes: gzipSync(gzipSync(Buffer.alloc(20_000_000))), holds: undefined },
  { name: "gzip of nothing", bytes: gzipSync(""), holds: undefined },
  { name: "gzip with a wrong checksum", bytes: spoiled(gzipSync(JSON.stringify(good))), holds: undefined },
];

const numbers: readonly HostileBody[] = [
  "-0",
  "1e999",
  "-1e999",
  "1e-999",
  "123456789012345678901234567890",
  "0.1e+10",
  "-9007199254740993",
  `${"9".repeat(5000)}`,
].flatMap((number) => [
  text(`the id ${number.slice(0, 20)}`, `{"type":"track","event":"E","userId":${number}}`, 1),
  text(`the time ${number.slice(0, 20)}`, `{"type":"track","event":"E","userId":"c","timestamp":${number}}`, 1),
  text(`the value ${number.slice(0, 20)}`, `{"type":"track","event":"E","userId":"c","properties":{"revenue":${number}}}`, 1),
]);

const brokenNumbers = ["NaN", "Infinity", "+1", "01", ".5", "1.", "0x10", "1e", "--1", "1_000"].map((number) =>
  text(`no number: ${number}`, `{"type":"track","event":"E","userId":${number}}`, undefined),
);

const broken: readonly HostileBody[] = [
  "",
  "{",
  "}",
  "[",
  "]",
  "{]",
  "[}",
  '{"a"}',
  '{"a":}',
  '{"a":1,}',
  "[1,]",
  "[1 2]",
  "'a'",
  "undefined",
  "nul",
  '{"a":1}}',
  "[1]]",
  '{"batch":[{]}',
  "<xml/>",
  "a=b&c=d",
  "--boundary",
  '{"type":"track"',
  '"',
  "\\",
  "//",
].map((body) => text(`broken: ${body}`, body, undefined));

/** An array that holds itself, by msgpackr's extension for copies of objects. */
const REFERENCES = [0xd6, 0x69, 0, 0, 0, 1, 0x92, 0xd6, 0x70, 0, 0, 0, 1, 0xc0];
const uint32 = (number: number): number[] => [24, 16, 8, 0].map((by) => (number >>> by) & 0xff);

const formats: readonly HostileBody[] = [
  raw("msgpack that lies about its length", [0xdd, 0xff, 0xff, 0xff, 0xff], undefined, "application/msgpack"),
  raw("msgpack nested deep", [...new Array<number>(20_000).fill(0x91), 0x01], undefined, "application/msgpack"),
  raw("msgpack of a number", [0x07], 1, "application/msgpack"),
  {
    name: "lines, every second broken",
    bytes: bytesOf(`${JSON.stringify(good)}\n{\n${JSON.stringify(good)}\n[[\n`),
    holds: 4,
    contentType: "application/x-ndjson",
  },
  { name: "an envelope without data", bytes: bytesOf('{"specversion":"1.0","id":"1"}'), holds: 1, contentType: "application/cloudevents+json" },
  ...binaryEnvelopes(),
  { name: "msgpack of 6 KB that is 8 MB of JSON", bytes: recordBomb(4000, 2000), holds: undefined, contentType: "application/msgpack" },
  { name: "msgpack of 2 MB that is gigabytes of JSON", bytes: recordBomb(1_000_000, 500_000), holds: undefined, contentType: "application/msgpack" },
  raw("msgpack whose values lead to one another", REFERENCES, undefined, "application/msgpack"),
  { name: "envelopes in envelopes", bytes: bytesOf('{"specversion":"1.0","data":{"specversion":"1.0","data":{}}}'), holds: 1 },
];

/** Each once. */
export const HOSTILE_BODIES: readonly HostileBody[] = [
  ...wrongFields,
  ...shapes,
  ...prototypes,
  ...deep,
  ...characters,
  ...sizes,
  ...numbers,
  ...brokenNumbers,
  ...broken,
  ...formats,
];

/** Each record names its one long key again by a number. */
function recordBomb(keyBytes: number, records: number): Uint8Array {
  const key = [0xdb, ...uint32(keyBytes), ...Buffer.alloc(keyBytes, "k")];
  return Uint8Array.from([0xdd, ...uint32(records), 0xd4, 0x72, 0x40, 0x91, ...key, 1, ...Array.from({ length: records - 1 }, () => [0x40, 1]).flat()]);
}

function binaryEnvelopes(): HostileBody[] {
  const envelope = (data_base64: unknown, rest: object = {}) => ({ specversion: "1.0", id: "1", subject: "c", ...rest, data_base64 });
  const base64 = (bytes: string | Uint8Array) => Buffer.from(bytes).toString("base64");
  const msgpack = { datacontenttype: "application/msgpack" };
  const event = base64(JSON.stringify(good));
  return [
    ...WRONG.map((value, i) => json(`data_base64 is the wrong thing ${i}`, envelope(value), 1)),
    ...WRONG.map((value, i) => json(`datacontenttype is the wrong thing ${i}`, envelope(event, { datacontenttype: value }), 1)),
    ...WRONG.map((value, i) => json(`data_base64 holds the wrong thing ${i}`, envelope(base64(JSON.stringify(value))), 1)),
    json("base64 with spaces in it", envelope(event.replace(/..../g, "$& ")), 1),
    json("base64 in base64", envelope(base64(event)), 1),
    json("3 MB of base64", envelope(base64("x".repeat(2_200_000))), 1),
    json("base64 of an envelope with base64", envelope(base64(JSON.stringify(envelope(event)))), 1),
    json("base64 of JSON nested deep", envelope(base64(nested("[", "]", 10_000))), 1),
    json("base64 of a prototype", envelope(base64('{"__proto__":{"isAdmin":true},"type":"page","userId":"c"}')), 1),
    json("base64 of invalid UTF-8", envelope(base64(Uint8Array.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))), 1),
    json("base64 of gzip", envelope(base64(gzipSync(JSON.stringify(good)))), 1),
    json("base64 of msgpack that lies about its length", envelope(base64(Uint8Array.from([0xdf, 0xff, 0xff, 0xff, 0xff])), msgpack), 1),
    json(
      "500 envelopes, each with a little msgpack that is 30 KB of JSON",
      Array.from({ length: 500 }, () => envelope(base64(recordBomb(200, 150)), msgpack)),
      500,
    ),
  ];
}

function spoiled(zipped: Buffer): Buffer {
  zipped[zipped.length - 6] = (zipped[zipped.length - 6] as number) ^ 0xff;
  return zipped;
}
