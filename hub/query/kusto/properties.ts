/**
 * What stands beside a query's rows in both versions of the protocol: how to draw them, and how the
 * query went.
 *
 * @module
 */
import { type Tally, TOO_LARGE, type Visualization } from "./answer.ts";
import { type FailureContext, failureText, type KustoFailure } from "./failure.ts";

/** All that `render` can set, as Kusto lists it where a query says nothing. */
const NOT_DRAWN: Visualization = {
  Visualization: null,
  Title: null,
  XColumn: null,
  Series: null,
  YColumns: null,
  AnomalyColumns: null,
  XTitle: null,
  YTitle: null,
  XAxis: null,
  YAxis: null,
  Legend: null,
  YSplit: null,
  Accumulate: false,
  IsQuerySorted: false,
  Kind: null,
  Ymin: "NaN",
  Ymax: "NaN",
  Xmin: null,
  Xmax: null,
};

/** The text of the property `Visualization`. */
export function visualizationText(render: Visualization = {}): string {
  return JSON.stringify({ ...NOT_DRAWN, ...render });
}

/** How a request went. */
export interface Completion {
  readonly context: FailureContext;
  readonly tally: Tally;
  readonly durationMs: number;
  /** Why not all rows went out. */
  readonly failure: KustoFailure | undefined;
}

/** One line of it. */
export interface StatusLine {
  readonly level: number;
  readonly levelName: string;
  readonly status: number;
  readonly statusName: string;
  readonly event: number;
  readonly eventName: string;
  /** As version 1 has it. */
  readonly text: string;
  /** As version 2 has it: JSON. */
  readonly payload: string;
}

const STATS = { level: 6, levelName: "Stats", status: 0, statusName: "S_OK (0)", event: 0 };

/** The lines that Kusto writes at the end of a query: how it ended, and what it took. */
export function statusLines(completion: Completion): readonly StatusLine[] {
  const payload = consumption(completion);
  return [
    endLine(completion.failure),
    { ...STATS, eventName: "QueryResourceConsumption", text: payload, payload },
  ];
}

function endLine(failure: KustoFailure | undefined): StatusLine {
  const text = failure === undefined ? "Query completed successfully" : failureText(failure);
  const line = { event: 4, eventName: "QueryInfo", text, payload: textPayload(text) };
  if (failure === undefined) {
    return { ...line, level: 4, levelName: "Info", status: 0, statusName: "S_OK (0)" };
  }
  const { code, name } = failure.kind === "truncated"
    ? TOO_LARGE
    : { code: -1, name: failure.kind };
  return { ...line, level: 2, levelName: "Error", status: code, statusName: name };
}

function textPayload(text: string): string {
  return JSON.stringify({ Count: 1, Text: text });
}

function consumption({ tally, durationMs }: Completion): string {
  return JSON.stringify({
    ExecutionTime: durationMs / 1000,
    dataset_statistics: [{ table_row_count: tally.rows, table_size: tally.bytes }],
  });
}
