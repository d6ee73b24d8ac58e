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
import type { OperatorPlace, Table } from "./scope.ts";
import { lowerSort, lowerTake, lowerTop } from "./sort.ts";
import { lowerPrint, lowerRange } from "./sources.ts";
import { lowerCount, lowerDistinct, lowerSummarize } from "./summarize.ts";

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
  ["SortOperator", lowerSort],
  ["TakeOperator", lowerTake],
  ["TopOperator", lowerTop],
]);

/** Operators that a query may begin with. */
export const SOURCES: ReadonlyMap<string, (operator: Syntax, place: OperatorPlace) => Table> =
  new Map([
    ["PrintOperator", lowerPrint],
    ["RangeOperator", lowerRange],
  ]);
