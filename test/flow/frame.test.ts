import fc from "fast-check";
import { Packr } from "msgpackr";
import { describe, expect, it } from "vitest";
import { type FramedBatch, Framer } from "../../src/flow/frame.ts";
import { forgetRecord } from "../../src/model/forget.ts";
import { epochMs, position } from "../../src/model/ids.ts";
import { type LogMessage, logSubjects } from "../../src/model/log.ts";
import { partitionOf } from "../../src/model/partition-of.ts";
import { ENTRY_CONTROL, ENTRY_EVENT, ENTRY_HEADER_BYTES } from "../../src/partition/protocol.ts";

const SUBJECTS = logSubjects("0");
const FORGET = forgetRecord([{ kind: "user", id: "c1" }], "r1");
const forgetting = (other: object) => JSON.stringify({ ...FORGET, ...other });
const forgettingOf = (wrong: object) => forgetting({ contacts: [FORGET.contacts[0], { ...FORGET.contacts[0], ...wrong }] });
const START_MS = Date.UTC(2026, 10, 20, 12);
const CREATED = "2026-11-01T00:00:00.000Z";

interface Entry {
  readonly kind: "step" | "event" | "control";
  readonly position: number;
  readonly logTime: number;
  readonly index: number;
  readonly partition: number;
  readonly payload: string;
}

/** A log under a framer: each message gets the next position. */
class Script {
  readonly framer: Framer;
  #position = 0;
  nowMs = START_MS;

  /** null: a log without settings. */
  constructor(settings: object | null = {}, workers = 1) {
    this.framer = new Framer({ shard: "0", workers, now: () => this.nowMs });
    if (settings === null) return;
    this.add(JSON.stringify({ created: CREATED, clock: "event", ...settings }), { subject: SUBJECTS.settings });
    this.framer.take();
  }

  add(data: string | Uint8Array, options: Partial<Omit<LogMessage, "data" | "position">> = {}): this {
    const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
    const message = { storedMs: epochMs(START_MS), subject: `${SUBJECTS.event}.web`, contentType: "", ...options };
    this.framer.add({ ...message, position: position(++this.#position), data: bytes });
    return this;
  }

  take(): FramedBatch {
    return this.framer.take();
  }

  /** Entries of all workers, worker by worker. */
  entries(): Entry[] {
    return this.take().perWorker.flatMap(({ buffer, size }) => entriesOf(buffer, size));
  }

  reasons(): string[] {
    return this.take().dead.map((letter) => letter.reason);
  }
}

function entriesOf(buffer: ArrayBuffer, size: number): Entry[] {
  const view = new DataView(buffer, 0, size);
  const entries: Entry[] = [];
  for (let at = 0; at < size; ) {
    const kind = view.getUint32(at, true);
    const length = view.getUint32(at + 4, true);
    entries.push({
      kind: kind === ENTRY_EVENT ? "event" : kind === ENTRY_CONTROL ? "control" : "step",
      position: view.getFloat64(at + 8, true),
      logTime: view.getFloat64(at + 16, true),
      index: view.getUint32(at + 32, true),
      partition: view.getUint32(at + 36, true),
      payload: Buffer.from(buffer, at + ENTRY_HEADER_BYTES, length).toString(),
    });
    at = (at + ENTRY_HEADER_BYTES + length + 7) & ~7;
  }
  return entries;
}

const track = (rest: object = {}) => JSON.stringify({ type: "track", event: "Seen", userId: "u-1", timestamp: START_MS, ...rest });
const at = (seconds: number) => track({ timestamp: START_MS + seconds * 1000 });
const payloads = (script: Script) =>
  script
    .entries()
    .filter((entry) => entry.kind === "event")
    .map((entry) => JSON.parse(entry.payload));
const story = (script: Script) => script.entries().map((entry) => `${entry.kind} ${entry.position} ${(entry.logTime - START_MS) / 1000}`);

describe("one message", () => {
  it("holds one event, which goes on as it came", () => {
    const sent = ' { "type":"track", "event":"Seen","userId":"u-1","x":1.50 }\n';
    const [step, event] = new Script().add(sent).entries();
    expect(step).toMatchObject({ kind: "step", position: 2 });
    expect(event).toEqual({ kind: "event", position: 2, logTime: START_MS, index: 0, partition: partitionOf("u-1"), payload: sent.trim() });
  });

  it("holds an array, a batch or lines", () => {
    const events = ["a", "b", "c"].map((userId) => ({ type: "identify", userId }));
    const lines = events.map((event) => JSON.stringify(event));
    for (const data of [
      JSON.stringify(events),
      `[ ${lines.join(" , ")} ]`,
      JSON.stringify({ batch: events }),
      JSON.stringify({ writeKey: "k", batch: events }, null, 2),
      lines.join("\n"),
      `${lines.join("\r\n\n")}\n`,
    ]) {
      const script = new Script().add(data);
      expect(script.framer.size).toBe(3);
      const entries = script.entries().filter((entry) => entry.kind === "event");
      expect(entries.map((entry) => [entry.index, JSON.parse(entry.payload), entry.partition])).toEqual(
        events.map((event, index) => [index, event, partitionOf(event.userId)]),
      );
    }
  });

  it("may hold nothing", () => {
    for (const data of ["[]", " [ ] ", '{"batch":[]}', '{"batch": [ ] }']) {
      const batch = new Script().add(data).take();
      expect([batch.events, batch.dead.length, batch.messages]).toEqual([0, 0, 1]);
    }
  });

  it("holds msgpack records: one, many, or a batch, with records and 64-bit integers", () => {
    const events = [
      { type: "track", event: "Sold", userId: "ü-1", properties: { revenue: 12.5 } },
      { type: "track", event: "Sold", userId: "u-2", properties: { revenue: 1 } },
    ];
    const big = { type: "identify", userId: 12345678901234567890n, timestamp: BigInt(START_MS) };
    const packr = new Packr({ useRecords: false });
    const records = new Packr({ useRecords: true });
    for (const contentType of ["application/msgpack", "application/x-msgpack; charset=binary"]) {
      const send = (data: Uint8Array) => payloads(new Script().add(data, { contentType }));
      expect(send(packr.pack(events[0]))).toEqual([events[0]]);
      expect(send(Buffer.concat(events.map((event) => packr.pack(event))))).toEqual(events);
      expect(send(packr.pack(events))).toEqual(events);
      expect(send(records.pack(events))).toEqual(events);
      expect(send(packr.pack({ batch: events }))).toEqual(events);
      expect(send(packr.pack(big))).toEqual([{ type: "identify", userId: "12345678901234567890", timestamp: START_MS }]);
    }
  });

  it("means the same whatever msgpack messages came before it", () => {
    const shared = new Packr({ useRecords: true });
    const first = shared.pack([{ type: "identify", userId: "a" }]);
    // A reference to a record that only the message before has defined.
    const orphan = Uint8Array.from([0x40, 0xa1, 0x61, 0xa1, 0x62]);
    const contentType = "application/msgpack";
    const alone = new Script().add(orphan, { contentType }).take();
    const after = new Script().add(first, { contentType }).add(orphan, { contentType }).take();
    expect(after.events - 1).toBe(alone.events);
    expect(after.dead.map((letter) => letter.reason)).toEqual(alone.dead.map((letter) => letter.reason));
  });
});

describe("a CloudEvents envelope", () => {
  const envelope = (data: unknown, rest: object = {}) =>
    JSON.stringify({ specversion: "1.0", id: "ce-1", source: "/shop", type: "com.example", time: "2026-11-20T11:00:00Z", subject: "u-9", ...rest, data });

  it("is taken off, and says what its data does not", () => {
    const bare = { type: "page" };
    const own = { type: "page", messageId: "m", userId: "u", timestamp: "2026-11-20T10:00:00Z" };
    const nulls = { type: "page", messageId: null, userId: null };
    const script = new Script()
      .add(envelope(bare))
      .add(envelope(own))
      .add(envelope(nulls))
      .add(envelope({ type: "page", anonymousId: "a" }));
    const filled = { type: "page", messageId: "ce-1", timestamp: "2026-11-20T11:00:00Z" };
    expect(payloads(script)).toEqual([{ ...filled, userId: "u-9" }, own, { ...filled, userId: "u-9" }, { ...filled, anonymousId: "a" }]);
  });

  it("may come in an array, in lines, or announced by the content type", () => {
    const data = [envelope({ type: "page" }), envelope({ type: "screen" })];
    for (const [body, contentType] of [
      [`[${data}]`, "application/cloudevents-batch+json"],
      [data.join("\n"), ""],
    ] as const) {
      expect(payloads(new Script().add(body, { contentType })).map((event) => [event.type, event.userId])).toEqual([
        ["page", "u-9"],
        ["screen", "u-9"],
      ]);
    }
    expect(new Script().add(track(), { contentType: "application/cloudevents+json" }).reasons()).toEqual(["not_an_event"]);
  });

  describe("with its data as bytes", () => {
    const base64 = (bytes: Uint8Array | string) => Buffer.from(bytes).toString("base64");
    const binary = (data_base64: unknown, rest: object = {}) => envelope(undefined, { data_base64, ...rest });
    const event = { type: "track", event: "Größe?>", messageId: "m" };
    const filled = { ...event, timestamp: "2026-11-20T11:00:00Z", userId: "u-9" };
    const packed = (value: unknown, useRecords = false) => new Packr({ useRecords }).pack(value);

    it("is the event that they are, as its content type says: JSON where it says nothing", () => {
      const json = base64(` ${JSON.stringify(event)}\n`);
      for (const sent of [
        binary(json),
        binary(json, { datacontenttype: "application/json; charset=utf-8" }),
        binary(json, { datacontenttype: "application/vnd.shop+JSON" }),
        binary(json, { datacontenttype: null }),
        binary(json).replaceAll("/", "\\/"),
        binary(json).replace("{", '{"data":null,'),
        binary(base64(packed(event)), { datacontenttype: "application/msgpack" }),
        binary(base64(packed(event, true)), { datacontenttype: "application/x-msgpack" }),
      ])
        expect(payloads(new Script().add(sent)), sent).toEqual([filled]);
      expect(payloads(new Script().add(`[${binary(json)},${envelope(event)}]`, { contentType: "application/cloudevents-batch+json" }))).toEqual([
        filled,
        filled,
      ]);
    });

    it("is what stands in `data` where that is an object: an envelope has one or the other", () => {
      expect(payloads(new Script().add(envelope(event, { data_base64: "!" })))).toEqual([filled]);
    });

    it("is a dead letter that says why where the bytes are no event", () => {
      const bomb = packed(
        Array.from({ length: 2000 }, () => ({ ["k".repeat(1000)]: 1 })),
        true,
      );
      const msgpack = { datacontenttype: "application/msgpack" };
      for (const [sent, reason, error] of [
        [binary("e30"), "not_an_event", "`data_base64` is not base64"],
        [binary("e3 0="), "not_an_event", "`data_base64` is not base64"],
        [binary("e30=\n"), "not_an_event", "`data_base64` is not base64"],
        [binary("-_-_"), "not_an_event", "`data_base64` is not base64"],
        [binary("===="), "not_an_event", "`data_base64` is not base64"],
        [binary({ type: "page" }), "not_an_event", "`data_base64` is not base64"],
        [binary(null), "not_an_event", "without an object in `data`"],
        [binary(base64("{}")).replace("{", '{"data":"text",'), "not_an_event", "without an object in `data`"],
        [binary(base64(JSON.stringify(event)), { datacontenttype: "text/plain" }), "not_an_event", '`datacontenttype` is "text/plain"'],
        [binary(base64(JSON.stringify(event)), { datacontenttype: 7 }), "not_an_event", "of no known kind"],
        [binary(""), "broken_json", "what `data_base64` holds is broken at byte 0"],
        [binary(base64('{"type":')), "broken_json", "what `data_base64` holds is broken at byte 8"],
        [binary(base64("{} {}")), "broken_json", "what `data_base64` holds is broken at byte 3"],
        [binary(base64(Uint8Array.from([0x22, 0xff, 0x22]))), "broken_json", "broken at byte 1"],
        [binary(base64("[".repeat(1000) + "]".repeat(1000))), "broken_json", "nested deeper than 64"],
        [binary(base64("[{}]")), "not_an_event", "not a JSON object"],
        [binary(base64("{}")), "not_an_event", "no `type`"],
        [binary(base64(JSON.stringify({ ...event, pad: "x".repeat(40_000) }))), "too_large", "limits.event_bytes is"],
        [binary(base64(packed(event).subarray(0, 9)), msgpack), "broken_json", "broken msgpack"],
        [binary(base64(packed([event, event])), msgpack), "not_an_event", "not a JSON object"],
        [binary(base64(bomb), msgpack), "too_large", "unpacks to more than 32768 bytes"],
      ] as const) {
        const [letter] = new Script().add(sent).take().dead;
        expect(letter, sent.slice(0, 200)).toMatchObject({ reason, error: expect.stringContaining(error), body: new TextEncoder().encode(sent) });
      }
    });

    it("counts by the bytes that it holds, not by their base64", () => {
      const pad = "x".repeat(32_768 - JSON.stringify({ ...event, pad: "" }).length - 100);
      const sent = binary(base64(JSON.stringify({ ...event, pad })));
      expect(sent.length).toBeGreaterThan(40_000);
      expect(payloads(new Script().add(sent))).toEqual([{ ...filled, pad }]);
    });
  });

  it("without a message in it is a dead letter with the envelope's bytes", () => {
    for (const data of [undefined, null, "text", [], {}, { type: "com.example" }]) {
      const sent = envelope(data);
      const [letter] = new Script().add(sent).take().dead;
      expect(letter).toMatchObject({ reason: "not_an_event", body: new TextEncoder().encode(sent) });
    }
  });
});

describe("a Segment batch", () => {
  const times = { originalTimestamp: "2026-11-20T10:00:00Z", receivedAt: "2026-11-20T10:30:00Z" };

  it("gives its sentAt to events with an originalTimestamp and without a sentAt", () => {
    const events = [
      { type: "page", userId: "u", ...times },
      { type: "page", userId: "u", ...times, sentAt: "2026-11-20T10:00:30Z" },
      { type: "page", userId: "u" },
    ];
    for (const body of [JSON.stringify({ batch: events, sentAt: "2026-11-20T10:00:10Z" }), JSON.stringify({ sentAt: "2026-11-20T10:00:10Z", batch: events })]) {
      expect(payloads(new Script().add(body))).toEqual([{ ...events[0], sentAt: "2026-11-20T10:00:10Z" }, events[1], events[2]]);
    }
  });

  it("gives its context to all, and an event's own keys win", () => {
    const context = { ip: "1.2.3.4", locale: "de-DE" };
    const own = [undefined, {}, null, { locale: "fr-FR" }];
    const body = JSON.stringify({ batch: own.map((value) => ({ type: "page", userId: "u", context: value })), context });
    expect(payloads(new Script().add(body)).map((event) => event.context)).toEqual([context, context, context, { ip: "1.2.3.4", locale: "fr-FR" }]);
  });

  it("loses only its bad events, with the bytes that were sent", () => {
    const body = '{"context":{"a":1},"batch":[{"type":"page","userId":"u"}, {"type":"page","userId":"null"} ,7,{}, {"batch":[]}]}';
    const batch = new Script().add(body).take();
    expect(batch.events).toBe(5);
    expect(batch.dead.map((letter) => [letter.id, letter.reason, Buffer.from(letter.body).toString()])).toEqual([
      ["0-2-1", "forbidden_id", '{"type":"page","userId":"null"}'],
      ["0-2-2", "not_an_event", "7"],
      ["0-2-3", "not_an_event", "{}"],
      ["0-2-4", "not_an_event", '{"batch":[]}'],
    ]);
  });
});

describe("dead letters", () => {
  it.each([
    ["broken_json", '{"type":"track"'],
    ["broken_json", ""],
    ["broken_json", "  \n"],
    ["broken_json", `${track()} x`],
    ["broken_json", `[${track()},]`],
    ["broken_json", `[${track()}] ]`],
    ["broken_json", `[${track()}\n${track()}`],
    ["broken_json", `{"batch":[${track()},{]}`],
    ["broken_json", '{\n  "type": "track",\n  "properties": {}\n  "userId": "u"\n}'],
    ["broken_json", `${track()}${track()}`],
    ["broken_json", "\u{feff}{}"],
    ["not_an_event", "42"],
    ["not_an_event", '"text"'],
    ["not_an_event", "{}"],
    ["not_an_event", track({ type: "tracks" })],
    ["not_an_event", track({ type: 1 })],
    ["not_an_event", track({ event: "" })],
    ["no_id", track({ userId: "" })],
    ["forbidden_id", track({ userId: "undefined" })],
    ["too_large", track({ properties: { text: "x".repeat(32_768) } })],
    ["too_large", track({ userId: "x".repeat(513) })],
    ["bad_time", track({ timestamp: "now" })],
    ["bad_time", track({ timestamp: 1_700_000_000 })],
    ["bad_time", track({ timestamp: START_MS + 86_400_001 })],
  ])("%s: %.60s", (reason, data) => {
    const batch = new Script().add(data).take();
    expect(batch.dead).toEqual([
      { id: "0-2-0", reason, error: expect.stringMatching(/.+/), subject: "tidemark.log.0.event.web", body: new TextEncoder().encode(data) },
    ]);
    expect([batch.events, batch.logTime, batch.perWorker[0]?.size]).toEqual([1, 0, 0]);
  });

  it("say what their sender has to change", () => {
    const error = (data: string): string | undefined => new Script().add(data).take().dead[0]?.error;
    expect(error(track({ timestamp: 1_700_000_000 }))).toBe("1700000000 is before 1990: times are ISO 8601 or milliseconds, and this looks like seconds");
    expect(error(track({ timestamp: 1 }))).toBe("1970-01-01T00:00:00.001Z is before 1990 or more than time.max_future_ms past the stored time");
    expect(error(track({ userId: { id: 7 } }))).toContain("neither a text nor a number");
  });

  it("are single lines of lines", () => {
    const batch = new Script().add(`${track()}\n{"type":"tra\n\n[1]\n${track()}\n${track()}}`).take();
    expect(batch.events).toBe(5);
    expect(batch.dead.map((letter) => [letter.id, letter.reason, Buffer.from(letter.body).toString()])).toEqual([
      ["0-2-1", "broken_json", '{"type":"tra'],
      ["0-2-2", "not_an_event", "[1]"],
      ["0-2-4", "broken_json", `${track()}}`],
    ]);
    expect(new Script().add('{"a\n', { contentType: "application/x-ndjson" }).reasons()).toEqual(["broken_json"]);
    expect(new Script().add(`nonsense\n${track()}`).reasons()).toEqual(["broken_json"]);
  });

  it("are broken UTF-8 and broken msgpack as well", () => {
    expect(new Script().add(Uint8Array.from([...Buffer.from('{"type":"track","event":"'), 0xff, ...Buffer.from('","userId":"u"}')])).reasons()).toEqual([
      "broken_json",
    ]);
    for (const bytes of [[], [0x82, 0xa1], [0x91], [0xa5, 0x61]])
      expect(new Script().add(Uint8Array.from(bytes), { contentType: "application/msgpack" }).reasons()).toEqual(["broken_json"]);
  });

  it("do not move log time, and whatever bytes come, everything is counted", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constant(track()), fc.string(), fc.json(), fc.constant('{"batch":[{},{"type":"page","userId":"u"}]}')), { maxLength: 5 }),
        fc.constantFrom("\n", ",", ""),
        fc.boolean(),
        (parts, glue, wrap) => {
          const batch = new Script().add(wrap ? `[${parts.join(glue)}]` : parts.join(glue)).take();
          const events = batch.perWorker.flatMap(({ buffer, size }) => entriesOf(buffer, size)).filter((entry) => entry.kind === "event");
          expect(events.length + batch.dead.length).toBe(batch.events);
          expect(batch.logTime).toBe(events.length > 0 ? START_MS : 0);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("log time with the event clock", () => {
  it("is the running maximum of event time, and each event carries it", () => {
    expect(story(new Script().add(`[${at(1)},${at(3)},${at(2)}]`).add(at(0)))).toEqual(["step 2 1", "event 2 1", "event 2 3", "event 2 3", "event 3 3"]);
  });

  it("steps once a message, at its first event, and only past the grain since the message before", () => {
    const script = new Script()
      .add(at(0))
      .add(at(0.05))
      .add(at(0.099))
      .add(at(0.1))
      .add(`[${at(0.15)},${at(9)}]`)
      .add(at(9.05))
      .add(at(9.1));
    expect(story(script)).toEqual([
      "step 2 0",
      "event 2 0",
      "event 3 0.05",
      "event 4 0.099",
      "step 5 0.1",
      "event 5 0.1",
      "event 6 0.15",
      "event 6 9",
      "event 7 9.05",
      "step 8 9.1",
      "event 8 9.1",
    ]);
  });

  it("is not moved by ticks, packs or dead letters, but by advance", () => {
    const script = new Script()
      .add(at(0))
      .add("", { subject: SUBJECTS.tick, storedMs: epochMs(START_MS + 60_000) })
      .add('{"name":"p","text":"pack: p"}', { subject: SUBJECTS.pack("p"), storedMs: epochMs(START_MS + 60_000) })
      .add(track({ timestamp: START_MS + 5000, userId: "" }))
      .add(`{"type":"advance","to":"2026-11-20T12:00:10Z"}`, { subject: SUBJECTS.advance })
      .add(`{"to":${START_MS}}`, { subject: SUBJECTS.advance });
    expect(story(script)).toEqual(["step 2 0", "event 2 0", "control 3 0", "control 4 0", "step 6 10", "control 6 10", "control 7 10"]);
  });
});

describe("log time with the stored clock", () => {
  const stored = (seconds: number) => ({ storedMs: epochMs(START_MS + seconds * 1000) });

  it("is the running maximum of the stored times, of every message", () => {
    const script = new Script({ clock: "stored" })
      .add(`[${at(-100)},${at(5)}]`, stored(1))
      .add(at(0), stored(0))
      .add("", { subject: SUBJECTS.tick, ...stored(2) })
      .add("nonsense", stored(3))
      .add(at(0), stored(3));
    expect(story(script)).toEqual(["step 2 1", "event 2 1", "event 2 1", "event 3 1", "step 4 2", "control 4 2", "step 5 3", "event 6 3"]);
  });

  it("stands still for messages that are stamped earlier than one before, and counts them", () => {
    const script = new Script({ clock: "stored" })
      .add(at(0), stored(5))
      .add(at(0), stored(1))
      .add("", { subject: SUBJECTS.tick, ...stored(4.999) })
      .add(at(0), stored(5))
      .add("broken", stored(2));
    const batch = script.take();
    expect([batch.stampedBack, batch.logTime]).toEqual([3, START_MS + 5000]);
    expect(script.take().stampedBack).toBe(0);
    expect(new Script({ clock: "event" }).add(at(0), stored(5)).add(at(0), stored(1)).take().stampedBack).toBe(0);
  });

  it("stops at a message from the future, before anything of it happens", () => {
    const script = new Script({ clock: "stored" }).add(at(0), stored(600));
    const before = script.framer.logTime;
    expect(() => script.add(at(0), stored(600.001))).toThrow(expect.objectContaining({ code: "CLOCK_AHEAD", message: expect.stringContaining("position 3") }));
    expect([script.framer.logTime, script.framer.size]).toEqual([before, 1]);
    script.nowMs += 1;
    script.add(at(0), stored(600.001));
    expect(script.framer.size).toBe(2);
  });

  it("has no use for advance", () => {
    expect(new Script({ clock: "stored" }).add('{"to":0}', { subject: SUBJECTS.advance }).reasons()).toEqual(["unknown_record"]);
  });
});

describe("control records", () => {
  it("nothing lives before settings", () => {
    const script = new Script(null);
    script.add(track()).add("", { subject: SUBJECTS.tick }).add('{"created":"never"}', { subject: SUBJECTS.settings }).add("{", { subject: SUBJECTS.settings });
    expect(script.framer.settings).toBeUndefined();
    expect(script.reasons()).toEqual(["before_settings", "before_settings", "unknown_record", "unknown_record"]);
    script.add(JSON.stringify({ created: CREATED }), { subject: SUBJECTS.settings });
    expect(script.framer.settings?.time.grain_ms).toBe(100);
    const [entry, ...rest] = script.entries();
    expect(rest).toEqual([]);
    expect(entry?.kind).toBe("control");
    expect(JSON.parse(entry?.payload ?? "")).toMatchObject({ type: "settings", created: CREATED, clock: "stored", limits: { event_bytes: 32_768 } });
  });

  it("of the settings only the first counts", () => {
    const script = new Script({ limits: { event_bytes: 256 } }).add(JSON.stringify({ created: CREATED, limits: { event_bytes: 9999 } }), {
      subject: SUBJECTS.settings,
    });
    expect(script.framer.settings?.limits.event_bytes).toBe(256);
    expect([script.entries(), script.reasons()]).toEqual([[], []]);
  });

  it("go to every worker, as do steps; an event goes to one", () => {
    const events = Array.from({ length: 50 }, (_, index) => track({ userId: `u-${index}` }));
    const batch = new Script({}, 3)
      .add('{"name":"p","text":"x"}', { subject: SUBJECTS.pack("p") })
      .add(`[${events}]`)
      .take();
    const workers = batch.perWorker.map(({ buffer, size }) => entriesOf(buffer, size));
    for (const [worker, entries] of workers.entries()) {
      expect(entries.slice(0, 2).map((entry) => entry.kind)).toEqual(["control", "step"]);
      expect(JSON.parse(entries[0]?.payload ?? "")).toEqual({ type: "pack", name: "p", text: "x" });
      expect(entries.slice(2).every((entry) => entry.partition % 3 === worker)).toBe(true);
      expect(entries.length).toBeGreaterThan(5);
    }
    expect(
      workers
        .flat()
        .filter((entry) => entry.kind === "event")
        .map((entry) => entry.payload)
        .sort(),
    ).toEqual([...events].sort());
  });

  it("a policy goes to the workers with its text, and is none without", () => {
    const record = (text: string) => new Script().add(text, { subject: SUBJECTS.policy });
    expect(record('{"policy":"p"}').reasons()).toEqual(["unknown_record"]);
    expect(
      record('{"policy":"p","text":"x"}')
        .entries()
        .map((entry) => JSON.parse(entry.payload)),
    ).toEqual([{ type: "policy", policy: "p", text: "x" }]);
  });

  it("that mean nothing are dead letters", () => {
    const records: [string, string][] = [
      ["merge", "{}"],
      ["pack.p", "{}"],
      ["pack.p", "[]"],
      ["pack.p", '{"type":"settings","text":""}'],
      ["advance", "{}"],
      ["broadcast", '{"pack":"p","trigger":"t"}'],
      ["broadcast", '{"pack":"p","trigger":"t","id":"a b"}'],
      ["forget", "{}"],
      ["forget", forgetting({ contacts: [] })],
      ["forget", forgetting({ request: "two words" })],
      ["forget", forgetting({ erase: ["tape"] })],
      ["erased", JSON.stringify({ request: "r1", what: "tape", erased: 1, left: 0 })],
      ...[{ kind: "staff" }, { hash: "c1" }, { partition: 64 }, { probe: 0.5 }].map((wrong) => ["forget", forgettingOf(wrong)] as [string, string]),
      ["advance", '{"to":"later"}'],
      ["", ""],
    ];
    for (const [kind, body] of records)
      expect(new Script().add(body, { subject: `tidemark.log.0.control.${kind}` }).reasons(), kind).toEqual(["unknown_record"]);
  });
});

describe("a batch", () => {
  it("says what it holds, and the next begins empty", () => {
    const script = new Script().add(track()).add("{").add(at(1));
    expect(script.framer.messages).toBe(3);
    expect(script.take()).toMatchObject({ firstPosition: 2, lastPosition: 4, logTime: START_MS + 1000, messages: 3, events: 3 });
    expect(script.take()).toMatchObject({ firstPosition: 0, lastPosition: 0, logTime: START_MS + 1000, messages: 0, events: 0, dead: [] });
  });

  it("uses buffers again", () => {
    const script = new Script();
    const buffer = new ArrayBuffer(4096);
    script.framer.take([buffer]);
    expect(script.add(track()).take().perWorker[0]?.buffer).toBe(buffer);
  });

  it("is cut anywhere without a change to what comes out, also by a restart", () => {
    const messages = [at(0), `[${at(1)},${at(0.5)},{}]`, at(1.05), at(0), `${at(2)}\n${at(2.2)}`, "{", at(2.25), at(9)];
    const whole = new Script();
    for (const message of messages) whole.add(message);
    const expected = whole.entries();
    for (let cut = 0; cut <= messages.length; cut++) {
      const cutting = new Script();
      const entries: Entry[] = [];
      let framer = cutting.framer;
      for (const [index, message] of messages.entries()) {
        if (index === cut) {
          entries.push(...framer.take().perWorker.flatMap((part) => entriesOf(part.buffer, part.size)));
          const { logTime, settings } = framer;
          framer = new Framer({ shard: "0", workers: 1 });
          if (settings !== undefined) framer.restore(logTime, settings);
        }
        framer.add({
          position: position(index + 2),
          storedMs: epochMs(START_MS),
          subject: SUBJECTS.event,
          contentType: "",
          data: new TextEncoder().encode(message),
        });
      }
      entries.push(...framer.take().perWorker.flatMap((part) => entriesOf(part.buffer, part.size)));
      expect(entries).toEqual(expected);
    }
  });
});
