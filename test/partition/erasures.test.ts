import { describe, expect, it } from "vitest";
import { forgetRecord, readErased, readForget } from "../../src/model/forget.ts";
import type { ContactKey } from "../../src/model/ids.ts";
import type { Erasable } from "../../src/model/privacy.ts";
import { Erasures } from "../../src/partition/erasures.ts";
import { Forgotten, type ForgottenRecord } from "../../src/partition/forgotten.ts";

const DAY = 86_400_000;
const LIMITS = { capacity: 16, keep_ms: 10 * DAY };
const user = (id: string): ContactKey => ({ kind: "user", id });
const record = (request: string, ids: readonly string[], erase: readonly Erasable[] = ["log"]) => {
  const [first = user(""), ...others] = ids.map(user);
  return forgetRecord([first, ...others], request, erase);
};
const begin = (erasures: Erasures, request: string, ids: readonly string[], at: number, erase?: readonly Erasable[]) =>
  erasures.begin(record(request, ids, erase), { at, position: at, storedMs: at });
const done = { type: "erased", what: "log", erased: 1, left: 0 } as const;

describe("what is to be erased", () => {
  it("is remembered until each stream is done, and then for whoever asks", () => {
    const erasures = new Erasures(LIMITS);
    begin(erasures, "r", ["a", "device"], 100, ["log", "dead"]);
    expect(erasures.pending()).toMatchObject([{ request: "r", position: 100, erase: ["log", "dead"], contacts: [{ kind: "user" }, { kind: "user" }] }]);
    erasures.note({ ...done, request: "r" });
    expect(erasures.pending()).toHaveLength(1);
    erasures.note({ ...done, request: "r", what: "dead", unread: 2 });
    expect(erasures.pending()).toEqual([]);
    expect(erasures.find("r")).toMatchObject({ erased: { log: { erased: 1, left: 0 }, dead: { erased: 1, left: 0, unread: 2 } } });
    expect(erasures.find("r")?.contacts).toHaveLength(1);
  });

  it("is nothing where a record asks for nothing, as those of earlier versions do", () => {
    const erasures = new Erasures(LIMITS);
    begin(erasures, "r", ["a"], 100, []);
    expect([erasures.pending(), erasures.find("r"), erasures.nextExpiry]).toEqual([[], undefined, Number.POSITIVE_INFINITY]);
  });

  it("begins anew where its record is said again", () => {
    const erasures = new Erasures(LIMITS);
    begin(erasures, "r", ["a"], 100);
    erasures.note({ ...done, request: "r" });
    begin(erasures, "r", ["a"], 200);
    expect(erasures.pending()).toMatchObject([{ position: 200, erased: {} }]);
  });

  it("goes when it is old enough, and the oldest where there is no room, which is said of what is not done", () => {
    const erasures = new Erasures(LIMITS);
    begin(erasures, "old", ["a", "b"], 100);
    begin(erasures, "finished", ["c"], 200);
    erasures.note({ ...done, request: "finished" });
    expect(
      begin(
        erasures,
        "wide",
        Array.from({ length: 14 }, (_, i) => `w${i}`),
        300,
      ),
    ).toBe(1);
    expect(["old", "finished", "wide"].map((request) => erasures.find(request) !== undefined)).toEqual([false, true, true]);
    expect(begin(erasures, "more", ["d", "e", "f"], 400)).toBe(1);
    expect(erasures.all().map(({ request }) => request)).toEqual(["more"]);
    erasures.expire(400 + 10 * DAY);
    expect(erasures.all()).toHaveLength(1);
    erasures.expire(erasures.nextExpiry);
    expect(erasures.all()).toEqual([]);
  });

  it("is kept by a checkpoint without any id, and one of a version that knew nothing of it is read", () => {
    const forgotten = new Forgotten(LIMITS);
    begin(forgotten.erasures, "r", ["secret-id"], 100);
    const text = forgotten.text() as string;
    expect(text).not.toContain("secret-id");
    const again = new Forgotten(LIMITS);
    again.restore(JSON.parse(text) as ForgottenRecord);
    expect([again.text(), again.find("r")?.position]).toEqual([text, 100]);
    forgotten.erasures.note({ ...done, request: "r" });
    expect(forgotten.text()).not.toBe(text);
    again.restore({ type: "forgotten", tombstones: [] });
    expect(again.erasures.pending()).toHaveLength(1);
  });
});

describe("records", () => {
  it("that name another stream, or no numbers, are none", () => {
    const good = JSON.parse(JSON.stringify(record("r", ["a"], ["dead", "log"]))) as Record<string, unknown>;
    expect(readForget(good)?.erase).toEqual(["log", "dead"]);
    for (const erase of ["log", ["tape"], [7], null, {}]) expect(readForget({ ...good, erase }), JSON.stringify(erase)).toBeUndefined();
    const erased = { ...done, request: "r" };
    expect(readErased(erased)).toEqual(erased);
    for (const bad of [{ request: "" }, { what: "tape" }, { erased: -1 }, { left: "3" }, { unread: 1.5 }, { erased: undefined }])
      expect(readErased({ ...erased, ...bad }), JSON.stringify(bad)).toBeUndefined();
  });
});
