/**
 * Canaries in what other programs push: an OTLP request and one of Elasticsearch's bulk API.
 *
 * @module
 */
import intake from "../../../plugins/intake/mod.ts";
import { type Planted, type Push, wordsOf } from "./planted.ts";

const { canaries, content, at } = wordsOf("OTelLogs", intake.tables.OTelLogs, {
  prefix: "zqIn",
  shaped: { SenderAddress: "127.203.55.79" },
});

const controls = { "OTelLogs.ScopeName": "zqControlScope" };

const attributes = (column: string): readonly object[] => [
  { key: "said", value: { stringValue: at(column) } },
  { key: "user.name", value: { stringValue: at("Body") } },
];

function otlpLogs(): string {
  const timeUnixNano = "1782813600000000000";
  const fields = { kvlistValue: { values: attributes("BodyFields") } };
  return JSON.stringify({
    resourceLogs: [{
      resource: {
        attributes: [
          ...attributes("Resource"),
          { key: "service.name", value: { stringValue: at("ServiceName") } },
        ],
      },
      scopeLogs: [{
        scope: {
          name: controls["OTelLogs.ScopeName"],
          attributes: attributes("ScopeAttributes"),
        },
        logRecords: [
          {
            timeUnixNano,
            body: { stringValue: at("Body") },
            eventName: at("EventName"),
            severityText: at("SeverityText"),
            traceId: at("Attributes"),
          },
          { timeUnixNano, body: fields, attributes: attributes("Attributes") },
          { timeUnixNano: at("Body"), body: { stringValue: at("Body") } },
        ],
      }],
    }],
  });
}

function documents(): string {
  const action = { create: { _index: at("Index"), _id: at("DocumentId") } };
  return `${JSON.stringify(action)}\n{"message":"hello"}\n`;
}

export const plantedIntake: Planted = {
  canaries,
  content,
  controls,
  sources: (_folder, { intake: port }) => ({
    pushed: { plugin: "intake", config: { listen: [`http:127.0.0.1:${port}`] } },
  }),
  pushes({ intake: port }): readonly Push[] {
    const from = at("SenderAddress");
    return [
      { from, port, path: "/v1/logs", body: otlpLogs() },
      { from, port, path: "/_bulk", body: documents() },
    ];
  },
};
