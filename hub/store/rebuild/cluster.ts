/**
 * Damaged files that must be replaced at once: rows of one frame may be in several of them.
 *
 * @module
 */
import type { Damaged } from "./find_damage.ts";

export interface Cluster {
  readonly table: string;
  readonly damaged: readonly Damaged[];
  /** Ledger indexes, both inclusive. */
  readonly first: number;
  readonly last: number;
}

/** Files of one table whose spans touch are of one cluster. */
export function clustersOf(damaged: readonly Damaged[]): readonly Cluster[] {
  const clusters: Cluster[] = [];
  for (const [table, group] of Map.groupBy(damaged, ({ file }) => file.table)) {
    let open: Cluster | undefined;
    for (const one of group.toSorted((a, b) => a.first - b.first)) {
      if (open !== undefined && one.first <= open.last) {
        open = {
          ...open,
          damaged: [...open.damaged, one],
          last: Math.max(open.last, one.last),
        };
        continue;
      }
      if (open !== undefined) clusters.push(open);
      open = { table, damaged: [one], first: one.first, last: one.last };
    }
    if (open !== undefined) clusters.push(open);
  }
  return clusters;
}

/** Clusters that leave no entry below `next` out, so that rows that no file names are found too. */
export function withoutGaps(clusters: readonly Cluster[], next: number): readonly Cluster[] {
  return [...Map.groupBy(clusters, ({ table }) => table).values()].flatMap((group) =>
    group.map((cluster, i) => ({
      ...cluster,
      first: i === 0 ? 0 : cluster.first,
      last: Math.max(cluster.last, (group[i + 1]?.first ?? next) - 1),
    }))
  );
}
