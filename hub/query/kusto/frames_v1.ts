/**
 * Version 1 of Kusto's reply: `{"Tables": […]}`, whose last table says what the others are.
 *
 * The reply to a command has its own tables alone. A result that was cut off ends with
 * `{"Exceptions": […]}` in place of a row, and the reply has `Exceptions` too.
 *
 * @module
 */
import { type Answer, type AnswerTable, rowTexts, type Tally } from "./answer.ts";
import { failureText, KustoFailure } from "./failure.ts";
import { type Completion, statusLines, visualizationText } from "./properties.ts";
import { type KustoColumn, shortClrName } from "./value.ts";

const NO_ID = "00000000-0000-0000-0000-000000000000";

const PROPERTIES = named([["Value", "string"]]);
const STATUS = named([
  ["Timestamp", "datetime"],
  ["Severity", "int"],
  ["SeverityName", "string"],
  ["StatusCode", "int"],
  ["StatusDescription", "string"],
  ["Count", "int"],
  ["RequestId", "guid"],
  ["ActivityId", "guid"],
  ["SubActivityId", "guid"],
  ["ClientActivityId", "string"],
]);
const CONTENTS = named([
  ["Ordinal", "long"],
  ["Kind", "string"],
  ["Name", "string"],
  ["Id", "string"],
  ["PrettyName", "string"],
]);

/** What the writer needs besides the answer. */
export interface V1Options {
  readonly tally: Tally;
  readonly newId: () => string;
  /** Called once, after the last row; what it gives is written beside the rows. */
  readonly finish: (failure: KustoFailure | undefined) => Promise<Completion>;
}

/** The reply to a command, in pieces of text. */
export async function* commandV1(answer: Answer, options: V1Options): AsyncGenerator<string> {
  yield '{"Tables":[';
  for (const [i, table] of answer.tables.entries()) {
    if (i > 0) yield ",";
    const failure = yield* tableV1(table, `Table_${i}`, options.tally);
    if (failure !== undefined) throw failure;
  }
  await options.finish(undefined);
  yield "]}";
}

/**
 * The reply to a query, in pieces of text.
 *
 * @throws {KustoFailure} If it fails otherwise than by too many rows: what has been given is of no
 *     use then.
 */
export async function* queryV1(answer: Answer, options: V1Options): AsyncGenerator<string> {
  let failure: KustoFailure | undefined;
  yield '{"Tables":[';
  for (const [i, table] of answer.tables.entries()) {
    failure ??= yield* tableV1(table, `Table_${i}`, options.tally);
    yield ",";
  }
  const completion = await options.finish(failure);
  const at = answer.tables.length;
  const drawn = [[visualizationText(answer.tables[0]?.render)]];
  yield sideTable({ name: `Table_${at}`, columns: PROPERTIES, rows: drawn });
  const status = { name: `Table_${at + 1}`, columns: STATUS, rows: statusRows(completion) };
  yield `,${sideTable(status)}`;
  const contents = [
    ...answer.tables.map(({ name }) => ["QueryResult", name, options.newId()]),
    ["QueryProperties", "@ExtendedProperties", options.newId()],
    ["QueryStatus", "QueryStatus", NO_ID],
  ].map((entry, i) => [i, ...entry, ""]);
  yield `,${sideTable({ name: `Table_${at + 2}`, columns: CONTENTS, rows: contents })}`;
  yield failure === undefined ? "]}" : `],"Exceptions":[${JSON.stringify(failureText(failure))}]}`;
}

/** Gives why rows were left out. */
async function* tableV1(
  table: AnswerTable,
  name: string,
  tally: Tally,
): AsyncGenerator<string, KustoFailure | undefined> {
  yield `{"TableName":${JSON.stringify(name)},"Columns":${columnsV1(table.columns)},"Rows":[`;
  let isFirst = true;
  try {
    for await (const texts of rowTexts(table, tally)) {
      if (texts.length === 0) continue;
      yield (isFirst ? "" : ",") + texts.join(",");
      isFirst = false;
    }
  } catch (error) {
    if (!(error instanceof KustoFailure) || error.kind !== "truncated") throw error;
    const exceptions = JSON.stringify({ Exceptions: [failureText(error)] });
    yield `${isFirst ? "" : ","}${exceptions}]}`;
    return error;
  }
  yield "]}";
  return undefined;
}

function columnsV1(columns: readonly KustoColumn[]): string {
  return JSON.stringify(columns.map(({ name, type }) => ({
    ColumnName: name,
    DataType: shortClrName(type),
    ColumnType: type,
  })));
}

function sideTable({ name, columns, rows }: {
  readonly name: string;
  readonly columns: readonly KustoColumn[];
  readonly rows: readonly (readonly unknown[])[];
}): string {
  return `{"TableName":"${name}","Columns":${columnsV1(columns)},"Rows":${JSON.stringify(rows)}}`;
}

function statusRows(completion: Completion): readonly (readonly unknown[])[] {
  const { timestamp, activityId, clientRequestId } = completion.context;
  const ids = [activityId, activityId, activityId, clientRequestId];
  return statusLines(completion).map(({ level, levelName, status, text }) => [
    timestamp,
    level,
    levelName,
    status,
    text,
    1,
    ...ids,
  ]);
}

function named(list: readonly (readonly [string, KustoColumn["type"]])[]): readonly KustoColumn[] {
  return list.map(([name, type]) => ({ name, type }));
}
