/**
 * A query over what a command has answered: `.show tables | where TableName has "Event"`.
 *
 * @module
 */
import type { Answer } from "./answer.ts";
import { entityName } from "./catalog.ts";
import { cellText, type KustoType, type KustoValue } from "./value.ts";

/** The text of a query that pipes the first table of `answer` into `pipe`. */
export async function pipedQuery(answer: Answer, pipe: string): Promise<string> {
  const [table] = answer.tables;
  const columns = table?.columns ?? [];
  const cells: string[] = [];
  for await (const chunk of table?.chunks ?? []) {
    for (const row of chunk) {
      cells.push(...columns.map(({ type }, i) => literal(row[i] ?? null, type)));
    }
  }
  const declared = columns.map(({ name, type }) => `${entityName(name)}:${type}`).join(", ");
  return `datatable(${declared}) [${cells.join(", ")}]\n${pipe}`;
}

function literal(value: KustoValue, type: KustoType): string {
  if (value === null) return type === "string" ? '""' : `${type}(null)`;
  if (type === "string") return JSON.stringify(value);
  return `${type}(${cellText(value, type).replaceAll(/^"|"$/g, "")})`;
}
