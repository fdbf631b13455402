// Forgetting on a running engine: from the request to the last byte on the disk.

import { cpSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { EnginePrivacy, type Eraser } from "../../src/app/privacy.ts";
import { forgetRecord } from "../../src/model/forget.ts";
import type { ContactKey } from "../../src/model/ids.ts";
import { logSubjects } from "../../src/model/log.ts";
import type { Erasable } from "../../src/model/privacy.ts";
import { type MemoryEngine, startMemoryEngine } from "./memory-engine.ts";

const WAIT_MS = 10_000;
const user = (id: string): ContactKey => ({ kind: "user", id });

function privacyOf({ engine, log }: MemoryEngine, eraser: Eraser = async () => ({ erased: 0, left: 0 })): EnginePrivacy {
  const erasers: Record<Erasable, Eraser> = { log: eraser, output: eraser, dead: eraser };
  return new EnginePrivacy({ engine: Promise.resolve(engine), log, shard: "0", erasers, published: async () => ({ events: [] }) });
}

/** Files of the state folder that have these bytes in them. */
function filesWith(folder: string, text: string): string[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map((entry) => join(entry.parentPath, entry.name)).filter((path) => readFileSync(path).includes(text));
}

/** The oldest first. */
const generations = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.startsWith("checkpoint-"))
    .sort();

describe("a request to forget", () => {
  it("is done when no checkpoint has the contact any more, and what was asked for is erased", async () => {
    const running = await startMemoryEngine();
    await running.hit(["forget-me", "keep-me"]);
    await running.engine.checkpoint();
    await running.hit(["keep-me"]);
    await running.engine.checkpoint();
    expect(filesWith(running.folder, "forget-me")).toHaveLength(2);
    const erased: unknown[] = [];
    const privacy = privacyOf(running, async (keys, before) => {
      expect(filesWith(running.folder, "forget-me")).toEqual([]);
      erased.push([keys, before]);
      return { erased: 2, left: 1 };
    });
    const status = await privacy.forget(user("forget-me"), ["log", "output"], WAIT_MS);
    expect(status).toMatchObject({ state: "done", found: true, takenBack: 0, erased: { log: { erased: 2, left: 1 }, output: { erased: 2, left: 1 } } });
    expect(erased).toEqual([
      [[user("forget-me")], status.position],
      [[user("forget-me")], status.position],
    ]);
    expect([await running.engine.contact(user("forget-me")), await privacy.export(user("forget-me"))]).toEqual([undefined, undefined]);
    expect(filesWith(running.folder, "keep-me")).toHaveLength(2);
    expect(await privacy.status(status.request)).toEqual(status);
    expect(await privacyOf(running).status(status.request)).toMatchObject({ request: status.request, state: "done", hash: status.hash, found: true });
    expect(await privacy.status("another")).toBeUndefined();
  });

  it("may be made again, and for somebody who was never there", async () => {
    const running = await startMemoryEngine();
    await running.hit(["c1"]);
    const privacy = privacyOf(running);
    for (const [id, found] of [
      ["c1", true],
      ["c1", false],
      ["nobody", false],
    ] as const)
      expect(await privacy.forget(user(id), [], WAIT_MS)).toMatchObject({ state: "done", found });
    await running.hit(["c1"]);
    expect(await running.engine.contact(user("c1"))).toMatchObject({ packs: { counting: { measures: { hits: 1 } } } });
    expect(running.engine.status().outcomes).toMatchObject({ applied: 2, forgotten: 0 });
  });

  it("that nobody lives to follow is followed by the next start", async () => {
    const first = await startMemoryEngine();
    await first.hit(["forget-me", "c2"]);
    await first.engine.checkpoint();
    await first.engine.stop();
    expect(filesWith(first.folder, "forget-me")).toHaveLength(2);
    await first.log.append(logSubjects("0").forget, Buffer.from(JSON.stringify(forgetRecord([user("forget-me")], "r-1"))));
    const second = await startMemoryEngine({ from: first });
    await eventually(async () => (await privacyOf(second).status("r-1"))?.state === "done");
    expect(filesWith(second.folder, "forget-me")).toEqual([]);
    expect(await privacyOf(second).status("r-1")).toMatchObject({ found: true });
  });

  it("that died between its two checkpoints is gone on with by a start that finds nothing new in the log", async () => {
    const first = await startMemoryEngine();
    await first.hit(["forget-me", "c2"]);
    await first.engine.checkpoint();
    const old = generations(first.folder)[0] as string;
    cpSync(join(first.folder, old), join(first.state, old), { recursive: true });
    const status = await privacyOf(first).forget(user("forget-me"), [], WAIT_MS);
    await first.engine.stop();
    rmSync(join(first.folder, generations(first.folder)[0] as string), { recursive: true });
    cpSync(join(first.state, old), join(first.folder, old), { recursive: true });
    rmSync(join(first.state, old), { recursive: true });
    expect(filesWith(first.folder, "forget-me")).toHaveLength(1);
    const again = await startMemoryEngine({ from: first });
    await eventually(async () => (await privacyOf(again).status(status.request))?.state === "done");
    expect(filesWith(again.folder, "forget-me")).toEqual([]);
  });
});

describe("an export", () => {
  it("has all that is held: what everybody sees, every field, and what was published", async () => {
    const running = await startMemoryEngine();
    await running.hit(["c1", "c1"]);
    const given = (await privacyOf(running).export(user("c1"))) as { hash: string; state: Record<string, unknown>; published: unknown };
    const { why: _, ...seen } = (await running.engine.contact(user("c1"))) as Record<string, unknown>;
    expect(given.state).toMatchObject(seen);
    const fields = given.state["fields"] as { numbers: Record<string, number | null> };
    expect(Object.keys(fields.numbers)).toEqual(expect.arrayContaining(["contact/deadline", "contact/first_seen", "contact/generation"]));
    expect(given.published).toEqual({ events: [] });
  });
});

async function eventually(check: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await check()); tries++) {
    if (tries > 500) throw new Error("it did not happen");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
