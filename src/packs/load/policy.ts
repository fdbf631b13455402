// A policy's text -> a checked PolicyDefinition, or every mistake in it with its place and cure, as load.ts does for a pack. Channels
// are read in load/policy-channels.ts. Whether its names fit the packs beside it is asked in policy-check.ts, because a
// policy is right or wrong without them.

import { createHash } from "node:crypto";
import { zoneOf } from "../../model/calendar.ts";
import { parseDuration } from "../durations.ts";
import { type Fields, listed, readFields, readNumber, readOneOrMany, readText, readTruth, refuseWord, shapeOf } from "../fields.ts";
import type {
  Exemptions,
  HoldOutDefinition,
  LoadPolicyResult,
  PackPlace,
  PackTrigger,
  PolicyChannel,
  PolicyDefinition,
  PolicyZone,
  SuppressDefinition,
} from "../policy-definition.ts";
import { POLICY_BLOCKS, POLICY_LIMITS } from "../policy-schema.ts";
import type { ProblemList } from "../problems.ts";
import { NAME, PACK_NAME } from "../schema.ts";
import { readSourceFile } from "../source-file.ts";
import { DAY_MS } from "../windows.ts";
import { readYaml, type YamlNode, type YamlScalar } from "../yaml-source.ts";
import { readCaps, readChannels } from "./policy-channels.ts";

/** `file` stands in the problems. */
export function loadPolicy(text: string, file: string): LoadPolicyResult {
  const source = readYaml(text, file);
  if (!source.ok) return source;
  const { problems } = source;
  const fields = readFields(source.root, POLICY_BLOCKS.policy, "the policy", problems);
  const policy = fields === undefined ? undefined : readPolicy(fields, text, problems);
  return policy === undefined || problems.count > 0 ? { ok: false, problems: problems.sorted() } : { ok: true, policy };
}

/** Throws FILE_UNREADABLE; what is wrong inside the file is in the result. */
export function loadPolicyFile(path: string): LoadPolicyResult {
  const source = readSourceFile(path, "policy");
  return source.ok ? loadPolicy(source.text, path) : source;
}

/** Whether a file is a policy and no pack: it names itself in its first key. */
export const looksLikePolicy = (text: string): boolean => /^(\s*(#.*)?\n)*policy\s*:/.test(text);

type PolicyFields = Fields<(typeof POLICY_BLOCKS.policy.keys)[number]>;

function readPolicy(fields: PolicyFields, text: string, problems: ProblemList): PolicyDefinition {
  const channels = readChannels(fields.channels, fields.start, problems);
  if (fields.when_capped !== undefined && !isText(fields.when_capped, "drop")) refuseWord(fields.when_capped, "`when_capped`", ["drop"], problems);
  return {
    name: readPolicyName(fields, problems),
    hash: createHash("sha256").update(text).digest("hex"),
    text,
    zone: readZone(fields.zone, problems),
    channels,
    everyone: readEveryone(fields.everyone, problems),
    transactional: readTransactional(fields.transactional, problems),
    whenQuiet: readWhenQuiet(fields.when_quiet, problems),
    priority: readPriority(fields.priority, problems),
    holdOut: readHoldOut(fields.hold_out, problems),
    suppress: readSuppress(fields.suppress, channels, problems),
  };
}

function readPolicyName(fields: PolicyFields, problems: ProblemList): string {
  if (fields.policy === undefined) {
    problems.add(fields.start, "missing-key", "the policy has no name", "begin with `policy: default`");
    return "";
  }
  const name = readText(fields.policy, "`policy`", problems);
  if (name !== undefined && !PACK_NAME.test(name))
    problems.add(
      fields.policy.at,
      "bad-name",
      `\`${name.slice(0, 80)}\` is not the name of a policy`,
      "a lower-case letter, then up to 63 lower-case letters, digits, - and _",
    );
  return name ?? "";
}

/** `zone: Europe/Berlin`, or `{ trait, else }`. */
function readZone(node: YamlNode | undefined, problems: ProblemList): PolicyZone {
  if (node === undefined) return { trait: null, else: "UTC" };
  if (node.kind !== "map") return { trait: null, else: readZoneName(node, "`zone`", problems) };
  const fields = readFields(node, POLICY_BLOCKS.zone, "`zone`", problems);
  if (fields === undefined) return { trait: null, else: "UTC" };
  const trait = fields.trait === undefined ? undefined : readText(fields.trait, "`trait` of `zone`", problems, 64);
  return { trait: trait ?? null, else: fields.else === undefined ? "UTC" : readZoneName(fields.else, "`else` of `zone`", problems) };
}

function readZoneName(node: YamlNode, what: string, problems: ProblemList): string {
  const name = readText(node, what, problems, 64);
  if (name === undefined) return "UTC";
  if (zoneOf(name) !== null) return name;
  problems.add(node.at, "unknown-zone", `${what} is \`${name}\`, which is no time zone`, nearestZone(name, problems));
  return "UTC";
}

const nearestZone = (name: string, problems: ProblemList): string =>
  problems.near(name, Intl.supportedValuesOf("timeZone")) ?? "an IANA name, such as Europe/Berlin, America/New_York or UTC";

function readEveryone(node: YamlNode | undefined, problems: ProblemList): PolicyDefinition["everyone"] {
  if (node === undefined) return [];
  const fields = readFields(node, POLICY_BLOCKS.everyone, "`everyone`", problems);
  return fields?.cap === undefined ? [] : readCaps(fields.cap, "`everyone`", problems);
}

/** `none`: such a trigger does not have to ask; `asked`: it does, like any other. */
function readTransactional(node: YamlNode | undefined, problems: ProblemList): Exemptions {
  const fields = node === undefined ? undefined : readFields(node, POLICY_BLOCKS.transactional, "`transactional`", problems);
  const exempt = (key: (typeof POLICY_BLOCKS.transactional.keys)[number]): boolean => {
    const given = fields?.[key];
    if (given === undefined || isText(given, "none")) return true;
    if (!isText(given, "asked")) refuseWord(given, `\`${key}\` of \`transactional\``, ["none", "asked"], problems);
    return false;
  };
  return { consent: exempt("consent"), cap: exempt("cap"), quiet: exempt("quiet"), holdOut: exempt("hold_out") };
}

function readWhenQuiet(node: YamlNode | undefined, problems: ProblemList): PolicyDefinition["whenQuiet"] {
  const fields = node === undefined ? undefined : readFields(node, POLICY_BLOCKS.whenQuiet, "`when_quiet`", problems);
  return {
    holdMs: fields?.hold === undefined ? DAY_MS : readHold(fields.hold, problems),
    checkAgain: fields?.check_again === undefined ? true : readTruth(fields.check_again, "`check_again`", problems),
  };
}

function readHold(node: YamlNode, problems: ProblemList): number {
  if (node.kind !== "scalar" || node.value === null) {
    problems.add(node.at, "wrong-type", `\`hold\` is ${shapeOf(node)} where a duration was expected`, "such as 90m or 12h");
    return DAY_MS;
  }
  const duration = parseDuration(node.text);
  if (!duration.ok) problems.add(node.at, "bad-duration", `\`hold\`: ${duration.message}`, duration.hint);
  else if (duration.value > POLICY_LIMITS.holdMs)
    problems.add(node.at, "bad-value", `\`hold\` is ${node.text}; at most 7d are allowed`, "quiet hours end every day");
  else return duration.value;
  return DAY_MS;
}

const PRIORITIES = ["high", "normal", "low"] as const;

function readPriority(node: YamlNode | undefined, problems: ProblemList): readonly string[] {
  if (node === undefined) return PRIORITIES;
  const given: string[] = [];
  for (const item of readOneOrMany(node, "`priority`", problems)) {
    if (!(PRIORITIES as readonly string[]).includes(item.text)) refuseWord(item, "a priority", PRIORITIES, problems);
    else if (given.includes(item.text)) problems.add(item.at, "bad-value", `\`priority\` has \`${item.text}\` twice`, "keep one");
    else given.push(item.text);
  }
  const left = PRIORITIES.filter((one) => !given.includes(one));
  if (given.length > 0 && left.length > 0)
    problems.add(
      node.at,
      "bad-value",
      `\`priority\` does not say where ${listed(left)} ${left.length > 1 ? "go" : "goes"}`,
      `name all three, such as [${[...given, ...left].join(", ")}]`,
    );
  return [...given, ...left];
}

function readHoldOut(node: YamlNode | undefined, problems: ProblemList): HoldOutDefinition | null {
  if (node === undefined) return null;
  const fields = readFields(node, POLICY_BLOCKS.holdOut, "`hold_out`", problems);
  if (fields === undefined) return null;
  if (fields.percent === undefined) problems.add(fields.start, "missing-key", "`hold_out` has no `percent`", "say how many of a hundred, such as percent: 5");
  if (fields.salt === undefined)
    problems.add(fields.start, "missing-key", "`hold_out` has no `salt`", "any word; another salt draws another group, such as salt: 2026-q4");
  const percent = fields.percent === undefined ? undefined : readNumber(fields.percent, "`percent`", problems);
  if (fields.percent !== undefined && percent !== undefined && !(percent >= 0 && percent <= 100))
    problems.add(fields.percent.at, "bad-value", `\`percent\` is ${percent}; it is from 0 to 100`, null);
  const salt = fields.salt === undefined ? undefined : readText(fields.salt, "`salt`", problems, 64);
  return { percent: percent ?? 0, salt: salt ?? "" };
}

function readSuppress(node: YamlNode | undefined, channels: readonly PolicyChannel[], problems: ProblemList): readonly SuppressDefinition[] {
  if (node === undefined) return [];
  if (node.kind !== "list") {
    problems.add(
      node.at,
      "wrong-shape",
      `\`suppress\` is ${shapeOf(node)}; it is a list`,
      "such as - { in: ecommerce-rfm/lost, except: [ecommerce-rfm/win_back] }",
    );
    return [];
  }
  if (node.items.length > POLICY_LIMITS.suppress)
    problems.add(
      node.at,
      "too-many",
      `\`suppress\` has ${node.items.length} entries; at most ${POLICY_LIMITS.suppress} are allowed`,
      "name several places in one entry",
    );
  return node.items.slice(0, POLICY_LIMITS.suppress).flatMap((item) => {
    const fields = readFields(item, POLICY_BLOCKS.suppress, "an entry of `suppress`", problems);
    if (fields === undefined) return [];
    if (fields.in === undefined) problems.add(fields.start, "missing-key", "an entry of `suppress` has no `in`", "name the place: in: pack/place");
    return [
      {
        in: pairs(fields.in, "place", problems).map(({ pack, name }): PackPlace => ({ pack, place: name })),
        except: pairs(fields.except, "trigger", problems).map(({ pack, name }): PackTrigger => ({ pack, trigger: name })),
        channels: fields.channels === undefined ? null : readChannelNames(fields.channels, channels, problems),
      },
    ];
  });
}

/** `pack/name` or a list of them. */
function pairs(node: YamlNode | undefined, of: "place" | "trigger", problems: ProblemList): { readonly pack: string; readonly name: string }[] {
  if (node === undefined) return [];
  return readOneOrMany(node, `\`${of === "place" ? "in" : "except"}\``, problems, POLICY_LIMITS.places).flatMap((item) => {
    const [pack = "", name = "", more] = item.text.split("/");
    if (more === undefined && PACK_NAME.test(pack) && NAME.test(name)) return [{ pack, name }];
    problems.add(
      item.at,
      "bad-value",
      `\`${item.text.slice(0, 80)}\` does not name a ${of} of a pack`,
      `write pack/${of}, such as ${of === "place" ? "ecommerce-rfm/lost" : "ecommerce-rfm/win_back"}`,
    );
    return [];
  });
}

function readChannelNames(node: YamlNode, channels: readonly PolicyChannel[], problems: ProblemList): readonly string[] {
  return readOneOrMany(node, "`channels`", problems).flatMap((item: YamlScalar) => {
    const channel = channels.find(({ name }) => name === item.text);
    if (channel === undefined)
      problems.add(
        item.at,
        "unknown-channel",
        `\`${item.text.slice(0, 80)}\` is no channel of the policy`,
        problems.near(
          item.text,
          channels.map(({ name }) => name),
        ),
      );
    else if (channel.reaches === "staff") problems.add(item.at, "bad-value", `\`${channel.name}\` reaches staff, which is never suppressed`, "take it out");
    return channel === undefined ? [] : [channel.name];
  });
}

const isText = (node: YamlNode, word: string): boolean => node.kind === "scalar" && node.text === word;
