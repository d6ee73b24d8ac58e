/**
 * Every tabular operator. To add one: a function in a file of its family, and a line here.
 *
 * @module
 */
import type { Syntax } from "../syntax.ts";
import {
  lowerExtend,
  lowerProject,
  lowerProjectAway,
  lowerProjectKeep,
  lowerProjectRename,
  lowerProjectReorder,
  lowerSerialize,
  lowerWhere,
} from "./filter_project.ts";
import { lowerEvaluate } from "./evaluate/evaluate.ts";
import { lowerJoin, lowerLookup } from "./join.ts";
import { lowerMakeSeries } from "./make_series.ts";
import { lowerMvApply, lowerMvExpand } from "./mv.ts";
import {
  lowerAs,
  lowerConsume,
  lowerGetSchema,
  lowerInvoke,
  lowerPartition,
  lowerRender,
} from "./other_operators.ts";
import { lowerParse, lowerParseKv, lowerParseWhere } from "./parse.ts";
import { lowerScan } from "./scan.ts";
import type { OperatorPlace, Table } from "./scope.ts";
import { lowerFind, lowerSearch } from "./search.ts";
import { lowerSort, lowerTake, lowerTop } from "./sort.ts";
import { lowerPrint, lowerRange } from "./sources.ts";
import { lowerCount, lowerDistinct, lowerSummarize } from "./summarize.ts";
import { lowerSample, lowerSampleDistinct, lowerTopHitters } from "./top_kinds.ts";
import { lowerTopNested } from "./top_nested.ts";
import { lowerUnion } from "./union.ts";

type LowerOperator = (operator: Syntax, input: Table, place: OperatorPlace) => Table;

/** Operators that stand after `|`. */
export const OPERATORS: ReadonlyMap<string, LowerOperator> = new Map([
  ["FilterOperator", lowerWhere],
  ["ProjectOperator", lowerProject],
  ["ProjectAwayOperator", lowerProjectAway],
  ["ProjectKeepOperator", lowerProjectKeep],
  ["ProjectRenameOperator", lowerProjectRename],
  ["ProjectReorderOperator", lowerProjectReorder],
  ["ExtendOperator", lowerExtend],
  ["SerializeOperator", lowerSerialize],
  ["SummarizeOperator", lowerSummarize],
  ["CountOperator", lowerCount],
  ["DistinctOperator", lowerDistinct],
  ["JoinOperator", lowerJoin],
  ["LookupOperator", lowerLookup],
  ["UnionOperator", lowerUnion],
  ["EvaluateOperator", lowerEvaluate],
  ["MvExpandOperator", lowerMvExpand],
  ["MvApplyOperator", lowerMvApply],
  ["ParseOperator", lowerParse],
  ["ParseWhereOperator", lowerParseWhere],
  ["ParseKvOperator", lowerParseKv],
  ["MakeSeriesOperator", lowerMakeSeries],
  ["SearchOperator", lowerSearch],
  ["TopHittersOperator", lowerTopHitters],
  ["TopNestedOperator", lowerTopNested],
  ["SampleOperator", lowerSample],
  ["SampleDistinctOperator", lowerSampleDistinct],
  ["AsOperator", lowerAs],
  ["RenderOperator", lowerRender],
  ["ConsumeOperator", lowerConsume],
  ["GetSchemaOperator", lowerGetSchema],
  ["InvokeOperator", lowerInvoke],
  ["PartitionOperator", lowerPartition],
  ["ScanOperator", lowerScan],
  ["SortOperator", lowerSort],
  ["TakeOperator", lowerTake],
  ["TopOperator", lowerTop],
]);

/** Operators that a query may begin with. */
export const SOURCES: ReadonlyMap<string, (operator: Syntax, place: OperatorPlace) => Table> =
  new Map([
    ["PrintOperator", lowerPrint],
    ["RangeOperator", lowerRange],
    ["SearchOperator", (operator, place) => lowerSearch(operator, undefined, place)],
    ["FindOperator", lowerFind],
    ["UnionOperator", (operator, place) => lowerUnion(operator, undefined, place)],
  ]);
