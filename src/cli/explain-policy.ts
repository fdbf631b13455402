// The words of `explain` for what a policy knows of a contact: what it has said about being reached, what it was sent of late, and why
// something was withheld. What was never said or sent is left out, so that the lines are about this contact. Nothing is computed here.

/** `policy` of a contact (docs/policy.md "what a contact shows"). */
export interface PolicyView {
  readonly name: string;
  readonly zone: string;
  readonly consent: Readonly<Record<string, unknown>>;
  readonly holdOut: boolean | null;
  readonly sent: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly held: readonly { readonly trigger: string; readonly channel: string; readonly until: string }[];
}

export function linesOfPolicy({ name, zone, consent, holdOut, sent, held }: PolicyView): string[] {
  const said = Object.entries(consent).filter(([, answer]) => answer !== null);
  const unsaid = Object.keys(consent).filter((key) => consent[key] === null);
  const counts = Object.entries(sent).flatMap(([of, caps]) =>
    Object.entries(caps).flatMap(([cap, count]) => (count === 0 ? [] : [`${of} ${count} (at most ${cap})`])),
  );
  return [
    `policy ${name}, zone ${zone}`,
    ...(said.length === 0 ? [] : [`  consent: ${said.map(([key, answer]) => `${key} ${answerInWords(answer)}`).join(", ")}`]),
    ...(unsaid.length === 0 ? [] : [`  no word on ${unsaid.join(", ")}`]),
    ...(holdOut === true ? ["  held out: what reaches contacts is not sent to this one"] : []),
    ...(counts.length === 0 ? [] : [`  sent of late: ${counts.join(", ")}`]),
    ...held.map(({ trigger, channel, until }) => `  held for quiet hours: ${trigger} by ${channel}, until ${until}`),
  ];
}

/** `yes`, `no`, or by purpose: `yes (news no)`. */
function answerInWords(answer: unknown): string {
  if (typeof answer !== "object" || answer === null) return yesOrNo(answer);
  const { any, ...purposes } = answer as Readonly<Record<string, unknown>>;
  return spoken(any, purposes);
}

const spoken = (whole: unknown, purposes: Readonly<Record<string, unknown>>): string => {
  const parts = Object.entries(purposes).map(([purpose, said]) => `${purpose} ${yesOrNo(said)}`);
  if (parts.length === 0) return yesOrNo(whole);
  return typeof whole === "boolean" ? `${yesOrNo(whole)} (${parts.join(", ")})` : parts.join(", ");
};

const yesOrNo = (said: unknown): string => (said === true ? "yes" : said === false ? "no" : "no word");

/** A change of consent: `consent for email: yes, before that no word`. */
export function consentInWords(data: Readonly<Record<string, unknown>>): string {
  const [was, now] = [said(data["was"]), said(data["now"])];
  return `consent for ${String(data["to"])}: ${now}, before that ${was}`;
}

function said(answers: unknown): string {
  const { answer, purposes } = (answers ?? {}) as { readonly answer?: unknown; readonly purposes?: Readonly<Record<string, unknown>> };
  return spoken(answer, purposes ?? {});
}

/** Why it was withheld: `cap (1 per day of email, 1 sent)`, `consent (email, refused)`; the reason alone where the policy said no more. */
export function withheldInWords(reason: string, policy: unknown): string {
  const { name: _, ...why } = (policy ?? {}) as Readonly<Record<string, unknown>>;
  const parts = reason === "cap" ? [`${String(why["cap"])} of ${String(why["of"])}`, `${String(why["sent"])} sent`] : Object.values(why).map(String);
  return parts.length === 0 ? reason : `${reason} (${parts.join(", ")})`;
}
