import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { Packr } from "msgpackr";
import { describe, expect, test } from "vitest";
import { memoryEdge, NOW, post } from "./memory-edge.ts";

const track = { event: "Signed Up", userId: "c_1", messageId: "m1", timestamp: "2026-03-02T08:59:00.000Z" };
const basic = (key: string): string => `Basic ${Buffer.from(`${key}:`).toString("base64")}`;

describe("what is taken", () => {
  test.each(["track", "identify", "page", "screen", "group", "alias"])("/v1/%s makes the event of that type, and says when it came in", async (type) => {
    const edge = await memoryEdge();
    const answer = await post(`${edge.url}/v1/${type}`, { ...track, type: "nonsense" });
    expect([answer.status, answer.body]).toEqual([200, { success: true }]);
    expect(edge.events()).toEqual([{ ...track, type, receivedAt: "2026-03-02T09:00:00.000Z" }]);
  });

  test("the paths of the browser SDK and of Jitsu are the same routes", async () => {
    const edge = await memoryEdge();
    for (const path of ["/v1/t", "/api/s/track", "/api/s/s2s/track", "/v1/track/"]) expect((await post(edge.url + path, track)).status).toBe(200);
    expect(edge.events().map(({ type }) => type)).toEqual(["track", "track", "track", "track"]);
  });

  test("a batch is its events in order; what it says for all goes to each", async () => {
    const edge = await memoryEdge();
    const batch = [
      { ...track, type: "track", context: { ip: "own" } },
      { type: "page", anonymousId: "a", messageId: "m2" },
    ];
    await post(`${edge.url}/v1/batch`, { batch, sentAt: "2026-03-02T08:59:59.000Z", context: { ip: "batch", locale: "de" }, writeKey: "k" });
    const [first, second] = edge.events();
    expect(first).toMatchObject({
      context: { ip: "own", locale: "de" },
      sentAt: "2026-03-02T08:59:59.000Z",
      originalTimestamp: track.timestamp,
      timestamp: track.timestamp,
    });
    expect(second).toMatchObject({ type: "page", context: { ip: "batch", locale: "de" }, sentAt: "2026-03-02T08:59:59.000Z" });
    expect(second).not.toHaveProperty("originalTimestamp");
  });

  test("the sender's clock is corrected only where nobody did so before", async () => {
    const edge = await memoryEdge();
    const sentAt = "2026-03-02T08:59:30.000Z";
    await post(`${edge.url}/v1/track`, { ...track, sentAt, receivedAt: "2026-03-02T08:59:31.000Z" });
    await post(`${edge.url}/v1/track`, { ...track, sentAt, originalTimestamp: "2026-03-02T08:58:00.000Z" });
    expect(edge.events().map(({ originalTimestamp, receivedAt }) => [originalTimestamp, receivedAt])).toEqual([
      [undefined, "2026-03-02T08:59:31.000Z"],
      ["2026-03-02T08:58:00.000Z", new Date(NOW).toISOString()],
    ]);
  });

  test.each([undefined, null, "", {}, true])("an event without a usable messageId gets one: %j", async (messageId) => {
    const edge = await memoryEdge();
    await post(`${edge.url}/v1/track`, { ...track, messageId });
    expect(edge.events()[0]?.["messageId"]).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("numbers keep their digits, and the write key is not stored", async () => {
    const edge = await memoryEdge();
    await post(`${edge.url}/v1/track`, '{"event":"E","userId":12345678901234567890,"writeKey":"secret","properties":{"x":1.10}}');
    expect(edge.messages[0]).toContain('"userId":12345678901234567890');
    expect(edge.messages[0]).toContain('{"x":1.10}');
    expect(edge.messages[0]).not.toContain("secret");
  });

  test("gzip is known by its bytes, whatever the headers say; lines, arrays and msgpack as in a message of the log", async () => {
    const edge = await memoryEdge();
    const event = JSON.stringify({ ...track, type: "track" });
    await post(`${edge.url}/v1/batch`, gzipSync(JSON.stringify({ batch: [JSON.parse(event)] })));
    await post(`${edge.url}/v1/batch`, gzipSync(event), { "content-type": "text/plain", "content-encoding": "gzip" });
    await post(`${edge.url}/v1/batch`, Buffer.concat([gzipSync(event), gzipSync(`\n${event}`)]), { "content-type": "application/x-ndjson" });
    await post(`${edge.url}/v1/batch`, `[${event},${event}]`);
    await post(`${edge.url}/v1/batch`, `${event}\n${event}\n`);
    await post(`${edge.url}/v1/batch`, Uint8Array.from([0x81, 0xa4, ...Buffer.from("type"), 0xa4, ...Buffer.from("page")]), {
      "content-type": "application/msgpack",
    });
    expect(edge.events().length).toBe(8);
    expect(edge.letters.map(({ reason }) => reason)).toEqual(["no_id"]);
  });

  test("requests that come together share messages; each message keeps its size", async () => {
    const edge = await memoryEdge({ messageBytes: 4096, store: () => new Promise((resolve) => setTimeout(() => resolve({ kind: "stored" }), 20)) });
    await Promise.all(Array.from({ length: 60 }, (_, i) => post(`${edge.url}/v1/track`, { ...track, messageId: `m${i}`, pad: "x".repeat(200) })));
    expect(edge.events().length).toBe(60);
    expect(edge.messages.length).toBeLessThan(60);
    expect(Math.max(...edge.messages.map((message) => message.length))).toBeLessThanOrEqual(4096);
    expect(await edge.metric("tidemark_edge_messages_total")).toBe(edge.messages.length);
  });
});

describe("what is not taken", () => {
  test("a bad event is listed with its place and reason and dead-lettered; the others are taken", async () => {
    const edge = await memoryEdge();
    const batch = [
      { ...track, type: "track" },
      { type: "track", userId: "c" },
      { type: "page", messageId: "m9" },
      7,
      { ...track, type: "track", userId: "undefined" },
      { ...track, type: "track", pad: "x".repeat(33_000) },
      { ...track, type: "track", timestamp: "yesterday" },
    ];
    const { status, body } = await post(`${edge.url}/v1/batch`, { batch });
    expect([status, body["success"], body["accepted"], body["rejectedCount"]]).toEqual([200, true, 1, 6]);
    const rejected = body["rejected"] as { index: number; reason: string; messageId?: string }[];
    expect(rejected.map(({ index, reason }) => `${index} ${reason}`)).toEqual([
      "1 not_an_event",
      "2 no_id",
      "3 not_an_event",
      "4 forbidden_id",
      "5 too_large",
      "6 bad_time",
    ]);
    expect(rejected[1]?.messageId).toBe("m9");
    expect(edge.letters.map(({ reason }) => reason)).toEqual(rejected.map(({ reason }) => reason));
    expect(new Set(edge.letters.map(({ id }) => id)).size).toBe(6);
    expect(await edge.metric('tidemark_edge_events_total{outcome="accepted"}')).toBe(1);
    expect(await edge.metric('tidemark_edge_events_total{outcome="rejected"}')).toBe(6);
    expect(await edge.metric('tidemark_edge_rejected_events_total{reason="no_id"}')).toBe(1);
  });

  test.each([
    ["nothing", ""],
    ["a broken batch", '{"batch":[\n{"type":"page","userId":"c"},\n{"type":"page","userId":"d"}\n'],
    ["bytes that are no UTF-8", Uint8Array.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ["gzip that breaks off", gzipSync(JSON.stringify(track)).subarray(0, 40)],
    ["msgpack that is none", Uint8Array.from([0xdc, 0xff])],
  ])("%s is 400, and nothing is stored", async (what, bytes) => {
    const edge = await memoryEdge();
    const { status, body } = await post(`${edge.url}/v1/batch`, bytes, what.startsWith("msgpack") ? { "content-type": "application/msgpack" } : {});
    expect([status, body["success"]]).toEqual([400, false]);
    expect([edge.messages.length, edge.letters.length]).toEqual([0, 0]);
  });

  test("one event that is nested too deep does not take its batch along", async () => {
    const edge = await memoryEdge();
    const good = JSON.stringify({ ...track, type: "track", userId: 1 }).replace('"userId":1', '"userId":12345678901234567890');
    const deep = `{"type":"track","event":"E","userId":"c","properties":${"[".repeat(500)}"]"${"]".repeat(500)}}`;
    const { status, body } = await post(`${edge.url}/v1/batch`, `{"sentAt":"2026-03-02T08:59:59.000Z","batch":[${good},${deep},${good}],"writeKey":"k"}`);
    expect([status, body["accepted"], (body["rejected"] as { index: number }[])[0]?.index]).toEqual([200, 2, 1]);
    expect(edge.messages.join("")).toContain("12345678901234567890");
    expect(edge.events()[0]).toHaveProperty("sentAt", "2026-03-02T08:59:59.000Z");
  });

  test("a body over the limit is 400, zipped or not, and a bomb is no exception", async () => {
    const edge = await memoryEdge({ bodyBytes: 100_000 });
    for (const bytes of ["x".repeat(100_001), gzipSync(Buffer.alloc(200_000, "x")), gzipSync(gzipSync(Buffer.alloc(20_000_000)))]) {
      const { status, body } = await post(`${edge.url}/v1/batch`, bytes);
      expect([status, typeof (body["error"] as { message: string }).message]).toEqual([400, "string"]);
    }
    const liar = gzipSync(Buffer.alloc(200_000, "x"));
    liar.writeUInt32LE(10, liar.length - 4);
    expect((await post(`${edge.url}/v1/batch`, liar)).status).toBe(400);
    expect((await post(`${edge.url}/v1/batch`, { batch: [{ ...track, type: "track" }] })).status).toBe(200);
    expect(await edge.metric("tidemark_edge_pending_bytes")).toBeLessThanOrEqual(2048);
  });
});

test("a context that would be written into very many events counts as often", async () => {
  const edge = await memoryEdge({ bodyBytes: 1_000_000, pendingBytes: 2_000_000 });
  const batch = Array.from({ length: 1000 }, (_, i) => ({ type: "page", userId: `c${i}` }));
  const context = { pad: "x".repeat(2000) };
  expect((await post(`${edge.url}/v1/batch`, { batch, context })).status).toBe(400);
  expect((await post(`${edge.url}/v1/batch`, { batch: batch.slice(0, 100), context })).status).toBe(200);
  expect(edge.events().length).toBe(100);
  expect(await edge.metric("tidemark_edge_pending_bytes")).toBeLessThan(300_000);
  expect((await post(`${edge.url}/v1/batch`, { batch: batch.slice(0, 100) })).status).toBe(200);
  await expect.poll(() => edge.metric("tidemark_edge_pending_bytes")).toBeLessThan(50_000);
});

describe("nothing is called stored that is not", () => {
  test("the answer waits for the broker", async () => {
    const gate = Promise.withResolvers<void>();
    const edge = await memoryEdge({ store: () => gate.promise.then(() => ({ kind: "stored" })) });
    let answered = false;
    const posting = post(`${edge.url}/v1/track`, track).finally(() => {
      answered = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(answered).toBe(false);
    gate.resolve();
    expect((await posting).status).toBe(200);
  });

  test("what the broker does not take, or not in time, is 503 with Retry-After", async () => {
    const refused = await memoryEdge({ store: async () => ({ kind: "unavailable", reason: "no stream" }) });
    const answer = await post(`${refused.url}/v1/track`, track);
    expect([answer.status, answer.headers.get("retry-after"), answer.body["success"]]).toEqual([503, "1", false]);
    const slow = await memoryEdge({ store: () => new Promise(() => {}), answerMs: 100 });
    expect((await post(`${slow.url}/v1/track`, track)).status).toBe(503);
    expect(await refused.metric('tidemark_edge_events_total{outcome="unavailable"}')).toBe(1);
  });

  test("dead letters that cannot be stored are no success either", async () => {
    const edge = await memoryEdge({ parts: { dead: { put: () => Promise.reject(new Error("full")) } } });
    expect((await post(`${edge.url}/v1/track`, { event: "E" })).status).toBe(503);
  });

  test("msgpack counts as the JSON that it comes to, by itself and in envelopes: towards the body's limit, the budget and an event's limit", async () => {
    const records = (count: number) =>
      new Packr({ useRecords: true }).pack(Array.from({ length: count }, (_, i) => ({ type: "track", ...track, ["k".repeat(500)]: i })));
    const msgpack = { "content-type": "application/msgpack" };
    const edge = await memoryEdge({ bodyBytes: 100_000, pendingBytes: 110_000 });
    expect(records(1000).length).toBeLessThan(60_000);
    expect((await post(`${edge.url}/v1/batch`, records(1000), msgpack)).body["error"]).toMatchObject({ code: "too_large" });
    expect((await post(`${edge.url}/v1/batch`, records(100), msgpack)).body).toEqual({ success: true });
    const key = { ["k".repeat(500)]: 1 };
    const content = new Packr({ useRecords: true }).pack({ type: "track", ...track, list: Array.from({ length: 40 }, () => key) });
    const data_base64 = Buffer.from(content).toString("base64");
    const envelopes = (count: number) => Array.from({ length: count }, () => ({ specversion: "1.0", datacontenttype: "application/msgpack", data_base64 }));
    expect((await post(`${edge.url}/v1/batch`, envelopes(2))).body).toEqual({ success: true });
    const many = await post(`${edge.url}/v1/batch`, envelopes(20));
    expect([many.status, many.body["rejected"] ?? many.body["error"]]).toEqual([
      200,
      expect.arrayContaining([expect.objectContaining({ reason: "too_large" })]),
    ]);
    expect(many.body["accepted"]).toBe(4);
    const tight = await memoryEdge({ bodyBytes: 100_000, pendingBytes: 30_000 });
    expect((await post(`${tight.url}/v1/batch`, envelopes(2))).status).toBe(429);
    expect((await post(`${tight.url}/v1/track`, track)).status).toBe(200);
    expect(tight.events()).toEqual([expect.objectContaining(track)]);
  });

  test("beyond the budget requests are turned away with 429, and taken again once there is room", async () => {
    const gate = Promise.withResolvers<void>();
    const edge = await memoryEdge({ pendingBytes: 20_000, store: () => gate.promise.then(() => ({ kind: "stored" })) });
    const big = { ...track, pad: "x".repeat(9_000) };
    const held = [post(`${edge.url}/v1/track`, big), post(`${edge.url}/v1/track`, big)];
    await new Promise((resolve) => setTimeout(resolve, 200));
    const turned = await post(`${edge.url}/v1/track`, big);
    expect([turned.status, turned.headers.get("retry-after")]).toEqual([429, "1"]);
    gate.resolve();
    expect((await Promise.all(held)).map(({ status }) => status)).toEqual([200, 200]);
    expect((await post(`${edge.url}/v1/track`, big)).status).toBe(200);
  });

  test("while it is closed it says why, with 503", async () => {
    const edge = await memoryEdge({ parts: { closed: () => "the engine is starting" } });
    const { status, body } = await post(`${edge.url}/v1/track`, track);
    expect([status, (body["error"] as { message: string }).message]).toEqual([503, "the engine is starting"]);
  });
});

describe("who may send", () => {
  test("with keys: Basic, Bearer, a header, the query or the body may have it; another or none is 401", async () => {
    const edge = await memoryEdge({ writeKeys: ["k1", "k2"] });
    const status = async (path: string, body: unknown, headers: Record<string, string> = {}) => (await post(edge.url + path, body, headers)).status;
    expect(await status("/v1/track", track, { authorization: basic("k1") })).toBe(200);
    expect(await status("/v1/track", track, { authorization: "Bearer k2" })).toBe(200);
    expect(await status("/v1/track", track, { "x-write-key": "k2" })).toBe(200);
    expect(await status("/v1/track?writeKey=k2", track)).toBe(200);
    expect(await status("/v1/track", { ...track, writeKey: "k1" })).toBe(200);
    expect(await status("/v1/batch", { batch: [{ ...track, type: "track" }], writeKey: "k1" })).toBe(200);
    expect(await status("/v1/track", track)).toBe(401);
    expect(await status("/v1/track", { ...track, writeKey: "k3" })).toBe(401);
    expect(await status("/v1/track", { ...track, writeKey: "k1" }, { authorization: basic("k3") })).toBe(401);
    expect(edge.events().length).toBe(6);
  });

  test("without keys only where no other machine can reach it", async () => {
    expect((await post(`${(await memoryEdge()).url}/v1/track`, track)).status).toBe(200);
    expect((await post(`${(await memoryEdge({ parts: { local: false } })).url}/v1/track`, track)).status).toBe(401);
  });
});

describe("browsers", () => {
  test("a preflight is answered, and every answer may be read by the page", async () => {
    const edge = await memoryEdge();
    const asked = await fetch(`${edge.url}/v1/t`, {
      method: "OPTIONS",
      headers: { origin: "https://shop.example", "access-control-request-method": "POST", "access-control-request-headers": "authorization,content-type" },
    });
    expect([asked.status, asked.headers.get("access-control-allow-origin"), asked.headers.get("access-control-allow-headers")]).toEqual([
      204,
      "*",
      "authorization,content-type",
    ]);
    expect((await post(`${edge.url}/v1/t`, track, { origin: "https://shop.example" })).headers.get("access-control-allow-origin")).toBe("*");
    expect((await post(`${edge.url}/v1/t`, "{", { origin: "https://shop.example" })).headers.get("access-control-allow-origin")).toBe("*");
  });

  test("named origins are allowed, others are not", async () => {
    const edge = await memoryEdge({ origins: ["https://shop.example"] });
    const allowed = async (origin: string) => (await post(`${edge.url}/v1/t`, track, { origin })).headers.get("access-control-allow-origin");
    expect([await allowed("https://shop.example"), await allowed("https://evil.example")]).toEqual(["https://shop.example", null]);
  });

  test("the settings that the browser SDK asks for name this edge", async () => {
    const edge = await memoryEdge({ writeKeys: ["k1"] });
    const settings = await (await fetch(`${edge.url}/v1/projects/k1/settings`)).json();
    expect(settings).toMatchObject({ integrations: { "Segment.io": { apiKey: "k1", apiHost: `${new URL(edge.url).host}/v1`, protocol: "http" } } });
    expect((await fetch(`${edge.url}/v1/projects/other/settings`)).status).toBe(401);
  });
});

describe("the protocol", () => {
  test("another method is 405 with Allow", async () => {
    const edge = await memoryEdge();
    const answer = await fetch(`${edge.url}/v1/batch`);
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, "POST, OPTIONS"]);
  });

  test("a connection that is used again after a refused body still works", async () => {
    const edge = await memoryEdge({ bodyBytes: 1024 });
    for (let i = 0; i < 5; i++) {
      expect((await post(`${edge.url}/v1/track`, "x".repeat(5000))).status).toBe(400);
      expect((await post(`${edge.url}/v1/track`, track)).status).toBe(200);
    }
  });

  test("headers or a body that trickle in are cut off", async () => {
    const edge = await memoryEdge({ timeoutMs: 300 });
    const { port } = new URL(edge.url);
    const trickle = (head: string): Promise<string> =>
      new Promise((resolve) => {
        const socket = connect(Number(port), "127.0.0.1", () => socket.write(head));
        let text = "";
        socket
          .on("data", (chunk) => (text += chunk))
          .on("close", () => resolve(text))
          .on("error", () => resolve(text));
      });
    expect(await trickle("POST /v1/track HTTP/1.1\r\nhost: a\r\nx-")).toContain("408");
    await trickle("POST /v1/track HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\n{");
    expect((await post(`${edge.url}/v1/track`, track)).status).toBe(200);
    expect(edge.events().length).toBe(1);
  });
});
