/**
 * Lines of logfmt: `level=info msg="started now" took=3ms done`.
 *
 * @module
 */

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

/** The fields of `line`, a name without value as `true`; undefined if a quote is not closed. */
export function readLogfmt(line: string): Map<string, string> | undefined {
  const fields = new Map<string, string>();
  for (let at = 0; at < line.length;) {
    if (isBlank(line[at])) {
      at++;
      continue;
    }
    const nameEnd = endOf(line, at, (c) => isBlank(c) || c === "=");
    const name = line.slice(at, nameEnd);
    if (line[nameEnd] !== "=") {
      fields.set(name, "true");
      at = nameEnd;
    } else if (line[nameEnd + 1] === '"') {
      const quoted = readQuoted(line, nameEnd + 2);
      if (quoted === undefined) return undefined;
      fields.set(name, quoted.value);
      at = quoted.end;
    } else {
      at = endOf(line, nameEnd + 1, isBlank);
      fields.set(name, line.slice(nameEnd + 1, at));
    }
  }
  return fields;
}

function readQuoted(line: string, from: number) {
  let value = "";
  for (let at = from; at < line.length; at++) {
    const c = line[at]!;
    if (c === '"') return { value, end: at + 1 };
    if (c !== "\\") value += c;
    else {
      const next = line[++at] ?? "";
      value += ESCAPES[next] ?? next;
    }
  }
  return undefined;
}

function endOf(line: string, from: number, isEnd: (c: string | undefined) => boolean): number {
  let at = from;
  while (at < line.length && !isEnd(line[at])) at++;
  return at;
}

function isBlank(c: string | undefined): boolean {
  return c === " " || c === "\t" || c === "\n" || c === "\r";
}
