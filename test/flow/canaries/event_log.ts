/**
 * Canaries in events of Windows, exported as XML.
 *
 * @module
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Planted } from "./planted.ts";

const canaries = {
  "WindowsEvent.SystemUserId": "S-1-5-21-717171711-2-3-5501",
  "Event.UserName": "S-1-5-21-727272722-2-3-5502",
};

const content = {
  "WindowsEvent.EventData": { value: "zqLeafUser1Ev", word: "zqLeafUser1Ev" },
  "WindowsEvent.RawEventData": { value: "zqRawEvent5Ev@example.test", word: "zqRawEvent5Ev" },
  "Event.EventData": { value: "zqEventXml2Ev@example.test", word: "zqEventXml2Ev" },
  "Event.ParameterXml": { value: "zqEventParam3Ev@example.test", word: "zqEventParam3Ev" },
  "Event.RenderedDescription": { value: "CONTOSO\\zqMessage4Ev", word: "zqMessage4Ev" },
};

const controls = {
  "WindowsEvent.Provider": "zqControlProvider",
  "Event.Source": "zqControlSource",
};

function event(provider: string, sid: string, data: string): string {
  return `<Event><System><Provider Name='${provider}'/><EventID>1</EventID>` +
    `<TimeCreated SystemTime='2026-06-01T00:00:00Z'/><Security UserID='${sid}'/></System>` +
    `<EventData>${data}</EventData><RenderingInfo><Message>${
      content["Event.RenderedDescription"].value
    }</Message></RenderingInfo></Event>\n`;
}

export const plantedEventLog: Planted = {
  canaries,
  content,
  controls,
  sources(folder) {
    const [windowsEvents, events] = [
      join(folder, "windows_events.xml"),
      join(folder, "events.xml"),
    ];
    const leaf = content["WindowsEvent.EventData"].value;
    writeFileSync(
      windowsEvents,
      event(
        controls["WindowsEvent.Provider"],
        canaries["WindowsEvent.SystemUserId"],
        `<Data Name='TargetUserName'>${leaf}</Data><Data Name='CommandLine'>run as ${leaf}</Data>`,
      ) + `<Event><System>${content["WindowsEvent.RawEventData"].value}</Event>\n`,
    );
    const texts = content["Event.EventData"].value + "</Data><Data>" +
      content["Event.ParameterXml"].value;
    const data = `<Data>${texts}</Data>`;
    writeFileSync(events, event(controls["Event.Source"], canaries["Event.UserName"], data));
    return {
      windows_events: { plugin: "event_log", config: { files: [windowsEvents] } },
      events: { plugin: "event_log", config: { files: [events], table: "Event" } },
    };
  },
};
