/**
 * What readers of Kusto's replies hold a reply to, written down from their sources: they are in Go
 * and Python, and do not run here.
 *
 * - azure-kusto-go `azkustodata/query/v2` (`frame_reader.go`, `iterative_dataset.go`,
 *   `fast_json.go`): frames on lines, fixed order of frames and of their members.
 * - azure-kusto-python `azure/kusto/data` (`response.py`, `streaming_response.py`,
 *   `exceptions.py`): members before `Rows`, all members of an error, the last table of version 1.
 * - grafana/azure-data-explorer-datasource `pkg/azuredx/models/table.go`: one table of version 1,
 *   types of columns and of values.
 *
 * @module
 */
import assert from "node:assert/strict";

export interface ReadTable {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly unknown[])[];
}

type Members = Readonly<Record<string, unknown>>;

const TYPES = new Set([
  "bool",
  "datetime",
  "decimal",
  "dynamic",
  "guid",
  "int",
  "long",
  "real",
  "string",
  "timespan",
]);
const TABLE_MEMBERS = ["FrameType", "TableId", "TableKind", "TableName", "Columns"];

function members(value: unknown): Members {
  assert.ok(typeof value === "object" && value !== null && !Array.isArray(value));
  return { ...value };
}

/** Members in this order come first. */
function begins(frame: Members, names: readonly string[]): void {
  assert.deepEqual(Object.keys(frame).slice(0, names.length), names);
}

function rowsOf(frame: Members): readonly (readonly unknown[])[] {
  const rows = frame["Rows"];
  assert.ok(Array.isArray(rows));
  return rows.map((row: unknown) => {
    assert.ok(Array.isArray(row), `a row is ${JSON.stringify(row)}`);
    return Array.from<unknown>(row);
  });
}

function columnsOf(frame: Members, type: "ColumnType" | "DataType"): ReadTable["columns"] {
  const columns = frame["Columns"];
  assert.ok(Array.isArray(columns));
  return columns.map((column: unknown) => {
    const { ColumnName: name, [type]: of } = members(column);
    assert.ok(typeof name === "string" && typeof of === "string");
    return { name, type: of };
  });
}

function typedColumns(frame: Members): ReadTable["columns"] {
  const columns = columnsOf(frame, "ColumnType");
  for (const { type } of columns) assert.ok(TYPES.has(type), type);
  return columns;
}

/** Errors that the last frame of azure-kusto-go's reply has, by `@message`, and its tables. */
export function readAsGo(text: string): {
  readonly tables: readonly ReadTable[];
  readonly errors: readonly string[];
} {
  const lines = text.split("\n");
  assert.equal(lines.pop(), "]");
  const frames = lines.map((line, i) => {
    assert.equal(line[0], i === 0 ? "[" : ",");
    return members(JSON.parse(line.slice(1)));
  });
  const [header, properties, ...others] = frames;
  assert.deepEqual(Object.entries(header!).slice(0, 5), [
    ["FrameType", "DataSetHeader"],
    ["IsProgressive", false],
    ["Version", "v2.0"],
    ["IsFragmented", true],
    ["ErrorReportingPlacement", "EndOfTable"],
  ]);
  assert.equal(properties!["TableKind"], "QueryProperties");
  const tables: ReadTable[] = [];
  const errors: string[] = [];
  let open: { readonly id: unknown; rows: (readonly unknown[])[] } | undefined;
  for (const frame of [properties!, ...others]) {
    switch (frame["FrameType"]) {
      case "DataTable":
        begins(frame, TABLE_MEMBERS);
        assert.equal(Object.keys(frame).at(-1), "Rows");
        assert.match(String(frame["TableKind"]), /^Query(?:Properties|CompletionInformation)$/);
        rowsOf(frame);
        break;
      case "TableHeader":
        assert.equal(open, undefined);
        begins(frame, TABLE_MEMBERS);
        open = { id: frame["TableId"], rows: [] };
        tables.push({ columns: typedColumns(frame), rows: open.rows });
        break;
      case "TableFragment":
        assert.equal(Object.keys(frame).at(-1), "Rows");
        open!.rows.push(...rowsOf(frame));
        break;
      case "TableCompletion":
        assert.equal(frame["TableId"], open!.id);
        errors.push(...errorsOf(frame));
        open = undefined;
        break;
      case "DataSetCompletion":
        assert.equal(frame, frames.at(-1));
        assert.equal(frame["HasErrors"], errors.length > 0);
        break;
      default:
        assert.fail(`a frame is ${String(frame["FrameType"])}`);
    }
  }
  return { tables, errors };
}

/** `@message`s of `OneApiErrors`; azure-kusto-python needs each of the six members. */
export function errorsOf(frame: Members): readonly string[] {
  const { OneApiErrors: list = [] } = frame;
  assert.ok(Array.isArray(list));
  return list.map((one: unknown) => errorOf(one));
}

/** The `@message` of `{"error": …}`. */
export function errorOf(value: unknown): string {
  const error = members(members(value)["error"]);
  for (const name of ["code", "message", "@type", "@message"]) {
    assert.equal(typeof error[name], "string", name);
  }
  members(error["@context"]);
  assert.equal(typeof error["@permanent"], "boolean");
  return String(error["@message"]);
}

/** A reply of version 2 that is not in pieces, as azure-kusto-python reads it while it comes. */
export function readAsPythonStream(text: string): readonly ReadTable[] {
  const frames: unknown = JSON.parse(text);
  assert.ok(Array.isArray(frames));
  return frames.map(members).flatMap((frame) => {
    switch (frame["FrameType"]) {
      case "DataSetHeader":
        assert.equal(Object.keys(frame)[0], "FrameType");
        assert.equal(frame["IsProgressive"], false);
        assert.equal(typeof frame["Version"], "string");
        return [];
      case "DataTable":
        begins(frame, TABLE_MEMBERS);
        assert.equal(Object.keys(frame).at(-1), "Rows");
        if (frame["TableKind"] !== "PrimaryResult") return [];
        return [{ columns: columnsOf(frame, "ColumnType"), rows: rowsOf(frame) }];
      case "DataSetCompletion":
        assert.deepEqual(["HasErrors", "Cancelled"].map((name) => typeof frame[name]), [
          "boolean",
          "boolean",
        ]);
        return [];
      default:
        return assert.fail(`a frame is ${String(frame["FrameType"])}`);
    }
  });
}

/** A reply of version 1, as azure-kusto-python takes it apart: its primary tables. */
export function readAsPythonV1(text: string): readonly ReadTable[] {
  const { Tables: list } = members(JSON.parse(text));
  assert.ok(Array.isArray(list));
  const tables = list.map(members);
  const read = tables.map((table) => ({
    columns: columnsOf(table, "DataType"),
    rows: rowsOf(table),
  }));
  if (tables.length <= 2) return read.slice(0, 1);
  const contents = read.at(-1)!;
  const at = (name: string) => contents.columns.findIndex((column) => column.name === name);
  const kinds = read.slice(0, -1).map((_, i) => {
    const row = contents.rows[i]!;
    assert.equal(typeof row[at("Name")], "string");
    assert.notEqual(at("Id"), -1);
    return String(row[at("Kind")]);
  });
  for (const kind of kinds) assert.match(kind, /^Query(?:Result|Properties|Status)$/);
  const status = read[kinds.indexOf("QueryStatus")]!;
  const severity = status.columns.findIndex(({ name }) => name === "Severity");
  // Less than 4 is an error to it.
  for (const row of status.rows) assert.ok(Number(row[severity]) >= 4);
  return read.filter((_, i) => kinds[i] === "QueryResult");
}

/** What Grafana's plugin makes of a value, by the column's type. */
const GRAFANA: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === "string",
  guid: (value) => typeof value === "string",
  timespan: (value) => typeof value === "string",
  dynamic: () => true,
  // RFC 3339 with at most nine digits of a second.
  datetime: (value) =>
    typeof value === "string" &&
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/.test(value),
  int: (value) => Number.isInteger(value) && Math.abs(Number(value)) <= 2 ** 31,
  long: (value) => Number.isInteger(value),
  real: (value) =>
    typeof value === "number" || value === "NaN" || value === "Infinity" || value === "-Infinity",
  bool: (value) => typeof value === "boolean" || typeof value === "number",
  decimal: (value) => typeof value === "number" || !Number.isNaN(Number(value)),
};

/** The table that Grafana's plugin shows, or the failure that it tells. */
export function readAsGrafana(text: string): ReadTable | { readonly failure: string } {
  const { Tables: tables, Exceptions: exceptions = [] } = members(JSON.parse(text));
  assert.ok(Array.isArray(tables) && tables.length > 0);
  assert.ok(Array.isArray(exceptions));
  if (exceptions.length > 0) {
    for (const one of exceptions) assert.equal(typeof one, "string");
    return { failure: exceptions.join(". ") };
  }
  const table = tables.map(members).find(({ TableName: name }) => name === "Table_0");
  assert.ok(table !== undefined, "there is no Table_0");
  const columns = columnsOf(table, "ColumnType");
  const rows = rowsOf(table);
  for (const row of rows) {
    for (const [i, value] of row.entries()) {
      const { name, type } = columns[i]!;
      assert.ok(value === null || GRAFANA[type]?.(value) === true, `${name} is ${String(value)}`);
    }
  }
  return { columns, rows };
}
