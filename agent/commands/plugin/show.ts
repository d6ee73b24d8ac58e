/**
 * What an operator is shown of a plugin before it is approved.
 *
 * @module
 */
import { GrantError, grantsFor } from "../../isolate/grants.ts";
import type { Needs } from "../../../sdk/plugin.ts";
import type { ColumnSpec } from "../../../sdk/table.ts";
import { hashOf, keyText, type Packed } from "../../isolate/packed.ts";

/** All of it, for a machine. */
export function toldOf({ manifest, manifestBytes, key }: Packed): object {
  return {
    ...manifest,
    manifest: hashOf(manifestBytes),
    key: key === undefined ? null : keyText(key),
  };
}

/** All of it, for a person. */
export function textOf({ manifest, key }: Packed): string {
  const lines = [
    `${manifest.name} ${manifest.version}: ${manifest.summary}`,
    `  key      ${key === undefined ? "none: nobody has signed it" : keyText(key)}`,
    `  code     ${manifest.bytes} bytes, SHA-256 ${manifest.sha256}`,
    `  kind     ${manifest.kind}`,
    ...needsLines(manifest.needs),
    ...(manifest.configured === true ? ["  tables   are what its config declares, else"] : []),
    ...Object.entries(manifest.tables).flatMap(([name, table]) => [
      `  table    ${name}: ${table.doc}`,
      ...Object.entries(table.columns).flatMap(([column, spec]) => columnLines(column, spec)),
    ]),
  ];
  return `${lines.join("\n")}\n`;
}

function columnLines(
  name: string,
  { type, class: own, leaves = {} }: ColumnSpec,
): readonly string[] {
  return [
    `    ${own.padEnd(9)} ${name} (${type})`,
    ...Object.entries(leaves).map(([leaf, of]) => `      ${of.class.padEnd(9)} ${name}.….${leaf}`),
  ];
}

function needsLines(needs: Needs | undefined): readonly string[] {
  if (needs === undefined) return ["  needs    what its config says"];
  const lines = [
    ...(needs.read ?? []).map((glob) => `  reads    ${glob}${grantText({ read: [glob] })}`),
    ...(needs.listen ?? []).map((at) => `  listens  ${at}${grantText({ listen: [at] })}`),
  ];
  return lines.length === 0 ? ["  needs    nothing"] : lines;
}

/** What is really granted for it, which may be more. */
function grantText(needs: Needs): string {
  try {
    const { files, folders, tcpPorts, udp } = grantsFor(needs, 0);
    const granted = [
      ...files,
      ...folders.map((folder) => `${folder} and all below it`),
      ...tcpPorts.map((port) => `TCP port ${port}`),
      ...(udp ? ["UDP sockets"] : []),
    ];
    return `: is granted ${granted.join(", ")}`;
  } catch (error) {
    if (!(error instanceof GrantError)) throw error;
    return `: ${error.message}`;
  }
}
