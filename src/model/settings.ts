// `settings`: the first record of every log. Whatever can change a result and is not an event or a pack stands here, so
// that a log replays to the same bytes anywhere. What is not here (batch sizes, workers, cadences) changes no result.

import { z } from "zod";

const day = 86_400_000;

export const settingsSchema = z.strictObject({
  format: z.literal(1).default(1).describe("format of the log's records"),
  engine: z.string().default("0.1.0").describe("version of the engine that began the log"),
  shard: z
    .string()
    .regex(/^[a-z0-9_-]{1,32}$/i)
    .default("0")
    .describe("name of the shard"),
  created: z.iso.datetime().describe("when the log was begun; part of every effect's `source`"),
  clock: z.enum(["stored", "event"]).default("stored").describe("what moves log time: the log's own timestamps, or the running maximum of event time"),
  zone_rules: z.string().default("unknown").describe("version of the time zone rules that the log was begun with, such as 2026c"),
  partitions: z.literal(64).default(64).describe("partitions of the log"),
  time: z
    .strictObject({
      grain_ms: z.int().min(1).max(60_000).default(100).describe("a time step is taken when log time passes a multiple of this"),
      lateness_ms: z
        .int()
        .min(0)
        .default(30 * day)
        .describe("events older than log time less this are `late` and not applied"),
      skew_ms: z.int().min(0).default(60_000).describe("stored clock: how far an event may be ahead of log time before its time is clamped"),
      max_future_ms: z.int().min(0).default(day).describe("an event further past its stored time than this is a dead letter"),
    })
    .prefault({}),
  timers: z
    .strictObject({
      per_step: z.int().min(1).default(1000).describe("deadlines fired per partition and time step; the rest wait for the next"),
      recut_per_step: z
        .int()
        .min(1)
        .default(20)
        .describe("contacts per partition and time step that are looked at because new numbers of the population move them"),
      recut_slots_per_step: z.int().min(1).default(300).describe("contacts per partition and time step that the sweep of new numbers passes, moved or not"),
      sweep_per_step: z.int().min(1).default(1000).describe("contacts per partition and time step that are taken over into changed packs"),
    })
    .prefault({}),
  duplicates: z
    .strictObject({
      capacity: z.int().min(16).max(16_777_216).default(65_536).describe("message ids remembered per partition"),
      window_ms: z.int().min(1000).default(day).describe("how long a message id is remembered"),
    })
    .prefault({}),
  forgotten: z
    .strictObject({
      capacity: z
        .int()
        .min(16)
        .max(1_048_576)
        .default(16_384)
        .describe("forgotten contacts that are remembered by their hash; beyond it the oldest tombstone goes"),
      keep_ms: z
        .int()
        .min(day)
        .default(400 * day)
        .describe(
          "how long a forgotten contact's tombstone is kept, so that what it did before does not come back; at least as long as the log keeps messages",
        ),
    })
    .prefault({}),
  limits: z
    .strictObject({
      event_bytes: z.int().min(256).default(32_768).describe("a larger event is a dead letter"),
      id_bytes: z.int().min(16).max(4096).default(512).describe("a longer id is a dead letter"),
      trait_bytes: z.int().min(16).max(4096).default(256).describe("a longer string trait is dropped and counted"),
      held: z.int().min(0).max(1000).default(20).describe("triggers that a contact's quiet hours hold, at most; beyond it they are withheld at once"),
      carry_bytes: z.int().min(64).max(65_536).default(2048).describe("what a pending trigger carries; beyond it is dropped and counted"),
      record_bytes: z
        .int()
        .min(4096)
        .max(67_108_864)
        .default(524_288)
        .describe(
          "a record between partitions is at most so large: a contact that is larger is not merged, an event that is larger is not sent on, and both are counted",
        ),
    })
    .prefault({}),
  identity: z
    .strictObject({
      ties: z
        .enum(["none", "alias", "all"])
        .default("none")
        .describe("what says that two ids are one person: nothing, `alias` alone, or also every event with a user id and an anonymous id"),
      two_users: z
        .enum(["refuse", "merge"])
        .default("refuse")
        .describe("an anonymous id is seen with a second user id: the two stay two, or the second joins the first"),
    })
    .prefault({}),
});

/** As in the log. Times in the record are ISO 8601, durations in milliseconds, sizes in bytes. */
export type Settings = z.infer<typeof settingsSchema>;
/** What a user may leave out. */
export type SettingsInput = z.input<typeof settingsSchema>;
