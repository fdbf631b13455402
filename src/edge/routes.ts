// What an edge serves, by path: Segment's own, its browser SDK's one-letter forms, Jitsu's, and the settings that the browser
// SDK asks for before it sends anything. What stands behind a mapping's name is the client's own (`/v1/map/posthog/batch/`). A route has a name for the metrics, and where it says so the type of its events.

import type { HeadType } from "../model/event-head.ts";

export type Route =
  | { readonly kind: "events"; readonly name: string; readonly type: HeadType | undefined }
  | { readonly kind: "map"; readonly name: "map"; readonly mapping: string }
  | { readonly kind: "settings"; readonly name: "settings"; readonly key: string };

/** undefined for what is not the edge's. */
export function routeOf(path: string): Route | undefined {
  const known = ROUTES.get(path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path);
  if (known !== undefined) return known;
  const mapped = /^\/v1\/map\/([a-z0-9_-]{1,64})(?:\/.*)?$/.exec(path);
  if (mapped !== null) return { kind: "map", name: "map", mapping: mapped[1] as string };
  const settings = /^\/v1\/projects\/([^/]{1,256})\/settings$/.exec(path);
  return settings === null ? undefined : { kind: "settings", name: "settings", key: settings[1] as string };
}

const TYPES = ["track", "identify", "page", "screen", "group", "alias"] as const satisfies readonly HeadType[];
const BATCH: Route = { kind: "events", name: "batch", type: undefined };

const ROUTES: ReadonlyMap<string, Route> = new Map<string, Route>([
  ["/v1/batch", BATCH],
  ["/v1/b", BATCH],
  ...TYPES.flatMap((type) => {
    const route: Route = { kind: "events", name: type, type };
    return [`/v1/${type}`, `/v1/${type[0]}`, `/api/s/${type}`, `/api/s/s2s/${type}`].map((path): [string, Route] => [path, route]);
  }),
]);
