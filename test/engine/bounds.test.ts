// What goes beyond a bound of what is remembered is counted, and what is within it is not.

import { expect, test } from "vitest";
import { packFrom } from "../support/pack.ts";
import { Fold, START } from "../support/script.ts";

const DAY = 86_400_000;
const PACK = packFrom(`
pack: p
version: 1
events:
  open: { track: Open, once: { per: properties.id, in: 7d } }
  order: { track: Order, key: properties.id, value: properties.revenue }
  refund: { track: Refund, key: properties.id, undoes: order }
  view: View
measures:
  active: { days: open }
  spent: { sum: order }
  liked: { top: view, of: properties.topic }
value: { of: order, bg_nbd: { r: 0.5, alpha: 10, a: 0.8, b: 2.5 } }
`);
const POLICY = "policy: p\nchannels: { email: { consent: email } }\n";

function dropped(tell: (fold: Fold) => void): Record<string, number> {
  const fold = new Fold([PACK], {}, POLICY);
  tell(fold);
  return fold.dropped;
}

const track = (fold: Fold, event: string, properties: Record<string, unknown>, atMs = START, timeMs = atMs) =>
  fold.event("c1", atMs, { type: "track", event, properties }, timeMs);
const times = (count: number, tell: (index: number) => void) => {
  for (let index = 0; index < count; index++) tell(index);
};

test("the 65th value of a `once` is one too many, unless the time of another is over", () => {
  expect(dropped((fold) => times(64, (id) => track(fold, "Open", { id })))).toEqual({});
  expect(dropped((fold) => times(66, (id) => track(fold, "Open", { id })))).toEqual({ once_forgotten: 2 });
  expect(dropped((fold) => times(66, (id) => track(fold, "Open", { id }, START + id * DAY)))).toEqual({});
});

test("a day before the 400 that are known one by one adds nothing, and is counted", () => {
  const days = (count: number) => (fold: Fold) => times(count, (day) => track(fold, "Open", { id: `d${day}` }, START + day * DAY));
  const late = (fold: Fold) => track(fold, "Open", { id: "late" }, START + 401 * DAY, START + DAY / 2);
  const settings = { time: { lateness_ms: 500 * DAY } };
  const tell = (count: number): Record<string, number> => {
    const fold = new Fold([PACK], settings, POLICY);
    days(count)(fold);
    late(fold);
    return fold.dropped;
  };
  expect(tell(399)).toEqual({});
  expect(tell(401)).toEqual({ unit_folded: 1 });
});

test("the 65th order pushes out the first, which is lost only if nobody had taken it back", () => {
  const orders = (fold: Fold) => times(64, (id) => track(fold, "Order", { id, revenue: 5 }));
  expect(dropped(orders)).toEqual({});
  expect(
    dropped((fold) => {
      orders(fold);
      track(fold, "Order", { id: "more", revenue: 5 });
    }),
  ).toEqual({ undo_forgotten: 1 });
  expect(
    dropped((fold) => {
      orders(fold);
      track(fold, "Refund", { id: 0 });
      track(fold, "Order", { id: "more", revenue: 5 });
    }),
  ).toEqual({});
});

test("the 33rd value of a `top` takes another's place", () => {
  expect(dropped((fold) => times(32, (topic) => track(fold, "View", { topic })))).toEqual({});
  expect(dropped((fold) => times(33, (topic) => track(fold, "View", { topic })))).toEqual({ top_replaced: 1 });
});

test("a purchase before the 400 days that are kept is on no day", () => {
  const fold = new Fold([PACK], { time: { lateness_ms: 500 * DAY } }, POLICY);
  times(401, (day) => track(fold, "Order", { revenue: 5 }, START + day * DAY));
  expect(fold.dropped).toEqual({});
  track(fold, "Order", { revenue: 5 }, START + 401 * DAY, START + 1000);
  expect(fold.dropped).toEqual({ purchase_folded: 1 });
});

test("the 17th purpose of a consent key has no answer of its own", () => {
  const answers = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`p${String(index).padStart(2, "0")}`, true]));
  const said = (count: number) => dropped((fold) => fold.event("c1", START, { type: "identify", traits: { consent: { email: answers(count) } } }));
  expect(said(16)).toEqual({});
  expect(said(17)).toEqual({ purpose_dropped: 1 });
});
