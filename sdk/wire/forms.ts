/**
 * Numbers of the forms that a column may have on the wire; `columns.ts` has the table.
 *
 * @module
 */

export const FORM = {
  dict: 1,
  text: 2,
  slots: 3,
  time: 4,
  whole: 5,
  decimal: 6,
  real: 7,
  wide: 8,
  bool: 9,
  token: 10,
  address: 11,
  groups: 12,
} as const;
