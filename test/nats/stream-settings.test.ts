// Which settings of a stream that is there make it unsuitable. The servers that know each of them differ, so what a server
// would answer is given here; that a real one is asked is for the tests of the log and of the output.

import type { StreamConfig } from "@nats-io/jetstream";
import { describe, expect, test } from "vitest";
import { differencesOf, type StreamWish } from "../../src/nats/stream-settings.ts";

const DAY_NANOS = 86_400 * 1e9;
const wish: StreamWish = { name: "S", description: "", subjects: ["a.>"], maxAgeMs: 0, minAgeMs: 7 * 86_400_000, maxBytes: -1, mayHaveSources: false };
const good: Partial<StreamConfig> = {
  ...{ name: "S", subjects: ["a.>"], retention: "limits", discard: "old", storage: "file" },
  ...{ max_age: 0, max_bytes: -1, max_msgs: -1, max_msgs_per_subject: -1, num_replicas: 1 },
};
const wrong = (set: object, wished: Partial<StreamWish> = {}): string[] => differencesOf({ ...good, ...set } as StreamConfig, { ...wish, ...wished });

test("a stream as it is made will do, also with limits of size, with a long age and with replicas", () => {
  expect(wrong({})).toEqual([]);
  expect(wrong({ max_bytes: 1e9, max_msgs: 1e6, max_age: 8 * DAY_NANOS, num_replicas: 3, persist_mode: "default" })).toEqual([]);
});

describe("what could drop, change or double a message, or forget that it was taken, is named", () => {
  test.each<[object, string]>([
    [{ retention: "workqueue" }, "retention is workqueue, must be limits"],
    [{ discard: "new" }, "discard is new, must be old"],
    [{ storage: "memory" }, "storage is memory, must be file"],
    [{ max_msgs_per_subject: 5 }, "max_msgs_per_subject is 5, must be unlimited"],
    [{ deny_delete: true }, "deny_delete is set, must not be"],
    [{ deny_purge: true }, "deny_purge is set, must not be"],
    [{ sealed: true }, "sealed is set, must not be"],
    [{ no_ack: true }, "no_ack is set, must not be"],
    [{ allow_rollup_hdrs: true }, "allow_rollup_hdrs is set, must not be"],
    [{ allow_msg_counter: true }, "allow_msg_counter is set, must not be"],
    [{ max_age: DAY_NANOS }, "max_age is 24 h, must be at least 168 h"],
    [{ subjects: ["b.>"] }, "subject a.> is missing"],
    [{ persist_mode: "async" }, "persist_mode is async, must be default; it cannot be changed, so the stream has to be made anew"],
    [{ sources: [{ name: "T" }] }, "it has sources, must have none"],
    [{ mirror: { name: "T" } }, "it is a mirror, must take messages itself"],
  ])("%o", (set, what) => {
    expect(wrong(set)).toContain(what);
  });
});

test("the log may source a team's own stream", () => {
  expect(wrong({ sources: [{ name: "T" }] }, { mayHaveSources: true })).toEqual([]);
});
