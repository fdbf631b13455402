// People at work who may become customers of a considered purchase: strangers who look once, and leads from the first
// visit over forms, papers, webinars, mails and meetings to a deal, won or lost, and what comes after; and accounts of
// the year before. What happens to whom is
// a matter of chance; the shares below are ours, set so that every move and trigger of `b2b-funnel` occurs; nobody sets a stage by hand.

import { type Life, type Properties, type Story, together } from "./population-life.ts";
import type { Random } from "./random.ts";

const PAGES = ["/", "/product", "/blog/first-hundred-days", "/blog/what-changed", "/customers", "/about", "/docs", "/integrations"] as const;
const PAPERS = ["Field guide to lifecycle stages", "Scoring without guesswork", "The quiet churn report", "Benchmarks of the year"] as const;
const WEBINARS = ["Ask the engineers", "From score to conversation", "A tour in thirty minutes"] as const;
const PRODUCTS = ["analytics", "journeys", "audiences", "connect"] as const;
const SOURCES = ["google", "linkedin", "newsletter", "partner", "conference"] as const;
const FIRST_NAMES = [
  "Mia",
  "Jonas",
  "Elena",
  "Luca",
  "Ioana",
  "Noah",
  "Sofia",
  "Emil",
  "Clara",
  "Matei",
  "Lena",
  "Hugo",
  "Zoe",
  "Andrei",
  "Freya",
  "Omar",
] as const;
const COMPANY_WORDS = [
  ["Blue", "North", "Silver", "Quick", "Bright", "Stone", "River", "High", "Green", "Iron"],
  ["Harbour", "Field", "Works", "Foods", "Freight", "Optics", "Mills", "Press", "Energy", "Clinics"],
] as const;

/** One visit, a few pages, and never again. */
export function* passerBy(life: Life): Story {
  yield life.page(life.random.pick(PAGES), cameFrom(life.random));
  for (let more = life.random.int(0, 3); more > 0; more--) yield life.soon().page(life.random.pick(PAGES));
}

/** Comes back now and then without ever saying who it is. */
export function* regularStranger(life: Life): Story {
  for (let visits = life.random.int(2, 6); visits > 0; visits--) {
    yield* visit(life, life.random.int(2, 5));
    if (life.random.chance(0.3)) yield life.soon().page("/pricing");
    life.later(1 + life.random.skewed(9));
  }
}

/** From the first visit as far as it goes. */
export function* lead(life: Life): Story {
  const { random } = life;
  const keen = random.next();
  const traits = leadTraits(life);
  yield* visit(life, random.int(1, 4), cameFrom(random));
  while (random.chance(0.5)) yield* visit(life.later(1 + random.skewed(4)), random.int(1, 4));
  // Some are known to sales from a fair before they ever come to the site's forms, and buy without any of this.
  if (random.chance(0.05)) return yield* deal(life.signIn().later(2));
  yield* becomeKnown(life.soon(6), traits);
  yield* together(interest(life.beside(), keen), mails(life, keen));
}

/**
 * An account of the year before, of which the CRM knows the deal and who spoke well of it. Half of them are hardly seen
 * any more; the others go on as customers do.
 */
export function* pastAccount(life: Life, startMs: number): Story {
  const { random } = life;
  yield life.identify(leadTraits(life, 0.85));
  yield life.later(random.skewed(10)).track("Deal Won", { opportunity_id: `o-${life.person.number}`, amount: random.int(4, 60) * 1000 });
  if (random.chance(0.6)) yield life.later(5 + random.skewed(20)).track("Referral Sent", { to: "peer@example.org" });
  life.now = Math.max(life.now, startMs);
  const beside = life.beside();
  yield* random.chance(0.5) ? together(customer(beside), mails(life, 0.6)) : mails(life, 0.1);
}

/** The form and the identify call: either may come first, and some only ever do one of them. */
function* becomeKnown(life: Life, traits: Properties): Story {
  const { random } = life;
  const group = traits.company as { name: string } | undefined;
  const form = () =>
    life.track(random.pick(["Form Submitted", "Form Submitted", "Signed Up", "Chat Lead Captured"]), {
      form_id: random.pick(["newsletter", "trial", "contact"]),
    });
  if (random.chance(0.35)) yield life.identify(traits);
  else {
    life.signIn();
    yield form();
    yield life.soon(1).identify(traits);
  }
  // A few tell their company only later, by a group call.
  if (group === undefined && random.chance(0.2)) yield life.later(random.skewed(5)).group(`g-${life.person.number}`, company(random, true));
}

/** What a lead looks at; the keener, the more. Keen ones meet sales, and some of those get to a deal. */
function* interest(life: Life, keen: number): Story {
  const { random } = life;
  const rounds = random.int(1, 3) + Math.floor(keen * 5);
  for (let round = 0; round < rounds; round++) {
    life.later(1 + random.skewed(keen > 0.6 ? 3 : 9));
    yield* look(life, keen);
    if (keen > 0.6 && random.chance(0.3)) yield* burst(life);
    if (random.chance(0.02 + 0.12 * keen * keen)) return yield* sales(life);
  }
  if (keen > 0.85) yield* sales(life.later(2 + random.skewed(4)));
}

function* look(life: Life, keen: number): Story {
  const { random } = life;
  yield* visit(life, random.int(1, 4));
  if (random.chance(0.15 + 0.3 * keen)) yield life.soon().page("/pricing");
  if (random.chance(0.35)) yield life.soon().track(random.pick(["Product Viewed", "Feature Viewed"]), { product: random.pick(PRODUCTS) });
  if (random.chance(0.1 + 0.25 * keen)) yield* paper(life.soon(8));
}

function* visit(life: Life, pages: number, context?: Properties): Story {
  yield life.page(life.random.pick(PAGES), context);
  for (let more = pages - 1; more > 0; more--) yield life.soon().page(life.random.pick(PAGES));
}

function* paper(life: Life): Story {
  yield life.track("Resource Downloaded", { type: life.random.pick(["whitepaper", "ebook", "whitepaper", "checklist"]), title: life.random.pick(PAPERS) });
}

/** The days when somebody has a project: everything at once. */
function* burst(life: Life): Story {
  const { random } = life;
  yield* paper(life.soon(20));
  yield life.soon().page("/pricing");
  yield life.later(1).track("Webinar Attended", { title: random.pick(WEBINARS), minutes: random.int(20, 55) });
  yield life.soon(15).page("/pricing/plans");
  yield life.soon().page("/pricing");
  if (random.chance(0.5)) yield* paper(life.soon(30));
}

function* sales(life: Life): Story {
  const { random } = life;
  if (random.chance(0.85)) {
    yield life.later(1 + random.skewed(2)).track(random.pick(["Meeting Booked", "Demo Requested"]), { with: "sales" });
    if (random.chance(0.2)) {
      yield life.later(4 + random.skewed(6)).track("Deal Lost", { reason: "no budget" });
      return;
    }
    if (random.chance(0.12)) return;
  }
  yield* deal(life.later(2 + random.skewed(5)));
}

function* deal(life: Life): Story {
  const { random } = life;
  const amount = random.int(4, 60) * 1000;
  const opportunity = `o-${life.person.number}-${life.person.messages}`;
  if (random.chance(0.86)) {
    yield life.track("Opportunity Created", { opportunity_id: opportunity, amount });
    life.later(3 + random.skewed(22));
  }
  const end = random.weighted({ won: 55, lost: 35, open: 10 });
  if (end === "open") return;
  yield life.track(
    end === "won" ? "Deal Won" : "Deal Lost",
    end === "won" ? { opportunity_id: opportunity, amount } : { opportunity_id: opportunity, reason: random.pick(["price", "timing", "other vendor"]) },
  );
  if (end === "won") yield* customer(life);
  else if (random.chance(0.35)) yield* secondTry(life);
}

/** After a lost deal people keep away for a while; some return with a new project. */
function* secondTry(life: Life): Story {
  life.later(32 + life.random.skewed(10));
  yield* look(life, 0.9);
  yield* burst(life);
  if (life.random.chance(0.5)) yield* sales(life);
}

/** Customers use the thing, say what they think of it, and may speak well of it to others. */
function* customer(life: Life): Story {
  const { random } = life;
  const happy = random.chance(0.6);
  for (let weeks = random.int(3, 14); weeks > 0; weeks--) {
    yield life.later(4 + random.skewed(4)).track("Feature Viewed", { product: random.pick(PRODUCTS) });
    if (random.chance(0.14)) yield life.soon(30).track("NPS Answered", { score: happy ? random.int(8, 10) : random.int(2, 8) });
    if (happy && random.chance(0.16))
      yield life.soon(60).track(random.pick(["Referral Sent", "Case Study Given", "Testimonial Given"]), { to: "peer@example.org" });
    // Even who spoke well of it can be let down later.
    if (happy && random.chance(0.03)) yield life.later(2).track("NPS Answered", { score: random.int(1, 6) });
  }
}

/** A mail about every six days. Readers read; others stop opening, and some of those are stirred by one more mail. */
function* mails(life: Life, keen: number): Story {
  const { random } = life;
  const tires = random.chance(0.45) ? random.int(1, 6) : 1000;
  const returns = random.chance(0.35) ? tires + random.int(6, 12) : 1000;
  for (let n = 1; n < 40; n++) {
    const email = { email_id: `n-${life.person.number}-${n}`, campaign: n === returns ? "miss-you" : "newsletter" };
    yield life.later(4 + random.skewed(2)).track("Email Delivered", email);
    if (random.chance(0.004)) {
      yield life.soon(1).track("Email Bounced", email);
      return;
    }
    const opens = n >= returns ? n === returns || random.chance(0.4) : n < tires && random.chance(0.25 + 0.4 * keen);
    if (!opens) continue;
    yield life.soon(240).track("Email Opened", email);
    if (random.chance(0.25))
      yield life.soon(2).track("Email Link Clicked", { ...email, link_tag: random.pick(["pricing", "demo", "case-study", "blog", "blog"]) });
  }
}

/** A share of them, about half, are the customer one looks for; of the others one half is not, and of one half we know little more than the name. */
function leadTraits(life: Life, goodShare = 0.5): Properties {
  const { random } = life;
  const first_name = random.pick(FIRST_NAMES);
  const known = { first_name, email: `${first_name.toLowerCase()}.${life.person.number}@${random.pick(["example.com", "example.org"])}` };
  const profile = random.weighted({ good: goodShare, poor: (1 - goodShare) / 2, thin: (1 - goodShare) / 2 });
  if (profile === "thin") return random.chance(0.5) ? known : { ...known, country: random.pick(["DE", "FR", "RO"]) };
  const good = profile === "good";
  return {
    ...known,
    title: good ? random.pick(["Head of Data", "VP Marketing", "Head of Growth", "Analyst"]) : random.pick(["Student", "Consultant", "Analyst"]),
    country: good ? random.pick(["DE", "AT", "CH", "RO", "RO"]) : random.pick(["US", "FR", "BR", "DE"]),
    company: company(random, good),
  };
}

function company(random: Random, good: boolean): { name: string; employees: number; industry: string } {
  return {
    name: `${random.pick(COMPANY_WORDS[0])} ${random.pick(COMPANY_WORDS[1])}`,
    employees: good ? random.int(50, 900) : random.int(1, 40),
    industry: good ? random.pick(["software", "finance", "health"]) : random.pick(["retail", "staffing", "software", "agriculture"]),
  };
}

const cameFrom = (random: Random): Properties => ({ campaign: { source: random.pick(SOURCES) } });
