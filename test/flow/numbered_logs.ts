/**
 * Logs that grow and rotate while an agent reads them; each line has a number of its own, in a
 * column that passes as it is.
 *
 * @module
 */
import { appendFileSync, existsSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";

/** Lines of one file before it rotates. */
const SYSLOG_LINES = 3_000;
const IIS_LINES = 2_500;

const FIELDS =
  "#Fields: date time s-ip cs-method cs-uri-stem cs-username c-ip sc-status time-taken";

export interface NumberedLogs {
  /** Of `Syslog.ProcessID`: one after the other, from 0 on. */
  readonly syslogLines: number;
  /** Of `W3CIISLog.TimeTaken`. */
  readonly iisLines: number;
  readonly sources: {
    readonly sys: { readonly plugin: "syslog"; readonly config: object };
    readonly web: { readonly plugin: "iis"; readonly config: object };
  };
  /** Writes so many more lines to each log; the last one may be cut until the next write. */
  write(lines: number): void;
  /** Ends the last line. */
  end(): void;
}

/** Starts the logs in `folder`. */
export function numberedLogs(folder: string): NumberedLogs {
  mkdirSync(folder);
  const syslog = join(folder, "messages.log");
  const iisAt = (file: number): string =>
    join(folder, `u_ex${String(file).padStart(6, "0")}_x.log`);
  const count = { syslogLines: 0, iisLines: 0 };
  let rest = "";

  const writeSyslog = (lines: number): void => {
    let text = rest;
    for (let i = 0; i < lines; i++) {
      const n = count.syslogLines++;
      text += `<34>1 2026-06-30T10:00:00.${String(n % 1000).padStart(3, "0")}Z h app ${n} - - m\n`;
    }
    // A writer that is cut off in the middle of a line.
    const cut = text.length - (count.syslogLines % 7);
    appendFileSync(syslog, text.slice(0, cut));
    rest = text.slice(cut);
    if (count.syslogLines % SYSLOG_LINES >= lines) return;
    appendFileSync(syslog, rest);
    rest = "";
    rotate(syslog);
  };
  const writeIis = (lines: number): void => {
    for (let left = lines; left > 0;) {
      const from = count.iisLines;
      const path = iisAt(Math.floor(from / IIS_LINES));
      const most = Math.min(left, IIS_LINES - (from % IIS_LINES));
      let text = from % IIS_LINES === 0 ? `#Version: 1.0\n${FIELDS}\n` : "";
      for (let n = from; n < from + most; n++) {
        text += `2026-06-30 10:00:00 10.0.0.1 GET /a user${n % 50} 10.1.2.3 200 ${n}\n`;
      }
      appendFileSync(path, text);
      count.iisLines += most;
      left -= most;
    }
  };
  return {
    get syslogLines() {
      return count.syslogLines;
    },
    get iisLines() {
      return count.iisLines;
    },
    sources: {
      sys: { plugin: "syslog", config: { files: [`${syslog}*`], timezone: "UTC" } },
      web: { plugin: "iis", config: { files: [join(folder, "u_ex*.log")] } },
    },
    write(lines) {
      writeSyslog(lines);
      writeIis(lines);
    },
    end() {
      appendFileSync(syslog, rest);
      rest = "";
    },
  };
}

/** As logrotate does: each file gets the next number. */
function rotate(path: string): void {
  let last = 0;
  while (existsSync(`${path}.${last + 1}`)) last++;
  for (let n = last; n >= 1; n--) renameSync(`${path}.${n}`, `${path}.${n + 1}`);
  renameSync(path, `${path}.1`);
}
