// The proofs against what really happens: random packs full of conditions that may exclude each other, and people who do
// everything there is to do. What was said never to happen must not happen.

import { expect, test } from "vitest";
import { provePack } from "../../../src/packs/check/prove.ts";
import { InProcessEngine } from "../../model/naive/in-process.ts";
import { Dice, randomLog } from "../../model/naive/random-story.ts";
import { packFrom } from "../../support/pack.ts";

const runs = Number(process.env["RUNS"] ?? 40);

test(`what is proven not to happen does not happen in ${runs} random packs`, () => {
  const claims = new Map<string, number>();
  for (let seed = 1; seed <= runs; seed++) {
    const dice = new Dice(seed);
    const text = contraryPack(dice);
    const pack = packFrom(text);
    const { findings } = provePack(pack, "p");
    const happened = happenings(pack, randomLog(dice, "event"));
    for (const { code, message } of findings) {
      claims.set(code, (claims.get(code) ?? 0) + 1);
      const denied = deniedBy(code, message);
      if (denied !== undefined) expect(happened.has(denied), `seed ${seed}: ${message}\n${text}`).toBe(false);
    }
  }
  // The packs are contrary enough for each kind of claim to be made.
  for (const code of ["dead-trigger", "dead-move", "unreachable-segment", "unreachable-stage", "empty-audience", "moves-undo", "segments-gap"])
    expect([code, claims.get(code) ?? 0]).not.toEqual([code, 0]);
}, 300_000);

/** What a finding says will never be among the effects. */
function deniedBy(code: string, message: string): string | undefined {
  const name = /`([^`]+)`/.exec(message)?.[1];
  if (code === "dead-trigger") return `trigger ${name}`;
  if (code === "unreachable-segment") return `segment ${name}`;
  if (code === "unreachable-stage") return `stage ${name}`;
  return code === "empty-audience" ? `audience ${/audience `([^`]+)`/.exec(message)?.[1]}` : undefined;
}

function happenings(pack: ReturnType<typeof packFrom>, log: ReturnType<typeof randomLog>): ReadonlySet<string> {
  const engine = new InProcessEngine([pack], { created: "2026-01-01T00:00:00Z", clock: "event" });
  for (const { data, storedMs } of log.messages) engine.event(data, storedMs);
  engine.advance(log.endMs);
  const happened = new Set<string>();
  for (const { type, data } of engine.effects() as readonly { type: string; data: { trigger?: string; axis?: string; to?: string } }[]) {
    if (type.includes(".transition.")) happened.add(`${data.axis} ${data.to}`);
    // What is withheld (a stage only passed through) has not fired.
    else if (type.includes(".trigger.")) happened.add(`trigger ${data.trigger}`);
  }
  return happened;
}

function contraryPack(dice: Dice): string {
  const n = (from: number, to: number): number => dice.whole(from, to);
  const atom = (): string =>
    dice.one([
      `heat >= ${n(0, 11) * 10}`,
      `heat < ${n(0, 9) * 10}`,
      `acts >= ${n(0, 5)}`,
      `acts < ${n(0, 6)}`,
      `acts == ${n(0, 3)}`,
      `days_since(last_a) >= ${n(0, 6)}`,
      `hours_since(last_a) < ${n(0, 90)}`,
      `never(last_a)`,
      `missing(traits.plan)`,
      `traits.plan == "x"`,
      `traits.size > ${n(1, 20)}`,
      `pace == "${dice.one(["quick", "slow"])}"`,
      `missing(pace)`,
      `fit >= ${n(0, 9) * 5}`,
      "keen",
      `stage == "${dice.one(["s1", "s2", "s3"])}"`,
      `days_in_stage < ${n(0, 3)}`,
    ]);
  const condition = (): string => {
    const parts = Array.from({ length: n(1, 3) }, () => (dice.chance(0.25) ? `!(${atom()})` : atom()));
    return `'${parts.join(dice.chance(0.75) ? " && " : " || ")}'`;
  };
  const early = (text: string): string => (/keen|stage/.test(text) ? `'heat >= ${n(1, 12) * 10} && acts < ${n(0, 4)}'` : text);
  const move = (to: string): string =>
    `    - { to: ${to}, ${dice.chance(0.5) ? `from: ${dice.one(["s1", "s2", "s3", "any"].filter((one) => one !== to))}, ` : ""}${
      dice.chance(0.3)
        ? `event: ${dice.one(["a", "b", "[a, b]"])}, if: ${condition()}`
        : `if: ${condition()}${dice.chance(0.2) ? ", for: 1d" : ""}${dice.chance(0.2) ? ", stay: 1d" : ""}`
    }${dice.chance(0.15) ? ", reset: heat" : ""} }`;
  const trigger = (name: string): string =>
    `  ${name}: { ${dice.one([`enter: ${dice.one(["s2", "s3", "g1", "g2", "keen"])}`, `leave: ${dice.one(["s1", "s2", "g1"])}`, "event: [a, b]", `rises: { heat: ${n(1, 11) * 10} }`, `falls: { fit: ${n(0, 60)} }`, "silent: a, for: 2d"])}${
      dice.chance(0.5) ? `, in: [${dice.one(["s1", "s2", "s3", "g1", "g2", "keen"])}]` : ""
    }${dice.chance(0.6) ? `, if: ${condition()}` : ""}, channel: web, message: m }`;
  return [
    "pack: p",
    "version: 1",
    "events: { a: { track: A }, b: { track: B }, act: { any: true } }",
    "traits: { plan: string, size: number }",
    "measures: { acts: { count: act, window: 3d }, last_a: { last: a } }",
    "scores:",
    "  heat: { decay: { half_life: 2d }, points: { a: 25, b: 10 } }",
    "  fit: { while: { big: { points: 30, if: traits.size >= 10 }, planned: { points: 20, if: has(traits.plan) } } }",
    "bands: { pace: { of: days_since(last_a), at: { quick: 0, slow: 2 } } }",
    "audiences:",
    `  keen: ${early(condition())}`,
    "segments:",
    "  list:",
    ...["g1", "g2", "g3"].map((name) => `    - ${name}: ${condition()}`),
    "stages:",
    "  order: [s1, s2, s3]",
    "  moves:",
    ...["s2", "s3", "s1", "s2"].map(move),
    "triggers:",
    ...["t1", "t2", "t3", "t4", "t5", "t6"].map(trigger),
    "",
  ].join("\n");
}
