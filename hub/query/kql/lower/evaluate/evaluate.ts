/**
 * `evaluate`: the plugins that there are.
 *
 * @module
 */
import type { Syntax } from "../../syntax.ts";
import { type OperatorPlace, type Table, unsupported } from "../scope.ts";
import { lowerBagUnpack } from "./bag_unpack.ts";
import { lowerDcountIntersect } from "./dcount_intersect.ts";
import { lowerIpLookup } from "./ip_lookup.ts";
import { lowerPivot } from "./pivot.ts";
import { type LowerPlugin, pluginCall } from "./plugin.ts";
import { lowerIdentity, lowerNarrow, lowerRowsNear } from "./rows.ts";
import {
  lowerActivityCounts,
  lowerRollingPercentile,
  lowerSessionCount,
  lowerSlidingCounts,
} from "./timeline.ts";

export const PLUGINS: ReadonlyMap<string, LowerPlugin> = new Map([
  ["activity_counts_metrics", lowerActivityCounts],
  ["bag_unpack", lowerBagUnpack],
  ["dcount_intersect", lowerDcountIntersect],
  ["identity", lowerIdentity],
  ["ipv4_lookup", lowerIpLookup],
  ["ipv6_lookup", lowerIpLookup],
  ["narrow", lowerNarrow],
  ["pivot", lowerPivot],
  ["rolling_percentile", lowerRollingPercentile],
  ["rows_near", lowerRowsNear],
  ["session_count", lowerSessionCount],
  ["sliding_window_counts", lowerSlidingCounts],
]);

export function lowerEvaluate(operator: Syntax, input: Table, place: OperatorPlace): Table {
  const call = pluginCall(operator);
  const lower = PLUGINS.get(call.name);
  if (lower === undefined) {
    throw unsupported(place.lowering, operator, `plugin ${call.name}()`);
  }
  return lower(call, input, place);
}
