// CloudEvents in binary mode: the event is the whole body, and what an envelope would say of it stands in headers (`ce-id`, `ce-time`,
// `ce-subject`; HTTP and NATS bindings of CloudEvents 1.0). Put back into an envelope it is a CloudEvent in structured mode, and is
// read as one: the two modes cannot mean different things. `data_base64`, which is how an envelope carries bytes, is told apart from text here as
// well; what the bytes hold is flow/frame-envelope.ts.

/** Of an envelope's attributes those that can matter to an event. */
export interface CloudEventAttributes {
  readonly id?: string;
  readonly time?: string;
  readonly subject?: string;
}

const ATTRIBUTES = ["id", "time", "subject"] as const;

/** undefined where the headers are none of a CloudEvent. `header` gives a header's value, or undefined or "". */
export function cloudEventOf(header: (name: string) => string | undefined): CloudEventAttributes | undefined {
  if (!header("ce-specversion")) return undefined;
  const found = ATTRIBUTES.map((name) => [name, decoded(header(`ce-${name}`) ?? "")] as const);
  return Object.fromEntries(found.filter(([, value]) => value !== ""));
}

/** The headers that cloudEventOf reads the same attributes from. */
export function cloudEventHeaders(attributes: CloudEventAttributes): Record<string, string> {
  const given = ATTRIBUTES.flatMap((name) => (attributes[name] === undefined ? [] : [[`ce-${name}`, encodeURIComponent(attributes[name])]]));
  return { "ce-specversion": "1.0", ...Object.fromEntries(given) };
}

/** The event in structured mode; what is no JSON makes an envelope that is none either. */
export function enveloped(data: Uint8Array, attributes: CloudEventAttributes): Uint8Array {
  const head = JSON.stringify({ specversion: "1.0", ...attributes }).slice(0, -1);
  return Buffer.concat([Buffer.from(`${head},"data":`), data, Buffer.from("}")]);
}

/** The bytes that `data_base64` stands for; undefined where it is no base64 (RFC 4648, section 4, with its padding and nothing in between). */
export function fromBase64(text: string): Uint8Array | undefined {
  return text.length % 4 === 0 && BASE64.test(text) ? Buffer.from(text, "base64") : undefined;
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** Values are percent-encoded; one that is not, and looks as if it were, stands for itself. */
function decoded(value: string): string {
  if (!value.includes("%")) return value;
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
