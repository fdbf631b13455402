import { expect, test } from "vitest";
import { Sample } from "../../../src/packs/check/sample.ts";
import { packFrom } from "../../support/pack.ts";

const PACK = packFrom("pack: p\nversion: 1\nevents: { order: Ordered }\nmeasures: { n: { count: order } }\n");
const EVENT = { type: "track", event: "Ordered", userId: "c" };
const base64 = (text: string) => Buffer.from(text).toString("base64");

function seen(...values: readonly unknown[]) {
  const sample = new Sample(PACK);
  for (const value of values) sample.add(value);
  return { messages: sample.messages, named: sample.events[0]?.named, unread: sample.unread };
}

test("events are counted in every form in which they are read elsewhere", () => {
  const envelope = { specversion: "1.0", id: "1" };
  expect(
    seen(
      EVENT,
      [EVENT],
      { batch: [EVENT] },
      { ...envelope, data: EVENT },
      { ...envelope, data_base64: base64(JSON.stringify(EVENT)) },
      { ...envelope, data: null, data_base64: base64(JSON.stringify(EVENT)), datacontenttype: "application/json; charset=utf-8" },
    ),
  ).toEqual({ messages: 6, named: 6, unread: 0 });
});

test("what is none is counted as unread, envelopes that hold something else too", () => {
  const envelope = { specversion: "1.0", id: "1" };
  expect(
    seen(
      7,
      { type: "com.example" },
      { ...envelope, data: "text", data_base64: base64(JSON.stringify(EVENT)) },
      { ...envelope, data_base64: "!" },
      { ...envelope, data_base64: base64("{") },
      { ...envelope, data_base64: base64(JSON.stringify(EVENT)), datacontenttype: "image/png" },
    ),
  ).toEqual({ messages: 0, named: 0, unread: 6 });
});
