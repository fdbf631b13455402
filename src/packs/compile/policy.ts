// A checked policy -> its program over the layout of the packs beside it. Places that it suppresses in are looked up in the live packs:
// one that no live pack has holds nobody back. compile.ts calls this after all packs have their places.

import { type Zone, zoneOf } from "../../model/calendar.ts";
import type { PlaceTest } from "../place-test.ts";
import type { PackPlace, PolicyCap, PolicyChannel, PolicyDefinition, SuppressDefinition } from "../policy-definition.ts";
import type { CapProgram, ChannelProgram, ConsentProgram, PolicyProgram, SuppressProgram } from "../policy-program.ts";
import type { PackProgram } from "../program.ts";
import type { LayoutBuilder } from "../row.ts";
import type { ProjectionBuilder } from "./fields.ts";

/** Tracks of the Segment e-mail spec with which a contact wants no more of it. */
const EMAIL_REFUSED = ["Unsubscribed", "Email Unsubscribed", "Email Marked as Spam"] as const;

export function compilePolicy(of: PolicyDefinition, packs: readonly PackProgram[], layout: LayoutBuilder, projection: ProjectionBuilder): PolicyProgram {
  const consents = new Map<string, ConsentProgram>();
  for (const { consent } of of.channels) if (consent !== null) consents.set(consent.key, compileConsent(consent.key, of, layout, projection));
  const { trait } = of.zone;
  return {
    definition: of,
    zone: trait === null ? -1 : layout.text(`@policy/zone/${trait}`),
    zoneFrom: trait === null ? [] : zonePaths(trait).map((path) => projection.index(path)),
    zoneElse: (zoneOf(of.zone.else) ?? zoneOf("UTC")) as Zone,
    consents: [...consents.values()],
    channels: new Map(of.channels.map((channel) => [channel.name, compileChannel(channel, consents, layout)])),
    unnamed: { name: "", reaches: "contact", consent: null, caps: [], quiet: null },
    everyone: compileCaps(of.everyone, "everyone", layout),
    suppress: of.suppress.map((entry) => compileSuppress(entry, packs)),
    due: layout.number("@policy/due", Number.POSITIVE_INFINITY),
    held: layout.text("@policy/held"),
    holdOut: of.holdOut === null ? null : { ...of.holdOut, place: layout.number(`@policy/hold_out/${of.holdOut.salt}`, Number.NaN) },
  };
}

/** Where a contact's zone stands in its messages; the SDKs of the Segment family send `context.timezone` by themselves. */
const zonePaths = (trait: string): string[][] => [["traits", trait], ["context", "traits", trait], ...(trait === "timezone" ? [["context", "timezone"]] : [])];

function compileConsent(key: string, of: PolicyDefinition, layout: LayoutBuilder, projection: ProjectionBuilder): ConsentProgram {
  const isEmail = of.channels.some((channel) => channel.name === "email" && channel.consent?.key === key);
  return {
    key,
    answer: layout.number(`@policy/consent/${key}`, Number.NaN),
    at: layout.number(`@policy/consent/${key}/at`, Number.NaN),
    purposes: layout.text(`@policy/consent/${key}/purposes`),
    from: [projection.index(["traits", "consent", key]), projection.index(["context", "traits", "consent", key])],
    refusedBy: isEmail ? EMAIL_REFUSED : [],
  };
}

function compileChannel(of: PolicyChannel, consents: ReadonlyMap<string, ConsentProgram>, layout: LayoutBuilder): ChannelProgram {
  const { name, reaches, consent, quiet } = of;
  return {
    name,
    reaches,
    consent: consent === null ? null : { of: consents.get(consent.key) as ConsentProgram, withoutAnswer: consent.withoutAnswer },
    caps: compileCaps(of.caps, `channel/${name}`, layout),
    quiet,
  };
}

/** A contact that moves to another zone may be on a day before the one that was counted last: as many buckets more are kept. */
const APART: Readonly<Record<PolicyCap["bucket"], number>> = { minute: 0, hour: 0, day: 2, week: 1, month: 1 };

/** Caps of one kind of bucket share a list, which keeps as much as the longest of them looks at. */
function compileCaps(caps: readonly PolicyCap[], of: string, layout: LayoutBuilder): CapProgram[] {
  return caps.map((cap) => ({
    ...cap,
    list: layout.list(`@policy/sent/${of}/${cap.bucket}`),
    keep: Math.max(...caps.filter((other) => other.bucket === cap.bucket).map((other) => other.buckets)) + APART[cap.bucket],
  }));
}

function compileSuppress(of: SuppressDefinition, packs: readonly PackProgram[]): SuppressProgram {
  return {
    in: of.in.flatMap((place) => {
      const test = placeTest(place, packs);
      return test === null ? [] : [{ ...test, text: `${place.pack}/${place.place}` }];
    }),
    except: new Set(of.except.map(({ pack, trigger }) => `${pack}/${trigger}`)),
    channels: of.channels === null ? null : new Set(of.channels),
  };
}

/** A stage of that name, else a segment, else an audience. */
function placeTest(of: PackPlace, packs: readonly PackProgram[]): PlaceTest | null {
  const pack = packs.find(({ name }) => name === of.pack);
  const name = of.place;
  const stage = pack?.stages?.order.indexOf(name) ?? -1;
  if (pack?.stages && stage >= 0) return { axis: "stage", name, place: pack.stages.place, index: stage };
  const segment = pack?.segments?.list.findIndex((other) => other.name === name) ?? -1;
  if (pack?.segments && segment >= 0) return { axis: "segment", name, place: pack.segments.place, index: segment };
  const audience = pack?.audiences.find((other) => other.name === name);
  return audience === undefined ? null : { axis: "audience", name, place: audience.place, index: 1 };
}
