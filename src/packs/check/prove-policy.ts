// What a policy and the packs beside it say of each other: channels that a pack sends to and the policy does not know, and places and
// triggers that the policy names and no pack has. Each is right by itself; together they would do something else than was meant.

import type { PackDefinition } from "../definition.ts";
import { didYouMean } from "../nearest.ts";
import type { PolicyDefinition } from "../policy-definition.ts";
import { type Finding, FindingList } from "./findings.ts";

export interface CheckedFile<Of> {
  readonly file: string;
  readonly of: Of;
}

/** In the order of the files: the policy's own last. */
export function provePolicy(policy: CheckedFile<PolicyDefinition>, packs: readonly CheckedFile<PackDefinition>[]): readonly Finding[] {
  const findings = packs.flatMap((pack) => proveChannels(pack, policy.of));
  const list = new FindingList(policy.of, policy.file);
  for (const [index, { in: places, except }] of policy.of.suppress.entries()) {
    for (const { pack, place } of places) proveName(list, index, "in", pack, place, packs, placesOf);
    for (const { pack, trigger } of except) proveName(list, index, "except", pack, trigger, packs, triggersOf);
  }
  return [...findings, ...list.sorted()];
}

function proveChannels({ file, of: pack }: CheckedFile<PackDefinition>, policy: PolicyDefinition): readonly Finding[] {
  const list = new FindingList(pack, file);
  const known = policy.channels.map((channel) => channel.name);
  for (const { name, steps } of pack.triggers) {
    const channels = new Set(steps.flatMap((step) => step.channels.names));
    for (const channel of channels) {
      if (known.includes(channel)) continue;
      const hint = didYouMean(channel, known) ?? `add \`${channel}\` to the policy's \`channels\`: without it there is neither consent nor quiet`;
      list.error(
        ["triggers", name, "channel"],
        "unknown-channel",
        `trigger \`${name}\` sends to \`${channel}\`, which the policy \`${policy.name}\` does not know`,
        hint,
      );
    }
  }
  return list.sorted();
}

/** A pack that is not among those checked may be right: it is said, and no mistake. */
function proveName(
  list: FindingList,
  index: number,
  key: "in" | "except",
  packName: string,
  name: string,
  packs: readonly CheckedFile<PackDefinition>[],
  namesOf: (pack: PackDefinition) => readonly string[],
): void {
  const pack = packs.find(({ of }) => of.name === packName)?.of;
  const path = ["suppress", index, key];
  if (pack === undefined) {
    const hint = didYouMean(
      packName,
      packs.map(({ of }) => of.name),
    );
    list.warning(
      path,
      "unknown-pack",
      `\`${packName}/${name}\`: no pack of that name is checked along`,
      hint ?? "check them together: tidemark check --policy FILE packs...",
    );
  } else if (!namesOf(pack).includes(name)) {
    const what = key === "in" ? "stage, segment or audience" : "trigger";
    list.error(
      path,
      key === "in" ? "unknown-place" : "unknown-trigger",
      `pack \`${packName}\` has no ${what} \`${name}\``,
      didYouMean(name, namesOf(pack)) ?? `its names are ${namesOf(pack).slice(0, 8).join(", ")}`,
    );
  }
}

const placesOf = (pack: PackDefinition): readonly string[] => [
  ...(pack.stages?.order ?? []),
  ...(pack.segments?.list.map(({ name }) => name) ?? []),
  ...pack.audiences.map(({ name }) => name),
];

const triggersOf = (pack: PackDefinition): readonly string[] => pack.triggers.map(({ name }) => name);
