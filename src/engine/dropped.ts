// What is left out on the way, by reason: counted over the life of an engine, and with other counts of a fold shown as
// `tidemark_input_dropped_values_total`.

/** What was dropped on the way, by reason; the fold counts it. */
export interface Dropped {
  trait_too_long: number;
  text_too_long: number;
  distinct_full: number;
  once_repeated: number;
  /** Bounds (packs/bounds.ts) that lost something. */
  once_forgotten: number;
  unit_folded: number;
  top_replaced: number;
  purchase_folded: number;
  undo_forgotten: number;
  purpose_dropped: number;
  /** Answers to a consent key that are none, such as the text "no". */
  consent_unread: number;
  excluded: number;
  undo_by_amount: number;
  undo_unmatched: number;
  carry_too_large: number;
  value_missing: number;
  condition_missing: number;
  other_currency: number;
  held_trigger_gone: number;
  stage_unknown: number;
  held_merged_away: number;
  merge_too_large: number;
  two_users_refused: number;
  /** Event times ahead of the log that were brought back to it. */
  time_ahead: number;
  record_forgotten: number;
}

export const nothingDropped = (): Dropped => ({
  trait_too_long: 0,
  text_too_long: 0,
  distinct_full: 0,
  once_repeated: 0,
  once_forgotten: 0,
  unit_folded: 0,
  top_replaced: 0,
  purchase_folded: 0,
  undo_forgotten: 0,
  purpose_dropped: 0,
  consent_unread: 0,
  excluded: 0,
  undo_by_amount: 0,
  undo_unmatched: 0,
  carry_too_large: 0,
  value_missing: 0,
  condition_missing: 0,
  other_currency: 0,
  held_trigger_gone: 0,
  stage_unknown: 0,
  held_merged_away: 0,
  merge_too_large: 0,
  two_users_refused: 0,
  time_ahead: 0,
  record_forgotten: 0,
});
