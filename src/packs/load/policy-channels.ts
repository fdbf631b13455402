// The channels of a policy: whom each reaches, whose consent it needs, how often it may be used and when it is quiet. What all
// of it means is in docs/policy.md.

import { parseWindow } from "../durations.ts";
import { readFields, readNamed, readOneOrMany, readText, refuseWord, shapeOf } from "../fields.ts";
import { type PolicyCap, type PolicyChannel, type QuietHours, REACHES } from "../policy-definition.ts";
import { POLICY_BLOCKS, POLICY_LIMITS } from "../policy-schema.ts";
import type { ProblemList } from "../problems.ts";
import { NAME } from "../schema.ts";
import type { YamlNode, YamlScalar } from "../yaml-source.ts";
import { refuseOfCalendar } from "./cap.ts";

export function readChannels(node: YamlNode | undefined, start: number, problems: ProblemList): readonly PolicyChannel[] {
  if (node === undefined) {
    problems.add(start, "missing-key", "the policy has no `channels`", "name the channels that the packs use, such as channels: { email: { consent: email } }");
    return [];
  }
  const entries = readNamed(node, "channels", POLICY_LIMITS.channels, problems, "email: { reaches: contact, consent: email }");
  return entries.map(({ key, value }) => readChannel(key, value, problems));
}

function readChannel(name: string, node: YamlNode, problems: ProblemList): PolicyChannel {
  const what = `channel \`${name}\``;
  const empty: PolicyChannel = { name, reaches: "contact", consent: null, caps: [], quiet: null };
  // `web:` with nothing behind it is a channel that needs nothing.
  if (node.kind === "scalar" && node.value === null) return empty;
  const fields = readFields(node, POLICY_BLOCKS.channel, what, problems);
  if (fields === undefined) return empty;
  const reaches = fields.reaches === undefined ? "contact" : readReaches(fields.reaches, what, problems);
  for (const key of ["consent", "cap", "quiet"] as const) {
    const given = fields[key];
    if (given === undefined || reaches === "contact" || (reaches === "audience" && key === "consent")) continue;
    const why = reaches === "staff" ? "people of ours are asked nothing" : "an audience is not a message: nobody is woken by it or counts it";
    problems.add(given.at, "key-not-here", `${what} reaches ${reaches === "staff" ? "staff" : "an audience"}: \`${key}\` does not go with that`, why);
  }
  return {
    name,
    reaches,
    consent: fields.consent === undefined ? null : readConsent(fields.consent, what, problems),
    caps: fields.cap === undefined ? [] : readCaps(fields.cap, what, problems),
    quiet: fields.quiet === undefined ? null : readQuiet(fields.quiet, what, problems),
  };
}

function readReaches(node: YamlNode, what: string, problems: ProblemList): PolicyChannel["reaches"] {
  const found = node.kind === "scalar" ? REACHES.find((word) => word === node.text) : undefined;
  if (found === undefined) refuseWord(node, `\`reaches\` of ${what}`, REACHES, problems);
  return found ?? "contact";
}

/** `consent: email` is `{ key: email, default: opt_in }`. */
function readConsent(node: YamlNode, what: string, problems: ProblemList): PolicyChannel["consent"] {
  if (node.kind !== "map") return { key: readKey(node, what, problems), withoutAnswer: false };
  const fields = readFields(node, POLICY_BLOCKS.consent, `\`consent\` of ${what}`, problems);
  if (fields === undefined) return null;
  if (fields.key === undefined)
    problems.add(fields.start, "missing-key", `\`consent\` of ${what} has no \`key\``, "name it as it stands in traits.consent, such as key: email");
  const word = fields.default?.kind === "scalar" ? fields.default.text : null;
  if (fields.default !== undefined && word !== "opt_in" && word !== "opt_out")
    refuseWord(fields.default, `\`default\` of ${what}`, ["opt_in", "opt_out"], problems);
  return { key: fields.key === undefined ? "" : readKey(fields.key, what, problems), withoutAnswer: word === "opt_out" };
}

function readKey(node: YamlNode, what: string, problems: ProblemList): string {
  const key = readText(node, `\`consent\` of ${what}`, problems, 64) ?? "";
  if (key !== "" && !NAME.test(key))
    problems.add(
      node.at,
      "bad-name",
      `\`consent\` of ${what} is \`${key}\`, which is no name`,
      "a lower-case letter, then up to 63 lower-case letters, digits and _",
    );
  return key;
}

export function readCaps(node: YamlNode, what: string, problems: ProblemList): readonly PolicyCap[] {
  return readOneOrMany(node, `\`cap\` of ${what}`, problems, POLICY_LIMITS.caps).flatMap((item) => readCap(item, what, problems) ?? []);
}

/** `4 per 7d` rolls; `1 per day` (week, month) is a day of the contact's calendar. */
function readCap(item: YamlScalar, what: string, problems: ProblemList): PolicyCap | null {
  const match = /^(\d{1,6})\s+per\s+(\S+)$/.exec(item.text.trim());
  const limit = Number(match?.[1] ?? 0);
  const per = match?.[2] ?? "";
  if (match === null || limit === 0) {
    const hint = match === null ? "such as 1 per 1d, 4 per 7d or 1 per day" : "to send nothing, ask for a consent that nobody gives";
    problems.add(item.at, "bad-value", `${what}: the cap is ${shapeOf(item)}; it is a whole number from 1 per window`, hint);
    return null;
  }
  const text = `${limit} per ${per}`;
  if (per === "day" || per === "week" || per === "month") return { text, limit, bucket: per, buckets: 1 };
  if (refuseOfCalendar(item.at, String(limit), per, what, problems)) return null;
  const window = parseWindow(per);
  if (!window.ok) {
    problems.add(item.at, "bad-duration", `${what}, the cap: ${window.message}`, window.hint);
    return null;
  }
  return { text, limit, bucket: BUCKETS[window.value.bucketMs] ?? "day", buckets: window.value.buckets };
}

const BUCKETS: Readonly<Record<number, PolicyCap["bucket"]>> = { 60000: "minute", 3600000: "hour", 86400000: "day" };

/** "21:00 to 08:00". */
function readQuiet(node: YamlNode, what: string, problems: ProblemList): QuietHours | null {
  const text = node.kind === "scalar" ? node.text.trim() : "";
  const match = /^(\d{1,2}):(\d{2})\s+to\s+(\d{1,2}):(\d{2})$/.exec(text);
  const [fromHour = 99, fromMinute = 99, toHour = 99, toMinute = 99] = (match ?? []).slice(1).map(Number);
  if (match === null || fromHour > 23 || toHour > 23 || fromMinute > 59 || toMinute > 59) {
    problems.add(node.at, "bad-value", `${what}: \`quiet\` is ${shapeOf(node)}; it is from one time of day to another`, 'such as quiet: "21:00 to 08:00"');
    return null;
  }
  const [from, to] = [fromHour * 60 + fromMinute, toHour * 60 + toMinute];
  if (from === to) {
    problems.add(
      node.at,
      "bad-value",
      `${what}: \`quiet\` begins and ends at ${text.slice(-5)}, which would be the whole day`,
      "leave a part of the day to send in",
    );
    return null;
  }
  return { text, from, to };
}
