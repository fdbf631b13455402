// What a request holds, as JSON or lines of it: a CloudEvent in binary mode is put into the envelope that its headers are of it, and msgpack
// is unpacked. How JSON is taken apart is body.ts.

import type { IncomingHttpHeaders } from "node:http";
import { repack } from "../flow/frame-msgpack.ts";
import { cloudEventOf, enveloped } from "../model/cloud-event.ts";
import { isMsgpack, mediaTypeOf } from "../model/media-type.ts";

export type Content =
  /** `mediaType` in lower case and without parameters; "" where it no longer matters. */
  { readonly kind: "content"; readonly bytes: Uint8Array; readonly mediaType: string } | { readonly kind: "broken" | "tooLarge" };

/** Of a body that has been unzipped. Msgpack may come to at most `most` bytes. */
export function contentOf(headers: IncomingHttpHeaders, body: Uint8Array, most: number): Content {
  const mediaType = mediaTypeOf(headers["content-type"] ?? "");
  const read = isMsgpack(mediaType) ? repack(body, most) : { kind: "json" as const, bytes: body };
  if (read.kind !== "json") return read;
  const cloudEvent = cloudEventOf((name) => headers[name] as string | undefined);
  if (cloudEvent !== undefined) return { kind: "content", bytes: enveloped(read.bytes, cloudEvent), mediaType: "" };
  return { kind: "content", bytes: read.bytes, mediaType };
}
