// Media types of what comes in, as far as they change how it is read. The log's framing and the HTTP edge both go by these, so that the same
// bytes mean the same on either way in.

const MSGPACK: ReadonlySet<string> = new Set(["application/msgpack", "application/x-msgpack"]);
const LINES: ReadonlySet<string> = new Set(["application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"]);
const CLOUD_EVENTS: ReadonlySet<string> = new Set(["application/cloudevents+json", "application/cloudevents-batch+json"]);
const JSON_TYPE = /^(application|text)\/json$|\+json$/;

/** In lower case and without parameters; "" where none is given. */
export const mediaTypeOf = (contentType: string): string => (contentType === "" ? "" : (contentType.split(";", 1)[0] as string).trim().toLowerCase());

export const isMsgpack = (mediaType: string): boolean => MSGPACK.has(mediaType);
export const isLines = (mediaType: string): boolean => LINES.has(mediaType);
/** Whether every value in it is to be a CloudEvents envelope. */
export const isCloudEvents = (mediaType: string): boolean => CLOUD_EVENTS.has(mediaType);
export const isJson = (mediaType: string): boolean => JSON_TYPE.test(mediaType);
