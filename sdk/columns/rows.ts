/**
 * The row that a table's column builders share: fills what a row left out.
 *
 * @module
 */

/** How many rows of a table are complete. */
export interface Rows {
  count: number;
}

interface Fillable {
  readonly length: number;
  absent(): void;
}

/**
 * Makes `builder` ready for a value of the current row: the rows that gave it none get "absent".
 *
 * @throws {TypeError} If the current row has a value already.
 */
export function settle(builder: Fillable, rows: Rows): void {
  if (builder.length > rows.count) {
    throw new TypeError(`Cannot write column: row ${rows.count} has a value already`);
  }
  // `absent()` of a builder that lags would come back here: it is called with length < count only.
  const missing = rows.count - builder.length;
  const count = rows.count;
  for (let k = 0; k < missing; k++) {
    rows.count = builder.length;
    builder.absent();
  }
  rows.count = count;
}
