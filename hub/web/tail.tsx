/**
 * Live tail: a sample of the rows that arrive.
 *
 * @module
 */
import { Fields } from "./fields.tsx";
import { count, rate, time } from "./format.ts";
import { refilter } from "./follow.ts";
import { dropped, missed, paused, sample, tables, tail, type TailRow, tailTable } from "./state.ts";

export function Tail() {
  return (
    <section aria-labelledby="tail">
      <h2 id="tail">Live tail</h2>
      <div class="row wrap tools">
        <label>
          Table{" "}
          <select value={tailTable.value} onChange={(event) => refilter(event.currentTarget.value)}>
            <option value="">all</option>
            {tables.value.map(({ name }) => <option key={name} value={name}>{name}</option>)}
          </select>
        </label>
        <button type="button" aria-pressed={paused.value} onClick={toggle}>
          {paused.value ? "Resume" : "Pause"}
        </button>
        <span class="quiet" role="status">
          {paused.value
            ? `paused, ${count(missed.value)} rows not shown since`
            : `showing ${count(sample.value.shown)} of ${
              rate(sample.value.events)
            } events in the last second`}
          {dropped.value > 0 && `, ${count(dropped.value)} messages dropped: this page is slow`}
        </span>
      </div>
      {tail.value.length === 0
        ? <p class="quiet">Nothing has arrived since you looked.</p>
        : <Rows rows={tail.value} />}
    </section>
  );
}

function toggle(): void {
  paused.value = !paused.value;
  missed.value = 0;
}

function Rows({ rows }: { rows: readonly TailRow[] }) {
  return (
    <div class="scroll tall" tabIndex={0} role="region" aria-label="Rows">
      <table class="tail">
        <thead>
          <tr>
            <th>Time</th>
            <th>Table</th>
            <th>Source</th>
            <th>Event</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ id, table, source, row }) => (
            <tr key={id}>
              <td class="number left">{time(timeOf(row))}</td>
              <td>{table}</td>
              <td>{source}</td>
              <td class="text">
                <Fields row={row} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function timeOf(row: TailRow["row"]): string | null {
  const value = row.TimeGenerated;
  return typeof value === "string" ? value : null;
}
