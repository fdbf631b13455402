// Every mistake that a pack can have, made one at a time in a pack that is right: the exact words, place and cure that a
// person reads. Column and line are part of it.

import { expect, test } from "vitest";
import { loadPack } from "../../../src/packs/load/load.ts";
import { formatProblems } from "../../../src/packs/problems.ts";

const RIGHT = `pack: broken
version: 1
events:
  visit: { page: "*" }
  order: { track: Order Completed, value: properties.revenue, key: properties.order_id }
  form: [Form Submitted, Signed Up]
traits:
  country: string
  employees: number
  renews_at: date
  subscribed: bool
  orders: number
measures:
  orders: { count: order }
  visits: { count: visit, window: 30d }
  spend: { sum: order }
  last_order: { last: order }
scores:
  engagement: { decay: { half_life: 14d }, points: { visit: 1 } }
  fit: { while: { big: { points: 30, if: traits.employees >= 50 } } }
bands:
  recency: { of: days_since(last_order), at: { hot: 0, warm: 40 } }
audiences:
  keen: engagement >= 50
segments:
  list:
    - champions: recency == "hot"
    - rest: else
stages:
  order: [visitor, lead, customer]
  moves:
    - { to: lead, event: form }
`;

/** A text of `RIGHT` changed into another, a trigger added to it, or a whole pack. */
type Mistake = ({ readonly change: string; readonly into: string } | { readonly trigger: string } | { readonly text: string }) & {
  readonly says: readonly string[];
};

const MISTAKES: Readonly<Record<string, Mistake>> = {
  "events: nothing": { text: "pack: x\nversion: 1\n", says: ["1:1  missing-key  the pack has no `events`  (name at least one thing that people do)"] },
  "no pack": { text: "version: 1\nevents: { a: A }\n", says: ["1:1  missing-key  the pack has no name  (begin with `pack: a-name`)"] },
  "no version": {
    text: "pack: x\nevents: { a: A }\n",
    says: ["1:1  missing-key  the pack has no version  (add `version: 1`; a changed pack needs a higher one)"],
  },
  "version text": {
    change: "version: 1",
    into: 'version: "1"',
    says: ["2:10  bad-value  `version` is the text `1`; it is a whole number from 1  (count up by 1 with each change)"],
  },
  "version zero": {
    change: "version: 1",
    into: "version: 0",
    says: ["2:10  bad-value  `version` is the number 0; it is a whole number from 1  (count up by 1 with each change)"],
  },
  "bad pack name": {
    change: "pack: broken",
    into: "pack: Broken Pack",
    says: ["1:7  bad-name  `Broken Pack` is not the name of a pack  (a lower-case letter, then up to 63 lower-case letters, digits, - and _)"],
  },
  "top key": { change: "events:", into: "evnets:", says: ["3:1  unknown-key  unknown key `evnets` in the pack  (did you mean `events`?)"] },
  zone: {
    change: "version: 1",
    into: "version: 1\nzone: Europe/Berln",
    says: ["3:7  unknown-zone  `zone`: there is no time zone `Europe/Berln`  (an IANA name, such as Europe/Berlin or America/New_York)"],
  },
  "catch_up: a duration alone": {
    change: "version: 1",
    into: "version: 1\ncatch_up: 6h",
    says: ["3:11  bad-value  `catch_up` is the text `6h`; it can be `none` or `spread over D`  (such as `catch_up: spread over 6h`)"],
  },
  "catch_up: a list": {
    change: "version: 1",
    into: "version: 1\ncatch_up: [6h]",
    says: ["3:11  bad-value  `catch_up` is a list; it can be `none` or `spread over D`  (such as `catch_up: spread over 6h`)"],
  },
  "catch_up: no duration": {
    change: "version: 1",
    into: "version: 1\ncatch_up: spread over 6hours",
    says: ["3:11  bad-duration  `catch_up`: `6hours` is not a duration  (write 6h)"],
  },
  "catch_up: months": {
    change: "version: 1",
    into: "version: 1\ncatch_up: spread over 60d",
    says: ["3:11  bad-value  `catch_up` is spread over more than 30d  (write a shorter time, such as 6h)"],
  },
  currency: {
    change: "version: 1",
    into: "version: 1\ncurrency: euro",
    says: ["3:11  bad-value  `currency` is the text `euro`; it is three capital letters  (such as EUR)"],
  },
  "duplicate key": {
    change: "  country: string",
    into: "  country: string\n  country: number",
    says: ["9:3  duplicate-key  `country` stands here twice  (the first is in line 8: keep one)"],
  },
  "event name camel": {
    change: "  form:",
    into: "  formSubmitted:",
    says: [
      "6:3  bad-name  `formSubmitted` is not a name  (write form_submitted)",
      "32:26  unknown-event  the move to `lead`: there is no event `form`  (the events are `visit`, `order` and `formSubmitted`)",
    ],
  },
  reserved: {
    change: "  keen:",
    into: "  segment:",
    says: ["24:3  reserved-name  `segment` is a word of the language and cannot be a name  (add to it, such as `my_segment` or `segment_1`)"],
  },
  "event no kind": {
    change: 'visit: { page: "*" }',
    into: 'visit: { where: name == "a" }',
    says: ["4:10  one-of  event `visit` does not say which messages it is  (say one of `track`, `page`, `screen`, `identify`, `group` or `any`)"],
  },
  "event two kinds": {
    change: 'visit: { page: "*" }',
    into: 'visit: { page: "*", track: A }',
    says: ["4:10  one-of  event `visit` is `track` and `page` at once  (make it one event for each kind of message)"],
  },
  "event identify false": {
    change: 'visit: { page: "*" }',
    into: "visit: { identify: false }",
    says: ["4:22  bad-value  `identify` of event `visit` is the truth value false; it can only be true"],
  },
  "event star track": {
    change: 'visit: { page: "*" }',
    into: 'visit: { track: "*" }',
    says: ["4:19  bad-value  event `visit`: `*` stands for every page or screen, not for every track  (name the tracks, or use `any: true`)"],
  },
  "event empty": {
    change: 'visit: { page: "*" }',
    into: "visit:",
    says: ["4:9  wrong-shape  event `visit` is empty where a name or a list of names was expected"],
  },
  "event number": {
    change: 'visit: { page: "*" }',
    into: "visit: 404",
    says: ['4:10  wrong-type  event `visit` is the number 404 where the name of a message was expected  (quote it: "404")'],
  },
  "value path": {
    change: "value: properties.revenue",
    into: "value: revenue",
    says: [
      "5:43  bad-path  the `value` of event `order`: a path begins with `properties`, `context` or `traits` and names a key of it  (write properties.revenue)",
    ],
  },
  "value root": {
    change: "value: properties.revenue",
    into: "value: propertys.revenue",
    says: [
      "5:43  bad-path  the `value` of event `order`: a path begins with `properties`, `context` or `traits` and names a key of it  (did you mean `properties`?)",
    ],
  },
  "key path": {
    change: "key: properties.order_id",
    into: "key: properties.order-id",
    says: ["5:68  bad-path  the `key` of event `order`: `properties.order-id` is not a path  (write 'properties[\"order-id\"]')"],
  },
  "where with measure": {
    change: 'visit: { page: "*" }',
    into: 'visit: { page: "*", where: orders > 3 }',
    says: [
      "4:30  if-in-where  `orders` is about the contact; a `where` is about the message  (use it in an `if`; a `where` knows properties, context, traits and name)",
    ],
  },
  "where with days_since": {
    change: 'visit: { page: "*" }',
    into: 'visit: { page: "*", where: days_since(traits.a) > 3 }',
    says: ["4:30  if-in-where  `days_since` is about the contact; a `where` is about the message  (use it in an `if`)"],
  },
  "where root typo": {
    change: 'visit: { page: "*" }',
    into: 'visit: { page: "*", where: property.path == "/a" }',
    says: ["4:30  unknown-name  `property` is unknown in a `where`  (did you mean `properties`?)"],
  },
  "where index": {
    change: 'visit: { page: "*" }',
    into: "visit: { page: \"*\", where: 'properties.items[properties.i] == 1' }",
    says: ['4:48  bad-path  in a path, [ ] holds a whole number or a text, written out  (such as properties.items[0] or properties["order id"])'],
  },
  "where macro": {
    change: 'visit: { page: "*" }',
    into: "visit: { page: \"*\", where: 'properties.items.exists(i, i > 1)' }",
    says: ["4:31  not-in-conditions  `exists` is not part of conditions  (compare one value, or use `in [...]`)"],
  },
  "trait type": {
    change: "country: string",
    into: "country: text",
    says: ["8:12  bad-value  the type of trait `country` is `text`; it can be `string`, `number`, `bool` or `date`"],
  },
  "trait keep": {
    change: "country: string",
    into: "country: { type: string, keep: newest }",
    says: ["8:34  bad-value  `keep` of trait `country` is `newest`; it can be `first` or `last`"],
  },
  "trait from": {
    change: "country: string",
    into: "country: { type: string, from: user.country }",
    says: ["8:34  bad-path  `from` of trait `country`: a path begins with `properties`, `context`, `traits` or `group` and names a key of it"],
  },
  "trait camel": {
    change: "country: string",
    into: "homeCountry: string",
    says: ["8:3  bad-name  `homeCountry` is not a name  (write home_country: { type: ..., from: traits.homeCountry })"],
  },
  "measure two": {
    change: "orders: { count: order }",
    into: "orders: { count: order, sum: order }",
    says: [
      "14:11  one-of  measure `orders` is `count` and `sum` at once  (say one of `count`, `sum`, `min`, `max`, `first`, `last`, `latest`, `earliest`, `days`, `distinct`, `sessions`, `gap`, `streak` or `top`)",
    ],
  },
  "measure none": {
    change: "orders: { count: order }",
    into: "orders: { window: 30d }",
    says: [
      "14:11  one-of  measure `orders` does not say what it keeps  (say one of `count`, `sum`, `min`, `max`, `first`, `last`, `latest`, `earliest`, `days`, `distinct`, `sessions`, `gap`, `streak` or `top`)",
    ],
  },
  "measure typo": {
    change: "orders: { count: order }",
    into: "orders: { cuont: order }",
    says: ["14:13  unknown-key  unknown key `cuont` in measure `orders`  (did you mean `count`?)"],
  },
  "unknown event": {
    change: "orders: { count: order }",
    into: "orders: { count: ordr }",
    says: ["14:20  unknown-event  measure `orders`: there is no event `ordr`  (did you mean `order`?)"],
  },
  "measure list": {
    change: "orders: { count: order }",
    into: "orders: { count: [order, form] }",
    says: ["14:20  wrong-shape  measure `orders` is of a list; a measure is of one event  (name an event that is any of these tracks)"],
  },
  "sum no value": {
    change: "spend: { sum: order }",
    into: "spend: { sum: visit }",
    says: [
      "16:17  no-value  measure `spend`: event `visit` has no `value`  (give the event a `value`, or the measure an `of`, such as of: properties.revenue)",
    ],
  },
  "window on last": {
    change: "last_order: { last: order }",
    into: "last_order: { last: order, window: 30d }",
    says: ["17:38  key-not-here  measure `last_order`: `window` does not go with `last`  (it goes with `count`, `sum`, `days`, `distinct` and `sessions`)"],
  },
  "of on count": {
    change: "orders: { count: order }",
    into: "orders: { count: order, of: properties.a }",
    says: [
      "14:31  key-not-here  measure `orders`: `of` does not go with `count`  (it goes with `sum`, `min`, `max`, `latest`, `earliest`, `distinct` and `top`)",
    ],
  },
  "window buckets": {
    change: "window: 30d",
    into: "window: 50h",
    says: ["15:35  bad-window  the window of measure `visits`: a window of 50h is not a whole number of its buckets of 1d  (write 2d or 3d)"],
  },
  "window long": {
    change: "window: 30d",
    into: "window: 500d",
    says: ["15:35  bad-window  the window of measure `visits`: a window of 500d is longer than 400d  (leave `window` out for all time)"],
  },
  "window month": {
    change: "window: 30d",
    into: "window: 3 months",
    says: ["15:35  bad-window  the window of measure `visits`: `3 months` is not a duration  (months and years differ in length: write 90d)"],
  },
  "window minutes": {
    change: "window: 30d",
    into: "window: 90m",
    says: ["15:35  bad-window  the window of measure `visits`: a window of 90m is not a whole number of its buckets of 1h  (write 1h or 2h)"],
  },
  "half life word": {
    change: "half_life: 14d",
    into: "half_life: 14 days",
    says: ["19:37  bad-duration  the half-life of score `engagement`: `14 days` is not a duration  (write 14d)"],
  },
  "half life zero": {
    change: "half_life: 14d",
    into: "half_life: 0d",
    says: ["19:37  bad-duration  the half-life of score `engagement`: `0d` is no time at all: a duration is above 0  (leave it out where nothing has to pass)"],
  },
  "decay plain": {
    change: "decay: { half_life: 14d }",
    into: "decay: 14d",
    says: [
      "19:24  bad-value  the decay of score `engagement` is the text `14d`; it is `none` or one of `half_life`, `linear` and `expiry`  (write { half_life: 14d })",
    ],
  },
  "range order": {
    change: "fit: { while",
    into: "fit: { range: [100, 0], while",
    says: ["20:17  bad-value  the range of score `fit` ends (0) where it begins (100) or before  (write [low, high])"],
  },
  "range one": {
    change: "fit: { while",
    into: "fit: { range: 100, while",
    says: ["20:17  wrong-shape  the range of score `fit` is the number 100; it is two numbers  (such as [0, 100])"],
  },
  "points unknown event": {
    change: "points: { visit: 1 }",
    into: "points: { vist: 1 }",
    says: ["19:54  unknown-event  the points of score `engagement`: there is no event `vist`  (did you mean `visit`?)"],
  },
  "points zero": {
    change: "points: { visit: 1 }",
    into: "points: { visit: 0 }",
    says: ["19:61  bad-value  score `engagement`, points of `visit`: 0 points do nothing  (take the rule out, or give it points)"],
  },
  "cap sign": {
    change: "points: { visit: 1 }",
    into: "points: { visit: { add: -5, cap: 10 per 1d } }",
    says: [
      "19:77  bad-value  score `engagement`, points of `visit`: the cap is 10 where each hit adds -5  (a cap has the sign of its points: write -10 per 1d)",
    ],
  },
  "cap per year": {
    change: "points: { visit: 1 }",
    into: "points: { visit: { add: 1, cap: 5 per year } }",
    says: [
      "19:76  bad-duration  score `engagement`, points of `visit`, the cap: of the calendar the day, the week and the month can be named, not the year  (write 5 per 365d)",
    ],
  },
  "cap form": {
    change: "points: { visit: 1 }",
    into: "points: { visit: { add: 1, cap: 5 } }",
    says: ["19:76  bad-value  score `engagement`, points of `visit`: the cap is the number 5; it is points per window  (such as 2 per 1d)"],
  },
  "rule decay": {
    change: "points: { visit: 1 }",
    into: "points: { visit: { add: 1, decay: { half_life: 3d } } }",
    says: [
      "19:78  two-decays  score `engagement`, points of `visit`: a score turns with the clock in one way  (the half-life is the score's: give the rule a score of its own)",
    ],
  },
  "score empty": {
    change: "fit: { while: { big: { points: 30, if: traits.employees >= 50 } } }",
    into: "fit: { range: [0, 10] }",
    says: ["20:8  missing-key  score `fit` has neither `points` nor `while`  (say what adds to it)"],
  },
  "while stage": {
    change: "traits.employees >= 50",
    into: 'stage == "lead"',
    says: ["20:42  too-early  `stage` is not known where scores are computed  (scores come first: use traits, measures and the scores above)"],
  },
  "while later": {
    change: "traits.employees >= 50",
    into: "keen",
    says: ["20:42  too-early  `keen` is an audience that is computed later (line 24)  (a `while` may use traits, measures and the scores above it)"],
  },
  "while trait typo": {
    change: "traits.employees >= 50",
    into: "traits.employes >= 50",
    says: ["20:49  unknown-trait  there is no trait `employes`  (did you mean `employees`?)"],
  },
  "band order": {
    change: "at: { hot: 0, warm: 40 }",
    into: "at: { hot: 0, warm: 40, cool: 40 }",
    says: [
      "22:66  bad-order  band `recency`: `cool` begins at 40 and stands after `warm`, which begins at 40  (write lower bounds, each above the one before)",
    ],
  },
  "band of moment": {
    change: "of: days_since(last_order)",
    into: "of: last_order",
    says: ["22:18  wrong-type  band `recency` is of `last_order`; a band is of a measure, a score or days_since(x)  (write days_since(last_order))"],
  },
  "band typo": {
    change: 'recency == "hot"',
    into: 'recency == "hott"',
    says: ['27:29  unknown-band  the band `recency` is never "hott"  (did you mean `hot`?)'],
  },
  "name taken": {
    change: "  keen:",
    into: "  engagement:",
    says: ["24:3  name-taken  `engagement` is already a score (line 19)  (measures, scores, bands and audiences share one set of names: rename one)"],
  },
  "segment else first": {
    change: '    - champions: recency == "hot"\n    - rest: else',
    into: '    - rest: else\n    - champions: recency == "hot"',
    says: ["28:7  after-else  segment `champions` stands after `else` and can never be reached  (put the `else` last)"],
  },
  "segments map": {
    change: '  list:\n    - champions: recency == "hot"\n    - rest: else',
    into: '  list:\n    champions: recency == "hot"',
    says: ["27:5  wrong-shape  `list` of the segments is a map; it is a list, because the first that holds counts  (write each as `- name: condition`)"],
  },
  "stage twice": {
    change: "[visitor, lead, customer]",
    into: "[visitor, lead, lead]",
    says: ["30:26  name-taken  `lead` stands twice in the stages  (keep one)"],
  },
  "move unknown stage": {
    change: "{ to: lead, event: form }",
    into: "{ to: leed, event: form }",
    says: ["32:13  unknown-stage  a move: there is no stage `leed`  (did you mean `lead`?)"],
  },
  "move neither": {
    change: "{ to: lead, event: form }",
    into: "{ to: lead }",
    says: ["32:7  missing-key  the move to `lead` has neither `event` nor `if`  (say what makes it happen)"],
  },
  "move for event": {
    change: "{ to: lead, event: form }",
    into: "{ to: lead, event: form, for: 7d }",
    says: ["32:37  key-not-here  the move to `lead`: `for` does not go with `event`  (an event holds for no time: take one of the two out)"],
  },
  "move for alone": {
    change: "{ to: lead, event: form }",
    into: "{ to: lead, for: 7d }",
    says: ["32:7  missing-key  the move to `lead` has neither `event` nor `if`  (say what makes it happen)"],
  },
  "move back from": {
    change: "    - { to: lead, event: form }",
    into: "    - { to: back, event: form }",
    says: ["32:7  missing-key  a move `to: back` has no `from`  (name the stages that it leads back out of)"],
  },
  "set_by without a stage": {
    change: "  moves:",
    into: "  set_by: form\n  moves:",
    says: ["31:11  no-stage  `set_by` of the stages: event `form` does not say which stage it sets  (add stage: properties.stage to the event)"],
  },
  "set_by unknown": {
    change: "  moves:",
    into: "  set_by: forms\n  moves:",
    says: ["31:11  unknown-event  `set_by` of the stages: there is no event `forms`  (did you mean `form`?)"],
  },
  "stage of an event": {
    change: 'visit: { page: "*" }',
    into: 'visit: { page: "*", stage: { by: properties.by } }',
    says: ["4:30  missing-key  `stage` of event `visit` has no `from`  (name the property that holds the stage, such as from: properties.stage)"],
  },
  "target of what": {
    change: "stages:",
    into: "targets: { lead_to_custommer: 20 }\nstages:",
    says: ["29:12  unknown-stage  target `lead_to_custommer` does not name two stages  (did you mean `lead_to_customer`?)"],
  },
  "target without its percentage": {
    change: "stages:",
    into: "targets: { lead_to_customer: { within: 30d } }\nstages:",
    says: ["29:30  missing-key  target `lead_to_customer` has no `percent`  (such as { percent: 20, within: 30d })"],
  },
  "target in years": {
    change: "stages:",
    into: "targets: { lead_to_customer: { percent: 20, within: 60w, by: 1 } }\nstages:",
    says: [
      "29:53  bad-value  target `lead_to_customer`, `within` is longer than 400d",
      "29:58  unknown-key  unknown key `by` in target `lead_to_customer`  (the keys of a target are `percent` and `within`)",
    ],
  },
  "target beyond": {
    change: "stages:",
    into: "targets: { lead_to_customer: 120 }\nstages:",
    says: ["29:30  bad-value  target `lead_to_customer` is 120; it is a percentage above 0"],
  },
  "move self": {
    change: "{ to: lead, event: form }",
    into: "{ to: lead, from: lead, event: form }",
    says: ["32:25  never-applies  the move to `lead` comes from `lead` itself and never applies  (take it out of `from`)"],
  },
  "move before first": {
    change: "{ to: lead, event: form }",
    into: "{ to: lead, from: before visitor, event: form }",
    says: ["32:25  never-applies  the move to `lead`: there is no stage before `visitor`  (`visitor` is the first of the order)"],
  },
  "move reset": {
    change: "{ to: lead, event: form }",
    into: "{ to: lead, event: form, reset: engagment }",
    says: ["32:39  unknown-name  `reset` of the move to `lead`: there is no score `engagment`  (did you mean `engagement`?)"],
  },
  "move if event": {
    change: "{ to: lead, event: form }",
    into: "{ to: lead, if: form }",
    says: ["32:23  unknown-name  `form` is unknown  (`form` is an event: count it with a measure)"],
  },
  "condition: float equality": {
    change: "  keen: engagement >= 50",
    into: "  keen: 'engagement == 50'",
    says: ["24:10  equality-on-real  `engagement` is a real number that moves with the clock: `==` would hold for no time at all  (use >= or <)"],
  },
  "condition: days equality": {
    change: "  keen: engagement >= 50",
    into: "  keen: 'days_since(last_order) != 3'",
    says: ["24:10  equality-on-real  `days_since(last_order)` is a real number that moves with the clock: `!=` would hold for no time at all  (use >= or <)"],
  },
  "condition: two moving": {
    change: "  keen: engagement >= 50",
    into: "  keen: 'engagement > days_since(last_order)'",
    says: [
      "24:10  two-moving-values  `engagement > days_since(last_order)` compares two values that move with the clock, and nobody can foresee when they cross  (compare each with a number, and join the two with &&)",
    ],
  },
  "condition: two moving sum": {
    change: "  keen: engagement >= 50",
    into: "  keen: 'engagement + fit > 90'",
    says: [
      "24:10  two-moving-values  `engagement + fit` joins two values that move with the clock, and nobody can foresee when it passes a number  (compare each with a number, and join the two with &&)",
    ],
  },
  "condition: moment compared": {
    change: "  keen: engagement >= 50",
    into: "  keen: 'last_order > 5'",
    says: [
      "24:10  moment  `last_order` is a moment and cannot be compared or computed with  (use days_since(last_order), hours_since(last_order) or never(last_order))",
    ],
  },
  "condition: moment of event": {
    change: "  keen: engagement >= 50",
    into: "  keen: 'days_since(order) > 5'",
    says: ["24:21  wrong-type  `days_since` asks for a moment, and `order` is an event  (add a measure, such as last_order: { last: order })"],
  },
  "condition: days_since of count": {
    change: "  keen: engagement >= 50",
    into: "  keen: 'days_since(orders) > 5'",
    says: ["24:21  wrong-type  `days_since` asks for a moment, and `orders` is a number  (name a `first` or `last` measure, or a date trait)"],
  },
  "condition: properties in if": {
    change: "  keen: engagement >= 50",
    into: "  keen: 'properties.plan == \"pro\"'",
    says: ["24:10  where-in-if  `properties` is about the message; an `if` is about the contact  (put it into the `where` of an event, or keep it as a trait)"],
  },
  "condition: unknown name": {
    change: "  keen: engagement >= 50",
    into: "  keen: 'engagment > 5'",
    says: ["24:10  unknown-name  `engagment` is unknown  (did you mean `engagement`?)"],
  },
  "condition: unknown function": {
    change: "  keen: engagement >= 50",
    into: "  keen: 'day_since(last_order) > 5'",
    says: ["24:10  unknown-function  there is no function `day_since`  (did you mean `days_since`?)"],
  },
  "condition: duration": {
    change: "  keen: engagement >= 50",
    into: "  keen: 'days_since(last_order) > duration(\"30d\")'",
    says: ["24:35  not-in-conditions  `duration()` is not part of conditions  (use days_since(x), hours_since(x) or days_in_stage, and compare with a number)"],
  },
  "condition: now": {
    change: "  keen: engagement >= 50",
    into: "  keen: 'now > 5'",
    says: ["24:10  not-in-conditions  `now` is not part of conditions  (use days_since(x), hours_since(x) or days_in_stage)"],
  },
  "condition: null": {
    change: "  keen: engagement >= 50",
    into: "  keen: 'traits.country == null'",
    says: ["24:28  not-in-conditions  `null` is not part of conditions  (use missing(x) or never(x))"],
  },
  "condition: type": {
    change: "  keen: engagement >= 50",
    into: "  keen: 'traits.country > 5'",
    says: ['24:10  wrong-type  `>` compares a string (`traits.country`) with a number (`5`)  (write "5")'],
  },
  "condition: type quoted": {
    change: "  keen: engagement >= 50",
    into: "  keen: 'traits.employees == \"50\"'",
    says: ['24:10  wrong-type  `==` compares a number (`traits.employees`) with a string (`"50"`)  (write 50)'],
  },
  "condition: not a bool": {
    change: "  keen: engagement >= 50",
    into: "  keen: 'orders'",
    says: ["24:10  wrong-type  audience `keen` is a number; a condition is true or false  (compare it, such as `orders > 0`)"],
  },
  "condition: not a bool in and": {
    change: "  keen: engagement >= 50",
    into: "  keen: 'orders && keen'",
    says: [
      "24:10  wrong-type  `&&` asks for true or false, and `orders` is a number  (compare it with something)",
      "24:20  self-reference  `keen` cannot depend on itself  (for a way out that differs from the way in, use `until`)",
    ],
  },
  "condition: single equals": {
    change: "  keen: engagement >= 50",
    into: "  keen: 'orders = 3'",
    says: ["24:17  condition-syntax  audience `keen`: a single `=` compares nothing  (write ==)"],
  },
  "condition: and word": {
    change: "  keen: engagement >= 50",
    into: "  keen: 'orders > 3 and keen'",
    says: ["24:21  condition-syntax  audience `keen`: `and` is not an operator  (write &&)"],
  },
  "condition: unclosed": {
    change: "  keen: engagement >= 50",
    into: "  keen: '(orders > 3'",
    says: ["24:21  condition-syntax  audience `keen`: the condition ends too early  (a closing bracket is missing)"],
  },
  "condition: modulo": {
    change: "  keen: engagement >= 50",
    into: "  keen: 'days_since(last_order) % 7 < 1'",
    says: [
      "24:10  moving-value  `days_since(last_order) % 7`: a value that moves with the clock has no remainder  (use `repeat`, `for` or `after` for what comes again)",
    ],
  },
  "condition: stage typo": {
    change: "  keen: engagement >= 50",
    into: "  keen: 'stage == \"led\"'",
    says: ['24:19  unknown-stage  the stage is never "led"  (did you mean `lead`?)'],
  },
  "condition: in wrong": {
    change: "  keen: engagement >= 50",
    into: "  keen: 'traits.country in [\"DE\", 5]'",
    says: ['24:35  wrong-type  `traits.country` is a string and is never `5`  (write "5")'],
  },
  "condition: in text": {
    change: "  keen: engagement >= 50",
    into: "  keen: 'traits.country in \"DE\"'",
    says: ['24:28  wrong-type  `in` asks for a list, and `"DE"` is a string  (write x in ["a", "b"], or x.contains("a"))'],
  },
  "condition: pattern": {
    change: "  keen: engagement >= 50",
    into: "  keen: 'traits.country.matches(\"(?=a)\")'",
    says: [
      "24:33  bad-pattern  the pattern cannot be used: error parsing regexp: invalid or unsupported Perl syntax: `(?=`  (patterns are RE2: no look-around and no back-references)",
    ],
  },
  "condition: pattern computed": {
    change: "  keen: engagement >= 50",
    into: "  keen: 'traits.country.matches(traits.country)'",
    says: ["24:33  bad-pattern  `matches` takes a pattern that is written out  (a text in quotes)"],
  },
  "condition: has of measure": {
    change: "  keen: engagement >= 50",
    into: "  keen: 'has(orders)'",
    says: ["24:14  wrong-arguments  `has` asks for a trait  (such as has(traits.country); use !missing(x) for the others)"],
  },
  "condition: missing of sum": {
    change: "  keen: engagement >= 50",
    into: "  keen: 'missing(orders + 1)'",
    says: ["24:18  wrong-arguments  `missing` asks for one name  (name a trait, measure, band, `stage` or `segment`)"],
  },
  "condition: population": {
    change: "  keen: engagement >= 50",
    into: "  keen: 'spend > population.average'",
    says: ["24:18  unknown-name  the population has no number `average`  (declare it under `population:` first)"],
  },
  "condition: bare trait": {
    change: "  keen: engagement >= 50",
    into: "  keen: 'country == \"DE\"'",
    says: ["24:10  unknown-name  `country` is unknown  (`country` is a trait: write traits.country)"],
  },
  "condition: bare stage": {
    change: "  keen: engagement >= 50",
    into: "  keen: 'lead'",
    says: ['24:10  unknown-name  `lead` is unknown  (`lead` is a stage: write stage == "lead")'],
  },
  "condition: nested": {
    change: "  keen: engagement >= 50",
    into: "  keen: '(engagement > 5) == true'",
    says: [
      "24:11  nested-comparison  `(engagement > 5) == true` holds a comparison that turns with the clock inside another  (join comparisons with && and ||)",
    ],
  },
  "condition: ternary": {
    change: "  keen: engagement >= 50",
    into: "  keen: '(traits.subscribed ? engagement : 5) > 3'",
    says: ["24:31  moving-value  `engagement` moves with the clock and cannot be chosen by `?:`  (compare in each branch: c ? x > 1 : x > 2)"],
  },
  "condition: divisor": {
    change: "  keen: engagement >= 50",
    into: "  keen: '100 / engagement > 3'",
    says: ["24:10  moving-value  `engagement` moves with the clock and cannot divide  (turn it round: compare it with a product)"],
  },
  "condition: map": {
    change: "  keen: engagement >= 50",
    into: "  keen: '{\"a\": 1}.a == 1'",
    says: ['24:10  not-in-conditions  `{"a": 1}.a`: only `traits` has parts in an `if`'],
  },
  "condition: itself": {
    change: "  keen: engagement >= 50",
    into: "  keen: 'keen'",
    says: ["24:10  self-reference  `keen` cannot depend on itself  (for a way out that differs from the way in, use `until`)"],
  },
  "condition: never of count": {
    change: "  keen: engagement >= 50",
    into: "  keen: 'never(orders)'",
    says: ["24:16  wrong-type  `never` asks for a moment, and `orders` is a number  (use missing(x))"],
  },
  "trigger none": {
    trigger: "a: { channel: email, message: m }",
    says: [
      "34:6  one-of  trigger `a` does not say when  (say one of `enter`, `leave`, `event`, `rises`, `falls`, `reaches`, `silent`, `overdue`, `started`, `date`, `every` or `broadcast`)",
    ],
  },
  "trigger two": {
    trigger: "a: { enter: lead, event: form, channel: email, message: m }",
    says: ["34:6  one-of  trigger `a` has `enter` and `event`: two occasions  (make it one trigger for each)"],
  },
  "trigger typo key": {
    trigger: "a: { enter: lead, chanel: email, message: m }",
    says: ["34:21  unknown-key  unknown key `chanel` in trigger `a`  (did you mean `channel`?)"],
  },
  "trigger no message": {
    trigger: "a: { enter: lead, channel: email }",
    says: ["34:6  missing-key  trigger `a` has no `message`  (say what is to be sent, such as message: welcome)"],
  },
  "trigger place": {
    trigger: "a: { enter: leed, channel: email, message: m }",
    says: ["34:15  unknown-place  `enter` of trigger `a`: there is no stage, segment or audience `leed`  (did you mean `lead`?)"],
  },
  "trigger place is event": {
    trigger: "a: { enter: order, channel: email, message: m }",
    says: ["34:15  unknown-place  `enter` of trigger `a`: there is no stage, segment or audience `order`  (`order` is an event)"],
  },
  "trigger steps empty": {
    trigger: "a: { enter: lead, channel: email, steps: [] }",
    says: ["34:44  wrong-shape  `steps` of trigger `a` is an empty list  (such as steps: [{ after: 1d, message: hello }])"],
  },
  "trigger steps message": {
    trigger: "a: { enter: lead, channel: email, message: m, steps: [{ after: 1d, message: m }] }",
    says: ["34:46  key-not-here  trigger `a`: `message` does not go with `steps`  (each step has a message of its own)"],
  },
  "trigger steps after": {
    trigger: "a: { enter: lead, after: 1d, channel: email, steps: [{ after: 1d, message: m }] }",
    says: ["34:28  key-not-here  trigger `a`: `after` does not go with `steps`  (each step has an `after` of its own)"],
  },
  "trigger steps order": {
    trigger: "a: { enter: lead, channel: email, steps: [{ after: 3d, message: m }, { after: 2d, message: m }] }",
    says: [
      "34:72  not-later  step 2 of trigger `a` is not later than the step before it  (every `after` counts from the beginning of the series, not from the step before)",
    ],
  },
  "trigger step incomplete": {
    trigger: "a: { enter: lead, channel: email, steps: [{ message: m }, { after: 1d }] }",
    says: [
      "34:45  missing-key  step 1 of trigger `a` has no `after`  (count from the beginning of the series: 0d is at once)",
      "34:61  missing-key  step 2 of trigger `a` has no `message`  (say what is to be sent, such as message: welcome)",
    ],
  },
  "trigger step channel": {
    trigger: "a: { enter: lead, steps: [{ after: 1d, message: m }] }",
    says: ["34:29  missing-key  step 1 of trigger `a` has no `channel`  (name the sender that takes it, such as email or crm)"],
  },
  "trigger steps of silence": {
    trigger: "a: { silent: form, for: 3d, channel: email, steps: [{ after: 1d, message: m }] }",
    says: ["34:27  key-not-here  trigger `a`: `for` does not go with `steps` of `silent`  (the first step's `after` is how long the silence lasts)"],
  },
  "trigger steps of no silence": {
    trigger: "a: { silent: form, channel: email, steps: [{ after: 0d, message: m }] }",
    says: ["34:45  bad-value  trigger `a`: the first step of a silence comes after no time  (its `after` is how long the silence lasts, such as 30d)"],
  },
  "trigger reaches nothing": {
    trigger: "a: { reaches: { visits: [] }, channel: email, message: m }",
    says: ["34:27  bad-value  `reaches` of trigger `a` is an empty list"],
  },
  "trigger reaches what": {
    trigger: "a: { reaches: 3, channel: email, message: m }",
    says: ["34:17  wrong-shape  `reaches` of trigger `a` is the number 3  (such as reaches: { orders: [1, 10, 100] })"],
  },
  "trigger overdue by": {
    trigger: "a: { overdue: order, channel: email, message: m }",
    says: ["34:6  missing-key  trigger `a`: `overdue` needs `by`  (by: 1.2 is a fifth later than usual)"],
  },
  "trigger overdue by nothing": {
    trigger: "a: { overdue: order, by: 0, channel: email, message: m }",
    says: ["34:28  bad-value  `by` of trigger `a` is 0; it is above 0 and at most 100  (by: 1.2 is a fifth later than usual)"],
  },
  "trigger by elsewhere": {
    trigger: "a: { event: order, by: 2, channel: email, message: m }",
    says: ["34:26  key-not-here  trigger `a`: `by` does not go with `event`  (it goes with `overdue`)"],
  },
  "trigger date of what": {
    trigger: "a: { date: renews_at, before: 7d, channel: email, message: m }",
    says: ["34:14  wrong-shape  `date` of trigger `a` is the text `renews_at`; it is a trait  (such as date: traits.renews_at)"],
  },
  "trigger date no date": {
    trigger: "a: { date: traits.country, before: 7d, channel: email, message: m }",
    says: ["34:14  wrong-type  trigger `a`: trait `country` is no date  (declare it as country: date)"],
  },
  "trigger date unknown": {
    trigger: "a: { date: traits.renews_on, before: 7d, channel: email, message: m }",
    says: ["34:14  unknown-trait  trigger `a`: there is no trait `renews_on`  (did you mean `renews_at`?)"],
  },
  "trigger date when": {
    trigger: "a: { date: traits.renews_at, channel: email, message: m }",
    says: ["34:6  one-of  trigger `a` says neither `before` nor `after`  (such as before: 7d; 0d is the date itself)"],
  },
  "trigger date twice": {
    trigger: "a: { date: traits.renews_at, before: 1d, after: 1d, channel: email, message: m }",
    says: ["34:6  one-of  trigger `a` has `before` and `after`: two occasions  (make it one trigger for each)"],
  },
  "trigger every hour": {
    trigger: 'a: { every: 1h, at: "07:30", channel: email, message: m }',
    says: ["34:15  bad-value  `every` of trigger `a` is the text `1h`; it can be `1d` or `1w`  (for another rhythm, ask in its `if`)"],
  },
  "trigger every when": {
    trigger: "a: { every: 1d, channel: email, message: m }",
    says: ['34:6  missing-key  trigger `a`: `every` needs `at`  (such as at: "07:30")'],
  },
  "trigger broadcast": {
    trigger: "a: { broadcast: false, channel: email, message: m }",
    says: ["34:19  bad-value  `broadcast` of trigger `a` is the truth value false; it can only be true"],
  },
  "trigger every at": {
    trigger: 'a: { every: 1w, at: "07:30", channel: email, message: m }',
    says: [
      '34:23  bad-value  `at` of trigger `a` is the text `07:30`; it is a weekday (mon tue wed thu fri sat sun) and a time of the day  (such as at: "mon 07:30", quoted)',
    ],
  },
  "trigger goal nothing": {
    trigger: "a: { enter: lead, channel: email, message: m, goal: {} }",
    says: [
      "34:55  one-of  the `goal` of trigger `a` says neither `event` nor `enter`  (such as goal: { event: order, within: 14d })",
      "34:55  missing-key  the `goal` of trigger `a` has no `within`  (say how long after the first message it still counts, such as within: 14d)",
    ],
  },
  "trigger goal two": {
    trigger: "a: { enter: lead, channel: email, message: m, goal: { event: form, enter: customer, within: 1d } }",
    says: ["34:55  one-of  the `goal` of trigger `a` has `event` and `enter`: two goals  (keep the one that counts)"],
  },
  "trigger goal answered by a place": {
    trigger: "a: { enter: lead, channel: email, message: m, goal: { enter: customer, answered: true, within: 1d } }",
    says: [
      "34:84  key-not-here  the `goal` of trigger `a`: `answered` does not go with `enter`  (an event answers a message, a place does not: name the event, such as goal: { event: clicked, answered: true, within: 3d })",
    ],
  },
  "trigger goal answered how": {
    trigger: "a: { enter: lead, channel: email, message: m, goal: { event: form, answered: yes, within: 1d } }",
    says: ["34:80  wrong-type  `answered` of the `goal` of trigger `a` is the text `yes`; it can be true or false"],
  },
  "trigger goal unknown": {
    trigger: "a: { enter: lead, channel: email, message: m, goal: { event: fomr, within: 1d } }",
    says: ["34:64  unknown-event  the `goal` of trigger `a`: there is no event `fomr`  (did you mean `form`?)"],
  },
  "trigger variants one": {
    trigger: "a: { enter: lead, channel: email, message: m, variants: { a: 100 } }",
    says: ["34:59  wrong-shape  `variants` of trigger `a` is a map of 1; it is 2 to 20 with their percentages  (such as variants: { a: 50, b: 50 })"],
  },
  "trigger variants sum": {
    trigger: "a: { enter: lead, channel: email, message: m, variants: { a: 50, b: 40 } }",
    says: ["34:59  bad-value  `variants` of trigger `a` sum to 90, not to 100"],
  },
  "trigger variants zero": {
    trigger: "a: { enter: lead, channel: email, message: m, variants: { a: 100, b: 0 } }",
    says: ["34:72  bad-value  `b` in the `variants` of trigger `a` is 0; a percentage is above 0"],
  },
  "trigger channels list": {
    trigger: "a: { enter: lead, channel: [email, ads], message: m }",
    says: ["34:30  wrong-shape  `channel` of trigger `a` is a list  (say which of them: { first: [push, email] } or { all: [email, ads] })"],
  },
  "trigger channels neither": {
    trigger: "a: { enter: lead, channel: {}, message: m }",
    says: ["34:30  one-of  `channel` of trigger `a` says neither `first` nor `all`  (such as { first: [push, email] })"],
  },
  "trigger channels both": {
    trigger: "a: { enter: lead, channel: { first: [email], all: [ads] }, message: m }",
    says: ["34:30  one-of  `channel` of trigger `a` is `first` and `all` at once  (such as { first: [push, email] })"],
  },
  "trigger channels key": {
    trigger: "a: { enter: lead, channel: { any: [email] }, message: m }",
    says: ["34:32  unknown-key  unknown key `any` in `channel` of trigger `a`  (the keys of a channel are `first` and `all`)"],
  },
  "trigger channels twice": {
    trigger: "a: { enter: lead, channel: { all: [email, email] }, message: m }",
    says: ["34:45  said-twice  `channel` of trigger `a` names `email` twice  (keep one)"],
  },
  "trigger channels none": {
    trigger: "a: { enter: lead, channel: { all: [] }, message: m }",
    says: ["34:37  bad-value  `channel` of trigger `a` is an empty list"],
  },
  "trigger priority": {
    trigger: "a: { enter: lead, channel: email, message: m, priority: hihg }",
    says: ["34:59  bad-value  `priority` of trigger `a` is `hihg`; it can be `high`, `normal` or `low`  (did you mean `high`?)"],
  },
  "trigger purpose": {
    trigger: "a: { enter: lead, channel: email, message: m, purpose: Trans-actional }",
    says: ["34:58  bad-name  `purpose` of trigger `a`: `Trans-actional` is not a name  (a lower-case letter, then lower-case letters, digits and _)"],
  },
  "trigger owner": {
    trigger: "a: { enter: lead, channel: email, message: m, owner: 7 }",
    says: ['34:56  wrong-type  `owner` of trigger `a` is the number 7 where a text was expected  (quote it: "7")'],
  },
  "trigger expires": {
    trigger: "a: { enter: lead, channel: email, message: m, expires: soon }",
    says: ["34:58  bad-duration  `expires` of trigger `a`: `soon` is not a duration  (a whole number and one of s, m, h, d, w, such as 90m, 12h, 30d or 2w)"],
  },
  "trigger params": {
    trigger: "a: { enter: lead, channel: email, message: m, params: [x] }",
    says: ["34:57  wrong-shape  `params` of trigger `a` is a list; it is a map of values  (such as params: { reward: one-month })"],
  },
  "trigger params nested": {
    trigger: "a: { enter: lead, channel: email, message: m, params: { x: { y: 1 } } }",
    says: ["34:62  wrong-shape  `x` in the `params` of trigger `a` is a map  (a text, a number, true or false)"],
  },
  "trigger params name": {
    trigger: "a: { enter: lead, channel: email, message: m, params: { Big: 1 } }",
    says: ["34:59  bad-name  `params` of trigger `a`: `Big` is not a name  (a lower-case letter, then lower-case letters, digits and _)"],
  },
  "trigger for enter": {
    trigger: "a: { enter: lead, for: 3d, channel: email, message: m }",
    says: ["34:26  key-not-here  trigger `a`: `for` does not go with `enter`  (`after` fires later, if it is still true then)"],
  },
  "trigger after silent": {
    trigger: "a: { silent: visit, for: 3d, after: 1d, channel: email, message: m }",
    says: ["34:39  key-not-here  trigger `a`: `after` does not go with `silent`  (`for` is how long the silence lasts)"],
  },
  "trigger silent no for": {
    trigger: "a: { silent: visit, channel: email, message: m }",
    says: ["34:6  missing-key  trigger `a`: `silent` needs `for`  (say how long the silence lasts, such as for: 30d)"],
  },
  "trigger started": {
    trigger: "a: { started: order, channel: email, message: m }",
    says: [
      "34:6  missing-key  trigger `a`: `started` needs `without`  (name the event that should have followed)",
      "34:6  missing-key  trigger `a`: `started` needs `within`  (say how long to wait for it, such as within: 1h)",
    ],
  },
  "trigger without": {
    trigger: "a: { event: form, without: order, channel: email, message: m }",
    says: ["34:30  key-not-here  trigger `a`: `without` does not go with `event`  (it goes with `started`)"],
  },
  "trigger from event": {
    trigger: "a: { event: form, from: lead, channel: email, message: m }",
    says: ["34:27  key-not-here  trigger `a`: `from` does not go with `event`  (it goes with `enter` and `leave`)"],
  },
  "trigger from audience": {
    trigger: "a: { enter: lead, from: keen, channel: email, message: m }",
    says: ["34:27  wrong-kind  trigger `a`: `from` is a stage or segment, and `keen` is an audience  (ask for an audience with `in`)"],
  },
  "trigger from other axis": {
    trigger: "a: { enter: lead, from: champions, channel: email, message: m }",
    says: ["34:27  wrong-kind  trigger `a`: `from` is a segment, and what it enters is a stage  (ask for it with `in`)"],
  },
  "trigger rises moment": {
    trigger: "a: { rises: { last_order: 3 }, channel: email, message: m }",
    says: ["34:17  wrong-type  trigger `a`: `last_order` is a moment, not a number  (use `silent` for time since the last event)"],
  },
  "trigger rises band": {
    trigger: "a: { rises: { recency: 3 }, channel: email, message: m }",
    says: ["34:17  wrong-type  trigger `a`: `recency` is a band, not a number  (name a count, a sum, a min or max, or a score)"],
  },
  "trigger rises number": {
    trigger: "a: { rises: engagement, channel: email, message: m }",
    says: ["34:15  wrong-shape  `rises` of trigger `a` is the text `engagement`  (such as rises: { engagement: 40 })"],
  },
  "trigger repeat": {
    trigger: "a: { enter: lead, repeat: once, channel: email, message: m }",
    says: ["34:29  bad-value  `repeat` of trigger `a` is the text `once`; it can be `never`, `always` or a duration"],
  },
  "trigger after 0": {
    trigger: "a: { enter: lead, after: 0d, channel: email, message: m }",
    says: ["34:28  bad-duration  `after` of trigger `a`: `0d` is no time at all: a duration is above 0  (leave it out where nothing has to pass)"],
  },
  "carry event on enter": {
    trigger: "a: { enter: lead, channel: email, message: m, carry: [event.properties.title] }",
    says: [
      "34:57  no-event  `carry` of trigger `a`: no event starts this trigger, so there is no `event.properties.title`  (only `event` and `started` triggers have one; keep it as a trait)",
    ],
  },
  "carry unknown": {
    trigger: "a: { enter: lead, channel: email, message: m, carry: [contry] }",
    says: ["34:57  unknown-name  `carry` of trigger `a`: there is no trait or measure `contry`  (did you mean `country`?)"],
  },
  "carry ambiguous": {
    trigger: "a: { enter: lead, channel: email, message: m, carry: [orders] }",
    says: ["34:57  ambiguous-name  `carry` of trigger `a`: `orders` is a trait and a measure  (rename one of them)"],
  },
  "carry score": {
    trigger: "a: { enter: lead, channel: email, message: m, carry: [engagement] }",
    says: [
      "34:57  wrong-kind  `carry` of trigger `a`: `engagement` is a score, and only traits and measures are carried  (every trigger shows scores, bands and places by itself)",
    ],
  },
  "carry twice": {
    trigger: "a: { event: form, channel: email, message: m, carry: [country, event.properties.country] }",
    says: ["34:66  name-taken  `carry` of trigger `a` has two things called `country`  (keep one, or keep the other as a trait of another name)"],
  },
  "carry properties": {
    trigger: "a: { event: form, channel: email, message: m, carry: [properties.title] }",
    says: ["34:57  bad-path  `carry` of trigger `a`: what is taken of the event begins with `event.properties`  (write event.properties.title)"],
  },
  "ambiguous place": {
    text: 'pack: x\nversion: 1\nevents: { a: A }\nstages: { order: [new, old] }\naudiences: { old: stage == "old" }\ntriggers:\n  t: { enter: old, channel: c, message: m }\n',
    says: ["7:15  ambiguous-name  `enter` of trigger `t`: `old` is a stage and an audience  (rename one of them)"],
  },
  "trigger channel name": {
    trigger: "a: { enter: lead, channel: E-Mail, message: m }",
    says: ["34:30  bad-name  `channel` of trigger `a`: `E-Mail` is not a name  (a lower-case letter, then lower-case letters, digits and _)"],
  },
  alias: {
    change: "  country: string",
    into: "  country: &c string\n  city: *c",
    says: ["8:15  not-in-packs  `&c` is a YAML anchor, and packs have none  (write it out where it is needed)"],
  },
};

test("the pack that the mistakes are made in is right", () => {
  expect(said(RIGHT)).toEqual([]);
});

test.each(Object.entries(MISTAKES))("%s", (_, mistake) => {
  expect(said(textOf(mistake))).toEqual(mistake.says);
});

test("all mistakes of a pack are said at once, in the order of the text", () => {
  const text = RIGHT.replace("count: order", "count: ordr").replace("engagement >= 50", "engagment >= 50").replace("to: lead", "to: leed");
  expect(said(text)).toEqual([
    "14:20  unknown-event  measure `orders`: there is no event `ordr`  (did you mean `order`?)",
    "24:9  unknown-name  `engagment` is unknown  (did you mean `engagement`?)",
    "32:13  unknown-stage  a move: there is no stage `leed`  (did you mean `lead`?)",
  ]);
});

test("a pack with very many mistakes says the first 99 and how many more there are", () => {
  const events = Array.from({ length: 300 }, (_, i) => `  Bad Name ${i}: A`).join("\n");
  const found = said(`pack: x\nversion: 1\nevents:\n${events}\n`);
  expect(found).toHaveLength(100);
  expect(found.at(-1)).toBe("103:3  too-many-problems  and 201 more problems from here on");
});

function textOf(mistake: Mistake): string {
  if ("text" in mistake) return mistake.text;
  if ("trigger" in mistake) return `${RIGHT}triggers:\n  ${mistake.trigger}\n`;
  expect(RIGHT).toContain(mistake.change);
  return RIGHT.replace(mistake.change, () => mistake.into);
}

function said(text: string): string[] {
  const result = loadPack(text, "");
  return result.ok ? [] : formatProblems(result.problems).map((line) => line.slice(1));
}

test.each([
  [
    "very many unknown names",
    `pack: x\nversion: 1\nevents: { ${Array.from({ length: 499 }, (_, i) => `ev${i}: A`).join(", ")} }\ntriggers:\n${Array.from({ length: 900 }, (_, i) => `  t${i}: { event: [${Array.from({ length: 90 }, (_, j) => `evt${j}`).join(", ")}], channel: c, message: m }`).join("\n")}\n`,
  ],
  [
    "very long conditions",
    `pack: x\nversion: 1\nevents: { a: A }\nmeasures: { n: { count: a } }\naudiences:\n${Array.from({ length: 150 }, (_, i) => `  t${i}: ${"n + ".repeat(900)}n`).join("\n")}\n`,
  ],
])(
  "a pack of %s is answered within seconds",
  (_, text) => {
    expect(said(text)).toHaveLength(100);
  },
  20_000,
);
