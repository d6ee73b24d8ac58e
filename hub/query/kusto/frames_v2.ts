/**
 * Version 2 of Kusto's reply: an array of frames.
 *
 * A table is one `DataTable`, or `TableHeader`, `TableFragment`… and `TableCompletion` where the
 * client wants it in pieces, with `TableProgress` between them where it wants to know how far it
 * is. A result that was cut off ends with `{"OneApiErrors": […]}` in place of a row, unless the
 * client wants that elsewhere, and the last frame has the error too.
 *
 * @module
 */
import { type Answer, type AnswerTable, rowTexts, type Tally } from "./answer.ts";
import { type FailureContext, KustoFailure, oneApi } from "./failure.ts";
import { type Completion, statusLines, visualizationText } from "./properties.ts";
import type { FrameOptions } from "./request.ts";
import type { KustoColumn } from "./value.ts";

const PROPERTY_COLUMNS = named([["TableId", "int"], ["Key", "string"], ["Value", "dynamic"]]);
const STATUS_COLUMNS = named([
  ["Timestamp", "datetime"],
  ["ClientRequestId", "string"],
  ["ActivityId", "guid"],
  ["SubActivityId", "guid"],
  ["ParentActivityId", "guid"],
  ["Level", "int"],
  ["LevelName", "string"],
  ["StatusCode", "int"],
  ["StatusCodeName", "string"],
  ["EventType", "int"],
  ["EventTypeName", "string"],
  ["Payload", "string"],
]);

/** What the writer needs besides the answer. */
export interface V2Options {
  readonly tally: Tally;
  readonly frames: FrameOptions;
  readonly context: FailureContext;
  /** Whether failures are told in the frames, because a part of the reply has left. */
  readonly isStreamed: boolean;
  /** How far the query is, of 100. */
  readonly percent: () => number;
  /** Called once, after the last row and before the frames that say how it went. */
  readonly finish: (failure: KustoFailure | undefined) => Promise<Completion>;
}

/**
 * The reply to a query, in pieces of text.
 *
 * @throws {KustoFailure} Unless it is told in the frames.
 */
export async function* queryV2(answer: Answer, options: V2Options): AsyncGenerator<string> {
  const { progressive, fragmented, newlines } = options.frames;
  const isPieces = progressive || fragmented;
  const separator = newlines ? "\n," : ",";
  const header = {
    FrameType: "DataSetHeader",
    IsProgressive: progressive,
    Version: "v2.0",
    IsFragmented: isPieces,
    ErrorReportingPlacement: PLACEMENT[options.frames.errors],
  };
  yield `[${JSON.stringify(header)}${separator}${propertiesFrame(answer)}`;
  let failure: KustoFailure | undefined;
  for (const [i, table] of answer.tables.entries()) {
    if (failure !== undefined) break;
    yield separator;
    const one = { table, id: i + 1, separator };
    failure = yield* isPieces ? piecesOf(one, options) : wholeOf(one, options);
  }
  const completion = await options.finish(failure);
  yield separator + statusFrame(completion, answer.tables.length + 1);
  yield separator + completionFrame(failure, options.context);
  yield newlines ? "\n]" : "]";
}

const PLACEMENT = {
  in_data: "InData",
  end_of_table: "EndOfTable",
  end_of_dataset: "EndOfDataSet",
} as const;

interface OneTable {
  readonly table: AnswerTable;
  readonly id: number;
  readonly separator: string;
}

/** Gives why rows were left out. */
async function* wholeOf(
  { table, id }: OneTable,
  options: V2Options,
): AsyncGenerator<string, KustoFailure | undefined> {
  const head = JSON.stringify({ FrameType: "DataTable", ...shapeOf(table, id) });
  yield `${head.slice(0, -1)},"Rows":[`;
  let isFirst = true;
  let failure: KustoFailure | undefined;
  try {
    for await (const texts of rowTexts(table, options.tally)) {
      if (texts.length === 0) continue;
      yield (isFirst ? "" : ",") + texts.join(",");
      isFirst = false;
    }
  } catch (error) {
    failure = told(error, options);
    const inData = errorRow(failure, options);
    if (inData !== "") yield (isFirst ? "" : ",") + inData;
  }
  yield "]}";
  return failure;
}

/** Gives why rows were left out. */
async function* piecesOf(
  { table, id, separator }: OneTable,
  options: V2Options,
): AsyncGenerator<string, KustoFailure | undefined> {
  const { progressive, errors } = options.frames;
  const fields = table.columns.length;
  let rows = 0;
  let shown = 0;
  let failure: KustoFailure | undefined;
  yield JSON.stringify({ FrameType: "TableHeader", ...shapeOf(table, id) });
  try {
    for await (const texts of rowTexts(table, options.tally)) {
      if (texts.length > 0) {
        rows += texts.length;
        yield separator + fragment({ id, fields, rows: texts.join(",") });
      } else if (options.percent() <= shown) continue;
      shown = Math.max(shown, options.percent());
      if (progressive) yield separator + progress(id, shown);
    }
  } catch (error) {
    failure = told(error, options);
    const inData = errorRow(failure, options);
    if (inData !== "") yield separator + fragment({ id, fields, rows: inData });
  }
  if (progressive) yield separator + progress(id, 100);
  yield separator + JSON.stringify({
    FrameType: "TableCompletion",
    TableId: id,
    RowCount: rows,
    ...(failure && errors === "end_of_table" &&
      { OneApiErrors: [oneApi(failure, options.context)] }),
  });
  return failure;
}

function fragment(
  { id, fields, rows }: { readonly id: number; readonly fields: number; readonly rows: string },
): string {
  return `{"FrameType":"TableFragment","TableFragmentType":"DataAppend","TableId":${id},` +
    `"FieldCount":${fields},"Rows":[${rows}]}`;
}

function progress(id: number, percent: number): string {
  return `{"FrameType":"TableProgress","TableId":${id},"TableProgress":${percent}}`;
}

/** What can be told in the frames; throws everything else. */
function told(error: unknown, { isStreamed }: V2Options): KustoFailure {
  if (!(error instanceof KustoFailure)) throw error;
  if (error.kind !== "truncated" && !isStreamed) throw error;
  return error;
}

function errorRow(failure: KustoFailure, { frames, context }: V2Options): string {
  if (frames.errors !== "in_data") return "";
  return JSON.stringify({ OneApiErrors: [oneApi(failure, context)] });
}

function shapeOf({ name, columns }: AnswerTable, id: number) {
  return {
    TableId: id,
    TableKind: "PrimaryResult",
    TableName: name,
    Columns: columns.map(columnOf),
  };
}

function columnOf({ name, type }: KustoColumn) {
  return { ColumnName: name, ColumnType: type };
}

function named(list: readonly (readonly [string, string])[]) {
  return list.map(([ColumnName, ColumnType]) => ({ ColumnName, ColumnType }));
}

function propertiesFrame({ tables }: Answer): string {
  return JSON.stringify({
    FrameType: "DataTable",
    TableId: 0,
    TableKind: "QueryProperties",
    TableName: "@ExtendedProperties",
    Columns: PROPERTY_COLUMNS,
    Rows: tables.map(({ render }, i) => [i + 1, "Visualization", visualizationText(render)]),
  });
}

function statusFrame(completion: Completion, id: number): string {
  const { timestamp, clientRequestId, activityId } = completion.context;
  return JSON.stringify({
    FrameType: "DataTable",
    TableId: id,
    TableKind: "QueryCompletionInformation",
    TableName: "QueryCompletionInformation",
    Columns: STATUS_COLUMNS,
    Rows: statusLines(completion).map((line) => [
      timestamp,
      clientRequestId,
      activityId,
      activityId,
      activityId,
      line.level,
      line.levelName,
      line.status,
      line.statusName,
      line.event,
      line.eventName,
      line.payload,
    ]),
  });
}

function completionFrame(failure: KustoFailure | undefined, context: FailureContext): string {
  return JSON.stringify({
    FrameType: "DataSetCompletion",
    HasErrors: failure !== undefined,
    Cancelled: failure?.kind === "cancelled",
    ...(failure && { OneApiErrors: [oneApi(failure, context)] }),
  });
}
