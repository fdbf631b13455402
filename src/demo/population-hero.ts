// The one contact whose path the demo tells in full: c_ana, from the first visit to evangelist. Nothing is left to chance: each
// line is a day of the demo, a time of day, and what Ana does. The long gap after day 21 is the point of it: she falls
// back by time alone, is written to, and returns.

import { DAY_MS, HOUR_MS, MINUTE_MS } from "./population-calendar.ts";
import type { Life, Message, Story } from "./population-life.ts";

export const HERO = { kind: "user", id: "c_ana" } as const;

/** Ana's life; `startMs` is the first midnight of the demo. */
export function* hero(life: Life, startMs: number): Story {
  for (const [day, time, act] of SCRIPT) {
    const [hours, minutes] = time.split(":").map(Number) as [number, number];
    life.now = startMs + day * DAY_MS + hours * HOUR_MS + minutes * MINUTE_MS;
    yield act(life);
  }
}

type Act = (life: Life) => Message;

const page =
  (path: string): Act =>
  (life) =>
    life.page(path);
const did =
  (event: string, properties = {}): Act =>
  (life) =>
    life.track(event, properties);
const mail = (what: "Delivered" | "Opened" | "Link Clicked", email_id: string, more = {}): Act =>
  did(`Email ${what}`, { email_id, campaign: "newsletter", ...more });

const TRAITS = {
  first_name: "Ana",
  email: "ana@example.com",
  title: "Head of Data",
  country: "RO",
  locale: "ro-RO",
  company: { name: "Bright Harbour", employees: 240, industry: "software" },
};

const SCRIPT: readonly (readonly [day: number, time: string, act: Act])[] = [
  [1, "09:14", (life) => life.page("/blog/what-changed", { campaign: { source: "newsletter" } })],
  [1, "09:17", page("/product")],
  [4, "16:40", page("/customers")],
  [8, "10:05", page("/product")],
  [8, "10:12", did("Feature Viewed", { product: "journeys" })],
  [8, "10:20", did("Form Submitted", { form_id: "trial" })],
  [8, "10:21", (life) => life.identify(TRAITS)],
  [10, "08:30", mail("Delivered", "a-1")],
  [10, "09:02", mail("Opened", "a-1")],
  [14, "11:15", did("Resource Downloaded", { type: "whitepaper", title: "Scoring without guesswork" })],
  [17, "08:30", mail("Delivered", "a-2")],
  [20, "14:00", did("Webinar Attended", { title: "From score to conversation", minutes: 48 })],
  [20, "15:10", page("/pricing")],
  [21, "09:30", page("/pricing/plans")],
  [21, "09:41", did("Resource Downloaded", { type: "ebook", title: "The quiet churn report" })],
  [24, "08:30", mail("Delivered", "a-3")],
  [31, "08:30", mail("Delivered", "a-4")],
  [38, "08:30", mail("Delivered", "a-5")],
  [45, "08:30", mail("Delivered", "a-6", { campaign: "miss-you" })],
  [45, "12:26", mail("Opened", "a-6", { campaign: "miss-you" })],
  [45, "12:27", mail("Link Clicked", "a-6", { campaign: "miss-you", link_tag: "case-study" })],
  [45, "12:28", page("/customers")],
  [46, "10:02", page("/pricing")],
  [46, "10:09", page("/pricing/plans")],
  [46, "10:31", did("Resource Downloaded", { type: "whitepaper", title: "Benchmarks of the year" })],
  [47, "15:00", did("Webinar Attended", { title: "Ask the engineers", minutes: 35 })],
  [50, "11:00", did("Meeting Booked", { with: "sales" })],
  [57, "16:20", did("Opportunity Created", { opportunity_id: "o-ana", amount: 48000 })],
  [93, "10:45", did("Deal Won", { opportunity_id: "o-ana", amount: 48000 })],
  [97, "09:00", did("Feature Viewed", { product: "audiences" })],
  [104, "08:30", mail("Delivered", "a-7")],
  [104, "09:12", mail("Opened", "a-7")],
  [118, "13:30", did("NPS Answered", { score: 9 })],
  [121, "17:05", did("Referral Sent", { to: "peer@example.org" })],
  [139, "19:40", did("Checkout Started", { checkout_id: "chk-ana", value: 89, currency: "EUR", products: [{ sku: "bo-101", category: "books", price: 89 }] })],
  [
    139,
    "19:44",
    did("Order Completed", {
      order_id: "ord-ana",
      checkout_id: "chk-ana",
      revenue: 89,
      currency: "EUR",
      products: [{ sku: "bo-101", category: "books", price: 89 }],
    }),
  ],
];
