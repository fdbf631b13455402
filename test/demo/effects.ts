// Messages of the output stream as an engine sends them (CloudEvents, DESIGN 9), for tests of what the demo makes of them.

interface Because {
  readonly cause?: "event" | "time";
  readonly event?: string;
  readonly checks?: readonly { readonly if: string; readonly value: unknown }[];
  readonly points?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly for?: string;
  readonly after?: string;
  readonly silent?: string;
  readonly started?: string;
  readonly without?: string;
  readonly within?: string;
}

export interface Sent {
  readonly subject: string;
  readonly body: Uint8Array;
}

interface Where {
  readonly contact?: string;
  readonly at?: string;
  readonly because?: Because;
  /** Of a trigger: it takes back the rest of a series. */
  readonly cancel?: boolean;
}

/** `axis` of `pack`, from one place to another; `from` undefined is a birth. */
export function transition(
  pack: string,
  axis: string,
  from: string | undefined,
  to: string,
  { contact = "c_1", at = "2026-02-01T09:00:00.000Z", because }: Where = {},
): Sent {
  const was = from === undefined ? null : { [axis === "grid" ? "cell" : axis]: from };
  return {
    subject: `tidemark.transitions.${pack}.${axis}.${to}.demo`,
    body: event(at, contact, { pack, was, now: { [axis]: to }, because: { cause: "event", event: "visit", checks: [], points: {}, ...because } }),
  };
}

export function trigger(
  pack: string,
  name: string,
  channel: string,
  message: string,
  { contact = "c_1", at = "2026-02-01T09:00:00.000Z", because, cancel = false }: Where = {},
): Sent {
  const action = { channel, message, step: 1, ...(cancel ? { cancel } : {}) };
  return {
    subject: `tidemark.triggers.${channel}.${pack}.${name}.demo`,
    body: event(at, contact, { pack, trigger: name, action, because: { cause: "event", event: "visit", checks: [], points: {}, ...because } }),
  };
}

function event(time: string, contact: string, data: object): Uint8Array {
  return new TextEncoder().encode(
    JSON.stringify({ specversion: "1.0", time, subject: contact, data: { ...data, contact: { id: contact, kind: "user", alsoKnownAs: [] } } }),
  );
}
