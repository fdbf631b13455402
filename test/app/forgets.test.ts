import { expect, it } from "vitest";
import { Forgets } from "../../src/app/forgets.ts";

const answer = (position: number) => ({ request: `r-${position}`, hash: "h", position, found: true, takenBack: 0 });

/** A disk whose generations say in turn of before which position nothing is left. */
function opened(goneUpTo: number, ...afterEach: number[]) {
  let taken = 0;
  const forgets: Forgets = new Forgets(goneUpTo, async () => {
    forgets.took(afterEach[Math.min(taken++, afterEach.length - 1)] ?? 0);
  });
  return { forgets, taken: () => taken };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

it("takes checkpoints until nothing of before a request is left", async () => {
  const { forgets, taken } = opened(50, 50, 120);
  forgets.applied(answer(100));
  await forgets.whenGone(100);
  expect(taken()).toBe(2);
  expect(forgets.goneUpTo).toBe(120);
});

it("takes none where nothing of before is left already", async () => {
  const { forgets, taken } = opened(100, 100);
  forgets.need(100);
  await settled();
  expect(taken()).toBe(0);
});

it("takes one more where something could not be removed, and leaves the rest to the next that is taken", async () => {
  const { forgets, taken } = opened(50, 0, 0, 0, 130);
  forgets.applied(answer(100));
  await settled();
  expect(taken()).toBe(3);
  let gone = false;
  void forgets.whenGone(100).then(() => {
    gone = true;
  });
  await settled();
  expect(gone).toBe(false);
  forgets.took(0);
  await settled();
  expect(gone).toBe(true);
});

it("has gone what was gone, whatever cannot be removed later", async () => {
  const { forgets, taken } = opened(100, 0);
  forgets.need(100);
  forgets.took(0);
  await settled();
  expect([forgets.goneUpTo, taken()]).toEqual([100, 0]);
});
