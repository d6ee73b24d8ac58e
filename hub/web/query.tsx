/**
 * Query: events of one table, by time and column.
 *
 * @module
 */
import { signal } from "@preact/signals";
import {
  type Filter,
  MAX_ROWS,
  type Operator,
  queryEvents,
  type QueryReply,
} from "../../sdk/api/events.ts";
import { cell, count, span, time } from "./format.ts";
import { hub, reasonOf } from "./hub.ts";
import { tables } from "./state.ts";

const OPERATORS: readonly Operator[] = [
  "==",
  "!=",
  "<",
  "<=",
  ">",
  ">=",
  "contains",
  "startswith",
  "has",
  "in",
  "isnull",
  "isnotnull",
];

const RANGES: Readonly<Record<string, number>> = {
  "last 15 minutes": 15 * 60_000,
  "last hour": 3_600_000,
  "last 24 hours": 86_400_000,
  "last 7 days": 7 * 86_400_000,
  "all time": 0,
  "from … to": -1,
};

interface Form {
  readonly table: string;
  readonly range: string;
  readonly from: string;
  readonly to: string;
  readonly where: readonly {
    readonly column: string;
    readonly op: Operator;
    readonly value: string;
  }[];
  readonly order: "newest" | "oldest";
  readonly limit: number;
  readonly why: string;
}

type Answer = QueryReply & { readonly tookMs: number };

const form = signal<Form>({
  table: "",
  range: "last hour",
  from: "",
  to: "",
  where: [],
  order: "newest",
  limit: 100,
  why: "",
});
const answer = signal<Answer | undefined>(undefined);
const problem = signal("");
const isRunning = signal(false);

export function Query() {
  return (
    <section aria-labelledby="query">
      <h2 id="query">Query</h2>
      <QueryForm />
      {problem.value !== "" && <p role="alert" class="problem">{problem.value}</p>}
      {answer.value !== undefined && <Result answer={answer.value} />}
    </section>
  );
}

function change(part: Partial<Form>): void {
  form.value = { ...form.value, ...part };
}

function chosenTable() {
  return tables.value.find(({ name }) => name === form.value.table) ?? tables.value[0];
}

async function run(event: Event): Promise<void> {
  event.preventDefault();
  const table = chosenTable();
  if (table === undefined) return;
  isRunning.value = true;
  problem.value = "";
  const start = performance.now();
  const { order, limit, why } = form.value;
  const types = new Map(table.columns.map(({ name, type }) => [name, type]));
  const where = form.value.where.filter(({ column }) => types.has(column))
    .map((filter) => filterOf(filter, types.get(filter.column)!));
  try {
    const body = { table: table.name, ...timesOf(form.value), where, order, limit, why };
    const reply = await hub.call(queryEvents, { body });
    answer.value = { ...reply, tookMs: performance.now() - start };
  } catch (error) {
    problem.value = reasonOf(error);
  }
  isRunning.value = false;
}

function timesOf({ range, from, to }: Form): { from?: string; to?: string } {
  const ms = RANGES[range] ?? 0;
  if (ms > 0) return { from: new Date(Date.now() - ms).toISOString() };
  if (ms === 0) return {};
  return { ...(from !== "" && { from: `${from}Z` }), ...(to !== "" && { to: `${to}Z` }) };
}

function filterOf({ column, op, value }: Form["where"][number], type: string): Filter {
  if (op === "isnull" || op === "isnotnull") return { column, op };
  if (type === "bool") return { column, op, value: value === "true" };
  const isNumber = ["int", "long", "real"].includes(type) && value.trim() !== "";
  return { column, op, value: isNumber && !Number.isNaN(Number(value)) ? Number(value) : value };
}

function QueryForm() {
  const { where, why } = form.value;
  return (
    <form class="query" onSubmit={(event) => void run(event)}>
      <div class="row wrap">
        <label>
          Table{" "}
          <select
            value={chosenTable()?.name}
            onChange={(event) => change({ table: event.currentTarget.value, where: [] })}
          >
            {tables.value.map(({ name }) => <option key={name} value={name}>{name}</option>)}
          </select>
        </label>
        <TimeFields />
        <OrderFields />
      </div>
      {where.map((_, i) => <FilterRow key={i} index={i} />)}
      <div class="row wrap">
        <button type="button" onClick={addFilter}>Add filter</button>
        <input
          class="grow"
          maxLength={512}
          aria-label="Why you look"
          placeholder="Why you look (kept with the record of this query)"
          value={why}
          onInput={(event) => change({ why: event.currentTarget.value })}
        />
        <button class="primary" type="submit" disabled={isRunning.value}>
          {isRunning.value ? "Running" : "Run"}
        </button>
      </div>
    </form>
  );
}

function TimeFields() {
  const { range } = form.value;
  return (
    <>
      <label>
        Time{" "}
        <select value={range} onChange={(event) => change({ range: event.currentTarget.value })}>
          {Object.keys(RANGES).map((name) => <option key={name}>{name}</option>)}
        </select>
      </label>
      {RANGES[range] === -1 && (
        <>
          <TimeField label="From (UTC)" name="from" />
          <TimeField label="To (UTC)" name="to" />
        </>
      )}
    </>
  );
}

function TimeField({ label, name }: { label: string; name: "from" | "to" }) {
  return (
    <label>
      {label}{" "}
      <input
        type="datetime-local"
        step="1"
        value={form.value[name]}
        onInput={(event) => change({ [name]: event.currentTarget.value })}
      />
    </label>
  );
}

function OrderFields() {
  const { order, limit } = form.value;
  return (
    <>
      <label>
        Order{" "}
        <select
          value={order}
          onChange={(event) =>
            change({ order: event.currentTarget.value === "oldest" ? "oldest" : "newest" })}
        >
          <option value="newest">newest first</option>
          <option value="oldest">oldest first</option>
        </select>
      </label>
      <label>
        Rows{" "}
        <input
          type="number"
          min="1"
          max={MAX_ROWS}
          value={limit}
          onInput={(event) => change({ limit: event.currentTarget.valueAsNumber || 100 })}
        />
      </label>
    </>
  );
}

function addFilter(): void {
  const column = chosenTable()?.columns.find(({ type }) => type === "string")?.name ?? "";
  change({ where: [...form.value.where, { column, op: "contains", value: "" }] });
}

function FilterRow({ index }: { index: number }) {
  const filter = form.value.where[index]!;
  const put = (part: Partial<typeof filter>) =>
    change({ where: form.value.where.map((old, i) => i === index ? { ...old, ...part } : old) });
  const needsValue = filter.op !== "isnull" && filter.op !== "isnotnull";
  return (
    <div class="row wrap" role="group" aria-label={`Filter ${index + 1}`}>
      <select
        aria-label="Column"
        value={filter.column}
        onChange={(event) => put({ column: event.currentTarget.value })}
      >
        {chosenTable()?.columns.map(({ name }) => <option key={name}>{name}</option>)}
      </select>
      <select
        aria-label="Operator"
        value={filter.op}
        onChange={(event) =>
          put({ op: OPERATORS.find((op) => op === event.currentTarget.value) ?? "==" })}
      >
        {OPERATORS.map((op) => <option key={op}>{op}</option>)}
      </select>
      {needsValue && (
        <input
          class="grow"
          aria-label="Value"
          value={filter.value}
          onInput={(event) => put({ value: event.currentTarget.value })}
        />
      )}
      <button
        type="button"
        aria-label={`Remove filter ${index + 1}`}
        onClick={() => change({ where: form.value.where.filter((_, i) => i !== index) })}
      >
        Remove
      </button>
    </div>
  );
}

function Result({ answer: { columns, rows, more, tookMs } }: { answer: Answer }) {
  // A column that no row has would only take room.
  const shown = columns.filter(({ name }) => rows.some((row) => hasValue(row[name])));
  return (
    <>
      <p class="quiet" role="status">
        {count(rows.length)} rows in {span(tookMs)}
        {more && ", more match"}
      </p>
      <div class="scroll tall" tabIndex={0} role="region" aria-label="Result">
        <table>
          <thead>
            <tr>
              {shown.map(({ name, type }) => <th key={name} class={classOf(type)}>{name}</th>)}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, i) => (
              <tr key={i}>
                {shown.map(({ name, type }) => <Cell key={name} value={row[name]} type={type} />)}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

/** Texts of more characters may break into lines. */
const LONG = 48;

function Cell({ value, type }: { value: unknown; type: string }) {
  const text = type === "datetime" && hasValue(value) ? time(cell(value)) : cell(value);
  return <td class={text.length > LONG ? "text long" : classOf(type)}>{text}</td>;
}

function hasValue(value: unknown): boolean {
  return value !== null && value !== undefined;
}

function classOf(type: string): string {
  if (type === "datetime") return "number left";
  return ["int", "long", "real"].includes(type) ? "number" : "";
}
