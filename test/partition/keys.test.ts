import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { contactProbe } from "../../src/model/contact-hash.ts";
import type { ContactKey } from "../../src/model/ids.ts";
import { Keys } from "../../src/partition/keys.ts";

const keyOf = (index: number): ContactKey => ({
  kind: index % 2 === 0 ? "user" : "anonymous",
  id: index % 3 === 0 ? `Ünï-😀-${index}` : index % 3 === 1 ? `user_${index}` : "x".repeat(1 + (index % 50)),
});

/** What the keys should be: by slot, and the free slots in their order. */
class Model {
  readonly slots: (ContactKey | null)[] = [];
  readonly free: number[] = [];

  add(key: ContactKey): number {
    const slot = this.free.pop() ?? this.slots.length;
    this.slots[slot] = key;
    return slot;
  }

  remove(slot: number): void {
    this.slots[slot] = null;
    this.free.push(slot);
  }

  find({ kind, id }: ContactKey): number {
    return this.slots.findIndex((key) => key?.kind === kind && key.id === id);
  }
}

function change(keys: Keys, model: Model, index: number): void {
  const key = keyOf(index);
  const slot = model.find(key);
  expect(keys.find(key)).toBe(slot);
  if (slot < 0) expect(keys.add(key)).toBe(model.add(key));
  else {
    keys.remove(slot);
    model.remove(slot);
    expect(keys.find(key)).toBe(-1);
  }
}

function expectSame(keys: Keys, model: Model): void {
  expect([keys.slots, keys.count]).toEqual([model.slots.length, model.slots.length - model.free.length]);
  for (const [slot, key] of model.slots.entries()) {
    expect(keys.isFree(slot)).toBe(key === null);
    if (key === null) continue;
    expect(keys.at(slot)).toEqual(key);
    expect(keys.find(key)).toBe(slot);
  }
}

function dumpOf(keys: Keys) {
  const copy = keys.beginCopy();
  copy.slice(keys.slots);
  return copy.finish();
}

const indices = fc.array(fc.nat(150), { maxLength: 400 });

describe("Keys", () => {
  it("finds every contact at the slot it was given, tells kinds apart, and does not know others", () => {
    const keys = new Keys();
    const ids = Array.from({ length: 20_000 }, (_, i) => (i % 3 === 0 ? `Ünï-😀-${i}` : `user_${i}`));
    for (const [slot, id] of ids.entries()) expect(keys.add({ kind: slot % 2 === 0 ? "user" : "anonymous", id })).toBe(slot);
    for (const [slot, id] of ids.entries()) {
      expect(keys.find({ kind: slot % 2 === 0 ? "user" : "anonymous", id })).toBe(slot);
      expect(keys.find({ kind: slot % 2 === 0 ? "anonymous" : "user", id })).toBe(-1);
      expect(keys.at(slot).id).toBe(id);
    }
    expect(keys.find({ kind: "user", id: "nobody" })).toBe(-1);
  });

  it("gives the slot of who left last to who comes next, also after a restore", () => {
    fc.assert(
      fc.property(indices, indices, (first, then) => {
        const keys = new Keys();
        const model = new Model();
        for (const index of first) change(keys, model, index);
        expectSame(keys, model);
        const restored = Keys.restore(dumpOf(keys));
        expectSame(restored, model);
        expect(dumpOf(restored)).toEqual(dumpOf(keys));
        for (const index of then) change(restored, model, index);
        expectSame(restored, model);
      }),
      { numRuns: 200 },
    );
  });

  it("are copied as of the moment at which the copy was begun, whoever comes and leaves before it is whole", () => {
    fc.assert(
      fc.property(indices, fc.array(fc.tuple(fc.nat(150), fc.nat(20)), { maxLength: 200 }), (first, steps) => {
        const keys = new Keys();
        const model = new Model();
        for (const index of first) change(keys, model, index);
        const before = dumpOf(keys);
        const copy = keys.beginCopy();
        for (const [index, slice] of steps) {
          change(keys, model, index);
          copy.slice(slice);
        }
        copy.slice(keys.slots);
        expect(copy.finish()).toEqual(before);
      }),
      { numRuns: 200 },
    );
  });

  it("are copied whole however long their ids are", () => {
    const keys = new Keys();
    const ids = Array.from({ length: 300 }, (_, i) => `${i}-${"é".repeat((i * 37) % 250)}`);
    for (const id of ids) keys.add({ kind: "user", id });
    const { bytes, lengths } = dumpOf(keys);
    expect(Buffer.from(bytes).toString()).toBe(ids.join(""));
    expect([...lengths]).toEqual(ids.map((id) => Buffer.byteLength(id)));
  });

  it("keep no id of who has left: not among the others, not under its hash", () => {
    const keys = new Keys();
    for (const id of ["ada", "forgotten-one", "bob"]) keys.add({ kind: "user", id });
    keys.remove(1);
    expect(Buffer.from(dumpOf(keys).bytes).toString()).toBe("adabob");
    expect(keys.findHashed(contactProbe({ kind: "user", id: "forgotten-one" }), () => true)).toBe(-1);
  });
});
