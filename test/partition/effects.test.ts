import { expect, it } from "vitest";
import { partitionId, position } from "../../src/model/ids.ts";
import { EffectCollector, mergeEffects } from "../../src/partition/effects.ts";

const outgoing = (say: string) => ({ family: "trigger", subject: `tidemark.triggers.${say.slice(0, 3)}`, event: { source: "/x", data: { say } } }) as const;
const emitted = (collector: EffectCollector, effects: readonly (readonly [position: number, partition: number, k: number, say: string])[]) => {
  for (const [at, partition, k, say] of effects) collector.emit(at, partition, k, outgoing(say));
  return mergeEffects([collector.take()]).map((effect) => ({ ...effect, body: JSON.parse(Buffer.from(effect.body).toString("utf8")) }));
};
const wanted = (at: number, partition: number, k: number, say: string) => ({
  position: position(at),
  partition: partitionId(partition),
  k,
  subject: `tidemark.triggers.${say.slice(0, 3)}`,
  body: { specversion: "1.0", id: `0-${at}-${partition}-${k}`, source: "/x", data: { say } },
});

it("what leaves at one position stands by partition, though time steps of all partitions come before events", () => {
  const effects = [
    [7, 2, 0, "step of 2"],
    [7, 9, 0, "step of 9, größer"],
    [7, 2, 1, "event of 2"],
    [8, 0, 0, "after"],
  ] as const;
  expect(emitted(new EffectCollector("0"), effects)).toEqual(
    [effects[0], effects[2], effects[1], effects[3]].map(([at, partition, k, say]) => wanted(at, partition, k, say)),
  );
});

it("a herd's effects are whole, before and behind it too", () => {
  const collector = new EffectCollector("0");
  for (const count of [3, 5000, 2, 5001, 0, 1]) {
    const effects = Array.from({ length: count }, (_, k) => [1, 5, k, `${k} €`.repeat(20)] as const);
    expect(emitted(collector, effects)).toEqual(effects.map((effect) => wanted(...effect)));
  }
});
