// The packs of the stories: few rules, but of every kind that time and order can spoil: stages by event and by time alone, windows and
// caps, a decaying score with a threshold, silence, a cart that is left, and triggers that wait.

import type { PackDefinition } from "../../src/packs/definition.ts";
import { packFrom } from "../support/pack.ts";

export const STORY_PACKS: readonly PackDefinition[] = [
  packFrom(`
pack: shop
version: 1
events:
  visit: { page: "*" }
  buy: { track: Bought, value: properties.revenue, key: properties.order }
  cart: { track: Cart Filled, key: properties.cart }
  act: { any: true }
traits: { plan: string }
measures: { visits: { count: visit, window: 48h }, orders: { count: buy }, spent: { sum: buy }, last_buy: { last: buy } }
scores:
  heat: { decay: { half_life: 2d }, points: { visit: { add: 9, cap: 40 per 6h }, cart: 12, buy: 30 } }
audiences: { keen: { if: heat >= 30.37, until: heat < 10.37 } }
segments: { among: orders >= 1, list: [{ big: spent >= 100 }, { small: else }] }
stages:
  order: [visitor, lead, customer, lapsed]
  moves:
    - { to: customer, from: [visitor, lead, lapsed], event: buy }
    - { to: lead, from: visitor, if: heat >= 25.37 }
    - { to: lapsed, from: customer, if: days_since(last_buy) >= 4, for: 6h }
triggers:
  welcome: { enter: lead, carry: [plan, visits], channel: email, message: welcome }
  hand_over: { enter: lead, after: 3h, channel: crm, message: call }
  left_cart: { started: cart, without: buy, within: 5h, carry: [event.properties.cart], channel: email, message: cart }
  come_back: { silent: act, for: 3d, channel: email, message: back }
  cooled: { falls: { heat: 10.37 }, repeat: always, channel: crm, message: cooled }
  thanks: { event: buy, channel: email, message: thanks }
  again: { event: buy, after: 1d, in: [customer], channel: email, message: again }
`),
  packFrom(`
pack: pulse
version: 1
events: { act: { any: true }, visit: { page: "*" } }
measures: { acts: { count: act }, lately: { count: act, window: 30m } }
audiences: { busy: lately >= 3 }
stages:
  order: [fresh, awake, asleep]
  moves: [{ to: awake, from: [fresh, asleep], event: visit }, { to: asleep, from: awake, if: lately < 1, for: 20h }]
triggers:
  nudge: { enter: asleep, after: 2h, channel: push, message: nudge }
  calm: { leave: busy, channel: push, message: calm }
  often: { rises: { acts: 5 }, channel: push, message: often }
`),
];

/** Numbers of everyone: what the engine itself writes into the log about all partitions. The naive model knows nothing of such packs. */
export const RANKS_PACK = packFrom(`
pack: ranks
version: 1
events: { buy: { track: Bought, value: properties.revenue, key: properties.order }, visit: { page: "*" } }
measures: { paid: { sum: buy }, lately: { count: visit, window: 6h } }
population:
  high: { quantile: paid, at: 0.6, every: 12h, others_moved: fire }
  basket: { mean: buy, window: 3d, every: 1h }
  crowd: { quantile: lately, at: 0.5, every: 1h, others_moved: fire }
rfm: { of: buy, method: thirds, recut: { every: 1d, others_moved: fire } }
audiences: { best: "paid >= population.high", busy: "lately > population.crowd", dear: "paid > population.basket" }
segments: { among: paid > 0, list: [{ top: rfm >= 300 }, { rest: else }] }
stages:
  order: [one_of_many, above]
  moves: [{ to: above, from: one_of_many, if: paid >= population.high }, { to: one_of_many, from: above, if: paid < population.high, for: 2h }]
triggers:
  risen: { enter: above, channel: crm, message: risen }
  topped: { enter: top, after: 1h, channel: email, message: topped }
`);
