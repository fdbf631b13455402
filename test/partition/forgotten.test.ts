import { describe, expect, it } from "vitest";
import { forgetRecord } from "../../src/model/forget.ts";
import type { ContactKey } from "../../src/model/ids.ts";
import { Forgotten, type ForgottenRecord } from "../../src/partition/forgotten.ts";
import { packFrom } from "../support/pack.ts";
import { Fold, runScript, START } from "../support/script.ts";

const DAY = 86_400_000;
const LIMITS = { capacity: 16, keep_ms: 10 * DAY };
const user = (id: string): ContactKey => ({ kind: "user", id });

function remember(forgotten: Forgotten, id: string, at: number, position = at): boolean {
  const request = `of-${id}-${at}`;
  const [{ hash, probe }] = forgetRecord([user(id)], request).contacts;
  return forgotten.remember({ request, hash, probe, at, position });
}

describe("tombstones", () => {
  it("cover what a contact did up to then, and nobody else", () => {
    const forgotten = new Forgotten(LIMITS);
    remember(forgotten, "a", 100);
    expect([forgotten.covers(user("a"), 100), forgotten.covers(user("a"), 101), forgotten.covers(user("b"), 1)]).toEqual([true, false, false]);
    expect(forgotten.covers({ kind: "anonymous", id: "a" }, 1)).toBe(false);
    remember(forgotten, "a", 200);
    expect([forgotten.size, forgotten.covers(user("a"), 150), forgotten.find("of-a-100"), forgotten.find("of-a-200")?.at]).toEqual([1, true, undefined, 200]);
  });

  it("go when they are old enough, not before", () => {
    const forgotten = new Forgotten(LIMITS);
    remember(forgotten, "a", 100);
    remember(forgotten, "b", 200);
    expect(forgotten.nextExpiry).toBe(100 + 10 * DAY + 1);
    forgotten.expire(100 + 10 * DAY);
    expect(forgotten.size).toBe(2);
    forgotten.expire(forgotten.nextExpiry);
    expect([forgotten.covers(user("a"), 1), forgotten.covers(user("b"), 1), forgotten.newest]).toEqual([false, true, 200]);
  });

  it("are bounded: the oldest makes room, and it is said", () => {
    const forgotten = new Forgotten(LIMITS);
    for (let i = 0; i < 16; i++) expect(remember(forgotten, `c${i}`, i)).toBe(false);
    expect(remember(forgotten, "c3", 20)).toBe(false);
    expect(remember(forgotten, "one more", 21)).toBe(true);
    expect([forgotten.size, forgotten.covers(user("c0"), 0), forgotten.covers(user("c1"), 0), forgotten.covers(user("c3"), 20)]).toEqual([
      16,
      false,
      true,
      true,
    ]);
  });

  it("are kept by a checkpoint as one record without any id", () => {
    const forgotten = new Forgotten(LIMITS);
    expect(forgotten.text()).toBeUndefined();
    for (const id of ["secret-id", "other-id"]) remember(forgotten, id, id.length);
    const text = forgotten.text() as string;
    expect(text).not.toContain('-id"');
    const again = new Forgotten(LIMITS);
    for (const tombstone of (JSON.parse(text) as ForgottenRecord).tombstones) again.remember(tombstone);
    expect([again.text(), again.covers(user("secret-id"), 9)]).toEqual([text, true]);
  });

  it("are over at their time, and a checkpoint still says where the newest was asked for", () => {
    const forgotten = new Forgotten(LIMITS);
    for (const at of [3, 7]) remember(forgotten, `id-${at}`, at);
    const { newest } = forgotten;
    expect(forgotten.text()).not.toContain("newest");
    forgotten.expire(8 + LIMITS.keep_ms);
    const again = new Forgotten(LIMITS);
    again.restore(JSON.parse(forgotten.text() as string) as ForgottenRecord);
    expect([forgotten.size, forgotten.newest, again.newest]).toEqual([0, newest, newest]);
    expect(again.text()).toBe(forgotten.text());
  });
});

const PACK = packFrom(`
pack: p
version: 1
events: { seen: Seen }
measures: { n: { count: seen } }
population: { usual: { quantile: n, at: 0.5, every: 1d } }
triggers:
  quiet: { silent: seen, for: 2d, repeat: always, channel: web, message: m }
  news: { broadcast: true, channel: web, message: m }
stages: { order: [a, b], moves: [{ to: b, if: n >= 2 }] }
`);

describe("a fold that forgets", () => {
  it("gives the same effects and the same state however it is restarted, in the middle of sweeps too", () => {
    const lines = Array.from({ length: 12 }, (_, i) => `${i}m c${i} track Seen`);
    const fold = runScript(
      [PACK],
      [
        ...lines,
        "20m BROADCAST p/news/one",
        "21m FORGET c3",
        "22m FORGET c7",
        "22m c20 track Seen",
        "23m c3 track Seen",
        "23m c8 track Seen -> stage b",
        "9d ADVANCE",
        "9d FORGET c8 -> gone",
      ].join("\n"),
      { timers: { sweep_per_step: 1 } },
    );
    expect(
      fold
        .contacts()
        .map(({ contact }) => contact.id)
        .sort(),
    ).toEqual(["c0", "c1", "c10", "c11", "c2", "c20", "c3", "c4", "c5", "c6", "c9"]);
  });

  it("lets tombstones go by the log's time alone", () => {
    const fold = new Fold([PACK], { forgotten: { capacity: 16, keep_ms: DAY } });
    fold.forget("c1", START, "r1");
    fold.step(START + DAY);
    expect(fold.tombstone("r1")).not.toBeNull();
    fold.step(START + DAY + 100);
    expect(fold.tombstone("r1")).toBeNull();
  });

  it("counts a tombstone that had to go before its time", () => {
    const fold = new Fold([PACK], { forgotten: { capacity: 16 } });
    for (let i = 0; i < 18; i++) fold.forget(`c${i}`, START + i, `r${i}`);
    expect(fold.dropped.tombstone_gone).toBe(2);
  });
});
