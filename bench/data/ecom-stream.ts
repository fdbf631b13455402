// The ecom_stream data set (retentioneering, Apache-2.0: 600 shoppers, 19 kinds of event, half a year) as Segment messages
// in time order, one a line: `node bench/data/ecom-stream.ts [--data FOLDER] [--optional] > ecom.ndjson`. Names are those of
// Segment's e-commerce specification where it has one. The same file gives the same lines, byte for byte.

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { printLines, type TimedMessage } from "./segment-lines.ts";

export const ECOM_PATH = "ecom_stream/ecom.csv.gz";

/** The data set's event -> a page or a track. */
const NAMES: Readonly<Record<string, { readonly page: string } | { readonly track: string }>> = {
  home: { page: "Home" },
  promo_page: { page: "Promotion" },
  account_page: { page: "Account" },
  review_page: { page: "Reviews" },
  error_page: { page: "Error" },
  catalog: { track: "Product List Viewed" },
  search: { track: "Products Searched" },
  filter_results: { track: "Product List Filtered" },
  product_view: { track: "Product Viewed" },
  compare: { track: "Products Compared" },
  wishlist_add: { track: "Product Added to Wishlist" },
  add_to_cart: { track: "Product Added" },
  cart: { track: "Cart Viewed" },
  shipping_details: { track: "Checkout Started" },
  payment_details: { track: "Payment Info Entered" },
  payment_error: { track: "Payment Failed" },
  checkout_bug: { track: "Checkout Failed" },
  purchase: { track: "Order Completed" },
  support_chat: { track: "Support Chat Started" },
};

export function ecomMessages(file: string): TimedMessage[] {
  const [header, ...rows] = gunzipSync(readFileSync(file)).toString("utf8").trim().split(/\r?\n/);
  const columns = (header ?? "").split(",");
  const messages = rows.map((row, index) => message(record(columns, row), index + 1));
  return messages.sort((a, b) => a.timeMs - b.timeMs);
}

const record = (columns: readonly string[], row: string): Readonly<Record<string, string>> => {
  const values = row.split(",");
  return Object.fromEntries(columns.map((column, index) => [column, values[index] ?? ""]));
};

function message(row: Readonly<Record<string, string>>, number: number): TimedMessage {
  const name = NAMES[row.event ?? ""];
  if (name === undefined) throw new Error(`row ${number}: unknown event ${row.event}`);
  const timestamp = `${(row.timestamp ?? "").replace(" ", "T")}.000Z`;
  const kind = "page" in name ? { type: "page", name: name.page } : { type: "track", event: name.track };
  const json = JSON.stringify({
    messageId: `ecom-${number}`,
    ...kind,
    userId: row.user_id,
    timestamp,
    properties: { event: row.event, session_id: row.session_id, platform: row.platform },
    context: { campaign: { medium: row.acquisition_channel }, traits: { cohort: row.user_cohort, lifecycle: row.user_lifecycle } },
  });
  return { timeMs: Date.parse(timestamp), json };
}

if (import.meta.main) await printLines(ECOM_PATH, ecomMessages);
