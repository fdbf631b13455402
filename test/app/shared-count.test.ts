import { expect, test } from "vitest";
import { LONG_MS, SharedCount } from "../../src/app/shared-count.ts";

/** A count whose walks end when the test says so, with the number of the walk. */
function counting() {
  const walks: { readonly end: () => void; readonly fail: () => void }[] = [];
  const world = { position: 10, now: 0 };
  const shared = new SharedCount(
    () => {
      const { promise, resolve, reject } = Promise.withResolvers<{ readonly walk: number }>();
      const walk = walks.push({ end: () => resolve({ walk }), fail: () => reject(new Error("a worker died")) });
      return promise;
    },
    () => world.position,
    () => world.now,
  );
  return { shared, walks, world };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("says between which positions it was counted", async () => {
  const { shared, walks, world } = counting();
  const answer = shared.ask();
  world.position = 25;
  walks[0]?.end();
  expect(await answer).toEqual({ asOf: { from: 10, to: 25 }, walk: 1 });
});

test("however many ask at once, one walk goes on and one waits; nobody gets an answer that was begun before the question", async () => {
  const { shared, walks, world } = counting();
  const first = shared.ask();
  world.position = 20;
  const others = [shared.ask(), shared.ask(), shared.ask()];
  expect(walks).toHaveLength(1);
  walks[0]?.end();
  expect((await first).walk).toBe(1);
  await settled();
  expect(walks).toHaveLength(2);
  walks[1]?.end();
  for (const other of others) expect(await other).toEqual({ asOf: { from: 20, to: 20 }, walk: 2 });
  const later = shared.ask();
  walks[2]?.end();
  expect((await later).walk).toBe(3);
});

test("a long walk is shared by whoever comes, and answers for as long as it took", async () => {
  const { shared, walks, world } = counting();
  const first = shared.ask();
  world.now = LONG_MS + 1;
  const second = shared.ask();
  world.now = 8000;
  walks[0]?.end();
  expect([(await first).walk, (await second).walk]).toEqual([1, 1]);
  world.now = 15_999;
  expect((await shared.ask()).walk).toBe(1);
  expect(walks).toHaveLength(1);
  world.now = 16_000;
  const next = shared.ask();
  walks[1]?.end();
  expect((await next).walk).toBe(2);
});

test("a walk that fails fails for those who wait for it, and the next is another", async () => {
  const { shared, walks } = counting();
  const first = shared.ask();
  const second = shared.ask();
  walks[0]?.fail();
  await expect(first).rejects.toThrow("a worker died");
  await settled();
  walks[1]?.end();
  expect((await second).walk).toBe(2);
});
